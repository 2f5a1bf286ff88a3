//! The network itself, run by tract.

use std::sync::Arc;

use thiserror::Error;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::cast::Cast;

use super::gate::Gate;
use super::labels;
use crate::dsp::{MEL_BANDS, MelColumn};

/// Values in a fingerprint.
pub const FINGERPRINT_DIM: usize = 64;
/// Values in a style vector.
pub const STYLE_DIM: usize = 128;
/// Columns that one window sees: 1.6 s of sound.
pub const WINDOW_FRAMES: usize = 48;
/// Columns from one window to the next in one pass: 0.25 s.
pub const WINDOW_STRIDE: usize = 8;
/// Windows in one pass over a long stretch: 7 s, which stays in cache and wastes little on overlap
/// (`benches/embed.rs`).
const PIECE_WINDOWS: usize = 24;
/// Up to so many windows one pass a window is cheaper than a padded piece.
const SINGLE_PASSES: usize = 3;

const MODEL: &[u8] = include_bytes!("../../models/echovibe.onnx");

/// What the network says of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Which recording, which second: unit length.
    pub fingerprint: [f32; FINGERPRINT_DIM],
    /// What it sounds like: unit length.
    pub style: [f32; STYLE_DIM],
    /// Logits of the genres, in the order of [`Network::genres`].
    pub genre: Vec<f32>,
    /// Valence and energy, about -1 to 1.
    pub mood: [f32; 2],
    /// Logit of music against speech and noise; what [`Network::gate`] judges.
    pub music: f32,
}

/// The network could not be loaded or run: the program's own fault or a lack of memory.
#[derive(Debug, Error)]
#[error("the network does not run: {0}")]
pub struct NetworkError(String);

impl NetworkError {
    pub(super) fn new(reason: String) -> Self {
        Self(reason)
    }

    fn from_tract(error: &TractError) -> Self {
        Self(format!("{error:#}"))
    }
}

/// The network, ready to run; shared by all threads.
pub struct Network {
    piece: Arc<TypedRunnableModel>,
    single: Arc<TypedRunnableModel>,
    genres: Vec<String>,
    gate: Gate,
    id: String,
}

impl Network {
    /// Loads the network that is built into the program.
    ///
    /// # Errors
    /// The built-in network cannot be read or optimised.
    pub fn load() -> Result<Self, NetworkError> {
        Ok(Self {
            piece: plan(frames_of(PIECE_WINDOWS)).map_err(|e| NetworkError::from_tract(&e))?,
            single: plan(WINDOW_FRAMES).map_err(|e| NetworkError::from_tract(&e))?,
            genres: labels::genres()?,
            gate: Gate::built_in()?,
            id: Self::built_in_id(),
        })
    }

    /// Names the network: fingerprints of different networks cannot be compared.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Names of the genres that it tells apart.
    #[must_use]
    pub fn genres(&self) -> &[String] {
        &self.genres
    }

    /// When its music output says that something is music.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The name of the built-in network, without loading it.
    #[must_use]
    pub fn built_in_id() -> String {
        blake3::hash(MODEL).to_hex()[..16].to_owned()
    }

    /// Every window of a stretch of columns: window `k` sees columns
    /// `WINDOW_STRIDE * k .. WINDOW_STRIDE * k + WINDOW_FRAMES`. Fewer columns than one window give
    /// none.
    ///
    /// # Errors
    /// tract fails, for lack of memory.
    pub fn windows(&self, columns: &[MelColumn]) -> Result<Vec<Embedding>, NetworkError> {
        let count = window_count(columns.len());
        let mut out = Vec::with_capacity(count);
        while out.len() < count {
            let rest = &columns[out.len() * WINDOW_STRIDE..];
            let left = count - out.len();
            if left > SINGLE_PASSES {
                run(&self.piece, rest, PIECE_WINDOWS, left.min(PIECE_WINDOWS), &mut out)?;
            } else {
                run(&self.single, rest, 1, 1, &mut out)?;
            }
        }
        Ok(out)
    }
}

/// Windows that fit in so many columns.
pub(super) fn window_count(columns: usize) -> usize {
    (columns + WINDOW_STRIDE).saturating_sub(WINDOW_FRAMES) / WINDOW_STRIDE
}

fn frames_of(windows: usize) -> usize {
    WINDOW_FRAMES + WINDOW_STRIDE * (windows - 1)
}

fn plan(frames: usize) -> TractResult<Arc<TypedRunnableModel>> {
    let mut model = tract_onnx::onnx()
        .model_for_read(&mut &*MODEL)?
        .with_input_fact(0, f32::fact([1, 1, MEL_BANDS, frames]).into())?
        .into_typed()?;
    widen(&mut model)?;
    model.into_optimized()?.into_runnable()
}

