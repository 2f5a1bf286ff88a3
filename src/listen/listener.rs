//! The listener thread: takes samples out of the input, makes columns for the screen and windows
//! for the recogniser.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use jiff::Timestamp;

use super::Engine;
use super::clip::is_silent;
use super::event::{InputState, Level, LiveEvent, Named};
use super::recogniser::{self, Heard, HeardWindow};
use crate::audio::{AudioError, Input, InputSpec, InputUpdate, LevelMeter};
use crate::dsp::{MelColumn, MelSpectrogram, SAMPLE_RATE, column_time_s};
use crate::embed::{QUERY_STRIDE, WindowStream};
use crate::index::{Query, quantise};

/// The longest wait for samples: how soon a switch of the input or a stop is noticed.
const POLL: Duration = Duration::from_millis(50);
/// Samples of one level reading.
const LEVEL_SAMPLES: usize = SAMPLE_RATE as usize / 10;
/// So many quiet level readings are silence: as long as a window of the network.
const SILENT_STRETCHES: usize = 15;
/// Events kept for a screen that does not look: some 20 s of columns, levels and positions.
const EVENTS: usize = 1024;
/// Of these, kept free for names, losses and changes of the input.
const KEPT_FREE: usize = 256;
/// Windows that may wait for the recogniser: 10 s.
const WINDOWS: usize = 80;

