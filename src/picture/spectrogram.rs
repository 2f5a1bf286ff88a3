//! The spectrogram of a recording as a picture, with its axes.

use super::colormap::Colormap;
use super::ink::Ink;
use super::rows::{Brightness, Rows};
use super::scene::{Anchor, Rgb, Scene, Shape, Size};
use crate::dsp::{FFT_SIZE, HOP, MEL_BANDS, MelColumn, SAMPLE_RATE};

/// Columns kept at most, 8 MB: more than a picture has pixels.
const MOST: usize = 16_384;
/// Decibels of one unit of natural logarithm of power.
const DB_PER_NEPER: f32 = 4.342_945;
/// Room around the picture: left, top, right, bottom.
const AROUND: [u32; 4] = [72, 56, 104, 48];
/// The bar that tells levels: its distance and width.
const BAR: [u32; 2] = [20, 16];
/// What the axis may name, Hz.
const FREQUENCIES: [(f64, &str); 7] = [
    (100.0, "100 Hz"),
    (200.0, "200"),
    (500.0, "500"),
    (1000.0, "1 kHz"),
    (2000.0, "2 kHz"),
    (5000.0, "5 kHz"),
    (7800.0, "7.8 kHz"),
];
/// Steps of the time axis, seconds.
const STEPS_S: [f64; 17] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0,
    3600.0, 7200.0,
];
/// Pixels between two of them at least.
const STEP_FROM: f64 = 90.0;
/// Decibels between two levels that are told.
const LEVEL_STEP_DB: usize = 20;

/// Columns of a recording, in bounded memory: of one too long neighbours become one, the louder value of each
/// band.
#[derive(Debug, Clone)]
pub struct Recording {
    columns: Vec<MelColumn>,
    /// Columns of the sound in each.
    each: usize,
    heard: usize,
}

impl Default for Recording {
    fn default() -> Self {
        Self { columns: Vec::new(), each: 1, heard: 0 }
    }
}

impl Recording {
    /// Takes the next column.
    pub fn push(&mut self, column: &MelColumn) {
        if self.heard.is_multiple_of(self.each) {
            if self.columns.len() == MOST {
                self.columns =
                    self.columns.chunks_exact(2).map(|pair| louder(&pair[0], &pair[1])).collect();
                self.each *= 2;
            }
            self.columns.push(*column);
        } else if let Some(last) = self.columns.last_mut() {
            *last = louder(last, column);
        }
        self.heard += 1;
    }

    /// No column came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Seconds that the columns stand for.
    #[must_use]
    pub fn length_s(&self) -> f64 {
        (self.heard * HOP) as f64 / f64::from(SAMPLE_RATE)
    }

    /// As brightness below the loudest value of all, `range_db` down.
    fn brightness(&self, range_db: f32) -> Vec<Brightness> {
        let values = || self.columns.iter().flatten().copied().filter(|v| v.is_finite());
        let loudest = values().fold(f32::MIN, f32::max);
        let bright = |value: f32| {
            let below = (loudest - value) * DB_PER_NEPER;
            ((1.0 - below / range_db).clamp(0.0, 1.0) * 255.0) as u8
        };
        self.columns.iter().map(|column| column.map(bright)).collect()
    }
}

fn louder(a: &MelColumn, b: &MelColumn) -> MelColumn {
    std::array::from_fn(|band| a[band].max(b[band]))
}

/// What a picture of a recording shows, and how.
#[derive(Debug, Clone)]
pub struct SpectrogramPicture<'a> {
    /// What stands above it.
    pub title: &'a str,
    /// What it shows.
    pub recording: &'a Recording,
    /// Where the recording begins in its file, seconds.
    pub from_s: f64,
    /// Width and height of the whole, pixels.
    pub size: [u32; 2],
    /// Colours of levels.
    pub colours: Colormap,
    /// Equal steps of pitch, or of the mel scale.
    pub log: bool,
    /// Decibels from the darkest to the brightest.
    pub range_db: f32,
}

