//! `map`

use std::path::Path;

use color_eyre::eyre::{Report, eyre};
use serde::Serialize;

use super::args::{MapArgs, MapLayout};
use super::context::Context;
use super::output::{Found, Output};
use super::picture::{Format, Target};
use crate::map::{self, Chart, Kind};
use crate::picture::{Ink, MapPicture, Spot};
use crate::store::records::{Track, TrackId, shown};

/// Where the picture goes unless `--out` says otherwise.
const DEFAULT: &str = "echovibe-map.png";

/// A track's place.
#[derive(Debug, Serialize)]
struct PointRow {
    track_id: TrackId,
    path: String,
    title: String,
    artist: String,
    /// From left to right and from below to above, -1 to 1.
    x: f32,
    y: f32,
    style: String,
    layout: &'static str,
}

pub fn run(context: &Context, args: &MapArgs) -> Result<Found, Report> {
    // A wrong name is told before the work is done.
    let target = match &args.out {
        Some(out) => Some(Target::new(out)?),
        None if args.json => None,
        None => Some(Target::new(Path::new(DEFAULT))?),
    };
    if args.json && target.as_ref().is_some_and(Target::is_stdout) {
        return Err(eyre!("--json and the picture cannot both be on standard output"));
    }
    let tracks = context.store()?.tracks()?;
    let chart = laid_out(context, args.layout, &tracks);
    if chart.points.is_empty() {
        context.tell(if tracks.is_empty() {
            "the library is empty: echovibe index DIR"
        } else {
            "no track of the library has a style yet: echovibe index DIR"
        });
        return Ok(Found::No);
    }
    if args.json {
        print_points(&chart, &tracks)?;
    }
    if let Some(target) = target {
        write(context, args, &target, &chart, &tracks)?;
    }
    Ok(Found::Yes)
}

fn laid_out(context: &Context, layout: MapLayout, tracks: &[Track]) -> Chart {
    let chart = Chart::of(tracks);
    if layout == MapLayout::Pca {
        return chart;
    }
    let near = map::near(tracks, &chart, Some(&context.data_dir.join(map::PLACES)));
    if layout == MapLayout::Umap && near.kind != Kind::Near {
        let [fewest, most] = map::BY_NEARNESS;
        context.tell(&format!(
            "{} tracks are laid out along two directions: by nearness are {fewest} to {most}",
            near.points.len()
        ));
    }
    near
}

/// Each point with its track; points come in the order of the tracks.
fn points<'a>(
    chart: &'a Chart,
    tracks: &'a [Track],
) -> impl Iterator<Item = (&'a map::Point, &'a Track)> {
    let mut tracks = tracks.iter();
    chart.points.iter().filter_map(move |point| {
        tracks.by_ref().find(|track| track.id == point.id).map(|track| (point, track))
    })
}

fn print_points(chart: &Chart, tracks: &[Track]) -> Result<(), Report> {
    let mut output = Output::new(true);
    for (point, track) in points(chart, tracks) {
        let row = PointRow {
            track_id: track.id,
            path: shown(&track.path),
            title: track.title.clone(),
            artist: track.artist.clone(),
            x: point.x,
            y: point.y,
            style: map::style_name(track).to_owned(),
            layout: if chart.kind == Kind::Near { "umap" } else { "pca" },
        };
        output.row(&row, |_| String::new())?;
    }
    Ok(())
}

fn write(
    context: &Context,
    args: &MapArgs,
    target: &Target,
    chart: &Chart,
    tracks: &[Track],
) -> Result<(), Report> {
    let spot = |(point, track): (&map::Point, &Track)| Spot {
        at: [point.x, point.y],
        style: usize::from(point.style),
        title: track.title.clone(),
        label: track.label(),
    };
    let spots: Vec<Spot> = points(chart, tracks).map(spot).collect();
    let subtitle = match chart.kind {
        Kind::Near => "what sounds alike lies together (UMAP)".to_owned(),
        Kind::Directions => format!(
            "along the two directions in which styles differ most (PCA, {:.0} % of the differences)",
            chart.held * 100.0
        ),
    };
    let count = spots.len();
    let picture = MapPicture {
        title: &format!("{count} {}", if count == 1 { "track" } else { "tracks" }),
        subtitle: &subtitle,
        spots: &spots,
        styles: &chart.styles,
        size: args.size,
        ink: if args.light { Ink::LIGHT } else { Ink::DARK },
        any_letters: target.format == Format::Svg,
    };
    target.write(&picture.scene())?;
    if !target.is_stdout() {
        context.tell(&format!("{} written: {count} tracks", target.shown()));
    }
    Ok(())
}
