//! PostgreSQL and Milvus for a server to keep its library in: real ones, private to a test.
//!
//! `over_databases!(a, b)` runs tests again that were written over a data folder, with what [`Home::of_server`]
//! gives kept in databases instead.

use std::cell::Cell;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{is_required, poll};

/// PostgreSQL refuses to run as root: then it runs as nobody.
const NOBODY: u32 = 65_534;
const STARTED_WITHIN: Duration = Duration::from_secs(60);

thread_local! {
    static WANTED: Cell<bool> = const { Cell::new(false) };
}

/// Runs each of these tests of the same file once more, over databases.
#[macro_export]
macro_rules! over_databases {
    ($($test:ident),+ $(,)?) => {
        mod over_databases {
            $(
                #[test]
                fn $test() {
                    $crate::support::over_databases(super::$test);
                }
            )+
        }
    };
}

/// Runs a test with servers over databases, where there are any to be had.
pub fn over_databases(test: impl FnOnce()) {
    if !have_databases() {
        return;
    }
    WANTED.set(true);
    test();
    WANTED.set(false);
}

/// Whether servers of this test keep their library in databases.
pub fn wanted() -> bool {
    WANTED.get()
}

/// Whether both are installed; a missing one fails the test where everything must be tested.
pub fn have_databases() -> bool {
    let missing: Vec<&str> = [
        postgres_program("initdb").is_none().then_some("PostgreSQL"),
        milvus_lite().is_none().then_some("milvus-lite"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if missing.is_empty() {
        return true;
    }
    let told = format!("not installed: {missing:?}; `make databases` installs milvus-lite");
    assert!(!is_required(), "{told}");
    eprintln!("skipped: {told}");
    false
}

/// Debian keeps its programs out of the way of the PATH.
fn postgres_program(name: &str) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin").join(name)))
        .filter(|program| program.is_file())
        .collect();
    found.sort();
    found.pop().or_else(|| on_path(name))
}

fn milvus_lite() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let program = target.join("milvus-lite/bin/milvus-lite");
    if program.is_file() { Some(program) } else { on_path("milvus-lite") }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|program| program.is_file())
}

/// Both, private to a test.
pub struct Databases {
    pub postgres: Database,
    pub milvus: Database,
}

impl Databases {
    pub fn start() -> Self {
        Self { postgres: Database::postgres(), milvus: Database::milvus() }
    }

    /// What makes the program use them.
    pub fn environment(&self) -> [(&'static str, PathBuf); 2] {
        let store = format!(
            "postgres://echovibe@127.0.0.1:{}/postgres?sslmode=disable",
            self.postgres.port
        );
        [("ECHOVIBE_STORE", store.into()), ("ECHOVIBE_INDEX", self.milvus.as_index().into())]
    }
}

/// One of them: killed (-9) when the test is over or asks for it, and started again on what it left.
pub struct Database {
    folder: TempDir,
    port: u16,
    program: PathBuf,
    arguments: Vec<String>,
    user: Option<u32>,
    child: Option<Child>,
}

impl Database {
    fn postgres() -> Self {
        let folder = folder("pg");
        let data = folder.path().join("data");
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        let user = root.then_some(NOBODY);
        if let Some(user) = user {
            chown(folder.path(), Some(user), Some(user)).unwrap();
        }
        let mut init = Command::new(postgres_program("initdb").unwrap());
        init.args(["-U", "echovibe", "-A", "trust", "-N", "--no-locale", "-E", "UTF8", "-D"]);
        init.arg(&data).current_dir(folder.path()).stdout(Stdio::null());
        if let Some(user) = user {
            init.uid(user).gid(user);
        }
        assert!(init.status().unwrap().success(), "initdb");
        let port = free_port();
        let arguments = vec![
            "-D".to_owned(),
            data.display().to_string(),
            "-k".to_owned(),
            folder.path().display().to_string(),
            "-p".to_owned(),
            port.to_string(),
            "-c".to_owned(),
            "listen_addresses=127.0.0.1".to_owned(),
        ];
        let program = postgres_program("postgres").unwrap();
        let mut database = Self { folder, port, program, arguments, user, child: None };
        database.start();
        database
    }

    pub fn milvus() -> Self {
        let folder = folder("mv");
        let port = free_port();
        let data = folder.path().join("data").display().to_string();
        let arguments = ["server", "--data-dir", &data, "--host", "127.0.0.1", "--port"];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
        arguments.push(port.to_string());
        let program = milvus_lite().unwrap();
        let mut database = Self { folder, port, program, arguments, user: None, child: None };
        database.start();
        database
    }

    /// A Milvus as `--index` names it.
    pub fn as_index(&self) -> String {
        format!("milvus://127.0.0.1:{}", self.port)
    }

    /// Starts it again; returns when it takes connections.
    pub fn start(&mut self) {
        // What was killed may have left a process that still lets go of the data.
        let started = poll(STARTED_WITHIN, || {
            let path = self.folder.path().join("log");
            let log = File::options().create(true).append(true).open(path).unwrap();
            let mut command = Command::new(&self.program);
            command.args(&self.arguments).current_dir(self.folder.path()).stdin(Stdio::null());
            command.stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
            if let Some(user) = self.user {
                command.uid(user).gid(user);
            }
            let mut child = command.spawn().unwrap();
            let up = poll(STARTED_WITHIN, || {
                let ended = child.try_wait().unwrap().is_some();
                let taken = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
                (ended || taken).then_some(taken)
            });
            if up == Some(true) { Some(child) } else { None }
        });
        self.child = Some(started.unwrap_or_else(|| panic!("it does not start: {}", self.log())));
    }

    /// kill -9 of it and all its processes.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).status();
            let _ = child.wait();
        }
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Where everything it keeps is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A folder that who is not root can reach, too.
fn folder(prefix: &str) -> TempDir {
    let folder = tempfile::Builder::new().prefix(prefix).tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
