//! `eval recommendation`

use std::path::PathBuf;

use color_eyre::eyre::{Report, eyre};
use serde::Serialize;

use super::table::columns;
use super::{RecommendationArgs, check_refs, tell_failed};
use crate::cli::context::Context;
use crate::cli::output::Output;
use crate::cli::rows::thousandths;
use crate::embed::Network;
use crate::eval::{Figures, Retrieval, Watch, enrol, retrieval};

/// What was measured.
pub struct Measured {
    json: bool,
    network: String,
    tracks: usize,
    failed: Vec<(PathBuf, String)>,
    retrieval: Retrieval,
}

pub fn measure(
    _: &Context,
    args: &RecommendationArgs,
    watch: &Watch,
) -> Result<super::Measured, Report> {
    check_refs(&args.refs, "recommendation")?;
    let network = Network::load()?;
    let references = enrol(&network, &args.refs, watch)?;
    let retrieval = retrieval(&references.tracks).ok_or_else(|| {
        let folders: Vec<String> = args.refs.iter().map(|f| f.display().to_string()).collect();
        eyre!(
            "there is nothing to compare in {}: the folders below it are the sources, and there must \
             be at least two, one of them with two tracks",
            folders.join(", ")
        )
    })?;
    Ok(super::Measured::Recommendation(Measured {
        json: args.json,
        network: network.id().to_owned(),
        tracks: references.tracks.len(),
        failed: references.failed,
        retrieval,
    }))
}

impl Measured {
    pub fn print(&self, context: &Context) -> Result<(), Report> {
        tell_failed(context, &self.failed);
        let mut output = Output::new(self.json);
        for row in self.rows().iter().filter(|_| self.json) {
            output.row(row, |_| String::new())?;
        }
        output.row(&self.summary(), |_| self.text())?;
        Ok(())
    }

    fn rows(&self) -> Vec<SourceRow<'_>> {
        self.retrieval
            .sources
            .iter()
            .map(|source| SourceRow {
                kind: "source",
                source: &source.source,
                tracks: source.tracks,
                style: source.found.into(),
                random: source.chance.into(),
            })
            .collect()
    }

    fn summary(&self) -> SummaryRow<'_> {
        SummaryRow {
            kind: "summary",
            network: &self.network,
            tracks: self.tracks,
            failed: self.failed.len(),
            sources: self.retrieval.sources.len(),
            queries: self.retrieval.queries,
            style: self.retrieval.found.into(),
            random: self.retrieval.chance.into(),
        }
    }

    fn text(&self) -> String {
        let head = [
            "source",
            "tracks",
            "recall@10 %",
            "(random)",
            "NDCG@10 %",
            "(random)",
            "MRR %",
            "(random)",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for source in &self.retrieval.sources {
            rows.push(line(&source.source, source.tracks, source.found, source.chance));
        }
        let Retrieval { queries, found, chance, .. } = self.retrieval;
        rows.push(line("all queries", queries, found, chance));
        format!(
            "{} tracks, {} of them in {} sources with at least two; network {}\n{}",
            self.tracks,
            queries,
            self.retrieval.sources.len(),
            self.network,
            columns(&rows, 1)
        )
    }
}

fn line(name: &str, tracks: usize, found: Figures, chance: Figures) -> Vec<String> {
    let mut cells = vec![name.to_owned(), tracks.to_string()];
    for (found, chance) in [
        (found.recall, chance.recall),
        (found.ndcg, chance.ndcg),
        (found.reciprocal_rank, chance.reciprocal_rank),
    ] {
        cells.push(format!("{:.1}", found * 100.0));
        cells.push(format!("({:.1})", chance * 100.0));
    }
    cells
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
