//! Maps and spectrograms.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::picture;
use crate::picture::{Colormap, MapPicture, SpectrogramPicture};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe map\n  \
echovibe map --out library.svg --light\n  \
echovibe map --json | jq -r '[.x, .y, .title] | @csv'\n\n\
Each track of the library is a point, its colour what it sounds like. In an SVG a pointer that rests on a\n\
point tells its name, and titles may have any letters; a PNG has Latin ones. The screen shows the same map\n\
(key 7) and moves in it.\n\n\
Exit status: 0 when it is drawn, 1 when there is nothing to draw, 2 on an error.")]
pub struct MapArgs {
    /// Where to: a name that ends in .png or .svg, or - (a PNG on standard output). Unless it is given the
    /// picture is echovibe-map.png here, and with --json there is none. A file of that name is replaced
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How tracks are laid out
    #[arg(long, value_enum, default_value = "auto")]
    pub layout: MapLayout,
    /// Pixels of the whole picture
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1600x1200",
        value_parser = |text: &str| picture::size(text, MapPicture::SMALLEST))]
    pub size: [u32; 2],
    /// On a light ground
    #[arg(long)]
    pub light: bool,
    /// Print the points, one JSON object a track
    #[arg(long)]
    pub json: bool,
}

/// How the tracks of a map are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MapLayout {
    /// By nearness, or along two directions where there are too few or too many tracks for that
    Auto,
    /// Along the two directions in which styles differ most
    Pca,
    /// By nearness: what sounds alike lies together; distances far apart say little
    Umap,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe spectrogram song.flac\n  \
echovibe spectrogram mix.mp3 --from 31:20 --to 32:00 --colours viridis --out drop.png\n  \
echovibe spectrogram talk.wav --mel --colours paper --size 2400x800 --out talk.svg\n\n\
It shows what the network hears and the screen draws: 60 to 7 800 Hz, in equal steps of pitch. Of a long\n\
recording each column is the loudest of its moments.\n\n\
Exit status: 0 when it is drawn, 2 on an error.")]
pub struct SpectrogramArgs {
    /// The recording; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where to: a name that ends in .png or .svg, or - (a PNG on standard output). Unless it is given the
    /// picture is NAME.spectrogram.png here. A file of that name is replaced
    #[arg(short, long, value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// Begin here: seconds, or 1:23
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = moment, hide_default_value = true)]
    pub from: f64,
    /// End here: seconds, or 1:23
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<f64>,
    /// Pixels of the whole picture
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1600x800",
        value_parser = |text: &str| picture::size(text, SpectrogramPicture::SMALLEST))]
    pub size: [u32; 2],
    /// The colour map; paper is for a light ground
    #[arg(long, value_name = "MAP", default_value = "magma", value_parser = colours())]
    pub colours: Colormap,
    /// Equal steps of the mel scale, not of pitch
    #[arg(long)]
    pub mel: bool,
    /// Decibels from the darkest to the brightest
    #[arg(long, value_name = "DB", default_value = "70", value_parser = range_db)]
    pub range: f32,
    /// Print what was drawn as JSON
    #[arg(long)]
    pub json: bool,
}

/// The names of the colour maps.
fn colours() -> impl TypedValueParser<Value = Colormap> {
    PossibleValuesParser::new(Colormap::ALL.map(|(name, _)| name)).map(|name| {
        let named = Colormap::ALL.into_iter().find(|(known, _)| *known == name);
        named.map_or(Colormap::Magma, |(_, map)| map)
    })
}

fn range_db(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|range| (10.0..=150.0).contains(range))
        .ok_or_else(|| "must be a number from 10 to 150".to_owned())
}

/// Seconds, `m:ss` or `h:mm:ss`.
fn moment(text: &str) -> Result<f64, String> {
    let mut seconds = 0.0;
    for (i, part) in text.split(':').enumerate() {
        let value: Option<f64> = part.parse().ok().filter(|v: &f64| v.is_finite() && *v >= 0.0);
        let value = value.filter(|value| i < 3 && (i == 0 || *value < 60.0));
        seconds = seconds * 60.0 + value.ok_or("write seconds, or 1:23")?;
    }
    Ok(seconds)
}
