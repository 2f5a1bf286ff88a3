//! What the options mean: folders, settings, and the parts that commands need.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use color_eyre::eyre::{Report, eyre};
use etcetera::BaseStrategy;

use super::args::Global;
use crate::audio::{self, InputSpec};
use crate::embed::Network;
use crate::index::Decision;
use crate::library::{Catalogue, SharedCatalogue};
use crate::listen::{Engine, RemoteIndex};
use crate::milvus::MilvusIndex;
use crate::remote::{Client, Pepper, ServerAddress, Token};
use crate::settings::Settings;
use crate::store::{Store, Together};

/// Folder of the program below the user's data and configuration folders.
const NAME: &str = "echovibe";
/// The demo's own data folder, below the user's: what is liked there is no one's taste.
const DEMO: &str = "demo";

/// What holds for the whole run.
#[derive(Clone)]
pub struct Context {
    /// Where library, history and taste are kept.
    pub data_dir: PathBuf,
    /// What the user set.
    pub settings: Settings,
    /// The configuration file in use, if there is one.
    pub settings_file: Option<PathBuf>,
    /// Folder of the user's configuration, whether or not it exists.
    pub config_dir: PathBuf,
    /// The server that has the library, if it is not in `data_dir`.
    pub server: Option<Client>,
    /// The database that has the library, if it is not in `data_dir`.
    pub database: Option<String>,
    /// The library in `data_dir` is not asked beside it.
    pub server_only: bool,
    /// Nothing but results is printed.
    pub quiet: bool,
    /// How much the log says.
    pub verbose: u8,
}

impl Context {
    pub fn new(global: &Global) -> Result<Self, Report> {
        let base = etcetera::choose_base_strategy().map_err(|e| {
            eyre!("no home folder is known ({e}): set HOME, or give --data-dir and --config")
        });
        let asked = global.data_dir.clone().or_else(|| variable("ECHOVIBE_DATA_DIR"));
        let data_dir = match (asked, &base) {
            (Some(dir), _) => dir,
            (None, Ok(base)) => base.data_dir().join(NAME),
            (None, Err(e)) => return Err(eyre!("{e}")),
        };
        let config_dir =
            base.map_or_else(|_| data_dir.clone(), |base| base.config_dir().join(NAME));
        let asked = global.config.clone().or_else(|| variable("ECHOVIBE_CONFIG"));
        let file = asked.or_else(|| {
            let file = config_dir.join("echovibe.toml");
            file.exists().then_some(file)
        });
        Ok(Self {
            server: server(global, &data_dir)?,
            server_only: global.server_only,
            database: global.store.clone().or_else(|| text("ECHOVIBE_STORE")),
            data_dir,
            settings: Settings::load(file.as_deref())?,
            settings_file: file,
            config_dir,
            quiet: global.quiet,
            verbose: global.verbose,
        })
    }

    /// The same, on the demo's own data folder.
    pub fn demo(&self) -> Self {
        Self { data_dir: self.data_dir.join(DEMO), server: None, database: None, ..self.clone() }
    }

    pub fn store(&self) -> Result<Store, Report> {
        Ok(match (&self.server, &self.database) {
            (Some(client), _) => Store::elsewhere(&self.data_dir, Arc::new(client.clone())),
            (None, Some(url)) => Store::in_postgres(&self.data_dir, url)?,
            (None, None) => Store::open(&self.data_dir)?,
        })
    }

    /// The server's library and, beside it, this machine's own, where it has one and the user does not want the
    /// server's alone; without a server this machine's. Gives this machine's own besides where it is the second.
    /// Where it is alone, a server that is away is waited for if `waits`.
    pub fn libraries(&self, waits: bool) -> Result<(Store, Option<Store>), Report> {
        let Some(client) = &self.server else { return Ok((self.store()?, None)) };
        let alone = self.server_only || !self.settings.recognition.own_library;
        let own = (!alone && Store::exists(&self.data_dir))
            .then(|| Store::open(&self.data_dir))
            .transpose()?;
        let waits = waits && own.is_none();
        let client = if waits { client.clone() } else { client.beside() };
        let both = Together::new(Arc::new(client), own.clone());
        Ok((Store::elsewhere(&self.data_dir, Arc::new(both)), own))
    }

    /// The store of this machine's own data folder.
    pub fn own_store(&self, what: &str) -> Result<Store, Report> {
        if self.server.is_some() {
            return Err(eyre!("{what} works on a data folder of this machine: leave out --server"));
        }
        self.store()
    }

