//! The tables of `eval recommendation` for people.

use super::Music;
use crate::cli::eval::table::columns;
use crate::eval::{
    FEEDBACKS, Figures, Listeners, Lists, People, Pool, Retrieval, Similarity, TasteKind,
};

pub fn music(music: &Music) -> String {
    let Retrieval { sources, queries, .. } = &music.retrieval;
    let mut parts = vec![format!(
        "{} tracks, {} of them in {} sources with at least two; network {}\n{}",
        music.tracks,
        queries,
        sources.len(),
        music.network,
        retrieval(&music.retrieval)
    )];
    parts.push(format!(
        "likeness: same-source retrieval and time\n{}",
        similarities(&music.similarities)
    ));
    parts.push(format!("lists of ten, each track a seed\n{}", lists(&music.lists)));
    if !music.listeners.is_empty() {
        parts.push(format!(
            "simulated listeners: precision@10 % against a hidden taste, by feedbacks given\n{}",
            listeners(&music.listeners)
        ));
    }
    parts.join("\n\n")
}

pub fn people(people: &People) -> String {
    let head = [
        "",
        "NDCG@10 %",
        "recall@20 %",
        "coverage %",
        "novelty, bits",
        "fitted in, s",
        "asked in, ms",
    ];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for row in &people.rows {
        let mut cells = vec![row.system.to_owned()];
        cells.extend([row.ndcg, row.recall, row.coverage].map(percent));
        cells.extend([row.novelty, row.fit_s, row.ask_ms].map(|value| format!("{value:.2}")));
        table.push(cells);
    }
    format!(
        "{} people, {} items; {} pairs fitted, {} held out\n{}",
        people.people,
        people.items,
        people.pairs[0],
        people.pairs[1],
        columns(&table, 1)
    )
}

fn retrieval(retrieval: &Retrieval) -> String {
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
    for source in &retrieval.sources {
        rows.push(line(&source.source, source.tracks, source.found, source.chance));
    }
    rows.push(line("all queries", retrieval.queries, retrieval.found, retrieval.chance));
    columns(&rows, 1)
}

fn line(name: &str, tracks: usize, found: Figures, chance: Figures) -> Vec<String> {
    let mut cells = vec![name.to_owned(), tracks.to_string()];
    for (found, chance) in [
        (found.recall, chance.recall),
        (found.ndcg, chance.ndcg),
        (found.reciprocal_rank, chance.reciprocal_rank),
    ] {
        cells.push(percent(found));
        cells.push(format!("({})", percent(chance)));
    }
    cells
}

fn similarities(similarities: &[Similarity]) -> String {
    let head = ["of", "by", "recall@10 %", "NDCG@10 %", "MRR %", "ns each"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for row in similarities {
        let mut cells = vec![row.description.to_owned(), row.measure.to_owned()];
        cells.extend([row.found.recall, row.found.ndcg, row.found.reciprocal_rank].map(percent));
        cells.push(format!("{:.0}", row.ns));
        rows.push(cells);
    }
    columns(&rows, 2)
}

fn lists(lists: &[Lists]) -> String {
    let head = ["", "same source %", "coverage %", "novelty, bits", "diversity"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for row in lists {
        rows.push(vec![
            row.system.to_owned(),
            percent(row.precision),
            percent(row.coverage),
            format!("{:.2}", row.novelty),
            format!("{:.2}", row.diversity),
        ]);
    }
    columns(&rows, 1)
}

fn listeners(listeners: &[Listeners]) -> String {
    let mut head: Vec<String> = ["taste", "artists", "lists of", "listeners", "random", "no seed"]
        .map(str::to_owned)
        .to_vec();
    head.extend(FEEDBACKS.iter().map(|feedbacks| match feedbacks {
        0 => "a seed".to_owned(),
        feedbacks => format!("{feedbacks}"),
    }));
    head.extend(["all told", "best", "skips in 20", "skips to half"].map(str::to_owned));
    let mut rows = vec![head];
    for row in listeners {
        let kind = match row.kind {
            TasteKind::Sources => "sources",
            TasteKind::Timbre => "timbre",
        };
        let pool = match row.pool {
            Pool::Unheard => "the unheard half",
            Pool::Library => "all, a day later",
        };
        let artists = if row.artists_known { "known" } else { "not known" };
        let mut cells =
            vec![kind.to_owned(), artists.to_owned(), pool.to_owned(), row.listeners.to_string()];
        cells.extend([row.chance, row.cold].map(percent));
        cells.extend(row.precision.map(percent));
        cells.extend([row.all_told, row.best].map(percent));
        cells.push(format!("{:.1}", row.skips[FEEDBACKS.len() - 1]));
        cells.push(row.skips_to_half.map_or_else(|| "-".to_owned(), |skips| skips.to_string()));
        rows.push(cells);
    }
    columns(&rows, 3)
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}
