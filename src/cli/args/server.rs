//! The index server and its users.

use std::path::PathBuf;

use clap::Subcommand;

use crate::store::people::Role;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe user add ann --role admin\n  \
echovibe serve\n  \
echovibe serve --listen 0.0.0.0:7878 --tls-cert fullchain.pem --tls-key privkey.pem\n  \
echovibe serve --store postgres://echovibe@db/echovibe --index milvus://milvus:19530\n\n\
It shares the library of --data-dir, which other commands may go on using. Ctrl-C ends it when the\n\
requests in hand are finished. What it allows is in the configuration, [server].\n\
The interface is told at /v1/openapi.json, numbers for Prometheus at /metrics (role admin).")]
pub struct ServeArgs {
    /// Where to listen; port 0 takes a free one, which is printed
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7878")]
    pub listen: String,
    /// Search in this Milvus, milvus://HOST:19530[/DATABASE] or milvus+tls://..., which several servers may share;
    /// user:password in ECHOVIBE_MILVUS_TOKEN (also ECHOVIBE_INDEX)
    #[arg(long, value_name = "URL")]
    pub index: Option<String>,
    /// Certificate (PEM) for TLS, with those that signed it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Plain HTTP although other machines can reach it: only where the network itself is trusted
    #[arg(long, conflicts_with = "tls_cert")]
    pub plain_http: bool,
    /// Print where it listens as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe user add ann\n  \
echovibe user add studio --role contributor > studio.token\n  echovibe user list\n  \
echovibe user revoke ann\n\n\
A reader asks and keeps a taste of its own; a contributor also adds music; an admin also removes\n\
anything and looks after accounts. A token is shown once. The server may run meanwhile.")]
pub struct UserArgs {
    #[command(subcommand)]
    pub command: UserCommand,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account and print its token, once
    #[command(after_help = "Example:\n  echovibe user add ann --role contributor --json")]
    Add {
        /// What the person is called
        name: String,
        /// reader, contributor or admin
        #[arg(long, default_value = "reader")]
        role: Role,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// All accounts
    #[command(after_help = "Example:\n  echovibe user list --json")]
    List {
        /// One JSON object an account
        #[arg(long)]
        json: bool,
    },
    /// Close an account: its token is worth nothing from then on
    #[command(after_help = "Example:\n  echovibe user revoke ann")]
    Revoke {
        /// Whose
        name: String,
    },
    /// Print a new token of an account, once; the old one is worth nothing from then on
    #[command(after_help = "Example:\n  echovibe user token ann > ann.token")]
    Token {
        /// Whose
        name: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}
