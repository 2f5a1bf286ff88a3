//! `recommend`

mod format;
mod library;
mod mood;
mod radio;
mod seed;

use color_eyre::eyre::{Report, eyre};

use super::args::RecommendArgs;
use super::context::Context;
use super::output::Found;
use crate::recommend::{Offer, path, recommend};
use format::{Format, Writer};
use library::Library;
use mood::MoodSource;
use seed::Seeds;

pub fn run(context: &Context, args: &RecommendArgs) -> Result<Found, Report> {
    if args.count == Some(0) {
        return Err(eyre!("-n must be at least 1"));
    }
    let writer = Writer::new(args)?;
    let mut mood = MoodSource::new(args, &context.settings)?;
    let mut library = Library::open(context)?;
    if library.is_empty() {
        context.tell("the library is empty: echovibe index DIR");
        return Ok(Found::No);
    }
    let mut seeds = Seeds::new();
    if args.radio {
        let start = seeds.all(&library, &args.seed)?;
        return radio::run(args, &mut library, &start, &mut mood, &writer);
    }
    library.set_mood(mood.now()?);
    let offers: Vec<Offer> = if let (Some(from), Some(to)) = (&args.from, &args.to) {
        let (from, to) = (seeds.one(&library, from)?, seeds.one(&library, to)?);
        path(&library.request(&[], args.count), &from, &to)?
    } else {
        recommend(&library.request(&seeds.all(&library, &args.seed)?, args.count))
    };
    let rows: Vec<format::Row> =
        offers.into_iter().filter_map(|offer| writer.row(&library, offer)).collect();
    if rows.is_empty() {
        context.tell("nothing to offer");
        return Ok(Found::No);
    }
    match &args.out {
        Some(file) => writer.write_file(file, &rows)?,
        None => writer.print(&rows)?,
    }
    if let (Some(file), Format::Text | Format::M3u | Format::Jspf) = (&args.out, writer.format) {
        context.tell(&format!("{} tracks in {}", rows.len(), file.display()));
    }
    Ok(Found::Yes)
}
