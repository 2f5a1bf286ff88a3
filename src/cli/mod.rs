//! How people drive it from a shell: one verb a file. What was typed (`args`) is turned into what
//! it means (`context`) before any work starts.

mod args;
mod backup;
mod context;
mod dedupe;
mod demo;
mod doctor;
mod eval;
mod feedback;
mod history;
mod identify;
mod import;
mod index;
mod library;
mod listen;
mod logging;
mod map;
mod output;
mod packaging;
mod picture;
mod recommend;
mod repair;
mod rows;
mod screen;
mod serve;
mod spectrogram;
mod stats;
mod user;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use color_eyre::eyre::Report;

use args::{Args, Command};
use context::Context;
use output::{Found, printable};

/// Runs the program on the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(Found::Yes) => ExitCode::SUCCESS,
        Ok(Found::No) => ExitCode::from(1),
        // Who closed the pipe has read enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echovibe: {}", lines(&error));
            ExitCode::from(2)
        }
    }
}

fn run(args: Args) -> Result<Found, Report> {
    if let Some(Command::Completions(shell)) = &args.command {
        return packaging::completions(shell.shell);
    }
    if let Some(Command::Man) = &args.command {
        return packaging::man();
    }
    let context = Context::new(&args.global)?;
    logging::start(&context, args.command.is_none())?;
    match args.command {
        None => screen::run(&context, args.input.as_deref()),
        Some(Command::Index(args)) => index::run(&context, &args),
        Some(Command::Identify(args)) => identify::run(&context, &args),
        Some(Command::Listen(args)) => listen::run(&context, &args),
        Some(Command::Recommend(args)) => recommend::run(&context, &args),
        Some(Command::Import(args)) => import::run(&context, &args),
        Some(Command::Like(args)) => feedback::like(&context, &args),
        Some(Command::Unlike(args)) => feedback::unlike(&context, &args),
        Some(Command::Skip(args)) => feedback::skip(&context, &args),
        Some(Command::Play(args)) => feedback::play(&context, &args),
        Some(Command::Rate(args)) => feedback::rate(&context, &args),
        Some(Command::Save(args)) => feedback::save(&context, &args),
        Some(Command::Unsave(args)) => feedback::unsave(&context, &args),
        Some(Command::Ban(args)) => feedback::ban(&context, &args),
        Some(Command::Unban(args)) => feedback::unban(&context, &args),
        Some(Command::Library(args)) => library::run(&context, args.command),
        Some(Command::History(args)) => history::run(&context, &args),
        Some(Command::Stats(args)) => stats::run(&context, &args),
        Some(Command::Map(args)) => map::run(&context, &args),
        Some(Command::Spectrogram(args)) => spectrogram::run(&context, &args),
        Some(Command::Serve(args)) => serve::run(&context, &args),
        Some(Command::User(args)) => user::run(&context, args.command),
        Some(Command::Backup(args)) => backup::make(&context, &args),
        Some(Command::Restore(args)) => backup::put_back(&context, &args),
        Some(Command::Demo(args)) => demo::run(&context, &args),
        Some(Command::Doctor(args)) => doctor::run(&context, &args),
        Some(Command::Eval(args)) => eval::run(&context, &args),
        Some(Command::Completions(_) | Command::Man) => Ok(Found::Yes),
    }
}

fn is_broken_pipe(error: &Report) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// The error and its causes, each said once.
fn one_line(error: &Report) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !said.contains(&cause) {
            said = if said.is_empty() { cause } else { format!("{said}: {cause}") };
        }
    }
    said
}

/// What is printed of an error; a file may be called anything.
fn lines(error: &Report) -> String {
    let said = one_line(error);
    said.trim_end().lines().map(printable).collect::<Vec<_>>().join("\n")
}
