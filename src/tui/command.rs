//! What the user can ask for by a key.

use super::page::Page;

/// Something the user can ask for by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Show a page.
    Show(Page),
    /// The page to the right.
    NextPage,
    /// The page to the left.
    PreviousPage,
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// Half a screenful down.
    HalfDown,
    /// Half a screenful up.
    HalfUp,
    /// A screenful down.
    PageDown,
    /// A screenful up.
    PageUp,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// On the map: to the left.
    Left,
    /// On the map: to the right.
    Right,
    /// To the next of what was searched for.
    NextMatch,
    /// To the one before.
    PreviousMatch,
    /// Play the selected track.
    Play,
    /// Play the selected track from its highlight.
    PlayHighlight,
    /// Pause or go on.
    Pause,
    /// Back in what plays.
    Back,
    /// Forward in what plays.
    Forward,
    /// Far back in what plays.
    FarBack,
    /// Far forward in what plays.
    FarForward,
    /// Like the selected track, or take the like back.
    Like,
    /// Skip the selected track.
    Skip,
    /// Keep the selected track for later.
    Save,
    /// Listen to the next input.
    SwitchInput,
    /// Name the sound again.
    NameAnew,
    /// Hold the spectrogram.
    Freeze,
    /// Show the peaks of the spectrogram.
    Peaks,
    /// Move the cursor of the held spectrogram.
    Cursor(Towards),
    /// Move the mood on its plane, or be done with that.
    MoodPlane,
    /// Move the mood.
    Mood(Lean),
    /// No mood is wanted.
    ClearMood,
    /// Index the folders known again.
    Refresh,
    /// End indexing.
    StopIndexing,
    /// Search.
    Search,
    /// Sort by the next column.
    Sort,
    /// Sort the other way round.
    Reverse,
    /// Another part of the page.
    Part,
    /// Write the history to a file.
    Export,
    /// Nearer.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// The whole map.
    Whole,
    /// To what plays or is heard.
    Locate,
    /// The way from one track to another.
    Path,
    /// Show or hide the help.
    Help,
    /// Type a command.
    Palette,
    /// Close what lies over the page, or end a search.
    Close,
    /// Leave.
    Quit,
}

/// Where the cursor of the held spectrogram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Towards {
    /// One column earlier.
    Earlier,
    /// One column later.
    Later,
    /// A second earlier.
    MuchEarlier,
    /// A second later.
    MuchLater,
    /// One row higher.
    Higher,
    /// One row lower.
    Lower,
}

/// Where the mood goes on its plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lean {
    /// Less valence.
    Sadder,
    /// More valence.
    Happier,
    /// More energy.
    Livelier,
    /// Less energy.
    Calmer,
}
