//! Whether tracks of one source find each other.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::ranking::discount;

/// Places of a ranking that are looked at for recall and NDCG.
pub const CUTOFF: usize = 10;

/// How good a ranking is, each 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Share of all tracks of the same source that stand in the first [`CUTOFF`] places. A source
    /// with more than that cannot reach 1.
    pub recall: f64,
    /// Normalised discounted cumulative gain of the first [`CUTOFF`] places.
    pub ndcg: f64,
    /// One over the place of the first track of the same source.
    pub reciprocal_rank: f64,
}

/// The tracks of a source as queries, on average.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFigures {
    /// First folder below the folder enrolled.
    pub source: String,
    /// How many tracks it has.
    pub tracks: usize,
    /// By likeness.
    pub found: Figures,
    /// What random order gives on average.
    pub chance: Figures,
}

/// Same-source retrieval: every track of a source with at least two is a query, all others are
/// ranked by their likeness to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieval {
    /// By source, in the order of their names.
    pub sources: Vec<SourceFigures>,
    /// Number of queries.
    pub queries: usize,
    /// Mean over all queries.
    pub found: Figures,
    /// What random order gives on average over the same queries.
    pub chance: Figures,
}

/// Measures same-source retrieval of tracks with these sources, `likeness` telling how like two of
/// them are, by their places; `None` unless there are at least two sources, one of them with two
/// tracks. Tracks without a source are ranked, but are no queries.
#[must_use]
pub fn retrieval<S: AsRef<str> + Sync>(
    sources: &[S],
    likeness: &(dyn Fn(usize, usize) -> f32 + Sync),
) -> Option<Retrieval> {
    let mut by_source: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, source) in sources.iter().enumerate() {
        by_source.entry(source.as_ref()).or_default().push(place);
    }
    if by_source.len() < 2 {
        return None;
    }
    let of_query = |query: usize| {
        let mut others: Vec<(f32, usize)> = (0..sources.len())
            .filter(|other| *other != query)
            .map(|other| (likeness(query, other), other))
            .collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let wanted = sources[query].as_ref();
        let same = others.iter().map(|(_, other)| sources[*other].as_ref() == wanted);
        figures(&same.collect::<Vec<bool>>())
    };
    let sources_found: Vec<SourceFigures> = by_source
        .par_iter()
        .filter(|(source, members)| !source.is_empty() && members.len() >= 2)
        .map(|(source, members)| SourceFigures {
            source: (*source).to_owned(),
            tracks: members.len(),
            found: mean(members.iter().map(|query| (1.0, of_query(*query)))),
            chance: by_chance(sources.len() - 1, members.len() - 1),
        })
        .collect();
    let queries = sources_found.iter().map(|source| source.tracks).sum();
    let over = |figures: fn(&SourceFigures) -> Figures| {
        mean(sources_found.iter().map(|source| (source.tracks as f64, figures(source))))
    };
    let (found, chance) = (over(|source| source.found), over(|source| source.chance));
    (queries > 0).then_some(Retrieval { sources: sources_found, queries, found, chance })
}

fn mean(weighted: impl Iterator<Item = (f64, Figures)>) -> Figures {
    let (mut sum, mut all) = (Figures::default(), 0.0);
    for (weight, figures) in weighted {
        sum.recall += weight * figures.recall;
        sum.ndcg += weight * figures.ndcg;
        sum.reciprocal_rank += weight * figures.reciprocal_rank;
        all += weight;
    }
    let over = |value: f64| if all > 0.0 { value / all } else { 0.0 };
    Figures {
        recall: over(sum.recall),
        ndcg: over(sum.ndcg),
        reciprocal_rank: over(sum.reciprocal_rank),
    }
}

/// The figures of a ranking: which of its places, best first, are wanted.
#[must_use]
pub fn figures(wanted: &[bool]) -> Figures {
    let all = wanted.iter().filter(|wanted| **wanted).count();
    if all == 0 {
        return Figures::default();
    }
    let top = &wanted[..wanted.len().min(CUTOFF)];
    let gained = top.iter().enumerate().filter(|(_, wanted)| **wanted);
    let gain: f64 = gained.clone().map(|(place, _)| discount(place)).sum();
    let first = wanted.iter().position(|wanted| *wanted);
    Figures {
        recall: gained.count() as f64 / all as f64,
        ndcg: gain / (0..all.min(CUTOFF)).map(discount).sum::<f64>(),
        reciprocal_rank: first.map_or(0.0, |place| 1.0 / (place + 1) as f64),
    }
}

