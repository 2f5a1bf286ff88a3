//! Pictures of sound and of a library: colour maps, the rows of a spectrogram, and scenes of shapes that
//! become PNG or SVG. What is drawn on a screen of characters is `tui`'s.

mod colormap;
mod font;
mod ink;
mod map;
mod png;
mod raster;
mod rows;
mod scene;
mod spectrogram;
mod svg;

pub use colormap::Colormap;
pub use ink::Ink;
pub use map::{MapPicture, Spot};
pub use png::{PngError, png, png_of_palette};
pub use rows::{Brightness, Rows};
pub use scene::{Rgb, Scene};
pub use spectrogram::{Recording, SpectrogramPicture};
pub use svg::svg;
