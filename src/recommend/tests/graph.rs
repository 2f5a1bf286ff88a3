//! A large library is searched by its graph.

use super::*;

#[test]
fn the_graph_finds_what_looking_everywhere_does() {
    let tracks = big_library(60);
    let mut asked = Asked::of(&tracks, &[(5, 900, EventKind::Like), (77, 60, skip())]);
    asked.settings.explore = 0.0;
    let lists = |asked: &mut Asked| -> Vec<Vec<TrackId>> {
        (0..50)
            .map(|i| {
                asked.seeds = vec![Seed::of(&tracks[i * 11])];
                asked.get(10).iter().map(|offer| offer.track_id).collect()
            })
            .collect()
    };
    let exact = lists(&mut asked);
    asked.library.build_graph();
    let near = lists(&mut asked);
    let found: usize = exact
        .iter()
        .zip(&near)
        .map(|(exact, near)| exact.iter().filter(|id| near.contains(id)).count())
        .sum();
    assert!(found >= 495, "{found} of 500");

    // What comes, changes or goes after the graph was made.
    asked.library.insert(track(9_001, "New", "New", style(3, 700)));
    asked.library.insert(track(5, "Changed", "Changed", style(3, 701)));
    let gone = near[0].iter().copied().find(|id| id.0 != 5).unwrap();
    asked.library.remove(gone);
    let later = Collection::new(asked.library.tracks().iter().cloned());
    later.inherit_graph(&asked.library);
    for library in [&later, &asked.library] {
        let seeds = [sound("it", style(3, 700))];
        let request = Request { seeds: &seeds, library, ..asked.request(10) };
        let ids: Vec<u32> = recommend(&request).iter().map(|offer| offer.track_id.0).collect();
        assert!(ids[..2].contains(&9_001), "{ids:?}");
        assert!(ids.contains(&5) && !ids.contains(&gone.0), "{ids:?}");
    }
}
