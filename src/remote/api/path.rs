//! Paths of a client's files. The server only keeps them; it never opens one.

use std::ffi::OsString;
use std::fmt::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a path that is no UTF-8 begins with; the rest is hexadecimal.
const BYTES: &str = "bytes:";

/// A path as text: itself, or where it is no UTF-8 its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct RemotePath(pub String);

impl From<&Path> for RemotePath {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) if !text.starts_with(BYTES) => Self(text.to_owned()),
            _ => {
                let mut text = BYTES.to_owned();
                for byte in path.as_os_str().as_bytes() {
                    let _ = write!(text, "{byte:02x}");
                }
                Self(text)
            }
        }
    }
}

impl From<&RemotePath> for PathBuf {
    fn from(path: &RemotePath) -> Self {
        let bytes = path.0.strip_prefix(BYTES).and_then(|hex| {
            let digits = hex.as_bytes().chunks_exact(2).filter(|_| hex.len().is_multiple_of(2));
            digits
                .map(|two| {
                    std::str::from_utf8(two).ok().and_then(|two| u8::from_str_radix(two, 16).ok())
                })
                .collect::<Option<Vec<u8>>>()
        });
        match bytes {
            Some(bytes) => OsString::from_vec(bytes).into(),
            None => path.0.clone().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_goes_there_and_back() {
        for bytes in [b"/a b/\xc3\xa9.mp3".as_slice(), b"/\xff\xfe", b"bytes:00", b""] {
            let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
            let sent = RemotePath::from(path.as_path());
            assert_eq!(PathBuf::from(&sent), path, "{sent:?}");
        }
        assert_eq!(PathBuf::from(&RemotePath("bytes:zz".into())), Path::new("bytes:zz"));
    }
}
