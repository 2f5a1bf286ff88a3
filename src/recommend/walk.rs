//! Down the ranking: each place goes to the best track that the rules let come there.

use std::collections::VecDeque;

use super::candidates::{Best, best, first_look};
use super::explore;
use super::rules::{Piece, Rules, Verdict};
use super::score::{Parts, Scorer};

/// How many times as many rows are looked at where the rules used up all of the first look.
const WIDER: usize = 8;

/// Tracks in order, from which each place takes the first that fits.
pub struct Queue<'a> {
    waiting: VecDeque<Waiting<'a>>,
}

struct Waiting<'a> {
    row: usize,
    parts: Parts,
    piece: Piece<'a>,
}

impl<'a> Queue<'a> {
    pub fn new(scorer: &Scorer<'a>, list: Vec<(usize, Parts)>) -> Self {
        let library = scorer.request.library;
        let piece = |row| Piece::new(library.track(row), library.style(row));
        let waiting =
            list.into_iter().map(|(row, parts)| Waiting { row, parts, piece: piece(row) });
        Self { waiting: waiting.collect() }
    }

    /// Takes the first that may come next, and puts it into the rules' list.
    pub fn take(&mut self, rules: &mut Rules<'a>) -> Option<(usize, Parts)> {
        let mut place = 0;
        while let Some(next) = self.waiting.get_mut(place) {
            match rules.judge(&mut next.piece) {
                Verdict::NotNow => place += 1,
                Verdict::Never => drop(self.waiting.remove(place)),
                Verdict::Fits => {
                    let taken = self.waiting.remove(place)?;
                    rules.take(taken.piece);
                    return Some((taken.row, taken.parts));
                }
            }
        }
        None
    }
}

/// The list: rows and parts, in the order of their places.
pub fn walk(scorer: &Scorer<'_>) -> Vec<(usize, Parts)> {
    let request = scorer.request;
    let count = request.count.min(request.library.len());
    let mut look = first_look(count);
    loop {
        let Best { list, all } = best(scorer, look);
        let list = down(scorer, list, count);
        if list.len() == count || all {
            return list;
        }
        look *= WIDER;
    }
}

fn down(scorer: &Scorer<'_>, ranking: Vec<(usize, Parts)>, count: usize) -> Vec<(usize, Parts)> {
    let share = explore::share(scorer);
    let place = scorer.request.place;
    let explores = (place..place + count).any(|place| explore::is_at(place, share));
    let mut drawn = Queue::new(scorer, if explores { explore::drawn(scorer) } else { Vec::new() });
    let mut ranking = Queue::new(scorer, ranking);
    let mut rules = Rules::of(scorer);
    let mut list = Vec::new();
    while list.len() < count {
        let surprise =
            explore::is_at(place + list.len(), share).then(|| drawn.take(&mut rules)).flatten();
        let Some(next) = surprise.or_else(|| ranking.take(&mut rules)) else { break };
        list.push(next);
    }
    list
}
