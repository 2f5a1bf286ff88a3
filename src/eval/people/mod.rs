//! How well it is foreseen what people play: a share of each one's items held out, all that they do not
//! play ranked, beside other ways of doing so.

mod yardsticks;

use std::collections::HashSet;
use std::time::Instant;

use rayon::prelude::*;

use super::error::EvalError;
use super::ranking::{discount, self_information};
use super::watch::{Progress, Watch};
use crate::collab::{
    Bm25, Factors, FactorsOptions, ItemId, LikeMinded, Linear, LinearOptions, Plays,
};
use yardsticks::{Neighbours, Popularity};

/// One of so many of a person's items is held out.
pub const ONE_IN: usize = 5;
/// Places looked at for NDCG, coverage and novelty.
pub const PEOPLE_NDCG: usize = 10;
/// Places looked at for recall.
pub const PEOPLE_RECALL: usize = 20;

/// One way of foreseeing, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct PeopleRow {
    /// What it is.
    pub system: &'static str,
    /// It is what the program does.
    pub ours: bool,
    /// Normalised discounted cumulative gain of the first [`PEOPLE_NDCG`] places, mean over the people.
    pub ndcg: f64,
    /// Share of what was held out that stands in the first [`PEOPLE_RECALL`] places, mean over the people.
    pub recall: f64,
    /// Share of all items that stand in anyone's first [`PEOPLE_NDCG`] places.
    pub coverage: f64,
    /// Mean self-information of the items offered, bits: of one that half of the people play it is 1.
    pub novelty: f64,
    /// Seconds that fitting took, all cores.
    pub fit_s: f64,
    /// Milliseconds that ranking for one person took, one core, mean.
    pub ask_ms: f64,
}

/// What was measured on whom.
#[derive(Debug, Clone, PartialEq)]
pub struct People {
    /// People with anything held out.
    pub people: usize,
    /// Items of the part that was fitted.
    pub items: usize,
    /// Pairs of a person and an item: fitted, and held out.
    pub pairs: [usize; 2],
    /// Ways of foreseeing, the program's last.
    pub rows: Vec<PeopleRow>,
}

/// Ranks items for the person of a row of the fitted plays: numbers of items not played, the best first.
type Ask<'a> = Box<dyn Fn(usize) -> Vec<ItemId> + Sync + 'a>;

/// Fits a system to plays; [`None`] where there is nothing to fit.
type Fit = fn(&Plays) -> Option<Ask<'_>>;

/// What one person was offered.
struct Asked {
    ndcg: f64,
    recall: f64,
    list: Vec<ItemId>,
    took_s: f64,
}

/// Measures popularity, neighbours by item, factors, the linear model and what the program makes of
/// them, on the same split by `seed`. [`None`] where nobody has [`ONE_IN`] items.
///
/// # Errors
/// It was stopped.
pub fn people(plays: &Plays, seed: u64, watch: &Watch) -> Result<Option<People>, EvalError> {
    let (fitted, held) = plays.held_out(ONE_IN, seed);
    if held.rows.is_empty() {
        return Ok(None);
    }
    let systems: [(&'static str, Fit); 6] = [
        ("popularity", |plays| Some(asking(plays, Popularity::fit(plays)))),
        ("BM25 item neighbours (20)", |plays| Some(asking(plays, Neighbours::fit(plays)))),
        ("ALS, BM25 100/0.8, 128 factors", |plays| Some(factors(plays, 100.0, 0.8, YARDSTICK))),
        ("ALS, BM25 1.2/0.75, 48 factors", |plays| {
            Some(factors(plays, 1.2, 0.75, FactorsOptions::default()))
        }),
        ("linear by items (EASE)", |plays| {
            let linear = Linear::fit(&plays.rows, plays.items.len(), LinearOptions::default())?;
            Some(asking(plays, linear))
        }),
        ("like-minded people", |plays| {
            let model = LikeMinded::fit(plays)?;
            Some(Box::new(move |row| {
                let played: Vec<(ItemId, f32)> = plays.of_row(row).collect();
                model.scores(&played).into_iter().map(|(item, _)| item).collect()
            }))
        }),
    ];
    (watch.progress)(Progress::Stage("models fitted", systems.len()));
    let mut rows = Vec::new();
    for (place, (system, fit)) in systems.iter().enumerate() {
        watch.go_on()?;
        let started = Instant::now();
        let Some(ask) = fit(&fitted) else { return Ok(None) };
        let fit_s = started.elapsed().as_secs_f64();
        let mut row = measure(&fitted, &held, &ask, watch)?;
        (row.system, row.ours, row.fit_s) = (system, place + 1 == systems.len(), fit_s);
        rows.push(row);
        (watch.progress)(Progress::Step);
    }
    Ok(Some(People {
        people: held.rows.len(),
        items: fitted.items.len(),
        pairs: [fitted.pairs(), held.pairs()],
        rows,
    }))
}

/// What the Python package `implicit` calls its defaults, but for the factors.
const YARDSTICK: FactorsOptions =
    FactorsOptions { factors: 128, penalty: 0.01, rounds: 15, seed: 1 };

/// Scores all columns for someone who plays these.
trait Scores: Sync {
    fn scores(&self, row: &[(u32, f32)]) -> Vec<f32>;
}

impl Scores for Linear {
    fn scores(&self, row: &[(u32, f32)]) -> Vec<f32> {
        self.scores(row)
    }
}

impl Scores for (Bm25, Factors) {
    fn scores(&self, row: &[(u32, f32)]) -> Vec<f32> {
        self.1.scores(&self.0.weigh(row))
    }
}

fn factors(plays: &Plays, k1: f32, b: f32, options: FactorsOptions) -> Ask<'_> {
    let confidence = Bm25::fit(&plays.rows, plays.items.len(), k1, b);
    let rows: Vec<_> = plays.rows.iter().map(|row| confidence.weigh(row)).collect();
    let factors = Factors::fit(&rows, plays.items.len(), options);
    asking(plays, (confidence, factors))
}

