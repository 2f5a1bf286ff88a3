//! `serve`

use std::net::{SocketAddr, ToSocketAddrs};

use color_eyre::eyre::{Report, eyre};
use serde::Serialize;

use super::args::ServeArgs;
use super::context::{Context, text};
use super::output::{Found, Output};
use crate::remote::server::{ServeOptions, Server, TlsFiles};

#[derive(Debug, Serialize)]
struct Row {
    /// Where it listens.
    listen: SocketAddr,
    tls: bool,
}

pub fn run(context: &Context, args: &ServeArgs) -> Result<Found, Report> {
    let store = context.own_store("serve")?;
    if store.snapshot_of().is_some() {
        return Err(eyre!(
            "the data folder {} cannot be written, and what users say must be kept",
            context.data_dir.display()
        ));
    }
    let options = ServeOptions {
        address: address(&args.listen)?,
        tls: args
            .tls_cert
            .clone()
            .zip(args.tls_key.clone())
            .map(|(certificate, key)| TlsFiles { certificate, key }),
        plain_http: args.plain_http,
    };
    if store.users()?.iter().all(|user| user.revoked_at.is_some()) {
        context.tell("nobody can ask yet: echovibe user add NAME --role admin");
    }
    let index = args.index.clone().or_else(|| text("ECHOVIBE_INDEX"));
    let engine = match &index {
        Some(address) => context.engine_over_milvus(&store, address)?,
        None => context.engine(&store, None)?,
    };
    let tls = options.tls.is_some();
    let server = Server::bind(&store, engine, &context.settings, &options)?;
    let stopper = server.stopper();
    // A second Ctrl-C ends it at once.
    let mut asked = false;
    ctrlc::set_handler(move || {
        if std::mem::replace(&mut asked, true) {
            std::process::exit(130);
        }
        stopper.stop();
    })
    .map_err(|e| eyre!("signals cannot be watched: {e}"))?;
    Output::new(args.json).row(&Row { listen: server.address()?, tls }, |row| {
        let scheme = if row.tls { "https" } else { "http" };
        format!("listening on {scheme}://{}", row.listen)
    })?;
    server.run();
    context.tell("stopped");
    Ok(Found::Yes)
}

fn address(text: &str) -> Result<SocketAddr, Report> {
    let wrong = |why: String| eyre!("--listen {text}: {why}; give ADDRESS:PORT, as 127.0.0.1:7878");
    let mut found = text.to_socket_addrs().map_err(|e| wrong(e.to_string()))?;
    found.next().ok_or_else(|| wrong("no such address".to_owned()))
}
