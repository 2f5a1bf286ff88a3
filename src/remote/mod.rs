//! One library for many: the server that shares it, and the client of it. Sound stays where it is heard;
//! fingerprints travel, some 0.55 kB a second of it.
//!
//! `api` holds what both say to each other (version [`VERSION`] of it); `windows` fingerprints on the wire.

mod accounts;
pub mod api;
mod client;
mod frame;
pub mod server;
mod token;
mod windows;

pub use accounts::{AccountError, add_account, renew_account};
pub use client::{AddressError, Client, ClientError, ServerAddress, TlsError};
pub use token::{Pepper, Token, TokenError};
pub use windows::pack;

/// Version of the interface: the first part of every path.
pub const VERSION: &str = "v1";