/// A running live path; dropping it stops both threads.
pub struct Listener {
    events: Receiver<LiveEvent>,
    switch: Arc<Mutex<Option<InputSpec>>>,
    anew: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Listener {
    /// Opens the input and starts to listen. `named` is called with each track, and when it was heard, before
    /// its event is sent, so that history can be kept whoever looks.
    ///
    /// # Errors
    /// The input cannot be opened (a file that is not there). A device that is missing is no error:
    /// it is waited for.
    pub fn start(
        spec: &InputSpec,
        engine: &Engine,
        named: impl Fn(&Named, Timestamp) + Send + 'static,
    ) -> Result<Self, AudioError> {
        // Inputs are not `Send` on every platform: this one only tests what can fail at once.
        if matches!(spec, InputSpec::File(_)) {
            drop(Input::open(spec, SAMPLE_RATE)?);
        }
        let (say, events) = bounded(EVENTS);
        let (windows, heard) = bounded(WINDOWS);
        let stop = Arc::new(AtomicBool::new(false));
        let switch = Arc::new(Mutex::new(None));
        let anew = Arc::new(AtomicBool::new(false));
        let (thread_engine, thread_say) = (engine.clone(), say.clone());
        let recogniser = std::thread::spawn(move || {
            recogniser::run(&thread_engine, &heard, &|event| {
                match &event {
                    LiveEvent::Named(track) => named(track, Timestamp::now()),
                    LiveEvent::NamedLate { named: track, at } => named(track, *at),
                    _ => {}
                }
                tell(&thread_say, event);
            });
        });
        let thread = Thread {
            engine: engine.clone(),
            say,
            windows,
            stop: Arc::clone(&stop),
            switch: Arc::clone(&switch),
            anew: Arc::clone(&anew),
        };
        let spec = spec.clone();
        let listener = std::thread::spawn(move || thread.run(spec));
        Ok(Self { events, switch, anew, stop, threads: vec![listener, recogniser] })
    }

    /// What happens, in order.
    #[must_use]
    pub fn events(&self) -> &Receiver<LiveEvent> {
        &self.events
    }

    /// Forgets what was heard so far and what it was named: the sound that goes on is named again.
    pub fn name_anew(&self) {
        self.anew.store(true, Ordering::Relaxed);
    }

    /// Listens to another input from now on.
    pub fn switch_to(&self, spec: InputSpec) {
        *self.switch.lock().unwrap_or_else(PoisonError::into_inner) = Some(spec);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Threads that wait to say something must not wait for ever.
        let (_, nobody) = unbounded();
        self.events = nobody;
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

/// Sends an event. Where nobody looks, what is worth nothing later gives way, and leaves room for
/// what is, so that a screen that hangs does not stop the naming.
fn tell(events: &Sender<LiveEvent>, event: LiveEvent) {
    let passing = matches!(
        event,
        LiveEvent::Column(_)
            | LiveEvent::Level(_)
            | LiveEvent::Position { .. }
            | LiveEvent::Guess { .. }
    );
    if !passing {
        drop(events.send(event));
    } else if events.len() + KEPT_FREE < EVENTS {
        drop(events.try_send(event));
    }
}

struct Thread {
    engine: Engine,
    say: Sender<LiveEvent>,
    windows: Sender<Heard>,
    stop: Arc<AtomicBool>,
    switch: Arc<Mutex<Option<InputSpec>>>,
    anew: Arc<AtomicBool>,
}

impl Thread {
    fn run(&self, mut spec: InputSpec) {
        let mut hearing = Hearing::default();
        while !self.stop.load(Ordering::Relaxed) {
            hearing.patient =
                !matches!(spec, InputSpec::Mic(_) | InputSpec::Monitor | InputSpec::Url(_));
            match Input::open(&spec, SAMPLE_RATE) {
                Ok(mut input) => match self.listen(&mut input, &mut hearing) {
                    Some(next) => spec = next,
                    None => return,
                },
                Err(e) => {
                    self.say(LiveEvent::Input(InputState::Waiting { reason: e.to_string() }));
                    match self.wait_for_switch() {
                        Some(next) => spec = next,
                        None => return,
                    }
                }
            }
            hearing.restart();
            drop(self.windows.send(Heard::Restart));
        }
    }

    /// Listens until stopped (`None`) or switched (the next input).
    fn listen(&self, input: &mut Input, hearing: &mut Hearing) -> Option<InputSpec> {
        let mut samples = Vec::new();
        let mut ended = false;
        while !self.stop.load(Ordering::Relaxed) {
            if let Some(next) = self.switched() {
                return Some(next);
            }
            if self.anew.swap(false, Ordering::Relaxed) {
                hearing.stream.restart(hearing.columns);
                drop(self.windows.send(Heard::Restart));
            }
            samples.clear();
            match input.poll(&mut samples, POLL) {
                InputUpdate::Live { name, rate, channels } => {
                    self.say(LiveEvent::Input(InputState::Live { name, rate, channels }));
                }
                InputUpdate::Waiting { reason } => {
                    self.say(LiveEvent::Input(InputState::Waiting { reason }));
                    hearing.restart();
                    drop(self.windows.send(Heard::Restart));
                }
                InputUpdate::Ended if !ended => {
                    ended = true;
                    drop(self.windows.send(Heard::End));
                }
                InputUpdate::Ended => std::thread::sleep(POLL),
                InputUpdate::Samples | InputUpdate::Nothing => {}
            }
            if !samples.is_empty() {
                hearing.hear(self, &samples);
            }
        }
        None
    }

    fn switched(&self) -> Option<InputSpec> {
        self.switch.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn wait_for_switch(&self) -> Option<InputSpec> {
        while !self.stop.load(Ordering::Relaxed) {
            if let Some(next) = self.switched() {
                return Some(next);
            }
            std::thread::sleep(POLL);
        }
        None
    }

    fn say(&self, event: LiveEvent) {
        tell(&self.say, event);
    }
}

/// What the front end holds between two pieces of sound.
#[derive(Default)]
struct Hearing {
    spectrogram: MelSpectrogram,
    stream: WindowStream,
    columns: usize,
    level: LevelMeter,
    levelled: Vec<f32>,
    quiet_stretches: usize,
    /// The input waits while the recogniser works; a device would not.
    patient: bool,
}

impl Hearing {
    fn restart(&mut self) {
        self.spectrogram.reset();
        self.stream.restart(self.columns);
        self.levelled.clear();
    }

    fn hear(&mut self, thread: &Thread, samples: &[f32]) {
        self.levels(thread, samples);
        let mut columns = Vec::new();
        self.spectrogram.push(samples, |column| columns.push(column));
        for column in columns {
            self.column(thread, column);
        }
    }

    fn levels(&mut self, thread: &Thread, samples: &[f32]) {
        self.levelled.extend_from_slice(samples);
        let mut done = 0;
        for stretch in self.levelled.chunks_exact(LEVEL_SAMPLES) {
            let silent = is_silent(stretch, thread.engine.recognition.silence_dbfs);
            self.quiet_stretches = if silent { self.quiet_stretches + 1 } else { 0 };
            self.level.push(stretch);
            let (rms_db, peak_db) = self.level.take();
            thread.say(LiveEvent::Level(Level { rms_db, peak_db }));
            done += LEVEL_SAMPLES;
        }
        self.levelled.drain(..done);
    }

    fn column(&mut self, thread: &Thread, column: MelColumn) {
        thread.say(LiveEvent::Column(Box::new(column)));
        self.columns += 1;
        if self.quiet_stretches >= SILENT_STRETCHES {
            self.stream.restart(self.columns);
            if self.columns.is_multiple_of(QUERY_STRIDE) {
                self.send(thread, Heard::Silence(column_time_s(self.columns)));
            }
            return;
        }
        match self.stream.push(&thread.engine.network, column) {
            Ok(Some(window)) => {
                let code = quantise(&window.embedding.fingerprint);
                let query = Query { time_s: window.time_s, code };
                let music = window.embedding.music;
                self.send(thread, Heard::Window(HeardWindow { query, music }));
            }
            Ok(None) => {}
            Err(e) => tracing::error!("{e}"),
        }
    }

    fn send(&self, thread: &Thread, heard: Heard) {
        if self.patient {
            drop(thread.windows.send(heard));
        } else {
            drop(thread.windows.try_send(heard));
        }
    }
}
