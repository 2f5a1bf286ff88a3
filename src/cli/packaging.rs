//! `completions SHELL` and `man`, for packagers.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use color_eyre::eyre::Report;

use super::args::Args;
use super::output::Found;

pub fn completions(shell: Shell) -> Result<Found, Report> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "echovibe", &mut script);
    io::stdout().write_all(&script)?;
    Ok(Found::Yes)
}

pub fn man() -> Result<Found, Report> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Args::command()).render(&mut page)?;
    io::stdout().write_all(&page)?;
    Ok(Found::Yes)
}
