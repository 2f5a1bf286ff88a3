//! `doctor --repair`, and what `doctor` tells of the store without it.

use color_eyre::eyre::Report;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::context::Context;
use super::doctor::Check;
use super::index;
use crate::embed::Network;
use crate::library::{LibraryError, check_cells, damaged, drop_damaged_cells, mend};
use crate::store::records::Track;
use crate::store::{self, Store, StoreError};

/// Tracks named one by one; the others are counted.
const NAMED: usize = 20;

/// Looks at the store and changes nothing in it.
pub fn look(context: &Context) -> Vec<Check> {
    if let Some(url) = &context.database {
        return vec![Check::new("store", in_database(context, url).map_err(|e| e.to_string()))];
    }
    let store = match Store::open(&context.data_dir) {
        Ok(store) => store,
        Err(e) => return vec![Check::new("store", Err(e.to_string()))],
    };
    let mut checks = vec![Check::new("store", told(context, &store).map_err(|e| e.to_string()))];
    if store::is_lossy(store.dir()) {
        checks.push(lacks("records", "the database lost records: echovibe doctor --repair"));
    }
    checks.push(Check::new("fingerprints", fingerprints(context, &store)));
    match check_cells(store.dir()) {
        Ok(None) => {}
        Ok(Some(cells)) => {
            checks.push(Check::new("cells", Ok(format!("{cells}, whole"))));
        }
        Err(e) => checks.push(lacks("cells", &e.to_string())),
    }
    for (path, detail) in store::bad_snapshots(store.dir()) {
        let path = path.display();
        checks.push(lacks("snapshot", &format!("{path}: {detail}: echovibe doctor --repair")));
    }
    checks
}

/// What a store in a database holds: whether it is sound is the database's own affair.
fn in_database(context: &Context, url: &str) -> Result<String, StoreError> {
    let store = Store::in_postgres(&context.data_dir, url)?;
    let (tracks, users) = (store.fingerprint_places()?.len(), store.users()?.len());
    Ok(format!("PostgreSQL: {tracks} tracks, {users} accounts"))
}

fn told(context: &Context, store: &Store) -> Result<String, LibraryError> {
    let role = match store.snapshot_of() {
        Some(at) => format!(", read only, as of {at}"),
        None if store.is_owner() => String::new(),
        None => ", held by another running EchoVibe".to_owned(),
    };
    Ok(format!(
        "{}: {} tracks, {} events, {} failed files{role}",
        context.data_dir.display(),
        store.tracks()?.len(),
        store.events(0)?.len(),
        store.failures()?.iter().filter(|failure| failure.duplicate_of.is_none()).count(),
    ))
}

fn fingerprints(context: &Context, store: &Store) -> Result<String, String> {
    let check = || -> Result<Result<String, String>, LibraryError> {
        let tracks = store.tracks()?;
        let of_others = |track: &&Track| track.model != Network::built_in_id();
        let old = tracks.iter().filter(of_others).count();
        let bad = scan(context, store)?.len();
        Ok(match (bad, old) {
            (0, 0) => Ok(format!("of {} tracks, all whole", tracks.len())),
            (0, old) => Err(format!(
                "{old} tracks were made with another network and must be indexed again: \
                 echovibe index DIR"
            )),
            (bad, _) => Err(format!("of {bad} tracks are damaged: echovibe doctor --repair")),
        })
    };
    check().map_err(|e| e.to_string())?
}

/// Reads all fingerprints, with a bar.
fn scan(context: &Context, store: &Store) -> Result<Vec<Track>, LibraryError> {
    let bar = ProgressBar::new(store.tracks()?.len() as u64);
    if context.quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let damaged = damaged(store, &|| bar.inc(1));
    bar.finish_and_clear();
    damaged
}

/// Brings back what can be, and tells what and what not.
pub fn run(context: &Context) -> Result<Vec<Check>, Report> {
    readable(context)?;
    let done = store::repair(&context.data_dir)?;
    let mut checks = Vec::new();
    let database = match done.wrong.as_slice() {
        [] => "whole".to_owned(),
        wrong => format!(
            "built anew ({}): {} tracks and {} events brought back",
            wrong.join("; "),
            done.tracks,
            done.events
        ),
    };
    checks.push(Check::new("database", Ok(database)));
    for path in &done.bad_snapshots {
        checks.push(Check::new("snapshot", Ok(format!("{} is made anew", path.display()))));
    }
    if let Some(aside) = &done.aside {
        let detail = format!("what was replaced is in {}", aside.display());
        checks.push(Check::new("set aside", Ok(detail)));
    }
    if done.nameless > 0 {
        checks.push(lacks(
            "lost",
            &format!(
                "the records of about {} tracks, enrolled after the last snapshot: index your \
                 folders again (echovibe index DIR)",
                done.nameless
            ),
        ));
    }
    checks.extend(fingerprints_anew(context)?);
    if drop_damaged_cells(&context.data_dir)? {
        let detail = "were damaged and are made anew when they are next needed".to_owned();
        checks.push(Check::new("cells", Ok(detail)));
    }
    Ok(checks)
}

/// A folder that is not there is said so before anything is looked for in it.
fn readable(context: &Context) -> Result<(), Report> {
    if context.database.is_some() {
        return Err(color_eyre::eyre::eyre!(
            "a repair is of a data folder: what is in PostgreSQL is its own affair; leave out --store"
        ));
    }
    std::fs::read_dir(&context.data_dir).map(|_| ()).map_err(|e| {
        color_eyre::eyre::eyre!("cannot read the data folder {}: {e}", context.data_dir.display())
    })
}

fn fingerprints_anew(context: &Context) -> Result<Vec<Check>, Report> {
    let store = Store::open(&context.data_dir)?;
    let damaged = scan(context, &store)?;
    if damaged.is_empty() {
        store.snapshot()?;
        return Ok(vec![Check::new("fingerprints", Ok("all whole".to_owned()))]);
    }
    let count = damaged.len();
    let network = Network::load()?;
    let stop = index::stop_on_signal("stopping after the files in hand; what is done is kept");
    let bar = index::progress_bar(context.quiet);
    let done = mend(&store, &network, damaged, &stop, &|progress| index::show(&bar, progress))?;
    bar.finish_and_clear();
    store.snapshot()?;
    let detail = format!("{} of {count} damaged ones are made anew", done.mended);
    let mut checks =
        vec![Check { check: "fingerprints", ok: done.left.is_empty() && !done.stopped, detail }];
    for left in done.left.iter().take(NAMED) {
        let detail = format!("track {} ({}): {}", left.track_id, left.path, left.why);
        checks.push(lacks("lost", &detail));
    }
    if done.left.len() > NAMED {
        checks.push(lacks("lost", &format!("and {} tracks more", done.left.len() - NAMED)));
    }
    Ok(checks)
}

fn lacks(check: &'static str, detail: &str) -> Check {
    Check::new(check, Err(detail.to_owned()))
}
