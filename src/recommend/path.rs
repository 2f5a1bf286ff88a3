//! From one track to another in even steps: points at equal distances on the great circle between their
//! styles, at each the best track that was not used yet.

use thiserror::Error;

use super::candidates::{free, sort};
use super::rules::Rules;
use super::score::{Parts, Scorer};
use super::walk::Queue;
use super::{Offer, Request, Seed, offers};
use crate::dot::dot;
use crate::settings;
use crate::store::records::TrackId;
use crate::taste::vector::{between, cosine, unit, unit_or_zero};

/// What a whole step beside its place costs a track: as much as a cosine of so much with the point. Tracks
/// that sound about equally much like a point differ by that.
const BESIDE: f64 = 0.15;
/// Tracks held ready for a step; the rules seldom refuse so many.
const READY: usize = 64;

/// Two tracks between which there is no way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathError {
    /// Both sound the same.
    #[error("both ends of the way sound the same: give two different tracks")]
    NoWay,
    /// They are opposite, or one has no style.
    #[error(
        "there is no way between the two: one has no style, or they are opposite in every respect"
    )]
    NoDirection,
}

/// The way from one seed to another: at most `request.count` offers at even steps, each further on the way
/// than the one before. The ends are its first and last offers where they are tracks of the library (and two
/// or more are asked for); else it starts or ends a step beside them. Shorter where the library has no more
/// tracks on the way. Neither the request's seeds nor the taste matter, but what was banned, heard lately
/// or fits the mood does.
///
/// # Errors
/// Both ends are the same, or there is no shortest way between them.
pub fn path(request: &Request<'_>, from: &Seed, to: &Seed) -> Result<Vec<Offer>, PathError> {
    let way = Way::new(request, from, to)?;
    let library = request.library;
    let settings = settings::Recommend { taste: 0.0, fresh: 0.0, ..request.settings.clone() };
    let ends = [from, to].map(|seed| seed.track_id.filter(|id| library.get(*id).is_some()));
    let listed = ends.map(|end| end.filter(|_| request.count >= 2));
    let steps = Steps::new(request.count, listed);
    let exclude: Vec<TrackId> =
        request.exclude.iter().copied().chain(ends.into_iter().flatten()).collect();
    let mut walk = Walk {
        request: Request { settings: &settings, exclude: &exclude, ..*request },
        way: &way,
        places: (0..library.len()).map(|row| way.place(library.style(row))).collect(),
        step: steps.step,
        limit: if listed[1].is_some() { 1.0 } else { f64::INFINITY },
        gone: 0.0,
        before: request.before.to_vec(),
        list: Vec::new(),
    };
    for place in steps.places() {
        let end = match place {
            Place::From => listed[0],
            Place::To => listed[1],
            Place::Between(_) => None,
        };
        walk.go(place.share(), end);
    }
    Ok(walk.list)
}

/// Where the offers of a path come.
struct Steps {
    count: usize,
    starts: bool,
    ends: bool,
    step: f64,
}

#[derive(Clone, Copy)]
enum Place {
    From,
    Between(f64),
    To,
}

impl Place {
    fn share(self) -> f64 {
        match self {
            Self::From => 0.0,
            Self::Between(share) => share,
            Self::To => 1.0,
        }
    }
}

impl Steps {
    fn new(count: usize, listed: [Option<TrackId>; 2]) -> Self {
        let [starts, ends] = listed.map(|end| end.is_some());
        let gaps = (count + 1).saturating_sub(usize::from(starts) + usize::from(ends));
        Self { count, starts, ends, step: 1.0 / gaps.max(1) as f64 }
    }

    fn places(&self) -> impl Iterator<Item = Place> + '_ {
        (0..self.count).map(|index| match index {
            0 if self.starts => Place::From,
            index if self.ends && index + 1 == self.count => Place::To,
            index => Place::Between((index + usize::from(!self.starts)) as f64 * self.step),
        })
    }
}

/// A path under way.
struct Walk<'a> {
    request: Request<'a>,
    way: &'a Way,
    /// How far on the way each row lies.
    places: Vec<f64>,
    step: f64,
    /// No track between the ends lies further.
    limit: f64,
    /// How far the last one lies.
    gone: f64,
    before: Vec<TrackId>,
    list: Vec<Offer>,
}

