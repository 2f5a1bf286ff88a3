//! `eval recognition`

use std::path::PathBuf;
use std::time::Instant;

use color_eyre::eyre::Report;
use serde::Serialize;

use super::table::{columns, share};
use super::{RecognitionArgs, check_refs, tell_failed};
use crate::cli::context::Context;
use crate::cli::output::Output;
use crate::cli::rows::thousandths;
use crate::embed::Network;
use crate::eval::{
    Cell, CellName, Drawing, Ear, EvalError, Heard, Hearing, Point, QueryList, Surroundings, Watch,
    cells, curve, draw, enrol, hear_queries, percent, sound_files, threshold_for, total, wilson,
};
use crate::index::Decision;

/// Everything that was heard.
pub struct Measured {
    json: bool,
    network: String,
    threshold: f64,
    false_names: f64,
    tracks: usize,
    hours: f64,
    failed: Vec<(PathBuf, String)>,
    names: Vec<CellName>,
    heard: Vec<Heard>,
    elapsed_s: f64,
}

pub fn measure(
    context: &Context,
    args: &RecognitionArgs,
    watch: &Watch,
) -> Result<super::Measured, Report> {
    let started = Instant::now();
    check_refs(&args.refs, "recognition")?;
    // All that can be wrong with what was typed is told before any work.
    let conditions = if args.clips.is_some() { &[] } else { args.conditions.as_slice() };
    for folder in args.refs.iter().chain(&args.clips).chain(&args.unknown) {
        std::fs::read_dir(folder)
            .map_err(|source| EvalError::Folder { path: folder.clone(), source })?;
    }
    let list = args.clips.as_deref().map(QueryList::read).transpose()?;
    let unknown = match &args.unknown {
        Some(folder) => Some((folder.clone(), sound_files(folder)?)),
        None => None,
    };
    let surroundings =
        Surroundings::read(conditions, args.noise.as_deref(), args.rir.as_deref(), args.seed)?;
    let network = Network::load()?;
    let decision = Decision::built_in()?;
    let mut references = enrol(&network, &args.refs, watch)?;
    let ear =
        Ear { network: &network, decision: &decision, recognition: &context.settings.recognition };
    let hearing = Hearing { ear, references: &references, surroundings: &surroundings, watch };
    let (names, heard, unreadable) = match &list {
        Some(list) => hear_queries(&hearing, list)?,
        None => {
            let drawing = Drawing {
                lengths_s: args.lengths.clone(),
                conditions: args.conditions.clone(),
                per_cell: args.per_cell as usize,
                seed: args.seed,
                refs: args.refs.clone(),
                unknown,
            };
            draw(&hearing, &drawing)?
        }
    };
    let mut failed = std::mem::take(&mut references.failed);
    failed.extend(unreadable);
    failed.extend_from_slice(surroundings.failed());
    Ok(super::Measured::Recognition(Box::new(Measured {
        json: args.json,
        network: network.id().to_owned(),
        threshold: 1.0 - context.settings.recognition.false_names,
        false_names: args.false_names,
        tracks: references.tracks.len(),
        hours: references.hours(),
        failed,
        names,
        heard,
        elapsed_s: started.elapsed().as_secs_f64(),
    })))
}

impl Measured {
    pub fn print(&self, context: &Context) -> Result<(), Report> {
        tell_failed(context, &self.failed);
        let strict = threshold_for(&self.heard, self.false_names);
        let named = cells(&self.names, &self.heard, self.threshold);
        let at_strict = strict.map(|threshold| cells(&self.names, &self.heard, threshold));
        let mut output = Output::new(self.json);
        let summary = self.summary(strict);
        if !self.json {
            output.row(&summary, |_| self.head())?;
            output.note(&format!(
                "\nNamed as the settings say, from a certainty of {} (so many of the unknown clips of \
                 calibration reached less):",
                self.threshold
            ))?;
            output.note(&self.table(&named, self.threshold))?;
            output.note("\nAll clips together, by the certainty from which a track is named:")?;
            output.note(&curve_table(&curve(&self.heard)))?;
            if let (Some(threshold), Some(cells)) = (strict, &at_strict) {
                output.note(&format!(
                    "\nNamed from a certainty of {threshold:.6}, the least that names at most {} % \
                     of the unknown clips:",
                    self.false_names
                ))?;
                output.note(&self.table(cells, threshold))?;
            }
            return Ok(());
        }
        for (i, cell) in named.iter().enumerate() {
            let strict = strict.zip(at_strict.as_ref().and_then(|cells| cells.get(i)));
            output.row(&CellRow::new(cell, self.threshold, strict), |_| String::new())?;
        }
        for point in curve(&self.heard) {
            output.row(&PointRow::from(point), |_| String::new())?;
        }
        output.row(&summary, |_| String::new())?;
        Ok(())
    }

    fn head(&self) -> String {
        let all = total(&self.heard, self.threshold);
        format!(
            "{} tracks enrolled ({:.1} h); {} clips of them and {} of unknown tracks; {:.0} ms a clip \
             (median, with others at the same time); {:.0} s in all; network {}",
            self.tracks,
            self.hours,
            all.clips,
            all.unknown,
            self.median_ms(),
            self.elapsed_s,
            self.network,
        )
    }