impl SpectrogramPicture<'_> {
    /// The smallest that can be drawn.
    pub const SMALLEST: [u32; 2] = [400, 240];

    /// The picture; at least of [`Self::SMALLEST`].
    #[must_use]
    pub fn scene(&self) -> Scene {
        let [left, top, right, bottom] = AROUND;
        let size: [u32; 2] = std::array::from_fn(|i| self.size[i].max(Self::SMALLEST[i]));
        let (width, height) = (size[0] - left - right, size[1] - top - bottom);
        let ink = if self.colours == Colormap::Paper { Ink::LIGHT } else { Ink::DARK };
        let mut scene =
            Scene { width: size[0], height: size[1], background: ink.ground, shapes: Vec::new() };
        let rows = if self.log { Rows::log(height as usize) } else { Rows::mel(height as usize) };
        let pixels = self.pixels(width as usize, &rows);
        scene.shapes.push(Shape::Pixels { at: [left, top], width, pixels });
        let area = [left, top, width, height].map(|v| v as f32);
        scene.frame(area, ink.line);
        let middle = top as f32 / 2.0;
        scene.text([left as f32, middle], self.title, Size::Large, Anchor::Start, ink.text);
        self.times(&mut scene, area, &ink);
        frequencies(&mut scene, area, &rows, &ink);
        self.levels(&mut scene, area, &ink);
        scene
    }

    fn pixels(&self, width: usize, rows: &Rows) -> Vec<Rgb> {
        let columns = self.recording.brightness(self.range_db);
        let palette: [Rgb; 256] = std::array::from_fn(|i| self.colours.at(i as f32 / 255.0));
        let mut pixels = vec![palette[0]; width * rows.len()];
        for x in 0..width {
            let column = at(&columns, x, width);
            for row in 0..rows.len() {
                pixels[row * width + x] = palette[usize::from(rows.level(&column, row))];
            }
        }
        pixels
    }

    fn times(&self, scene: &mut Scene, [x, y, width, height]: [f32; 4], ink: &Ink) {
        let length = self.recording.length_s().max(f64::MIN_POSITIVE);
        // The first column's middle lies half a frame into the sound.
        let first = self.from_s + (FFT_SIZE as f64 - HOP as f64) / 2.0 / f64::from(SAMPLE_RATE);
        let pixels = f64::from(width) / length;
        let step = STEPS_S.into_iter().find(|step| step * pixels >= STEP_FROM);
        let step = step.unwrap_or(STEPS_S[STEPS_S.len() - 1]);
        let mut number = (first / step).ceil();
        while number * step <= first + length {
            let place = x + ((number * step - first) * pixels) as f32;
            let bottom = y + height;
            scene.shapes.push(Shape::Line {
                from: [place, bottom],
                to: [place, bottom + 6.0],
                width: 1.0,
                colour: ink.dim,
            });
            let told = time(number * step, step);
            scene.text([place, bottom + 18.0], told, Size::Small, Anchor::Middle, ink.dim);
            number += 1.0;
        }
    }

    fn levels(&self, scene: &mut Scene, [x, y, width, height]: [f32; 4], ink: &Ink) {
        let [away, thick] = BAR;
        let left = x + width + away as f32;
        let steps = height as u32;
        let colour = |row: u32| self.colours.at(1.0 - row as f32 / (steps - 1).max(1) as f32);
        let pixels = (0..steps).flat_map(|row| vec![colour(row); thick as usize]).collect();
        scene.shapes.push(Shape::Pixels { at: [left as u32, y as u32], width: thick, pixels });
        scene.frame([left, y, thick as f32, height], ink.line);
        for below in (0..=self.range_db as usize).step_by(LEVEL_STEP_DB) {
            let place = y + height * below as f32 / self.range_db;
            let told = if below == 0 { "0 dB".to_owned() } else { format!("-{below}") };
            let at = [left + thick as f32 + 6.0, place];
            scene.text(at, told, Size::Small, Anchor::Start, ink.dim);
        }
    }
}

/// The column of a pixel: the loudest of those in it, or between two where there are fewer than pixels.
fn at(columns: &[Brightness], x: usize, width: usize) -> Brightness {
    let count = columns.len();
    let (from, to) = (x * count / width, ((x + 1) * count / width).min(count));
    if to > from + 1 || count >= width {
        let to = to.max(from + 1);
        let loudest = |band: usize| columns[from..to].iter().map(|c| c[band]).max().unwrap_or(0);
        return std::array::from_fn(loudest);
    }
    let place = ((x as f32 + 0.5) * count as f32 / width as f32 - 0.5).max(0.0);
    let (before, share) = (place as usize, place.fract());
    let [Some(before), after] = [columns.get(before), columns.get(before + 1)] else {
        return [0; MEL_BANDS];
    };
    let after = after.unwrap_or(before);
    std::array::from_fn(|band| {
        let mixed = f32::from(before[band]) * (1.0 - share) + f32::from(after[band]) * share;
        mixed.round() as u8
    })
}

