//! Both models as one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::blend::share_of_people;
use super::factors::{Factors, FactorsOptions};
use super::linear::{Linear, LinearOptions};
use super::plays::{ItemId, Plays};
use super::weight::Bm25;

/// Weight of the factors' scores against the linear model's, both in standard deviations. The two err in
/// different places: together they were better than either at every weight from 0.3 to 1 on a validation
/// split of Last.fm plays.
const FACTORS: f32 = 0.6;
/// Parameters of the confidences that the factors are fitted to: the usual ones of BM25.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// What people like one another play, fitted to [`Plays`].
///
/// It is kept with serde; with p people (at most 4 096 of them count), n items and m pairs of them it takes
/// about `4 p^2 + 8 m + 216 n` bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LikeMinded {
    items: Vec<ItemId>,
    listeners: Vec<u32>,
    linear: Linear,
    factors: Factors,
    confidence: Bm25,
}

/// What like-minded people say of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opinion {
    /// 0 for what they play no more than anything, 1 for what they play most.
    pub score: f64,
    /// How many of all people play it.
    pub listeners: u32,
}

impl LikeMinded {
    /// Fits both models: some seconds for two thousand people. [`None`] where nobody plays anything.
    #[must_use]
    pub fn fit(plays: &Plays) -> Option<Self> {
        if plays.rows.is_empty() {
            return None;
        }
        let items = plays.items.len();
        let confidence = Bm25::fit(&plays.rows, items, K1, B);
        let confidences: Vec<_> = plays.rows.iter().map(|row| confidence.weigh(row)).collect();
        Some(Self {
            items: plays.items.clone(),
            listeners: plays.listeners(),
            linear: Linear::fit(&plays.rows, items, LinearOptions::default())?,
            factors: Factors::fit(&confidences, items, FactorsOptions::default()),
            confidence,
        })
    }

    /// What someone who plays these (with weights above 0, such as counts) would play besides, the best
    /// first: every known item that is not among them, with a score in standard deviations. Empty where
    /// none of them is known.
    #[must_use]
    pub fn scores(&self, played: &[(ItemId, f32)]) -> Vec<(ItemId, f64)> {
        let row = self.row(played);
        if row.is_empty() {
            return Vec::new();
        }
        let linear = standardised(&self.linear.scores(&row));
        let factors = standardised(&self.factors.scores(&self.confidence.weigh(&row)));
        let mut played = row.iter().map(|(column, _)| *column as usize).peekable();
        let mut scores: Vec<(ItemId, f64)> = Vec::with_capacity(self.items.len());
        for (column, (linear, factors)) in linear.iter().zip(&factors).enumerate() {
            if played.next_if_eq(&column).is_none() {
                scores.push((self.items[column], f64::from(linear + FACTORS * factors)));
            }
        }
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scores
    }

    /// What is played by those who play this item, the best first.
    #[must_use]
    pub fn similar_items(&self, item: ItemId) -> Vec<(ItemId, f64)> {
        self.scores(&[(item, 1.0)])
    }

    /// The scores as opinions: what [`blended`](super::blended) takes.
    #[must_use]
    pub fn opinions(&self, played: &[(ItemId, f32)]) -> Vec<(ItemId, Opinion)> {
        let scores = self.scores(played);
        let best = scores.first().map_or(0.0, |(_, score)| *score).max(f64::MIN_POSITIVE);
        let opinion = |item: ItemId, score: f64| Opinion {
            score: (score / best).clamp(0.0, 1.0),
            listeners: self.listeners(item),
        };
        scores.into_iter().map(|(item, score)| (item, opinion(item, score))).collect()
    }

    /// The opinions as one number for each item, 0 to 1: the score, held back where few people play the item
    /// ([`share_of_people`]). A ranking by sound can add it as it stands, with a weight of its own.
    #[must_use]
    pub fn worths(&self, played: &[(ItemId, f32)]) -> BTreeMap<ItemId, f64> {
        let opinions = self.opinions(played).into_iter();
        opinions.map(|(item, of)| (item, share_of_people(of.listeners) * of.score)).collect()
    }

    /// How many people play an item.
    #[must_use]
    pub fn listeners(&self, item: ItemId) -> u32 {
        self.column(item).map_or(0, |column| self.listeners[column])
    }

    fn column(&self, item: ItemId) -> Option<usize> {
        self.items.binary_search(&item).ok()
    }

