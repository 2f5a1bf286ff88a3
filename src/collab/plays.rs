//! Who plays what, and how much.

use std::collections::{BTreeMap, BTreeSet};

/// A person's number, given by whoever keeps the plays.
pub type UserId = u32;
/// A track's (or an artist's) number, given by whoever keeps the plays.
pub type ItemId = u32;

/// Plays of many people, one row a person. Rows and columns stand in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plays {
    /// Numbers of the people, rising.
    pub users: Vec<UserId>,
    /// Numbers of the items, rising.
    pub items: Vec<ItemId>,
    /// Of each person the columns (places in `items`, rising) and their weights, each above 0.
    pub rows: Vec<Vec<(u32, f32)>>,
}

impl FromIterator<(UserId, ItemId, f32)> for Plays {
    /// Weights of one person and item are added up; what then is not above 0 or not finite counts as not
    /// played.
    fn from_iter<T: IntoIterator<Item = (UserId, ItemId, f32)>>(plays: T) -> Self {
        let mut sums: BTreeMap<UserId, BTreeMap<ItemId, f32>> = BTreeMap::new();
        for (user, item, weight) in plays {
            *sums.entry(user).or_default().entry(item).or_default() += weight;
        }
        for row in sums.values_mut() {
            row.retain(|_, weight| *weight > 0.0 && weight.is_finite());
        }
        sums.retain(|_, row| !row.is_empty());
        let items: BTreeSet<ItemId> = sums.values().flat_map(|row| row.keys().copied()).collect();
        let items: Vec<ItemId> = items.into_iter().collect();
        let column = |item: &ItemId| items.partition_point(|other| other < item) as u32;
        let rows = sums
            .values()
            .map(|row| row.iter().map(|(item, weight)| (column(item), *weight)).collect())
            .collect();
        Self { users: sums.into_keys().collect(), items, rows }
    }
}

impl Plays {
    /// How many people play each item, column by column.
    #[must_use]
    pub fn listeners(&self) -> Vec<u32> {
        let mut listeners = vec![0; self.items.len()];
        for (column, _) in self.rows.iter().flatten() {
            listeners[*column as usize] += 1;
        }
        listeners
    }

    /// Pairs of a person and an item.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// Splits off a share of each person's items, rounded down: what is kept, and what is held out.
    /// Which ones hangs on the seed and the numbers of person and item alone (`order`, below), so that any
    /// program can make the same split.
    #[must_use]
    pub fn held_out(&self, one_in: usize, seed: u64) -> (Self, Self) {
        let (mut kept, mut held) = (Vec::new(), Vec::new());
        for (user, row) in self.users.iter().zip(&self.rows) {
            let mut row: Vec<(u64, ItemId, f32)> = row
                .iter()
                .map(|(column, weight)| (self.items[*column as usize], *weight))
                .map(|(item, weight)| (order(seed, *user, item), item, weight))
                .collect();
            row.sort_by_key(|(order, item, _)| (*order, *item));
            let out = row.len() / one_in.max(1);
            for (place, (_, item, weight)) in row.into_iter().enumerate() {
                let side = if place < out { &mut held } else { &mut kept };
                side.push((*user, item, weight));
            }
        }
        (kept.into_iter().collect(), held.into_iter().collect())
    }

    /// What one person plays, by the numbers of the items.
    pub fn of_row(&self, row: usize) -> impl Iterator<Item = (ItemId, f32)> + '_ {
        let row = self.rows.get(row).map_or(&[][..], Vec::as_slice);
        row.iter().map(|(column, weight)| (self.items[*column as usize], *weight))
    }
}

/// Where an item stands in the random order of a person's items: `mix(mix(mix(seed) ^ user) ^ item)`
/// with the steps of SplitMix64 (Steele, Lea and Flood 2014).
fn order(seed: u64, user: UserId, item: ItemId) -> u64 {
    mix(mix(mix(seed) ^ u64::from(user)) ^ u64::from(item))
}

fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plays_are_added_up_and_what_is_no_play_is_left_out() {
        let plays: Plays = [
            (7, 30, 1.0),
            (2, 10, 2.0),
            (7, 30, 2.0),
            (7, 20, 0.0),
            (9, 40, -1.0),
            (2, 20, f32::NAN),
        ]
        .into_iter()
        .collect();
        assert_eq!((plays.users.as_slice(), plays.items.as_slice()), (&[2, 7][..], &[10, 30][..]));
        assert_eq!(plays.rows, [vec![(0, 2.0)], vec![(1, 3.0)]]);
        assert_eq!((plays.listeners(), plays.pairs()), (vec![1, 1], 2));
        assert_eq!(plays.of_row(1).collect::<Vec<_>>(), [(30, 3.0)]);
        assert_eq!(plays.of_row(5).count(), 0);
    }

    #[test]
    fn a_fifth_is_held_out_by_the_seed_alone() {
        let all: Plays =
            (0..20).flat_map(|user| (0..user).map(move |item| (user, item, 1.0))).collect();
        let (kept, held) = all.held_out(5, 1);
        assert_eq!(kept.pairs() + held.pairs(), all.pairs());
        for user in 1..20_u32 {
            let out = held.users.iter().position(|u| *u == user).map_or(0, |u| held.rows[u].len());
            assert_eq!(out, user as usize / 5);
        }
        let (again, _) = all.held_out(5, 1);
        assert_eq!(again, kept);
        let (other, _) = all.held_out(5, 2);
        assert_ne!(other, kept);
        // other people leave a person's split as it is
        let one: Plays = (0..19).map(|item| (19, item, 1.0)).collect();
        let (_, alone) = one.held_out(5, 1);
        let among = held.users.iter().position(|user| *user == 19).unwrap();
        assert!(alone.of_row(0).eq(held.of_row(among)));
    }

    #[test]
    fn the_mixing_is_splitmix64() {
        // the first three values of the reference program for the state 1234567
        let state = 1_234_567_u64;
        let step = 0x9E37_79B9_7F4A_7C15_u64;
        let drawn = [0_u64, 1, 2].map(|i| mix(state.wrapping_add(step.wrapping_mul(i))));
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(drawn, expected);
    }
}
