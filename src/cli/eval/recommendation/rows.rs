//! The JSON objects of `eval recommendation`. Their names are a promise to scripts.

use std::io;

use serde::Serialize;

use super::Music;
use crate::cli::output::Output;
use crate::cli::rows::thousandths;
use crate::eval::{
    FEEDBACKS, Figures, Listeners, Lists, People, PeopleRow, Pool, Similarity, TasteKind,
};

pub fn music(music: &Music, output: &mut Output) -> io::Result<()> {
    for source in &music.retrieval.sources {
        let row = SourceRow {
            kind: "source",
            source: &source.source,
            tracks: source.tracks,
            style: source.found.into(),
            random: source.chance.into(),
        };
        output.row(&row, |_| String::new())?;
    }
    for similarity in &music.similarities {
        output.row(&SimilarityRow::from(similarity), |_| String::new())?;
    }
    for lists in &music.lists {
        output.row(&ListsRow::from(lists), |_| String::new())?;
    }
    for listeners in &music.listeners {
        output.row(&ListenersRow::from(listeners), |_| String::new())?;
    }
    let summary = SummaryRow {
        kind: "summary",
        network: &music.network,
        tracks: music.tracks,
        failed: music.failed,
        sources: music.retrieval.sources.len(),
        queries: music.retrieval.queries,
        style: music.retrieval.found.into(),
        random: music.retrieval.chance.into(),
    };
    output.row(&summary, |_| String::new())
}

pub fn people(people: &People, output: &mut Output) -> io::Result<()> {
    for row in &people.rows {
        output.row(&PeopleSystemRow::from(row), |_| String::new())?;
    }
    let summary = PeopleSummaryRow {
        kind: "people_summary",
        people: people.people,
        items: people.items,
        pairs_fitted: people.pairs[0],
        pairs_held_out: people.pairs[1],
    };
    output.row(&summary, |_| String::new())
}

#[derive(Debug, Serialize)]
struct SourceRow<'a> {
    kind: &'static str,
    source: &'a str,
    tracks: usize,
    style: FiguresRow,
    random: FiguresRow,
}

#[derive(Debug, Serialize)]
struct SummaryRow<'a> {
    kind: &'static str,
    network: &'a str,
    tracks: usize,
    failed: usize,
    sources: usize,
    queries: usize,
    style: FiguresRow,
    random: FiguresRow,
}

/// Each 0 to 1.
#[derive(Debug, Serialize)]
struct FiguresRow {
    recall_at_10: f64,
    ndcg_at_10: f64,
    mean_reciprocal_rank: f64,
}

impl From<Figures> for FiguresRow {
    fn from(figures: Figures) -> Self {
        Self {
            recall_at_10: thousandths(figures.recall),
            ndcg_at_10: thousandths(figures.ndcg),
            mean_reciprocal_rank: thousandths(figures.reciprocal_rank),
        }
    }
}

#[derive(Debug, Serialize)]
struct SimilarityRow {
    kind: &'static str,
    description: &'static str,
    measure: &'static str,
    #[serde(flatten)]
    found: FiguresRow,
    nanoseconds: f64,
}

impl From<&Similarity> for SimilarityRow {
    fn from(similarity: &Similarity) -> Self {
        Self {
            kind: "similarity",
            description: similarity.description,
            measure: similarity.measure,
            found: similarity.found.into(),
            nanoseconds: thousandths(similarity.ns),
        }
    }
}

#[derive(Debug, Serialize)]
struct ListsRow {
    kind: &'static str,
    system: &'static str,
    lists: usize,
    same_source: f64,
    coverage: f64,
    novelty_bits: f64,
    diversity: f64,
}

impl From<&Lists> for ListsRow {
    fn from(lists: &Lists) -> Self {
        Self {
            kind: "lists",
            system: lists.system,
            lists: lists.lists,
            same_source: thousandths(lists.precision),
            coverage: thousandths(lists.coverage),
            novelty_bits: thousandths(lists.novelty),
            diversity: thousandths(lists.diversity),
        }
    }
}

#[derive(Debug, Serialize)]
struct ListenersRow {
    kind: &'static str,
    taste: &'static str,
    artists_known: bool,
    measured_on: &'static str,
    listeners: usize,
    random: f64,
    best_possible: f64,
    /// What the feed's lists reach when it is told everything of what can be offered.
    all_told: f64,
    no_seed: f64,
    after: Vec<AfterRow>,
    skips_to_half_of_best: Option<usize>,
}

#[derive(Debug, Serialize)]
struct AfterRow {
    feedbacks: usize,
    precision_at_10: f64,
    skips: f64,
}

impl From<&Listeners> for ListenersRow {
    fn from(row: &Listeners) -> Self {
        let after = FEEDBACKS.iter().zip(row.precision.iter().zip(row.skips));
        Self {
            kind: "listeners",
            taste: match row.kind {
                TasteKind::Sources => "sources",
                TasteKind::Timbre => "timbre",
            },
            artists_known: row.artists_known,
            measured_on: match row.pool {
                Pool::Unheard => "unheard",
                Pool::Library => "library",
            },
            listeners: row.listeners,
            random: thousandths(row.chance),
            best_possible: thousandths(row.best),
            all_told: thousandths(row.all_told),
            no_seed: thousandths(row.cold),
            after: after
                .map(|(feedbacks, (precision, skips))| AfterRow {
                    feedbacks: *feedbacks,
                    precision_at_10: thousandths(*precision),
                    skips: thousandths(skips),
                })
                .collect(),
            skips_to_half_of_best: row.skips_to_half,
        }
    }
}

#[derive(Debug, Serialize)]
struct PeopleSystemRow {
    kind: &'static str,
    system: &'static str,
    ours: bool,
    ndcg_at_10: f64,
    recall_at_20: f64,
    coverage: f64,
    novelty_bits: f64,
    fit_s: f64,
    ask_ms: f64,
}

impl From<&PeopleRow> for PeopleSystemRow {
    fn from(row: &PeopleRow) -> Self {
        Self {
            kind: "people",
            system: row.system,
            ours: row.ours,
            ndcg_at_10: thousandths(row.ndcg),
            recall_at_20: thousandths(row.recall),
            coverage: thousandths(row.coverage),
            novelty_bits: thousandths(row.novelty),
            fit_s: thousandths(row.fit_s),
            ask_ms: thousandths(row.ask_ms),
        }
    }
}

#[derive(Debug, Serialize)]
struct PeopleSummaryRow {
    kind: &'static str,
    people: usize,
    items: usize,
    pairs_fitted: usize,
    pairs_held_out: usize,
}
