//! TLS of those who ask: how a server is known, by the system's certificates or by a file of the user's.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use rustls_platform_verifier::BuilderVerifierExt;
use thiserror::Error;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Why servers cannot be checked.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The user's file.
    #[error("{path}: no certificate (PEM) to know the server by: {reason}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The system's.
    #[error("the system's certificates cannot be used: {0}")]
    System(String),
}

/// Asks servers that these certificates vouch for.
///
/// # Errors
/// The certificates cannot be read.
pub(crate) fn config(ca: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let system = |e: rustls::Error| TlsError::System(e.to_string());
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(system)?;
    let Some(path) = ca else {
        return Ok(builder.with_platform_verifier().map_err(system)?.with_no_client_auth());
    };
    let wrong = |reason: String| TlsError::Certificate { path: path.to_owned(), reason };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|e| wrong(e.to_string()))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(wrong("there is none in it".to_owned()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What is wrong with TLS, where that is why a connection failed.
pub(crate) enum TlsFault {
    /// The other side's certificate.
    Untrusted(String),
    /// The other side speaks another protocol, or another TLS.
    NoTls(String),
}

impl TlsFault {
    /// The fault among the causes of an error.
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            if let Some(fault) = inside.and_then(|inside| Self::of(inside)) {
                return Some(fault);
            }
            if let Some(fault) = error.downcast_ref::<rustls::Error>() {
                let text = fault.to_string();
                return Some(match fault {
                    rustls::Error::InvalidCertificate(_)
                    | rustls::Error::NoCertificatesPresented => Self::Untrusted(text),
                    _ => {
                        Self::NoTls(format!("no TLS as it is spoken here ({text}); is it http://?"))
                    }
                });
            }
            cause = error.source();
        }
        None
    }
}