/// What a random order of `others` tracks gives on average, `wanted` of which are wanted.
#[must_use]
pub fn by_chance(others: usize, wanted: usize) -> Figures {
    if wanted == 0 || others < wanted {
        return Figures::default();
    }
    let (n, share) = (others as f64, wanted as f64 / others as f64);
    let top = others.min(CUTOFF);
    // chance that the first wanted one stands in this place
    let (mut none_before, mut reciprocal_rank) = (1.0, 0.0);
    for place in 0..=others - wanted {
        let left = n - place as f64;
        reciprocal_rank += none_before * wanted as f64 / left / (place + 1) as f64;
        none_before *= (left - wanted as f64) / left;
    }
    Figures {
        recall: top as f64 / n,
        ndcg: share * (0..top).map(discount).sum::<f64>()
            / (0..wanted.min(CUTOFF)).map(discount).sum::<f64>(),
        reciprocal_rank,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(wanted: &[usize], length: usize) -> Vec<bool> {
        (0..length).map(|place| wanted.contains(&place)).collect()
    }

    #[test]
    fn rankings_by_hand() {
        let perfect = figures(&ranking(&[0, 1, 2], 20));
        assert_eq!(perfect, Figures { recall: 1.0, ndcg: 1.0, reciprocal_rank: 1.0 });
        // places 2 and 4 of 20, a third one too far down
        let some = figures(&ranking(&[1, 3, 15], 20));
        assert!((some.recall - 2.0 / 3.0).abs() < 1e-12);
        assert!((some.reciprocal_rank - 0.5).abs() < 1e-12);
        let ideal = 1.0 + 1.0 / 3.0_f64.log2() + 0.5;
        let expected = (1.0 / 3.0_f64.log2() + 1.0 / 5.0_f64.log2()) / ideal;
        assert!((some.ndcg - expected).abs() < 1e-12);
        assert_eq!(figures(&ranking(&[], 20)), Figures::default());
        let many = figures(&[true; 40]);
        assert_eq!((many.recall, many.ndcg), (0.25, 1.0));
    }

    #[test]
    fn chance_is_the_mean_of_random_orders() {
        let mut rng = fastrand::Rng::with_seed(1);
        for (others, wanted) in [(30, 4), (12, 11), (8, 2)] {
            let mut order = ranking(&(0..wanted).collect::<Vec<_>>(), others);
            let tried = mean((0..20_000).map(|_| {
                rng.shuffle(&mut order);
                (1.0, figures(&order))
            }));
            let expected = by_chance(others, wanted);
            assert!((tried.recall - expected.recall).abs() < 0.01, "{tried:?} {expected:?}");
            assert!((tried.ndcg - expected.ndcg).abs() < 0.01, "{tried:?} {expected:?}");
            let off = (tried.reciprocal_rank - expected.reciprocal_rank).abs();
            assert!(off < 0.01, "{tried:?} {expected:?}");
        }
    }

    #[test]
    fn sources_that_sound_alike_find_themselves() {
        let mut tracks: Vec<(&str, f32)> = (0..4).map(|i| ("low", i as f32 * 0.1)).collect();
        tracks.extend((0..3).map(|i| ("high", 2.0 + i as f32 * 0.1)));
        tracks.push(("alone", 1.0));
        tracks.push(("", 0.15));
        let measured = |tracks: &[(&str, f32)]| {
            let sources: Vec<&str> = tracks.iter().map(|(source, _)| *source).collect();
            retrieval(&sources, &|a, b| -(tracks[a].1 - tracks[b].1).abs())
        };
        let retrieval = measured(&tracks).unwrap();
        assert_eq!(retrieval.queries, 7);
        let names: Vec<&str> = retrieval.sources.iter().map(|s| s.source.as_str()).collect();
        assert_eq!(names, ["high", "low"]);
        assert_eq!(retrieval.sources[0].found.ndcg, 1.0);
        assert!(retrieval.sources[1].found.ndcg < 1.0, "the track without a source lies between");
        assert!(retrieval.found.ndcg > retrieval.chance.ndcg);
        assert_eq!(measured(&tracks[..4]), None, "one source");
        assert_eq!(measured(&[("a", 0.0), ("b", 1.0)]), None, "no pair");
    }
}
