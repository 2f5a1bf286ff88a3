//! Without a database; `tests/server.rs` runs over a real one.

use super::{Postgres, connect};
use crate::store::StoreError;

#[test]
fn a_wrong_address_is_told_without_its_password() {
    for url in ["postgres://ann:secret@host:port/db", "nonsense", "mysql://ann:secret@host/db"] {
        let Err(StoreError::Elsewhere(told)) = connect::options(url).map(|_| ()) else {
            panic!("{url} was taken")
        };
        assert!(told.contains("--store") && !told.contains("secret"), "{told}");
    }
}

#[test]
fn a_database_that_is_not_there_is_away() {
    let url = "postgres://ann:secret@127.0.0.1:1/music?connect_timeout=1";
    let Err(StoreError::Away(told)) = Postgres::open(url).map(|_| ()) else {
        panic!("somebody is there")
    };
    assert!(told.starts_with("PostgreSQL at 127.0.0.1:1/music is away"), "{told}");
    assert!(told.contains("refused"), "{told}");
    assert!(!told.contains("secret"), "{told}");
}
