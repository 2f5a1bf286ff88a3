//! The map: what is in sight of it, and moving on it.

use std::sync::Arc;

use crate::map::{Chart, Point};
use crate::store::records::TrackId;
use crate::tui::line_edit::LineEdit;

/// The library as points.
#[derive(Debug)]
pub struct MapPage {
    /// The points, once they were laid out.
    pub chart: Option<Arc<Chart>>,
    /// Place of the selected point.
    pub selected: Option<usize>,
    /// What is in the middle.
    pub centre: [f32; 2],
    /// How many times nearer than the whole map.
    pub zoom: f32,
    /// What is searched for.
    pub search: LineEdit,
    /// What was found, the best first.
    pub found: Vec<TrackId>,
    /// The place among what was found.
    pub found_at: usize,
    /// Where a path is to start.
    pub start: Option<TrackId>,
    /// The way from one track to another.
    pub path: Vec<TrackId>,
    /// Columns and rows of the picture; kept by the view.
    pub size: (u16, u16),
}

impl Default for MapPage {
    fn default() -> Self {
        Self {
            chart: None,
            selected: None,
            centre: [0.0; 2],
            zoom: 1.0,
            search: LineEdit::default(),
            found: Vec::new(),
            found_at: 0,
            start: None,
            path: Vec::new(),
            size: (1, 1),
        }
    }
}

/// The nearest that the map goes.
const NEAREST: f32 = 64.0;
/// A little space around the outermost points.
const BORDER: f32 = 1.06;

impl MapPage {
    /// The selected point.
    #[must_use]
    pub fn point(&self) -> Option<&Point> {
        self.chart.as_ref()?.points.get(self.selected?)
    }

    /// Takes another layout; the selected track stays selected.
    pub fn take(&mut self, chart: Arc<Chart>) {
        let id = self.point().map(|p| p.id);
        self.selected = id
            .and_then(|id| chart.points.iter().position(|p| p.id == id))
            .or_else(|| nearest(&chart.points, |p| p.x.hypot(p.y)));
        self.chart = Some(chart);
    }

    /// Selects a track, and brings it into sight.
    pub fn select(&mut self, id: TrackId) -> bool {
        let Some(chart) = &self.chart else { return false };
        let Some(place) = chart.points.iter().position(|p| p.id == id) else { return false };
        self.selected = Some(place);
        self.follow();
        true
    }

    /// Where a place of the map lies on the picture: 0 to 1 from the left and from the top.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let half = BORDER / self.zoom;
        [0.5 + (x - self.centre[0]) / half / 2.0, 0.5 - (y - self.centre[1]) / half / 2.0]
    }

    /// Selects the nearest point in a direction: columns to the right, rows down.
    pub fn step(&mut self, right: f32, down: f32) {
        let (Some(chart), Some(from)) = (&self.chart, self.point()) else { return };
        let cells = [f32::from(self.size.0), f32::from(self.size.1) * 2.0];
        let start = self.at(from.x, from.y);
        let cost = |p: &Point| {
            let end = self.at(p.x, p.y);
            let (dx, dy) = ((end[0] - start[0]) * cells[0], (end[1] - start[1]) * cells[1]);
            let along = dx * right + dy * down;
            let beside = (dx * down).abs() + (dy * right).abs();
            // In front, and less than about sixty degrees aside.
            if along > 0.01 && beside < 1.8 * along { along + 2.0 * beside } else { f32::INFINITY }
        };
        let next = nearest(&chart.points, cost).filter(|i| cost(&chart.points[*i]).is_finite());
        if next.is_some() {
            self.selected = next;
            self.follow();
        }
    }

    /// Nearer or farther, around what is selected.
    pub fn zoom(&mut self, by: f32) {
        self.zoom = (self.zoom * by).clamp(1.0, NEAREST);
        if let Some([x, y]) = self.point().map(|p| [p.x, p.y]) {
            self.centre = [x, y];
        }
        self.keep_in();
    }

    /// The whole map.
    pub fn whole(&mut self) {
        (self.zoom, self.centre) = (1.0, [0.0; 2]);
    }

    /// Brings what is selected into sight.
    fn follow(&mut self) {
        let Some([x, y]) = self.point().map(|p| [p.x, p.y]) else { return };
        let inside = self.at(x, y).iter().all(|share| (0.05..=0.95).contains(share));
        if !inside {
            self.centre = [x, y];
        }
        self.keep_in();
    }

    fn keep_in(&mut self) {
        let reach = (BORDER - BORDER / self.zoom).max(0.0);
        self.centre = self.centre.map(|middle| middle.clamp(-reach, reach));
    }

    /// The next of what was found, or the one before.
    pub fn next_found(&mut self, by: isize) {
        if self.found.is_empty() {
            return;
        }
        let count = self.found.len() as isize;
        self.found_at = (self.found_at as isize + by).rem_euclid(count) as usize;
        self.select(self.found[self.found_at]);
    }
}

fn nearest(points: &[Point], cost: impl Fn(&Point) -> f32) -> Option<usize> {
    (0..points.len()).min_by(|a, b| cost(&points[*a]).total_cmp(&cost(&points[*b])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cross() -> MapPage {
        let places = [(0.0, 0.0), (0.5, 0.05), (-0.5, 0.0), (0.0, 0.6), (0.1, -0.5), (1.0, 1.0)];
        let points =
            (0..).zip(places).map(|(id, (x, y))| Point { id: TrackId(id), x, y, style: 0 });
        let mut map = MapPage { size: (80, 40), ..MapPage::default() };
        map.take(Arc::new(Chart { points: points.collect(), ..Chart::default() }));
        map
    }

    #[test]
    fn the_selection_goes_where_the_arrow_points() {
        for ((right, down), to) in
            [((1.0, 0.0), 1), ((-1.0, 0.0), 2), ((0.0, -1.0), 3), ((0.0, 1.0), 4)]
        {
            let mut map = cross();
            assert_eq!(map.point().unwrap().id.0, 0, "the middle is selected first");
            map.step(right, down);
            assert_eq!(map.point().unwrap().id.0, to);
        }
        let mut map = cross();
        map.select(TrackId(5));
        map.step(1.0, 0.0);
        assert_eq!(map.point().unwrap().id.0, 5, "nothing lies there");
    }

    #[test]
    fn what_is_selected_stays_in_sight_however_near() {
        let mut map = cross();
        map.select(TrackId(5));
        for _ in 0..9 {
            map.zoom(2.0);
            let p = *map.point().unwrap();
            assert!(map.at(p.x, p.y).iter().all(|s| (0.0..=1.0).contains(s)));
        }
        assert_eq!(map.zoom, NEAREST);
        map.select(TrackId(2));
        let p = *map.point().unwrap();
        assert!(map.at(p.x, p.y).iter().all(|s| (0.0..=1.0).contains(s)));
        map.whole();
        assert_eq!((map.zoom, map.centre), (1.0, [0.0; 2]));
    }

    #[test]
    fn a_new_layout_keeps_the_selected_track() {
        let mut map = cross();
        map.select(TrackId(3));
        let chart = map.chart.as_ref().unwrap();
        let points = chart.points.iter().rev().copied().collect();
        map.take(Arc::new(Chart { points, ..Chart::default() }));
        assert_eq!(map.point().unwrap().id.0, 3);
    }
}
