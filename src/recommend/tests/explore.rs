//! Surprises while little is known.

use super::*;

#[test]
fn exploring_shrinks_as_the_taste_gets_certain() {
    let tracks = library();
    let explored = |likes: i64| {
        let rows: Vec<_> =
            (0..likes).map(|i| (1 + (i % 4) as u32, 2000 + i, EventKind::Like)).collect();
        let mut asked = Asked::of(&tracks, &rows);
        asked.settings.explore = 0.5;
        let list = asked.get(20);
        assert_eq!(list, asked.get(20), "the same request, the same answer");
        list.iter().filter(|offer| offer.parts.explore > 0.0).count()
    };
    let (one, four) = (explored(1), explored(4));
    assert_eq!(explored(0), 0, "nothing known, nothing to go beyond");
    assert!(one > four && four > 0, "{one} {four}");

    let mut asked = Asked::of(&tracks, &[(1, 2000, EventKind::Like)]);
    asked.settings.explore = 0.5;
    let of_day = |day: i64| -> Vec<TrackId> {
        let now = now() + SignedDuration::from_hours(24 * day);
        let offers = recommend(&Request { now, ..asked.request(20) });
        offers.iter().filter(|o| o.parts.explore > 0.0).map(|o| o.track_id).collect()
    };
    assert!((1..10).any(|day| of_day(day) != of_day(0)), "another day, other surprises");
}
