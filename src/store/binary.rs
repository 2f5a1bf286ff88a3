//! How paths and byte strings go into `MessagePack`: a path that is not UTF-8 as its bytes, bytes as
//! one binary string instead of a list of numbers.

/// A path: text where it is UTF-8, bytes where it is not; always text in a format for people.
pub mod path {
    use std::ffi::OsString;
    use std::fmt;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => to.serialize_str(text),
            None if to.is_human_readable() => to.serialize_str(&path.to_string_lossy()),
            None => to.serialize_bytes(path.as_os_str().as_bytes()),
        }
    }

    /// # Errors
    /// What is found is neither text nor bytes.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        from.deserialize_any(AsPath)
    }

    struct AsPath;

    impl Visitor<'_> for AsPath {
        type Value = PathBuf;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a path")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<PathBuf, E> {
            Ok(PathBuf::from(text))
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<PathBuf, E> {
            Ok(PathBuf::from(OsString::from_vec(bytes.to_vec())))
        }
    }
}

/// Bytes as one binary string.
pub mod bytes {
    use std::fmt;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    /// # Errors
    /// What is found is neither bytes nor a list of them.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        from.deserialize_byte_buf(AsBytes)
    }

    struct AsBytes;

    impl<'de> Visitor<'de> for AsBytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
            let mut bytes = Vec::new();
            while let Some(byte) = list.next_element()? {
                bytes.push(byte);
            }
            Ok(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::PathBuf;

    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both {
        #[serde(with = "super::path")]
        path: PathBuf,
        #[serde(with = "super::bytes")]
        bytes: Vec<u8>,
    }

    fn there_and_back(path: &[u8]) {
        let both = Both { path: OsStr::from_bytes(path).into(), bytes: vec![0, 200, 255] };
        let packed = rmp_serde::to_vec_named(&both).unwrap();
        assert_eq!(rmp_serde::from_slice::<Both>(&packed).unwrap(), both);
    }

    #[test]
    fn every_path_survives() {
        there_and_back("/music/Björk/Jóga.flac".as_bytes());
        there_and_back(b"/music/Bj\xf6rk.mp3");
    }

    #[test]
    fn people_read_text() {
        let both = Both { path: OsStr::from_bytes(b"/a\xff").into(), bytes: vec![1] };
        assert_eq!(
            serde_json::to_string(&both).unwrap(),
            "{\"path\":\"/a\u{fffd}\",\"bytes\":[1]}"
        );
    }
}