impl Walk<'_> {
    /// The next offer: the end itself, or the best track near the point at `share` of the way.
    fn go(&mut self, share: f64, end: Option<TrackId>) {
        let Some(point) = self.way.point(share) else { return };
        let point = Seed { track_id: end, ..point };
        let request = Request { seeds: &[point], before: &self.before, ..self.request };
        let scorer = Scorer::new(&request);
        let next = match end.and_then(|id| request.library.row(id)) {
            Some(row) => Some((row, scorer.parts(row))),
            None => self.best(&scorer, share),
        };
        let Some(next) = next else { return };
        let rank = self.list.len() + 1;
        let offers = offers(&scorer, vec![next]);
        self.list.extend(offers.into_iter().map(|offer| Offer { rank, ..offer }));
        self.gone = self.places[next.0];
        let id = request.library.id(next.0);
        self.before.push(id);
    }

    fn best(&self, scorer: &Scorer<'_>, share: f64) -> Option<(usize, Parts)> {
        // Within a step of the point, or, where nothing is, wherever there is something ahead.
        [self.step, f64::INFINITY].into_iter().find_map(|reach| self.within(scorer, share, reach))
    }

    fn within(&self, scorer: &Scorer<'_>, share: f64, reach: f64) -> Option<(usize, Parts)> {
        let free = free(scorer);
        let mut ahead: Vec<(f64, usize)> = self
            .places
            .iter()
            .enumerate()
            .filter(|(row, place)| {
                let near = (**place - share).abs() <= reach;
                near && free[*row] && **place > self.gone && **place < self.limit
            })
            .map(|(row, _)| (f64::from(scorer.quick(row)) + self.beside(row, share), row))
            .collect();
        let better = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        let mut rules = Rules::of(scorer);
        for ready in [READY, ahead.len()] {
            if ready < ahead.len() {
                ahead.select_nth_unstable_by(ready, better);
            }
            let mut list: Vec<(usize, Parts)> = ahead
                .iter()
                .take(ready)
                .map(|(_, row)| {
                    (*row, Parts { path: self.beside(*row, share), ..scorer.parts(*row) })
                })
                .collect();
            sort(&mut list);
            if let Some(found) = Queue::new(scorer, list).take(&mut rules) {
                return Some(found);
            }
        }
        None
    }

    /// What a row's distance from its place costs.
    fn beside(&self, row: usize, share: f64) -> f64 {
        0.0 - BESIDE * (self.places[row] - share).abs() / self.step
    }
}

/// The great circle from one style to another.
struct Way {
    from: Vec<f32>,
    to: Vec<f32>,
    /// At a right angle to `from`, toward `to`.
    across: Vec<f32>,
    angle: f64,
    names: [String; 2],
}

impl Way {
    fn new(request: &Request<'_>, from: &Seed, to: &Seed) -> Result<Self, PathError> {
        /// Styles closer than this (radians) are rounding errors apart.
        const SAME: f64 = 1e-3;
        let names = [from.label.clone(), to.label.clone()];
        let dim = request.library.dim();
        let [from, to] = [from, to].map(|seed| unit_or_zero(&seed.style, dim));
        let along = cosine(&from, &to);
        let angle = along.acos();
        if along == 0.0 && dot(&from, &from) * dot(&to, &to) == 0.0 {
            return Err(PathError::NoDirection);
        }
        if angle < SAME {
            return Err(PathError::NoWay);
        }
        let rest: Vec<f64> = from
            .iter()
            .zip(&to)
            .map(|(from, to)| f64::from(*to) - along * f64::from(*from))
            .collect();
        let across = unit(&rest).ok_or(PathError::NoDirection)?;
        between(&from, &to, 0.5).ok_or(PathError::NoDirection)?;
        Ok(Self { from, to, across, angle, names })
    }

    /// What lies at a share of the way.
    fn point(&self, share: f64) -> Option<Seed> {
        let [from, to] = &self.names;
        let label = match share {
            0.0 => from.clone(),
            1.0 => to.clone(),
            _ => format!("what lies {:.0} % of the way from {from} to {to}", share * 100.0),
        };
        let style = between(&self.from, &self.to, share)?;
        Some(Seed { label, style, mood: None, features: None, track_id: None })
    }

    /// How far on the way a style lies: 0 at its start, 1 at its end.
    fn place(&self, style: &[f32]) -> f64 {
        let (along, across) = (dot(&self.from, style), dot(&self.across, style));
        f64::from(across).atan2(f64::from(along)) / self.angle
    }
}
