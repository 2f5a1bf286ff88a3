//! Tokens: who asks. A token is shown once and only its hash is kept.
//!
//! A token's secret is 256 random bits, so nobody can try them all, and a slow hash (argon2) would only make
//! each request slow and many wrong ones an attack. What is kept is BLAKE3 keyed with a pepper that lies
//! beside the database: who has a copy of the database alone cannot even check a guess.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use crate::store::people::UserId;
use crate::store::{Store, StoreError};

/// What every token begins with, so that one that was published by mistake can be found.
const PREFIX: &str = "evt";
/// The file of the pepper in the data folder.
const PEPPER: &str = "server.pepper";

/// Why tokens cannot be made or read.
#[derive(Debug, Error)]
pub enum TokenError {
    /// The file of the pepper.
    #[error("{path}: {source}; tokens cannot be checked without it")]
    Pepper {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has another length.
    #[error(
        "{path} is damaged: bring it back from a backup, or remove it and give every user a new token"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Other servers that share the store have another.
    #[error(
        "{path} is not the one that tokens in the store were made with: copy it from the data folder of the \
         server or command that used the store first"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The store gave no answer.
    #[error(transparent)]
    Store(#[from] Box<StoreError>),
    /// The system gives no random numbers.
    #[error("no random numbers are to be had from the system: {0}")]
    Random(String),
    /// What was given is none.
    #[error("this is not a token: one looks like evt_12_ and 64 more letters and digits")]
    Malformed,
}

/// A token, as its user has it. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose.
    pub user: UserId,
    secret: [u8; 32],
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}_{}_(hidden)", self.user)
    }
}

impl Token {
    /// As its user is shown it, once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}_{}_{}", self.user, blake3::Hash::from_bytes(self.secret).to_hex())
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let mut parts = text.trim().split('_');
        let mut part = || parts.next().ok_or(TokenError::Malformed);
        let (prefix, user, secret) = (part()?, part()?, part()?);
        let user = user.parse().map_err(|_| TokenError::Malformed)?;
        let secret = blake3::Hash::from_hex(secret).map_err(|_| TokenError::Malformed)?;
        if prefix != PREFIX || parts.next().is_some() {
            return Err(TokenError::Malformed);
        }
        Ok(Self { user: UserId(user), secret: *secret.as_bytes() })
    }
}

/// The secret of the server that tokens are hashed with.
#[derive(Clone)]
pub struct Pepper([u8; 32]);

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(hidden)")
    }
}

impl Pepper {
    /// That of a store: in its data folder, and the same for all who share the store.
    ///
    /// # Errors
    /// The file cannot be read or made, is damaged, or is another than that of the others.
    pub fn of_store(store: &Store) -> Result<Self, TokenError> {
        let pepper = Self::of(store.dir())?;
        if store.has_pepper(pepper.mark()).map_err(Box::new)? {
            return Ok(pepper);
        }
        Err(TokenError::Foreign { path: store.dir().join(PEPPER) })
    }

    /// That of a data folder, made (mode 0600) where there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, or is damaged.
    pub fn of(dir: &Path) -> Result<Self, TokenError> {
        let path = dir.join(PEPPER);
        let failed = |source| TokenError::Pepper { path: path.clone(), source };
        match fs::read(&path) {
            Ok(bytes) => match bytes.try_into() {
                Ok(pepper) => Ok(Self(pepper)),
                Err(_) => Err(TokenError::Damaged { path }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let pepper = random()?;
                // Written beside and linked: who looks meanwhile sees all of it or nothing, and of two who
                // make one at once both take the first.
                let fresh = path.with_extension(format!("{}.new", std::process::id()));
                let mut options = OpenOptions::new();
                let mut file = options
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .mode(0o600)
                    .open(&fresh)
                    .map_err(failed)?;
                file.write_all(&pepper).and_then(|()| file.sync_all()).map_err(failed)?;
                let linked = fs::hard_link(&fresh, &path);
                fs::remove_file(&fresh).map_err(failed)?;
                match linked {
                    Ok(()) => Ok(Self(pepper)),
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::of(dir),
                    Err(error) => Err(failed(error)),
                }
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// What tells two peppers apart and tells nothing of them.
    #[must_use]
    pub fn mark(&self) -> [u8; 32] {
        blake3::derive_key("echovibe 2026-11-26 mark of the pepper of tokens", &self.0)
    }

    /// The secret of a new token, and the hash that is kept of it.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new_secret(&self) -> Result<(Secret, [u8; 32]), TokenError> {
        let secret = random()?;
        Ok((Secret(secret), *self.hash(&secret).as_bytes()))
    }

    /// Whether this is the token whose hash is kept; takes as long for every wrong one.
    #[must_use]
    pub fn fits(&self, token: &Token, kept: &[u8; 32]) -> bool {
        // `blake3::Hash` compares in constant time.
        self.hash(&token.secret) == blake3::Hash::from_bytes(*kept)
    }

    fn hash(&self, secret: &[u8; 32]) -> blake3::Hash {
        blake3::keyed_hash(&self.0, secret)
    }
}

/// The secret of a token whose user is not known yet.
pub struct Secret([u8; 32]);

impl Secret {
    /// The token of this user.
    #[must_use]
    pub fn of(self, user: UserId) -> Token {
        Token { user, secret: self.0 }
    }
}

fn random() -> Result<[u8; 32], TokenError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| TokenError::Random(e.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_fits_its_own_hash_under_its_own_pepper_only() {
        let [here, there] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let pepper = Pepper::of(here.path()).unwrap();
        let (secret, kept) = pepper.new_secret().unwrap();
        let token = secret.of(UserId(7));
        let again: Token = token.reveal().parse().unwrap();
        assert_eq!(again, token);
        assert!(Pepper::of(here.path()).unwrap().fits(&again, &kept), "the pepper is kept");
        assert!(!Pepper::of(there.path()).unwrap().fits(&again, &kept));
        let (_, other) = pepper.new_secret().unwrap();
        assert!(!pepper.fits(&again, &other));
        assert!(!format!("{token:?}{pepper:?}").contains(&token.reveal()[6..20]));
        let mode = fs::metadata(here.path().join(PEPPER)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn nonsense_is_no_token() {
        let hex = "0".repeat(64);
        assert!(format!("evt_1_{hex}").parse::<Token>().is_ok());
        for text in ["", "evt", "evt_1_", "evt_x_00", "evt_1_00", "abc_1_", "evt_99999999999_00"] {
            assert!(text.parse::<Token>().is_err(), "{text}");
        }
        for text in [format!("evt_1_{hex}_1"), format!("ev_1_{hex}"), format!("evt_-1_{hex}")] {
            assert!(text.parse::<Token>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_damaged_pepper_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(PEPPER), b"short").unwrap();
        assert!(matches!(Pepper::of(dir.path()), Err(TokenError::Damaged { .. })));
    }
}