    fn table(&self, cells: &[Cell], threshold: f64) -> String {
        let head = [
            "s",
            "condition",
            "clips",
            "top-1 %",
            "right %",
            "95 %",
            "wrong %",
            "near %",
            "+repeat %",
            "unknown",
            "named",
            "named %",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(cells.iter().map(line));
        let mut all = line(&total(&self.heard, threshold));
        all[0] = String::new();
        rows.push(all);
        columns(&rows, 2)
    }

    fn median_ms(&self) -> f64 {
        let mut all: Vec<f64> = self.heard.iter().map(|heard| heard.elapsed_ms).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(0.0)
    }

    fn summary(&self, strict: Option<f64>) -> SummaryRow<'_> {
        let all = total(&self.heard, self.threshold);
        SummaryRow {
            kind: "summary",
            network: &self.network,
            tracks: self.tracks,
            hours: thousandths(self.hours),
            failed: self
                .failed
                .iter()
                .map(|(path, error)| FailedRow { path: path.display().to_string(), error })
                .collect(),
            all: Counts::new(&all, self.threshold),
            false_names_percent: self.false_names,
            at_false_names: strict
                .map(|threshold| Counts::new(&total(&self.heard, threshold), threshold)),
            median_ms: thousandths(self.median_ms()),
            elapsed_s: thousandths(self.elapsed_s),
        }
    }
}

fn line(cell: &Cell) -> Vec<String> {
    let (low, high) = wilson(cell.right, cell.clips);
    vec![
        cell.name.length_s.to_string(),
        cell.name.condition.clone(),
        cell.clips.to_string(),
        share(cell.top1, cell.clips),
        share(cell.right, cell.clips),
        format!("{low:.0}-{high:.0}"),
        share(cell.wrong, cell.clips),
        share(cell.near, cell.right),
        share(cell.near_or_repeat, cell.right),
        cell.unknown.to_string(),
        cell.unknown_named.to_string(),
        share(cell.unknown_named, cell.unknown),
    ]
}

fn curve_table(points: &[Point]) -> String {
    let head = ["certainty", "right %", "wrong %", "unknown named %"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(points.iter().map(|point| {
        vec![
            point.threshold.to_string(),
            format!("{:.1}", point.right),
            format!("{:.1}", point.wrong),
            point.unknown_named.map_or("-".to_owned(), |named| format!("{named:.1}")),
        ]
    }));
    columns(&rows, 0)
}

/// A cell at the threshold of the settings and, beside it, at the one of `--false-names`.
#[derive(Debug, Serialize)]
struct CellRow<'a> {
    kind: &'static str,
    length_s: f64,
    condition: &'a str,
    #[serde(flatten)]
    counts: Counts,
    at_false_names: Option<Counts>,
}

impl<'a> CellRow<'a> {
    fn new(cell: &'a Cell, threshold: f64, strict: Option<(f64, &Cell)>) -> Self {
        Self {
            kind: "cell",
            length_s: cell.name.length_s,
            condition: &cell.name.condition,
            counts: Counts::new(cell, threshold),
            at_false_names: strict.map(|(threshold, cell)| Counts::new(cell, threshold)),
        }
    }
}

/// Percentages of a cell; `null` is a share of nothing.
#[derive(Debug, Serialize)]
struct Counts {
    threshold: f64,
    clips: usize,
    top1_percent: Option<f64>,
    right: usize,
    right_percent: Option<f64>,
    right_low_percent: f64,
    right_high_percent: f64,
    wrong: usize,
    wrong_percent: Option<f64>,
    near_percent: Option<f64>,
    near_or_repeat_percent: Option<f64>,
    unknown: usize,
    unknown_named: usize,
    unknown_named_percent: Option<f64>,
}

impl Counts {
    fn new(cell: &Cell, threshold: f64) -> Self {
        let of = |part, of| percent(part, of).map(thousandths);
        let (low, high) = wilson(cell.right, cell.clips);
        Self {
            threshold,
            clips: cell.clips,
            top1_percent: of(cell.top1, cell.clips),
            right: cell.right,
            right_percent: of(cell.right, cell.clips),
            right_low_percent: thousandths(low),
            right_high_percent: thousandths(high),
            wrong: cell.wrong,
            wrong_percent: of(cell.wrong, cell.clips),
            near_percent: of(cell.near, cell.right),
            near_or_repeat_percent: of(cell.near_or_repeat, cell.right),
            unknown: cell.unknown,
            unknown_named: cell.unknown_named,
            unknown_named_percent: of(cell.unknown_named, cell.unknown),
        }
    }
}

#[derive(Debug, Serialize)]
struct PointRow {
    kind: &'static str,
    threshold: f64,
    right_percent: f64,
    wrong_percent: f64,
    unknown_named_percent: Option<f64>,
}

impl From<Point> for PointRow {
    fn from(point: Point) -> Self {
        Self {
            kind: "point",
            threshold: point.threshold,
            right_percent: thousandths(point.right),
            wrong_percent: thousandths(point.wrong),
            unknown_named_percent: point.unknown_named.map(thousandths),
        }
    }
}

#[derive(Debug, Serialize)]
struct SummaryRow<'a> {
    kind: &'static str,
    network: &'a str,
    tracks: usize,
    hours: f64,
    failed: Vec<FailedRow<'a>>,
    all: Counts,
    false_names_percent: f64,
    at_false_names: Option<Counts>,
    median_ms: f64,
    elapsed_s: f64,
}

#[derive(Debug, Serialize)]
struct FailedRow<'a> {
    path: String,
    error: &'a str,
}
