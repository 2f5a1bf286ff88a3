//! Runs commands one after another on a thread of its own, so that none keeps listening from going on.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::command::Job;
use crate::cli::output::complain;

/// Commands that may wait: of a track now and then the last hour's. The oldest gives way.
const MOST_WAITING: usize = 16;
/// Between the request to end and the kill.
const GRACE: Duration = Duration::from_secs(2);
/// What commands get when the program is asked to end.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// A command is looked at after this, and then less and less often up to [`SELDOM`].
const OFTEN: Duration = Duration::from_millis(2);
const SELDOM: Duration = Duration::from_millis(100);

/// The thread and what waits for it.
pub struct Runner {
    jobs: Option<Sender<Job>>,
    waiting: Receiver<Job>,
    /// When whatever runs is to be ended, once that is known.
    end: Arc<Mutex<Option<Instant>>>,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    /// Commands may take so long each; `variables` are set for all of them.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn start(patience: Duration, variables: Vec<(String, String)>) -> io::Result<Self> {
        let (jobs, waiting) = bounded::<Job>(MOST_WAITING);
        let end = Arc::new(Mutex::new(None));
        let (theirs, ending) = (waiting.clone(), Arc::clone(&end));
        let thread = std::thread::Builder::new().name("commands".to_owned()).spawn(move || {
            while let Ok(job) = theirs.recv() {
                if let Err(trouble) = run(&job, &variables, patience, &ending) {
                    complain(&format!("{}: {trouble}", job.about));
                }
            }
        })?;
        Ok(Self { jobs: Some(jobs), waiting, end, thread: Some(thread) })
    }

    /// Has a command run after those that wait.
    pub fn run(&self, mut job: Job) {
        let Some(jobs) = &self.jobs else { return };
        while let Err(TrySendError::Full(back)) = jobs.try_send(job) {
            if let Ok(oldest) = self.waiting.try_recv() {
                complain(&format!(
                    "{}: not run, since {MOST_WAITING} others wait for one that takes long",
                    oldest.about
                ));
            }
            job = back;
        }
    }

    /// Waits until all have run; once `stop` is raised, not for long.
    pub fn finish(mut self, stop: &AtomicBool) {
        self.jobs = None;
        // What came after the hurry began is not to be left out.
        let mut hurried = self.end.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            if stop.load(Ordering::Relaxed) && !std::mem::replace(&mut hurried, true) {
                self.hurry();
            }
            std::thread::sleep(SELDOM);
        }
    }

    /// Leaves out what waits; what runs, and what comes now, has some seconds more.
    pub fn hurry(&self) {
        self.end
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(|| Instant::now() + LAST_WORDS);
        for job in self.waiting.try_iter() {
            complain(&format!("{}: not run, since EchoVibe is ended", job.about));
        }
    }
}

impl Drop for Runner {
    /// Waits until all have run.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Runs a command to its end; what went wrong in words.
fn run(
    job: &Job,
    variables: &[(String, String)],
    patience: Duration,
    end: &Mutex<Option<Instant>>,
) -> Result<(), String> {
    // Standard output is for results; what a command prints is for people.
    let stderr =
        io::stderr().as_fd().try_clone_to_owned().map_or_else(|_| Stdio::null(), Stdio::from);
    let mut child = Command::new(&job.program)
        .args(&job.words)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .envs(job.variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(stderr)
        .process_group(0)
        .spawn()
        .map_err(|e| format!("cannot be run: {e}"))?;
    let deadline = Instant::now() + patience;
    let over = || {
        let ending = *end.lock().unwrap_or_else(PoisonError::into_inner);
        Instant::now() >= ending.map_or(deadline, |end| end.min(deadline))
    };
    match wait(&mut child, &over)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("ended with {status}")),
        None => {
            put_an_end(&mut child)?;
            let ended = Instant::now() < deadline;
            Err(match ended {
                true => "had to be ended with EchoVibe".to_owned(),
                false => format!("took longer than {} s and was ended", patience.as_secs_f64()),
            })
        }
    }
}

/// Waits for the end of the command; none where it is `over` before.
fn wait(child: &mut Child, over: &dyn Fn() -> bool) -> Result<Option<ExitStatus>, String> {
    let mut pause = OFTEN;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Some(status)),
            Ok(None) if over() => return Ok(None),
            Ok(None) => std::thread::sleep(pause),
            Err(e) => return Err(format!("cannot be waited for: {e}")),
        }
        pause = (pause * 2).min(SELDOM);
    }
}

