//! The pages of the screen, and the places where keys are pressed.

/// What the whole screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Page {
    /// Input, spectrogram, the name, and what comes next.
    Listen,
    /// What to play next, and why.
    Feed,
    /// What plays or is heard, and what sounds like it.
    Now,
    /// All tracks, folders and failures.
    Library,
    /// What was heard, played and said.
    History,
    /// What is enjoyed.
    Taste,
    /// The library as points.
    Map,
}

impl Page {
    /// In the order of the tabs.
    pub const ALL: [Self; 7] =
        [Self::Listen, Self::Feed, Self::Now, Self::Library, Self::History, Self::Taste, Self::Map];

    /// On its tab.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Listen => "Listen",
            Self::Feed => "Feed",
            Self::Now => "Now",
            Self::Library => "Library",
            Self::History => "History",
            Self::Taste => "Taste",
            Self::Map => "Map",
        }
    }

    /// The page `by` tabs to the right, round the ends.
    #[must_use]
    pub fn beside(self, by: isize) -> Self {
        let count = Self::ALL.len() as isize;
        Self::ALL[(self as isize + by).rem_euclid(count) as usize]
    }
}

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a page.
    On(Page),
    /// On Listen, while the spectrogram is held: keys move the cursor in it.
    Held,
    /// On Feed, while keys move the mood on its plane.
    Mood,
}

impl Place {
    /// Every place, with its name in the key map.
    pub const NAMES: [(&'static str, Self); 9] = [
        ("listen", Self::On(Page::Listen)),
        ("feed", Self::On(Page::Feed)),
        ("now", Self::On(Page::Now)),
        ("library", Self::On(Page::Library)),
        ("history", Self::On(Page::History)),
        ("taste", Self::On(Page::Taste)),
        ("map", Self::On(Page::Map)),
        ("held", Self::Held),
        ("mood", Self::Mood),
    ];

    /// Its name in the key map.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, place)| *place == self).map_or("", |(name, _)| name)
    }
}

/// A set of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places(u16);

impl Places {
    /// Everywhere.
    pub const ALL: Self = Self(0x1ff);
    /// Nowhere.
    pub const NONE: Self = Self(0);
    /// While the spectrogram is held.
    pub const HELD: Self = Self(1 << 7);
    /// While keys move the mood.
    pub const MOOD: Self = Self(1 << 8);

    /// One page.
    #[must_use]
    pub const fn on(page: Page) -> Self {
        Self(1 << page as u16)
    }

    /// One place.
    #[must_use]
    pub const fn of(place: Place) -> Self {
        match place {
            Place::On(page) => Self::on(page),
            Place::Held => Self::HELD,
            Place::Mood => Self::MOOD,
        }
    }

    /// In either set.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// In this set, but not in the other.
    #[must_use]
    pub const fn but(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// In both sets.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Is nothing in it?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Is it in the set?
    #[must_use]
    pub const fn has(self, place: Place) -> bool {
        !self.both(Self::of(place)).is_empty()
    }

    /// The first place of the set, by name.
    #[must_use]
    pub fn first_name(self) -> &'static str {
        Place::NAMES.iter().find(|(_, place)| self.has(*place)).map_or("", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_go_round() {
        assert_eq!(Page::Listen.beside(1), Page::Feed);
        assert_eq!(Page::Listen.beside(-1), Page::Map);
        assert_eq!(Page::Map.beside(1), Page::Listen);
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let set = Places::on(Page::Map).and(Places::HELD);
        for (name, place) in Place::NAMES {
            assert_eq!(set.has(place), matches!(name, "map" | "held"));
            assert!(Places::ALL.has(place));
            assert_eq!(Places::ALL.but(set).has(place), !set.has(place));
        }
        assert_eq!(set.first_name(), "map");
    }
}
