//! Takes what the program behind tells, and asks for what a page needs.

use std::sync::Arc;
use std::time::Instant;

use super::app::App;
use super::core::{News, Request};
use super::hearing::Input as Source;
use super::page::Page;
use super::think::{Job, Thought};
use super::welcome::Welcome;
use crate::map::{Chart, Kind};

impl App {
    /// Takes one message of the program behind.
    pub fn news(&mut self, news: News, now: Instant) {
        self.dirty = true;
        match news {
            News::Library(shelf) => {
                (self.shelf, self.ready) = (shelf, true);
                self.ask_feed();
                self.see_page();
                self.name_playing();
            }
            News::Log(log) => {
                self.log = log;
                self.likes.clear();
                self.ask_feed();
                self.see_page();
            }
            News::Feed(seed, items) => {
                if seed == self.feed.seed.as_ref().map(|(id, _)| *id) {
                    let named = self.named_row();
                    self.feed.replace(items, named);
                }
            }
            News::Path(Ok(path)) => {
                self.say(format!("a path of {} tracks", path.len()), now);
                self.map.path = path;
            }
            News::Path(Err(why)) => self.complain(why, now),
            News::Kept(ticket, result) => self.kept(ticket, result, now),
            News::Playback => self.see_playing(),
            News::Failed(why) => {
                self.see_playing();
                self.complain(why, now);
            }
            News::Said(told) => self.say(told, now),
            News::Listening => self.live_open = true,
            News::Over => self.quit = true,
            News::Welcome(found) => self.welcome = Some(Welcome::new(found)),
            News::Indexing(indexing) => self.indexing = indexing,
            News::Input(Ok(spelling)) => {
                self.live_open = true;
                self.meter = None;
                self.hearing.input(Source::Opening(Some(spelling.clone())));
                self.say(format!("input: {spelling}"), now);
            }
            News::Input(Err(why)) => self.complain(why, now),
            News::Overview(id, levels) => {
                if self.now.subject == Some(id) {
                    self.now.overview = Some(levels);
                }
            }
            News::Failures(failures) => {
                self.library.failure_list.resize(failures.len());
                self.library.failures = failures;
            }
            News::Written(Ok(said)) => self.say(said, now),
            News::Written(Err(why)) => self.complain(why, now),
            News::Thought(thought) => self.thought(thought),
            News::Look(Ok(look)) => {
                self.wear(*look);
                self.say("settings taken over", now);
                self.tell_displaced(now);
            }
            News::Look(Err(why)) => {
                let line = why.split_whitespace().collect::<Vec<_>>().join(" ");
                self.complain(line, now);
            }
        }
    }

    fn kept(&mut self, ticket: u64, result: Result<(), String>, now: Instant) {
        let Some(pending) = self.pending.remove(&ticket) else { return };
        match result {
            Ok(()) => {
                if let Some(liked) = pending.liked {
                    self.likes.insert(pending.id, liked);
                }
                self.say(pending.said, now);
            }
            Err(why) => self.complain(why, now),
        }
    }

    fn name_playing(&mut self) {
        if let Some(playing) = &mut self.playing {
            playing.label = self.shelf.label(playing.now.track_id);
        }
    }