fn asking<'a>(plays: &'a Plays, model: impl Scores + 'a) -> Ask<'a> {
    Box::new(move |row| {
        let row = &plays.rows[row];
        let mut scores = model.scores(row);
        for (column, _) in row {
            scores[*column as usize] = f32::NEG_INFINITY;
        }
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        order.truncate(scores.len() - row.len());
        order.into_iter().map(|column| plays.items[column]).collect()
    })
}

/// All people with something held out, asked.
fn measure(fitted: &Plays, held: &Plays, ask: &Ask, watch: &Watch) -> Result<PeopleRow, EvalError> {
    let listeners = fitted.listeners();
    let asked: Vec<Asked> = (0..held.rows.len())
        .into_par_iter()
        .map(|person| {
            watch.go_on()?;
            let wanted: HashSet<ItemId> = held.of_row(person).map(|(item, _)| item).collect();
            // Someone with enough items to hold some out keeps others.
            let row = fitted.users.partition_point(|user| *user < held.users[person]);
            let started = Instant::now();
            let mut list = ask(row);
            let took_s = started.elapsed().as_secs_f64();
            list.truncate(PEOPLE_RECALL);
            let (ndcg, recall) = of_list(&list, &wanted);
            list.truncate(PEOPLE_NDCG);
            Ok(Asked { ndcg, recall, list, took_s })
        })
        .collect::<Result<_, EvalError>>()?;
    let mean =
        |value: fn(&Asked) -> f64| asked.iter().map(value).sum::<f64>() / asked.len().max(1) as f64;
    let (mut offered, mut bits, mut offers) = (HashSet::new(), 0.0, 0);
    for item in asked.iter().flat_map(|asked| &asked.list) {
        let column = fitted.items.partition_point(|other| other < item);
        bits += self_information(listeners[column] as usize, fitted.users.len());
        offers += 1;
        offered.insert(*item);
    }
    Ok(PeopleRow {
        system: "",
        ours: false,
        ndcg: mean(|asked| asked.ndcg),
        recall: mean(|asked| asked.recall),
        coverage: offered.len() as f64 / fitted.items.len() as f64,
        novelty: bits / f64::from(offers.max(1)),
        fit_s: 0.0,
        ask_ms: mean(|asked| asked.took_s) * 1e3,
    })
}

/// NDCG at [`PEOPLE_NDCG`] and recall at [`PEOPLE_RECALL`].
fn of_list(list: &[ItemId], wanted: &HashSet<ItemId>) -> (f64, f64) {
    let hits = || list.iter().enumerate().filter(|(_, item)| wanted.contains(item));
    let gain: f64 =
        hits().filter(|(place, _)| *place < PEOPLE_NDCG).map(|(p, _)| discount(p)).sum();
    let ideal: f64 = (0..wanted.len().min(PEOPLE_NDCG)).map(discount).sum();
    (gain / ideal, hits().count() as f64 / wanted.len() as f64)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    /// Four circles of people; what they play beside their circle's items is drawn at random.
    fn circles() -> Plays {
        let mut random = fastrand::Rng::with_seed(5);
        let mut plays = Vec::new();
        for user in 0..120_u32 {
            for _ in 0..12 {
                plays.push((user, user % 4 * 20 + random.u32(0..20), 1.0 + random.f32()));
            }
            for _ in 0..3 {
                plays.push((user, random.u32(0..80), 1.0));
            }
        }
        plays.into_iter().collect()
    }

    #[test]
    fn who_likes_what_is_foreseen_better_than_by_popularity() {
        let (stop, progress) = (AtomicBool::new(false), |_| {});
        let watch = Watch { stop: &stop, progress: &progress };
        let people = super::people(&circles(), 1, &watch).unwrap().unwrap();
        assert_eq!(people.people, 120);
        assert_eq!(people.pairs.iter().sum::<usize>(), circles().pairs());
        let [popular, .., ours] = &people.rows[..] else { panic!("{people:?}") };
        assert!(ours.ours && ours.ndcg > 2.0 * popular.ndcg, "{people:?}");
        assert!(
            ours.recall > 2.0 * popular.recall && ours.coverage > popular.coverage,
            "{people:?}"
        );
        for row in &people.rows {
            assert!(row.ndcg <= 1.0 && row.recall <= 1.0 && row.novelty > 0.0, "{row:?}");
        }
        let few: Plays = [(1, 1, 1.0), (2, 1, 1.0)].into_iter().collect();
        assert_eq!(super::people(&few, 1, &watch).unwrap(), None);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(matches!(super::people(&circles(), 1, &watch), Err(EvalError::Stopped)));
    }

    #[test]
    fn a_list_by_hand() {
        let wanted: HashSet<ItemId> = [1, 2, 3].into();
        let (ndcg, recall) = of_list(&[9, 1, 8, 2], &wanted);
        let ideal = 1.0 + 1.0 / 3.0_f64.log2() + 0.5;
        assert!((ndcg - (1.0 / 3.0_f64.log2() + 1.0 / 5.0_f64.log2()) / ideal).abs() < 1e-12);
        assert!((recall - 2.0 / 3.0).abs() < 1e-12);
        let mut late: Vec<ItemId> = (10..25).collect();
        late.push(1);
        assert_eq!(of_list(&late, &wanted), (0.0, 1.0 / 3.0));
    }
}