/// Ends a command and what it started: asked first, then by force.
fn put_an_end(child: &mut Child) -> Result<(), String> {
    // Not yet waited for, so that its number is still its own.
    let group = i32::try_from(child.id()).map(Pid::from_raw);
    let send = |signal| {
        if let Ok(group) = group {
            // Where the group is gone already there is nothing to end.
            let _ = killpg(group, signal);
        }
    };
    send(Signal::SIGTERM);
    let until = Instant::now() + GRACE;
    let ended = wait(child, &|| Instant::now() >= until)?;
    if ended.is_none() {
        send(Signal::SIGKILL);
        child.wait().map_err(|e| format!("cannot be waited for: {e}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Job {
        Job {
            about: "test".to_owned(),
            program: "/bin/sh".into(),
            words: vec!["-c".into(), script.into()],
            variables: vec![("ECHOVIBE_TITLE".to_owned(), OsString::from("a b"))],
        }
    }

    fn ran(script: &str, patience: Duration) -> Result<(), String> {
        run(&shell(script), &[("GIVEN".to_owned(), "too".to_owned())], patience, &Mutex::default())
    }

    fn lines(path: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_a_command_ends_with_is_told() {
        assert_eq!(ran("test \"$ECHOVIBE_TITLE$GIVEN\" = 'a btoo'", LONG), Ok(()));
        assert_eq!(ran("exit 3", LONG).unwrap_err(), "ended with exit status: 3");
        assert!(ran("kill -9 $$", LONG).unwrap_err().contains("signal: 9"));
        let missing = Job { program: "/no/such".into(), ..shell("") };
        assert!(run(&missing, &[], LONG, &Mutex::default()).unwrap_err().contains("cannot be run"));
    }

    #[test]
    fn a_command_that_hangs_is_ended_with_what_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let pids = dir.path().join("pids");
        let script =
            format!("trap '' TERM; sleep 1000 & echo $! >{0}; echo $$ >>{0}; wait", pids.display());
        let told = ran(&script, Duration::from_secs(3)).unwrap_err();
        assert_eq!(told, "took longer than 3 s and was ended");
        let pids = lines(&pids);
        assert_eq!(pids.len(), 2);
        for pid in pids {
            // A killed grandchild may still wait for whoever adopted it, but it does not run.
            // Nor does it end in the very moment that it is killed.
            let deadline = Instant::now() + LONG;
            loop {
                let state =
                    std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                if state.is_empty() || state.contains(") Z ") {
                    break;
                }
                assert!(Instant::now() < deadline, "{state}");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    #[test]
    fn one_after_another_and_no_more_than_some_wait() {
        let dir = tempfile::tempdir().unwrap();
        let (log, go) = (dir.path().join("log"), dir.path().join("go"));
        let runner = Runner::start(LONG, Vec::new()).unwrap();
        let first = format!(
            "until test -e {}; do sleep 0.01; done; echo first >>{}",
            go.display(),
            log.display()
        );
        runner.run(shell(&first));
        while !runner.waiting.is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        for n in 0..MOST_WAITING + 3 {
            runner.run(shell(&format!("echo {n} >>{}", log.display())));
        }
        std::fs::write(go, "").unwrap();
        drop(runner);
        let expected =
            std::iter::once("first".to_owned()).chain((3..MOST_WAITING + 3).map(|n| n.to_string()));
        assert_eq!(lines(&log), expected.collect::<Vec<_>>());
    }

    #[test]
    fn in_a_hurry_what_waits_is_left_out_and_what_comes_last_still_runs() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let runner = Runner::start(LONG, Vec::new()).unwrap();
        runner.run(shell(&format!("echo first >>{}; sleep 0.2", log.display())));
        while lines(&log).is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        runner.run(shell(&format!("echo second >>{}", log.display())));
        runner.hurry();
        runner.run(shell(&format!("echo last >>{}", log.display())));
        runner.finish(&AtomicBool::new(true));
        assert_eq!(lines(&log), ["first", "last"]);
        let runner = Runner::start(LONG, Vec::new()).unwrap();
        runner.run(shell("sleep 1000"));
        while !runner.waiting.is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        runner.run(shell(&format!("echo late >>{}", log.display())));
        let started = Instant::now();
        runner.finish(&AtomicBool::new(true));
        assert!(started.elapsed() < LONG && lines(&log).len() == 2, "the signal came late")
    }
}
