//! What was given to start from: a track of the library, or any audio file.

use std::path::Path;

use color_eyre::eyre::{Report, eyre};

use super::library::Library;
use crate::embed::Network;
use crate::library::{Heard, hear, resolve};
use crate::recommend::Seed;
use crate::store::records::Mood;

/// Makes seeds of what was typed; the network is loaded when the first file needs it.
pub struct Seeds {
    network: Option<Network>,
}

impl Seeds {
    pub fn new() -> Self {
        Self { network: None }
    }

    pub fn all(&mut self, library: &Library, texts: &[String]) -> Result<Vec<Seed>, Report> {
        texts.iter().map(|text| self.one(library, text)).collect()
    }

    pub fn one(&mut self, library: &Library, text: &str) -> Result<Seed, Report> {
        let file = Path::new(text);
        match resolve(library.collection.tracks().iter(), text) {
            Ok(track) => Ok(Seed::of(track)),
            Err(_) if file.is_file() => self.of_file(library, file),
            Err(_) if file.is_dir() => {
                Err(eyre!("{text} is a folder: give a track of the library or a sound file"))
            }
            Err(error) if text.contains('/') => Err(eyre!("there is no file {text}, and {error}")),
            Err(error) => Err(error.into()),
        }
    }

    fn of_file(&mut self, library: &Library, file: &Path) -> Result<Seed, Report> {
        let network = match &mut self.network {
            Some(network) => network,
            none => none.insert(Network::load()?),
        };
        let Heard { embedding, features, .. } = hear(network, file, &mut |_| true)?;
        if let Some(id) = library.collection.same_recording(&embedding.style, embedding.duration_s)
            && let Some(track) = library.collection.get(id)
        {
            return Ok(Seed::of(track));
        }
        let [valence, energy] = embedding.mood;
        Ok(Seed {
            label: file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned(),
            style: embedding.style,
            mood: Some(Mood { valence, energy }),
            features: Some(features),
            track_id: None,
        })
    }
}
