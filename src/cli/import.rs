//! `import`: plays that other programs kept.

use std::sync::atomic::Ordering;

use color_eyre::eyre::{Report, eyre};
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde::Serialize;

use super::args::ImportArgs;
use super::context::Context;
use super::index::{progress_bar, stop_on_signal};
use super::output::{Found, Output};
use crate::import::{Imported, Missing, Own, Played, Table, import, read};

/// Songs named that are not in the library, unless all are asked for.
const SHOWN: usize = 20;

/// What an import came to.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    kind: &'static str,
    /// Entries of the files that could not be understood.
    odd: usize,
    #[serde(flatten)]
    imported: &'a Imported,
}

/// A person whose plays are kept.
#[derive(Debug, Serialize)]
struct PersonRow<'a> {
    kind: &'static str,
    person: &'a str,
    songs: usize,
}

pub fn run(context: &Context, args: &ImportArgs) -> Result<Found, Report> {
    if let Some(person) = &args.forget {
        return forget(context, person, args.json);
    }
    if args.files.is_empty() {
        return people(context, args.json);
    }
    let (mut plays, mut odd) = (Vec::new(), 0);
    for file in &args.files {
        let read = read(file)?;
        if let Some(first) = read.first_odd {
            let others = match read.odd {
                1 => String::new(),
                odd => format!(", and {} more", odd - 1),
            };
            context.tell(&format!("{}: left out {first}{others}", file.display()));
        }
        odd += read.odd;
        plays.extend(read.plays);
    }
    match &args.of {
        None if plays.iter().all(|play| play.by.is_none()) => own(context, args, &plays, odd),
        of => others(context, args, of.as_deref(), &plays),
    }
}

/// The user's own plays.
fn own(
    context: &Context,
    args: &ImportArgs,
    plays: &[Played],
    odd: usize,
) -> Result<Found, Report> {
    let store = context.store()?;
    let own = Own::new(&store, plays, Timestamp::now())?;
    let imported = if args.dry_run {
        own.report().clone()
    } else {
        let stop =
            stop_on_signal("stopping; what is recorded is kept, and the same command goes on");
        let bar = bar(context, own.new_events());
        let imported = import(&store, own, &mut || {
            bar.inc(1);
            !stop.load(Ordering::Relaxed)
        });
        bar.finish_and_clear();
        imported?
    };
    let mut output = Output::new(args.json);
    let shown = if args.json || args.all { imported.missing.len() } else { SHOWN };
    let said = |imported: &Imported| text(imported, args.dry_run);
    if !args.json {
        output.row(&imported, said)?;
    }
    for missing in imported.missing.iter().take(shown) {
        output.row(&MissingRow { kind: "missing", missing }, |row| row.text())?;
    }
    if let more @ 1.. = imported.missing.len().saturating_sub(shown) {
        output.note(&format!("  and {more} more: --all lists them"))?;
    }
    if args.json {
        let imported = &Imported { missing: Vec::new(), ..imported.clone() };
        output.row(&Summary { kind: "summary", odd, imported }, |_| String::new())?;
    }
    Ok((imported.tracks > 0).into())
}

/// A song that is not in the library.
#[derive(Debug, Serialize)]
struct MissingRow<'a> {
    kind: &'static str,
    #[serde(flatten)]
    missing: &'a Missing,
}

impl MissingRow<'_> {
    fn text(&self) -> String {
        let Missing { artist, title, plays } = self.missing;
        format!("  {plays:>6}  {artist} - {title}")
    }
}

fn text(imported: &Imported, dry_run: bool) -> String {
    let Imported { found, recorded, known, left_out, tracks, missing } = imported;
    let new = if dry_run {
        "nothing recorded (--dry-run)".to_owned()
    } else {
        format!("{recorded} recorded")
    };
    let mut said = format!("{found} plays: {new}, {known} there already, of {tracks} tracks");
    if *left_out > 0 {
        said += &format!("; {left_out} of many in one line left out");
    }
    if missing.is_empty() {
        return said;
    }
    let plays: u64 = missing.iter().map(|missing| missing.plays).sum();
    format!("{said}\n{plays} plays of {} songs are not in the library:", missing.len())
}

/// Plays of other people, of one or by the file's own names.
fn others(
    context: &Context,
    args: &ImportArgs,
    of: Option<&str>,
    plays: &[Played],
) -> Result<Found, Report> {
    let mut names: Vec<&str> = match of {
        Some(name) => vec![name],
        None => plays.iter().filter_map(|play| play.by.as_deref()).collect(),
    };
    names.sort_unstable();
    names.dedup();
    let dir = context.store()?.dir().to_owned();
    let put = |table: &mut Table| {
        for name in names.iter().copied() {
            let by = |play: &&Played| of.is_some() || play.by.as_deref() == Some(name);
            table.put(name, plays.iter().filter(by));
        }
    };
    let table = if args.dry_run {
        let mut table = Table::open(&dir)?;
        put(&mut table);
        table
    } else {
        Table::change(&dir, |table| {
            put(table);
            true
        })?
    };
    let mut output = Output::new(args.json);
    for (person, songs) in table.people().filter(|(person, _)| names.contains(person)) {
        output.row(&PersonRow { kind: "person", person, songs }, person_text)?;
    }
    Ok(Found::Yes)
}

fn person_text(row: &PersonRow<'_>) -> String {
    format!("{:>6} songs  {}", row.songs, row.person)
}

fn people(context: &Context, json: bool) -> Result<Found, Report> {
    let table = Table::open(context.store()?.dir())?;
    let mut output = Output::new(json);
    let mut any = false;
    for (person, songs) in table.people() {
        output.row(&PersonRow { kind: "person", person, songs }, person_text)?;
        any = true;
    }
    if !any {
        context.tell("no plays of other people are kept: echovibe import --of NAME FILE");
    }
    Ok(any.into())
}

fn forget(context: &Context, person: &str, json: bool) -> Result<Found, Report> {
    let dir = context.store()?.dir().to_owned();
    let mut forgotten = false;
    let table = Table::change(&dir, |table| {
        forgotten = table.remove(person);
        forgotten
    })?;
    if !forgotten {
        let known: Vec<&str> = table.people().map(|(person, _)| person).collect();
        let of = if known.is_empty() { "nobody".to_owned() } else { known.join(", ") };
        return Err(eyre!("no plays of {person} are kept; of these they are: {of}"));
    }
    Output::new(json).row(&PersonRow { kind: "forgotten", person, songs: 0 }, |row| {
        format!("the plays of {} are forgotten", row.person)
    })?;
    Ok(Found::Yes)
}

fn bar(context: &Context, events: usize) -> ProgressBar {
    let bar = progress_bar(context.quiet);
    bar.set_length(events as u64);
    bar.set_message(format!("{events} plays"));
    bar
}
