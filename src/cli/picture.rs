//! What `map` and `spectrogram` share: how large a picture is, what it is written as, and where to.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Report, eyre};

use crate::picture::{Scene, png, svg};

/// Pixels of the longest side, and of all, at most: 200 MB while it is drawn.
const LONGEST: u32 = 20_000;
const MOST: u64 = 50_000_000;

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Png,
    Svg,
}

/// A picture's file.
#[derive(Debug)]
pub struct Target {
    /// [`None`] is standard output.
    path: Option<PathBuf>,
    pub format: Format,
}

impl Target {
    /// What `--out` says: the ending tells the format; `-` is a PNG on standard output.
    pub fn new(out: &Path) -> Result<Self, Report> {
        if out == Path::new("-") {
            if io::stdout().is_terminal() {
                return Err(eyre!("a picture on standard output needs a pipe or a file behind it"));
            }
            return Ok(Self { path: None, format: Format::Png });
        }
        let ending = out.extension().map(|e| e.to_string_lossy().to_lowercase());
        let format = match ending.as_deref() {
            Some("png") => Format::Png,
            Some("svg") => Format::Svg,
            _ => return Err(eyre!("--out {}: the name must end in .png or .svg", out.display())),
        };
        if out.is_dir() {
            return Err(eyre!("--out {} is a folder", out.display()));
        }
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(eyre!("--out {}: there is no folder {}", out.display(), folder.display()));
        }
        Ok(Self { path: Some(out.to_owned()), format })
    }

    /// Is standard output taken by the picture?
    pub fn is_stdout(&self) -> bool {
        self.path.is_none()
    }

    /// As people write it.
    pub fn shown(&self) -> String {
        self.path.as_ref().map_or_else(|| "-".to_owned(), |path| path.display().to_string())
    }

    /// Writes the picture; a file has its name only when it is whole.
    pub fn write(&self, scene: &Scene) -> Result<(), Report> {
        let file = match self.format {
            Format::Png => png(scene)?,
            Format::Svg => svg(scene)?.into_bytes(),
        };
        let Some(path) = &self.path else {
            let mut out = io::stdout().lock();
            out.write_all(&file)?;
            return Ok(out.flush()?);
        };
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let put = fs::write(&part, file).and_then(|()| fs::rename(&part, path));
        put.map_err(|e| {
            let _ = fs::remove_file(&part);
            eyre!("cannot write {}: {e}", path.display())
        })
    }
}

/// `WIDTHxHEIGHT`, pixels, between `smallest` and what memory bears.
pub fn size(text: &str, smallest: [u32; 2]) -> Result<[u32; 2], String> {
    let side = |text: &str| text.trim().parse::<u32>();
    let sides = text.split_once(['x', 'X']).map(|(w, h)| (side(w), side(h)));
    let Some((Ok(width), Ok(height))) = sides else {
        return Err("write WIDTHxHEIGHT in pixels, such as 1600x900".to_owned());
    };
    if width < smallest[0] || height < smallest[1] {
        return Err(format!("at least {}x{} is needed", smallest[0], smallest[1]));
    }
    if width.max(height) > LONGEST || u64::from(width) * u64::from(height) > MOST {
        return Err(format!("at most {LONGEST} a side and {} million pixels", MOST / 1_000_000));
    }
    Ok([width, height])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_pixels_within_reason() {
        let size = |text| size(text, [400, 240]);
        assert_eq!(size("1600x900"), Ok([1600, 900]));
        for text in
            ["", "1600", "x", "1600x", "-1x900", "1e3x900", "399x900", "20001x900", "9999x9999"]
        {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_ending_tells_the_format() {
        assert_eq!(
            Target::new(Path::new("a/../b.SVG")).err().map(|e| e.to_string()),
            Some("--out a/../b.SVG: there is no folder a/..".to_owned())
        );
        assert_eq!(Target::new(Path::new("b.SVG")).unwrap().format, Format::Svg);
        assert_eq!(Target::new(Path::new("b.png")).unwrap().format, Format::Png);
        for name in ["b", "b.jpg", ".png", ""] {
            assert!(Target::new(Path::new(name)).is_err(), "{name}");
        }
    }
}
