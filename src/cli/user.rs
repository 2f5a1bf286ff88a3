//! `user add`, `user list`, `user revoke`, `user token`

use color_eyre::eyre::Report;
use jiff::Timestamp;
use serde::Serialize;

use super::args::UserCommand;
use super::context::Context;
use super::output::{Found, Output};
use crate::remote::{AccountError, Pepper, add_account, renew_account};
use crate::store::people::{Account, Role};

#[derive(Debug, Serialize)]
struct Made {
    name: String,
    role: Role,
    token: String,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    role: Role,
    created_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

impl From<Account> for Row {
    fn from(account: Account) -> Self {
        Self {
            name: account.name,
            role: account.role,
            created_at: account.created_at,
            revoked_at: account.revoked_at,
        }
    }
}

pub fn run(context: &Context, command: UserCommand) -> Result<Found, Report> {
    let store = context.own_store("user")?;
    match command {
        UserCommand::Add { name, role, json } => {
            let token = add_account(&store, &Pepper::of_store(&store)?, &name, role)?;
            show(context, json, &Made { name, role, token: token.reveal() })
        }
        UserCommand::Token { name, json } => {
            let (account, token) = renew_account(&store, &Pepper::of_store(&store)?, &name)?;
            show(context, json, &Made { name, role: account.role, token: token.reveal() })
        }
        UserCommand::List { json } => {
            let mut output = Output::new(json);
            let users = store.users()?;
            let any = !users.is_empty();
            for user in users {
                output.row(&Row::from(user), line)?;
            }
            Ok(any.into())
        }
        UserCommand::Revoke { name } => {
            let closed = store.revoke_user(&name)?;
            closed.ok_or_else(|| AccountError::Unknown(name.clone()))?;
            context.tell(&format!("{name}'s token is worth nothing any more"));
            Ok(Found::Yes)
        }
    }
}

/// Standard output has the token alone, so that it can be sent to a file.
fn show(context: &Context, json: bool, made: &Made) -> Result<Found, Report> {
    context.tell(&format!("the token of {} ({}), shown this once:", made.name, made.role));
    Output::new(json).row(made, |made| made.token.clone())?;
    Ok(Found::Yes)
}

fn line(row: &Row) -> String {
    let state = match row.revoked_at {
        Some(at) => format!("closed {}", at.strftime("%Y-%m-%d")),
        None => format!("since {}", row.created_at.strftime("%Y-%m-%d")),
    };
    format!("{:<24} {:<12} {state}", row.name, row.role)
}