    /// Network, library and decision; `own` is this machine's library beside a server's.
    pub fn engine(&self, store: &Store, own: Option<&Store>) -> Result<Engine, Report> {
        let network = Arc::new(Network::load()?);
        let catalogue = Catalogue::load(store, network.id())?;
        let own = own.map(|own| Catalogue::load(own, network.id())).transpose()?;
        if let Some(told) = stale(own.as_ref().unwrap_or(&catalogue)) {
            self.tell(&format!("echovibe: {told}"));
        }
        let remote = self.server.as_ref().map(|client| {
            let client = if own.is_some() { client.beside() } else { client.clone() };
            Arc::new(client) as Arc<dyn RemoteIndex>
        });
        Ok(Engine {
            network,
            catalogue,
            decision: Arc::new(Decision::built_in()?),
            recognition: self.settings.recognition.clone(),
            index: None,
            remote,
            own,
        })
    }

    /// The same, with the fingerprints searched in Milvus.
    pub fn engine_over_milvus(&self, store: &Store, address: &str) -> Result<Engine, Report> {
        let network = Arc::new(Network::load()?);
        let token = text("ECHOVIBE_MILVUS_TOKEN");
        // All servers of a library have its pepper, and no other library has.
        let library = blake3::Hash::from_bytes(Pepper::of_store(store)?.mark()).to_hex();
        let index = MilvusIndex::new(
            address,
            token.as_deref(),
            store,
            network.id(),
            &library[..16],
            &self.settings.milvus,
        )?;
        Ok(Engine {
            network,
            catalogue: Catalogue::of_records(store),
            decision: Arc::new(Decision::built_in()?),
            recognition: self.settings.recognition.clone(),
            index: Some(Arc::new(index)),
            remote: None,
            own: None,
        })
    }

    /// The input that was asked for; "auto" is the microphone, or what the machine plays where there
    /// is no microphone.
    pub fn input(&self, asked: Option<&str>) -> Result<InputSpec, Report> {
        let text = asked.unwrap_or(&self.settings.input.default);
        if text != "auto" {
            return text.parse().map_err(|e| eyre!("{e}"));
        }
        let only_monitor = !audio::has_microphone() && audio::has_monitor();
        Ok(if only_monitor { InputSpec::Monitor } else { InputSpec::Mic(None) })
    }

    /// Says something to the person, unless they want quiet.
    pub fn tell(&self, text: &str) {
        if !self.quiet {
            // A terminal that is gone is no reason to end.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
}

/// What is said of tracks that cannot be recognised, where there are any.
pub fn stale(catalogue: &SharedCatalogue) -> Option<String> {
    let stale = catalogue.read().unwrap_or_else(PoisonError::into_inner).stale();
    (stale > 0).then(|| {
        format!(
            "{stale} tracks are not recognised until their folders are indexed again (made with \
             another network, or their fingerprints are damaged)"
        )
    })
}

/// The server that was asked for, by an option or the environment.
fn server(global: &Global, data_dir: &Path) -> Result<Option<Client>, Report> {
    let Some(address) = global.server.clone().or_else(|| text("ECHOVIBE_SERVER")) else {
        return Ok(None);
    };
    let address: ServerAddress = address.parse()?;
    let file = global.token_file.clone().or_else(|| variable("ECHOVIBE_TOKEN_FILE"));
    let token = match (&global.token, file, text("ECHOVIBE_TOKEN")) {
        (Some(token), ..) => Some(token.clone()),
        (None, Some(file), _) => Some(
            std::fs::read_to_string(&file)
                .map_err(|e| eyre!("the token cannot be read: {}: {e}", file.display()))?,
        ),
        (None, None, token) => token,
    };
    let token = token.map(|token| token.trim().parse::<Token>());
    if token.is_some() && address.is_readable_on_the_way() && !global.quiet {
        eprintln!("echovibe: {address} has no TLS: the token can be read on the way");
    }
    let ca = global.server_ca.clone().or_else(|| variable("ECHOVIBE_SERVER_CA"));
    let model = Network::built_in_id();
    Ok(Some(Client::new(address, token.transpose()?, ca.as_deref(), &model, data_dir)?))
}

/// A text from the environment; set but empty counts as not set.
pub fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A path from the environment; set but empty counts as not set.
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
