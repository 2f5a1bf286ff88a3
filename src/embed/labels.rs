//! What the genre and mood outputs of the network stand for, and how a track's are made of those of
//! its windows.

use serde::Deserialize;

use super::network::NetworkError;

/// Written together with the network by `models/train/export.py`.
const BUILT_IN: &str = include_str!("../../models/labels.json");

/// Names of the network's genres, in the order of its output.
///
/// # Errors
/// The built-in list cannot be read: the program's own fault.
pub(super) fn genres() -> Result<Vec<String>, NetworkError> {
    #[derive(Deserialize)]
    struct Labels {
        genre: Vec<String>,
    }
    let labels: Labels = serde_json::from_str(BUILT_IN)
        .map_err(|e| NetworkError::new(format!("its genre names cannot be read: {e}")))?;
    Ok(labels.genre)
}

/// Genre and mood of a stretch, gathered window by window.
#[derive(Debug, Clone, Default)]
pub struct LabelMean {
    logits: Vec<f64>,
    mood: [f64; 2],
    windows: usize,
}

impl LabelMean {
    /// Takes the outputs of one window.
    pub fn add(&mut self, genre: &[f32], mood: [f32; 2]) {
        self.logits.resize(genre.len(), 0.0);
        for (sum, value) in self.logits.iter_mut().zip(genre) {
            *sum += f64::from(*value);
        }
        for (sum, value) in self.mood.iter_mut().zip(mood) {
            *sum += f64::from(value);
        }
        self.windows += 1;
    }

    /// Probabilities of the genres, in the order of [`super::Network::genres`]: softmax of the mean logits.
    #[must_use]
    pub fn genre(&self) -> Vec<f32> {
        let count = self.windows.max(1) as f64;
        let highest = self.logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> =
            self.logits.iter().map(|sum| ((sum - highest) / count).exp()).collect();
        let total: f64 = powers.iter().sum();
        powers.iter().map(|power| (power / total) as f32).collect()
    }

    /// Valence and energy, each from -1 to 1.
    #[must_use]
    pub fn mood(&self) -> [f32; 2] {
        let count = self.windows.max(1) as f64;
        self.mood.map(|sum| (sum / count).clamp(-1.0, 1.0) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_the_softmax_of_the_mean() {
        let mut mean = LabelMean::default();
        mean.add(&[2.0, 0.0, -1.0], [0.5, -3.0]);
        mean.add(&[0.0, 0.0, 1.0], [0.1, -1.0]);
        let genre = mean.genre();
        assert!((genre.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((genre[0] / genre[1] - std::f32::consts::E).abs() < 1e-5);
        assert!((genre[1] - genre[2]).abs() < 1e-6);
        assert_eq!(mean.mood(), [0.3, -1.0]);
    }

    #[test]
    fn nothing_heard_has_no_genre() {
        assert!(LabelMean::default().genre().is_empty());
        assert_eq!(LabelMean::default().mood(), [0.0, 0.0]);
    }
}
