//! Tells the world what plays: files, commands, the service manager.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use color_eyre::eyre::{Report, eyre};

use super::command::{CommandLine, Event};
use super::heard::Heard;
use super::now_playing::NowPlaying;
use super::options::Options;
use super::playing::{Change, Playing};
use super::runner::Runner;
use super::service::Service;
use crate::cli::context::Context;
use crate::store::records::TrackId;

/// Says what the service does while it waits for music.
const LISTENING: &str = "listening";

/// Everything that is told besides standard output and history.
pub struct Announcer {
    playing: Playing,
    files: NowPlaying,
    on_track: Option<CommandLine>,
    on_stop: Option<CommandLine>,
    runner: Option<Runner>,
    pub service: Service,
}

impl Announcer {
    /// Makes the files and the thread for the commands.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn start(context: &Context, options: &Options) -> Result<Self, Report> {
        let files = NowPlaying::open(&options.now_playing, options.wording.clone())?;
        let runner = (options.on_track.is_some() || options.on_stop.is_some())
            .then(|| Runner::start(options.command_timeout, variables(context)))
            .transpose()
            .map_err(|e| eyre!("no thread can be started for commands: {e}"))?;
        Ok(Self {
            playing: Playing::new(options.linger),
            files,
            on_track: options.on_track.clone(),
            on_stop: options.on_stop.clone(),
            runner,
            service: Service::of_environment(),
        })
    }

    /// A track was named.
    pub fn named(&mut self, heard: Heard) {
        self.files.show(Some(&heard));
        self.run(self.on_track.as_ref(), Event::Track, &heard);
        self.service.status(&format!("playing: {}", heard.label()));
        self.playing.named(heard);
    }

    /// This track goes on.
    pub fn goes_on(&mut self, id: TrackId) {
        let change = self.playing.goes_on(id);
        self.tell(change);
    }

    /// The track named last is not heard any more.
    pub fn lost(&mut self) {
        self.playing.lost(Instant::now());
    }

    /// To be called now and then: tells what is due, and that the program is alive.
    pub fn tick(&mut self) {
        let change = self.playing.due(Instant::now());
        self.tell(change);
        self.service.alive();
    }

    /// Ends: nothing plays any more, unless what was found is to stay. Commands that wait are run, unless
    /// `stop` is or gets raised.
    pub fn finish(mut self, stays: bool, stop: &AtomicBool) {
        self.service.stopping();
        if let Some(runner) = self.runner.as_ref().filter(|_| stop.load(Ordering::Relaxed)) {
            runner.hurry();
        }
        if stays {
            self.files.leave();
        } else {
            let change = self.playing.stop();
            self.tell(change);
        }
        if let Some(runner) = self.runner {
            runner.finish(stop);
        }
    }

    fn tell(&mut self, change: Option<Change>) {
        let (Some(change), Some(heard)) = (change, self.playing.last()) else { return };
        match change {
            Change::GoesOn => {
                self.files.show(Some(heard));
                // Who was told that it stopped is told that it plays.
                let again = self.on_track.as_ref().filter(|_| self.on_stop.is_some());
                self.run(again, Event::Track, heard);
                self.service.status(&format!("playing: {}", heard.label()));
            }
            Change::Stopped => {
                self.files.show(None);
                self.run(self.on_stop.as_ref(), Event::Stop, heard);
                self.service.status(LISTENING);
            }
        }
    }

    fn run(&self, command: Option<&CommandLine>, event: Event, heard: &Heard) {
        if let (Some(command), Some(runner)) = (command, &self.runner) {
            runner.run(command.job(event, heard));
        }
    }
}

/// What leads an `echovibe` that a command runs to the same library.
fn variables(context: &Context) -> Vec<(String, String)> {
    let absolute = |path: &std::path::Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        path.to_str().map(str::to_owned)
    };
    let dir = absolute(&context.data_dir).map(|dir| ("ECHOVIBE_DATA_DIR".to_owned(), dir));
    let file = context.settings_file.as_deref().and_then(absolute);
    dir.into_iter().chain(file.map(|file| ("ECHOVIBE_CONFIG".to_owned(), file))).collect()
}