    fn thought(&mut self, thought: Thought) {
        match thought {
            Thought::Tracks(shelf, rows) => {
                let page = &mut self.library;
                let selected = page.selected().filter(|_| page.search.text().is_empty());
                (page.shelf, page.rows) = (shelf, rows);
                page.list.resize(page.rows.len());
                let tracks = page.shelf.tracks();
                let place = selected
                    .and_then(|id| page.rows.iter().position(|row| tracks[*row as usize].id == id));
                page.list.select(place.unwrap_or(0));
            }
            Thought::Events(log, rows) => {
                let page = &mut self.history;
                let grown = rows.len().saturating_sub(page.rows.len());
                let at = page.list.selected().unwrap_or(0);
                let same = page.search.text().is_empty() && at > 0;
                (page.log, page.rows) = (log, rows);
                page.list.resize(page.rows.len());
                // What is new came in above the selected row.
                page.list.select(if same { at + grown } else { 0 });
            }
            Thought::Found(found) => {
                (self.map.found, self.map.found_at) = (found, 0);
                self.map.next_found(0);
            }
            Thought::Near(of, near) => {
                if self.now.subject == Some(of) {
                    self.now.list.resize(near.len() + 1);
                    self.now.near = near;
                }
            }
            Thought::Chart(chart) => self.chart(chart),
            Thought::Layout(chart) => self.map.take(chart),
            Thought::Folders(folders) => {
                self.library.folder_list.resize(folders.len());
                self.library.folders = folders;
            }
            Thought::Summary(summary) => {
                self.taste.list.resize(summary.enjoyed.len());
                self.taste.summary = Some(summary);
            }
        }
    }

    /// Takes the points of a library, and has them laid out by nearness. While those of its like are shown
    /// they stay until the new ones are there, or indexing is over.
    fn chart(&mut self, chart: Arc<Chart>) {
        let shown = self.map.chart.as_ref().filter(|shown| shown.kind == Kind::Near);
        if shown.is_some_and(|shown| shown.is_of(&chart)) {
            return;
        }
        if self.indexing.is_none() {
            let (shelf, chart) = (Arc::clone(&self.shelf), Arc::clone(&chart));
            self.core.ask(Request::Think(Job::Layout { shelf, chart, kept: None }));
        }
        if shown.is_none() {
            self.map.take(chart);
            if let (1.0, Some(id)) = (self.map.zoom, self.subject()) {
                self.map.select(id);
            }
        }
    }

    /// Asks for what the page shown needs, where something changed.
    pub fn see_page(&mut self) {
        if !self.ready {
            return;
        }
        match self.page {
            Page::Listen | Page::Feed => {}
            Page::Now => self.see_subject(),
            Page::Library => {
                self.ask_tracks();
                self.core.ask(Request::Think(Job::Folders(Arc::clone(&self.shelf))));
                self.core.ask(Request::Failures);
            }
            Page::History => self.ask_events(),
            Page::Taste => {
                let job =
                    Job::Summary(Arc::clone(&self.log), Arc::clone(&self.shelf), (self.clock)());
                self.core.ask(Request::Think(job));
            }
            Page::Map => self.core.ask(Request::Think(Job::Chart(Arc::clone(&self.shelf)))),
        }
    }

    /// Asks which tracks the library shows.
    pub fn ask_tracks(&mut self) {
        self.core.ask(Request::Think(Job::Tracks {
            shelf: Arc::clone(&self.shelf),
            log: Arc::clone(&self.log),
            query: self.library.search.text().to_owned(),
            order: self.library.order,
            reversed: self.library.reversed,
        }));
    }

    /// Asks which events the history shows.
    pub fn ask_events(&mut self) {
        self.core.ask(Request::Think(Job::Events {
            log: Arc::clone(&self.log),
            query: self.history.search.text().to_owned(),
            kinds: self.history.kinds,
        }));
    }

    /// Asks what the map finds.
    pub fn ask_found(&mut self) {
        let query = self.map.search.text().to_owned();
        if query.trim().is_empty() {
            self.map.found.clear();
            return;
        }
        self.core.ask(Request::Think(Job::Find { shelf: Arc::clone(&self.shelf), query }));
    }

    /// Asks what there is to know about what plays or is heard.
    fn see_subject(&mut self) {
        let subject = self.subject();
        let Some(id) = subject else { return };
        if self.now.subject != subject {
            self.now = super::pages::NowPage { subject, ..Default::default() };
            self.now.list.resize(1);
            self.core.ask(Request::Overview(id));
        }
        self.core.ask(Request::Think(Job::Near { shelf: Arc::clone(&self.shelf), of: id }));
    }
}
