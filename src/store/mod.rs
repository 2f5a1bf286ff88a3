//! sled: keys, records, versions, migrations, and the owner's socket.

pub mod records;