    /// Columns and weights of the known items among these, the columns rising, each once.
    fn row(&self, played: &[(ItemId, f32)]) -> Vec<(u32, f32)> {
        let mut row: Vec<(u32, f32)> = played
            .iter()
            .filter(|(_, weight)| *weight > 0.0 && weight.is_finite())
            .filter_map(|(item, weight)| Some((self.column(*item)? as u32, *weight)))
            .collect();
        row.sort_by_key(|(column, _)| *column);
        row.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        row
    }
}

/// Less the mean, in standard deviations; zeros where all are the same.
fn standardised(scores: &[f32]) -> Vec<f32> {
    let count = scores.len().max(1) as f64;
    let mean = scores.iter().map(|score| f64::from(*score)).sum::<f64>() / count;
    let off = |score: &f32| f64::from(*score) - mean;
    let deviation = (scores.iter().map(|score| off(score).powi(2)).sum::<f64>() / count).sqrt();
    let deviation = if deviation > 0.0 { deviation } else { 1.0 };
    scores.iter().map(|score| (off(score) / deviation) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::super::blend::blended;
    use super::*;

    /// Three circles of people; each circle has ten items, numbered from 100, 200 and 300, of which
    /// everyone plays some; all play item 7.
    fn plays() -> Plays {
        let mut random = fastrand::Rng::with_seed(3);
        let mut plays = Vec::new();
        for user in 0..60_u32 {
            plays.push((user, 7, 3.0));
            for item in 0..10 {
                if random.f32() < 0.5 {
                    plays.push((user, 100 * (user % 3 + 1) + item, 1.0 + random.f32() * 50.0));
                }
            }
        }
        plays.into_iter().collect()
    }

    #[test]
    fn who_is_like_minded_decides() {
        let plays = plays();
        let model = LikeMinded::fit(&plays).unwrap();
        let played = [(201, 4.0), (203, 9.0), (999, 2.0)];
        let scores = model.scores(&played);
        assert_eq!(scores.len(), plays.items.len() - 2, "all but the two that are played");
        // item 7, which all play, may come anywhere
        let own = |item: u32, circle: u32| (circle..circle + 100).contains(&item);
        let first = |scores: &[(u32, f64)], circle: u32| {
            scores.iter().filter(|(item, _)| *item != 7).take_while(|s| own(s.0, circle)).count()
        };
        assert_eq!(first(&scores, 200), 8, "{scores:?}");
        assert!(scores.is_sorted_by(|a, b| a.1 >= b.1));
        let similar = model.similar_items(305);
        assert_eq!(first(&similar, 300), 9, "{similar:?}");
        assert!(model.scores(&[(999, 1.0)]).is_empty(), "nothing that is known");
        assert!(model.scores(&[(201, f32::NAN), (202, -1.0)]).is_empty());
    }

    #[test]
    fn an_item_given_twice_is_given_once() {
        let model = LikeMinded::fit(&plays()).unwrap();
        let once = model.scores(&[(201, 5.0), (305, 1.0)]);
        assert_eq!(model.scores(&[(201, 2.0), (305, 1.0), (201, 3.0)]), once);
    }

    #[test]
    fn opinions_are_shares_of_the_best() {
        let model = LikeMinded::fit(&plays()).unwrap();
        let opinions = model.opinions(&[(201, 1.0)]);
        assert_eq!(opinions[0].1.score, 1.0);
        assert!(opinions.iter().all(|(_, o)| (0.0..=1.0).contains(&o.score) && o.listeners > 0));
        assert_eq!((model.listeners(7), model.listeners(8)), (60, 0));
        let worths = model.worths(&[(201, 1.0)]);
        for (item, opinion) in opinions {
            let worth = blended(0.0, opinion.score, opinion.listeners);
            assert_eq!(worths[&item], worth);
        }
    }

    #[test]
    fn kept_and_read_again_it_is_the_same() {
        let model = LikeMinded::fit(&plays()).unwrap();
        let bytes = rmp_serde::to_vec_named(&model).unwrap();
        let again: LikeMinded = rmp_serde::from_slice(&bytes).unwrap();
        assert_eq!(again, model);
        assert_eq!(LikeMinded::fit(&plays()).unwrap(), model, "and so it is when fitted again");
        assert_eq!(LikeMinded::fit(&Plays::default()), None);
    }
}
