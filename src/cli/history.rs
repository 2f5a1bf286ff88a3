//! `history`

use color_eyre::eyre::Report;

use super::args::HistoryArgs;
use super::context::Context;
use super::output::{Found, Output};
use super::rows::EventRow;

pub fn run(context: &Context, args: &HistoryArgs) -> Result<Found, Report> {
    let mut events = context.store()?.events(0)?;
    // What was taken over from elsewhere stands later in the log than it happened.
    events.sort_by_key(|event| event.at);
    let mut output = Output::new(args.json);
    for event in events.iter().rev().take(args.count.unwrap_or(usize::MAX)) {
        output.row(&EventRow::from(event), EventRow::line)?;
    }
    if events.is_empty() {
        context.tell("nothing was heard or said yet");
    }
    Ok((!events.is_empty()).into())
}
