//! Windows of what is heard: denser than those of the index, so that some of them always fall
//! close to an indexed one, wherever the clip was cut.

use super::network::{Embedding, Network, NetworkError, WINDOW_FRAMES, WINDOW_STRIDE};
use crate::dsp::{MelColumn, MelSpectrogram, column_time_s, silent_column};

/// Columns from one heard window to the next: 0.0625 s. Twice as far costs 2 to 5 points of what is
/// named in one or two seconds (`models/README.md`).
pub const QUERY_STRIDE: usize = WINDOW_STRIDE / 4;

/// One window of what is heard.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryWindow {
    /// Its start, seconds from the start of the sound.
    pub time_s: f64,
    /// What the network says of it.
    pub embedding: Embedding,
}

/// Columns of digital silence put on both sides of a clip, and columns that a short clip is brought to
/// at least. The network was trained on such clips too, and the windows that reach over the edge look at
/// the clip in another way: of two second clips at 0 dB 84 % instead of 65 % are named.
pub const EDGE_COLUMNS: usize = 14;
const SHORT_CLIP_COLUMNS: usize = 64;

/// All windows of a clip; the first ones begin before it.
///
/// # Errors
/// tract fails, for lack of memory.
pub fn query_windows(network: &Network, clip: &[f32]) -> Result<Vec<QueryWindow>, NetworkError> {
    let mut columns = MelSpectrogram::of(clip);
    let lead = pad(&mut columns);
    let mut windows = Vec::new();
    for phase in (0..WINDOW_STRIDE).step_by(QUERY_STRIDE) {
        let embeddings = network.windows(columns.get(phase..).unwrap_or_default())?;
        windows.extend(embeddings.into_iter().enumerate().map(|(k, embedding)| QueryWindow {
            time_s: column_time_s(phase + k * WINDOW_STRIDE) - column_time_s(lead),
            embedding,
        }));
    }
    windows.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
    Ok(windows)
}

/// Puts silence around columns, and tells how many came in front; nothing stays nothing.
fn pad(columns: &mut Vec<MelColumn>) -> usize {
    if columns.is_empty() {
        return 0;
    }
    let silence = silent_column();
    let missing = SHORT_CLIP_COLUMNS.saturating_sub(columns.len());
    let lead = EDGE_COLUMNS.max(missing / 2);
    columns.splice(0..0, std::iter::repeat_n(silence, lead));
    columns.resize(columns.len() + EDGE_COLUMNS.max(missing - missing / 2), silence);
    lead
}

/// Windows of endless sound, one by one as its columns come; the first ones begin before it, as those of
/// a clip do.
#[derive(Debug)]
pub struct WindowStream {
    columns: Vec<MelColumn>,
    /// Of the sound; negative while it is silence put in front.
    first_column: i64,
}

impl Default for WindowStream {
    fn default() -> Self {
        let mut stream = Self { columns: Vec::with_capacity(WINDOW_FRAMES + 1), first_column: 0 };
        stream.restart(0);
        stream
    }
}

impl WindowStream {
    /// Takes the next column; every [`QUERY_STRIDE`] columns a window is complete.
    ///
    /// # Errors
    /// tract fails, for lack of memory.
    pub fn push(
        &mut self,
        network: &Network,
        column: MelColumn,
    ) -> Result<Option<QueryWindow>, NetworkError> {
        self.columns.push(column);
        if self.columns.len() < WINDOW_FRAMES {
            return Ok(None);
        }
        let time_s = self.first_column as f64 * column_time_s(1);
        let embedding = network.windows(&self.columns)?.pop();
        self.columns.drain(..QUERY_STRIDE);
        self.first_column += QUERY_STRIDE as i64;
        Ok(embedding.map(|embedding| QueryWindow { time_s, embedding }))
    }

    /// The sound was interrupted: the next column begins a new window, while time goes on.
    pub fn restart(&mut self, at_column: usize) {
        self.columns.clear();
        self.columns.resize(EDGE_COLUMNS, silent_column());
        self.first_column = at_column as i64 - EDGE_COLUMNS as i64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(seconds: usize) -> Vec<f32> {
        (0..seconds * 16_000)
            .map(|i| (i as f32 * 0.05 + (i as f32 * 1e-4).sin() * 40.0).sin())
            .collect()
    }

    #[test]
    fn live_windows_are_those_of_the_clip_up_to_its_end() {
        let network = Network::load().unwrap();
        let clip = sound(4);
        let windows = query_windows(&network, &clip).unwrap();
        let end_s = column_time_s(MelSpectrogram::of(&clip).len() - WINDOW_FRAMES);
        let inside = |window: &&QueryWindow| (0.0..=end_s).contains(&window.time_s);
        assert!(windows.len() >= windows.iter().filter(inside).count() + 12);
        let heard = |window: &&QueryWindow| window.time_s <= end_s;
        let whole: Vec<&QueryWindow> = windows.iter().filter(heard).collect();
        assert!(windows.len() >= whole.len() + 6 && whole[0].time_s < -0.4);
        let mut stream = WindowStream::default();
        let mut live = Vec::new();
        for column in MelSpectrogram::of(&clip) {
            live.extend(stream.push(&network, column).unwrap());
        }
        assert_eq!(whole.len(), live.len());
        for (a, b) in whole.iter().zip(&live) {
            assert!((a.time_s - b.time_s).abs() < 1e-9);
            let cosine: f32 = a
                .embedding
                .fingerprint
                .iter()
                .zip(&b.embedding.fingerprint)
                .map(|(a, b)| a * b)
                .sum();
            assert!(cosine > 0.9999, "{cosine}");
        }
    }

    #[test]
    fn a_second_has_windows_that_begin_before_it_and_nothing_has_none() {
        let network = Network::load().unwrap();
        let windows = query_windows(&network, &sound(1)).unwrap();
        assert_eq!(windows.len(), 9);
        assert!(windows[0].time_s < 0.0 && windows[0].time_s > -1.0);
        assert!(query_windows(&network, &[]).unwrap().is_empty());
    }
}