/// Turns weights that are stored in half precision into constants of full precision: tract does so itself with
/// small ones only, and would widen the others again in each pass.
fn widen(model: &mut TypedModel) -> TractResult<()> {
    for id in 0..model.nodes().len() {
        let node = model.node(id);
        let [input] = node.inputs[..] else { continue };
        let Some(half) = model.outlet_fact(input)?.konst.clone() else { continue };
        if !node.op_is::<Cast>() {
            continue;
        }
        let wide = half.cast_to::<f32>()?.into_owned();
        let mut patch = TypedModelPatch::default();
        let constant = patch.add_const(node.name.clone(), wide)?;
        patch.shunt_outside(model, id.into(), constant)?;
        patch.apply(model)?;
    }
    Ok(())
}

/// One pass; `wanted` of the plan's `windows` are kept, columns that are missing are the last one.
fn run(
    plan: &Arc<TypedRunnableModel>,
    columns: &[MelColumn],
    windows: usize,
    wanted: usize,
    out: &mut Vec<Embedding>,
) -> Result<(), NetworkError> {
    let frames = frames_of(windows);
    let mut input = vec![0.0_f32; MEL_BANDS * frames];
    for frame in 0..frames {
        let column = &columns[frame.min(columns.len() - 1)];
        for (band, value) in column.iter().enumerate() {
            input[band * frames + frame] = *value;
        }
    }
    let outputs = Tensor::from_shape(&[1, 1, MEL_BANDS, frames], &input)
        .and_then(|input| plan.run(tvec!(input.into())))
        .map_err(|e| NetworkError::from_tract(&e))?;
    let [fingerprint, style, genre, mood, music] = [0, 1, 2, 3, 4].map(|output| {
        outputs[output].to_plain_array_view::<f32>().map_err(|e| NetworkError::from_tract(&e))
    });
    let (fingerprint, style, genre, mood) = (fingerprint?, style?, genre?, mood?);
    let music = music?;
    for window in 0..wanted {
        out.push(Embedding {
            fingerprint: std::array::from_fn(|i| fingerprint[[0, i, window]]),
            style: std::array::from_fn(|i| style[[0, i, window]]),
            genre: (0..genre.shape()[1]).map(|i| genre[[0, i, window]]).collect(),
            mood: std::array::from_fn(|i| mood[[0, i, window]]),
            music: music[[0, 0, window]],
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::MelSpectrogram;

    /// Two seconds and a half of something with a beat and a tune.
    fn sound(seconds: f32) -> Vec<f32> {
        (0..(seconds * 16_000.0) as usize)
            .map(|i| {
                let t = i as f32 / 16_000.0;
                let note = 220.0 * (1.0 + (t * 3.0).floor() % 5.0 * 0.25);
                let beat = (-(t * 2.0).fract() * 8.0).exp();
                (t * note * std::f32::consts::TAU).sin() * 0.3
                    + (i as f32 * 12.9898).sin() * 0.2 * beat
            })
            .collect()
    }

    fn off(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn weights_are_widened_and_packed_once_and_not_in_each_pass() {
        let plan = plan(frames_of(PIECE_WINDOWS)).unwrap();
        for node in plan.model().nodes() {
            let again = ["Cast", "OptMatMulPack"].contains(&node.op.name().as_ref());
            let constant = node.inputs.iter().all(|input| {
                plan.model().node(input.node).op_is::<tract_onnx::tract_core::ops::konst::Const>()
            });
            assert!(!(again && constant), "{} {}", node.op.name(), node.name);
        }
    }

    #[test]
    fn a_window_depends_on_its_own_columns_only() {
        let network = Network::load().unwrap();
        let columns = MelSpectrogram::of(&sound(9.0));
        let together = network.windows(&columns).unwrap();
        assert_eq!(together.len(), window_count(columns.len()));
        for (k, window) in together.iter().enumerate().step_by(5) {
            let own = &columns[k * WINDOW_STRIDE..k * WINDOW_STRIDE + WINDOW_FRAMES];
            let alone = network.windows(own).unwrap();
            assert!(off(&window.fingerprint, &alone[0].fingerprint) < 1e-4);
            assert!(off(&window.style, &alone[0].style) < 1e-4);
        }
    }

    #[test]
    fn both_heads_have_unit_length_and_level_changes_nothing() {
        let network = Network::load().unwrap();
        let loud = sound(3.0);
        let quiet: Vec<f32> = loud.iter().map(|s| s * 0.03).collect();
        let [loud, quiet] = [loud, quiet].map(|s| network.windows(&MelSpectrogram::of(&s)));
        let (loud, quiet) = (loud.unwrap(), quiet.unwrap());
        for (loud, quiet) in loud.iter().zip(&quiet) {
            for v in [&loud.fingerprint[..], &loud.style[..]] {
                assert!((v.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4);
            }
            assert!(off(&loud.fingerprint, &quiet.fingerprint) < 1e-3);
        }
    }

    #[test]
    fn too_few_columns_give_no_window() {
        assert_eq!(window_count(0), 0);
        assert_eq!(window_count(WINDOW_FRAMES - 1), 0);
        assert_eq!(window_count(WINDOW_FRAMES), 1);
        assert_eq!(window_count(WINDOW_FRAMES + WINDOW_STRIDE), 2);
    }
}