fn frequencies(scene: &mut Scene, [x, y, ..]: [f32; 4], rows: &Rows, ink: &Ink) {
    let mut taken: Vec<f32> = Vec::new();
    // What is round in tens comes first where room is short.
    let order = [3, 0, 5, 4, 2, 1, 6];
    for (hz, name) in order.into_iter().map(|i| FREQUENCIES[i]) {
        let row = rows.row_of(hz).or_else(|| (hz > 7000.0).then_some(0));
        let Some(row) = row else { continue };
        let place = y + row as f32 + 0.5;
        if taken.iter().any(|other| (other - place).abs() < 18.0) {
            continue;
        }
        taken.push(place);
        scene.shapes.push(Shape::Line {
            from: [x - 6.0, place],
            to: [x, place],
            width: 1.0,
            colour: ink.dim,
        });
        scene.text([x - 10.0, place], name, Size::Small, Anchor::End, ink.dim);
    }
}

/// `1:23`, with hours or parts of a second where the step needs them.
fn time(seconds: f64, step: f64) -> String {
    if step < 1.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        return format!("{hours}:{minutes:02}:{seconds:02}");
    }
    format!("{minutes}:{seconds:02}")
}

#[cfg(test)]
mod tests {
    use super::super::raster::Raster;
    use super::*;

    /// `count` columns, silent but for band 64 in those that `loud` names.
    fn recording(count: usize, loud: impl Fn(usize) -> bool) -> Recording {
        let mut recording = Recording::default();
        for i in 0..count {
            let mut column = [-20.0; MEL_BANDS];
            if loud(i) {
                column[64] = 5.0;
            }
            recording.push(&column);
        }
        recording
    }

    fn picture(recording: &Recording, colours: Colormap) -> SpectrogramPicture<'_> {
        SpectrogramPicture {
            title: "a tone",
            recording,
            from_s: 0.0,
            size: [800, 400],
            colours,
            log: true,
            range_db: 70.0,
        }
    }

    fn texts(scene: &Scene) -> Vec<String> {
        let text = |shape: &Shape| match shape {
            Shape::Text { text, .. } => Some(text.clone()),
            _ => None,
        };
        scene.shapes.iter().filter_map(text).collect()
    }

    #[test]
    fn a_long_recording_keeps_its_length_and_its_loud_moments_in_bounded_memory() {
        let recording = recording(100_000, |i| i == 70_001);
        assert!(recording.columns.len() <= MOST && recording.columns.len() > MOST / 3);
        assert_eq!(recording.length_s(), 3125.0);
        let loud: Vec<usize> =
            (0..recording.columns.len()).filter(|i| recording.columns[*i][64] > 0.0).collect();
        assert_eq!(loud, [70_001 / recording.each]);
    }

    #[test]
    fn a_tone_is_bright_at_its_time_and_pitch_only() {
        // The second half of six seconds.
        let recording = recording(192, |i| i >= 96);
        let scene = picture(&recording, Colormap::Magma).scene();
        let raster = Raster::of(&scene);
        let [left, top, right, bottom] = AROUND;
        let (width, height) = (800 - left - right, 400 - top - bottom);
        let rows = Rows::log(height as usize);
        let row = rows.row_of_band(64).unwrap() as u32;
        let red = |x: u32, y: u32| raster.pixels[(y * 800 + x) as usize][0];
        let tone = top + row;
        assert!(red(left + width * 3 / 4, tone) > 240);
        assert!(red(left + width / 4, tone) < 10 && red(left + width * 3 / 4, tone + 60) < 10);
        let edge = (left..left + width).find(|x| red(*x, tone) > 180).unwrap();
        assert!(edge.abs_diff(left + width / 2) <= 4, "{edge}");
    }

    #[test]
    fn axes_tell_times_pitches_and_levels_where_there_is_room() {
        let short = recording(64, |_| true);
        let told = texts(&picture(&short, Colormap::Paper).scene());
        for text in ["a tone", "0.5 s", "1.5 s", "1 kHz", "100 Hz", "0 dB", "-60"] {
            assert!(told.iter().any(|t| t == text), "{text} is missing of {told:?}");
        }
        let hour = recording(115_200, |_| true);
        let scene = SpectrogramPicture {
            from_s: 3000.0,
            size: [1, 1],
            ..picture(&hour, Colormap::Viridis)
        }
        .scene();
        assert_eq!([scene.width, scene.height], SpectrogramPicture::SMALLEST);
        let told = texts(&scene);
        assert!(told.iter().any(|t| t == "1:00:00"), "{told:?}");
        assert!(told.len() < 20, "{told:?}");
    }

    #[test]
    fn silence_and_one_column_can_be_drawn() {
        let mut silence = Recording::default();
        silence.push(&[f32::NEG_INFINITY; MEL_BANDS]);
        assert_eq!(picture(&silence, Colormap::Magma).scene().width, 800);
        assert!(Recording::default().is_empty());
    }
}
