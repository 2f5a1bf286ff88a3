//! `eval recommendation`

mod rows;
mod text;

use std::path::{Path, PathBuf};

use color_eyre::eyre::{Report, eyre};

use super::{RecommendationArgs, tell_failed};
use crate::cli::context::Context;
use crate::cli::output::Output;
use crate::collab::read_plays;
use crate::embed::Network;
use crate::eval::{
    Described, Listeners, Lists, People, Retrieval, Similarity, Watch, enrol, listeners, lists,
    people, retrieval, similarities,
};
use crate::store::records::Track;
use crate::taste::vector::cosine;

/// What was measured.
pub struct Measured {
    json: bool,
    failed: Vec<(PathBuf, String)>,
    music: Option<Music>,
    people: Option<People>,
}

/// What was measured on tracks.
struct Music {
    network: String,
    tracks: usize,
    failed: usize,
    retrieval: Retrieval,
    similarities: Vec<Similarity>,
    lists: Vec<Lists>,
    listeners: Vec<Listeners>,
}

pub fn measure(
    context: &Context,
    args: &RecommendationArgs,
    watch: &Watch,
) -> Result<super::Measured, Report> {
    let people =
        args.people.as_deref().map(|file| of_people(file, args.seed, watch)).transpose()?;
    let (mut failed, mut music) = (Vec::new(), None);
    if !args.refs.is_empty() {
        let network = Network::load()?;
        let references = enrol(&network, &args.refs, watch)?;
        let places = references.tracks.iter().enumerate();
        let tracks: Vec<Described> =
            places.map(|(place, reference)| Described::of_reference(place, reference)).collect();
        let folders: Vec<String> = args.refs.iter().map(|f| f.display().to_string()).collect();
        let nothing = format!(
            "there is nothing to compare in {}: the folders below it are the sources, and there must \
             be at least two, one of them with two tracks",
            folders.join(", ")
        );
        let mut of_music = of_music(context, args, &tracks, network.id(), watch, &nothing)?;
        failed = references.failed;
        of_music.failed = failed.len();
        music = Some(of_music);
    } else if people.is_none() {
        let tracks = library(context)?;
        let network = tracks.first().map_or("", |track| track.track.model.as_str());
        let nothing = "there is nothing to compare in the library: its tracks must be of at least two \
                       artists (or albums or folders), two of them of the same";
        music = Some(of_music(context, args, &tracks, network, watch, nothing)?);
    }
    let measured = Measured { json: args.json, failed, music, people };
    Ok(super::Measured::Recommendation(Box::new(measured)))
}

/// The user's own library: the tracks that were enrolled with the same network as most.
fn library(context: &Context) -> Result<Vec<Described>, Report> {
    let tracks = context.store()?.tracks()?;
    if tracks.is_empty() {
        return Err(eyre!(
            "the library is empty: fill it with echovibe index DIR, or measure on a folder of music:\n  \
             echovibe eval recommendation --refs ~/Music"
        ));
    }
    let model = most_common(&tracks).to_owned();
    let same = tracks.into_iter().filter(|track| track.model == model);
    Ok(same.map(Described::of_library).collect())
}

fn most_common(tracks: &[Track]) -> &str {
    let mut models: Vec<&str> = tracks.iter().map(|track| track.model.as_str()).collect();
    models.sort_unstable();
    let runs = models.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).and_then(|run| run.first().copied()).unwrap_or("")
}

fn of_music(
    context: &Context,
    args: &RecommendationArgs,
    tracks: &[Described],
    network: &str,
    watch: &Watch,
    nothing: &str,
) -> Result<Music, Report> {
    let sources: Vec<&str> = tracks.iter().map(|track| track.source.as_str()).collect();
    let likeness =
        |a: usize, b: usize| cosine(&tracks[a].track.style, &tracks[b].track.style) as f32;
    let retrieval = retrieval(&sources, &likeness).ok_or_else(|| eyre!("{nothing}"))?;
    Ok(Music {
        network: network.to_owned(),
        tracks: tracks.len(),
        failed: 0,
        retrieval,
        similarities: similarities(tracks).unwrap_or_default(),
        lists: lists(tracks, &context.settings, args.seed, watch)?,
        listeners: listeners(tracks, &context.settings, args.listeners as usize, args.seed, watch)?,
    })
}

fn of_people(file: &Path, seed: u64, watch: &Watch) -> Result<People, Report> {
    let plays = read_plays(file)?.plays;
    people(&plays, seed, watch)?.ok_or_else(|| {
        eyre!(
            "there is nothing to hold out in {}: someone must play at least five tracks",
            file.display()
        )
    })
}

impl Measured {
    pub fn print(&self, context: &Context) -> Result<(), Report> {
        tell_failed(context, &self.failed);
        let mut output = Output::new(self.json);
        match (&self.people, self.json) {
            (Some(people), true) => rows::people(people, &mut output)?,
            (Some(people), false) => output.row(&(), |()| text::people(people))?,
            (None, _) => {}
        }
        match (&self.music, self.json) {
            (Some(music), true) => rows::music(music, &mut output)?,
            (Some(music), false) => output.row(&(), |()| text::music(music))?,
            (None, _) => {}
        }
        Ok(())
    }
}
