//! An index server over a home's data folder, and who asks it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::Value;

use super::{Home, Ran, finish, poll};

/// A running server, killed (-9) when the test is over.
pub struct Server {
    child: Child,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    pub http: Client,
}

impl Server {
    /// Starts one over the data folder of `home`.
    pub fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    /// The same, with more options.
    pub fn start_with(home: &Home, options: &[&str]) -> Self {
        Self::start_at(home, "127.0.0.1:0", options)
    }

    /// The same, at this address.
    pub fn start_at(home: &Home, address: &str, options: &[&str]) -> Self {
        let mut command = home.command(["serve", "--listen", address, "--json"]);
        command.args(options);
        Self::start_from(command)
    }

    /// The same, if it starts: what was killed may still have the address. With a configuration of the home.
    pub fn try_start(home: &Home, address: &str, config: &str) -> Option<Self> {
        let mut command = home.command(["serve", "--listen", address, "--json"]);
        command.args(["--config", home.path(config).to_str().unwrap()]);
        Self::started(command).ok()
    }

    /// The same, of a command.
    pub fn start_from(command: Command) -> Self {
        Self::started(command).unwrap_or_else(|line| panic!("{line:?}"))
    }

    /// The server, or what it said instead of where it listens.
    fn started(mut command: Command) -> Result<Self, String> {
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(told) = serde_json::from_str::<Value>(&line) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(line);
        };
        let scheme = if told["tls"].as_bool().unwrap() { "https" } else { "http" };
        let url = format!("{scheme}://{}", told["listen"].as_str().unwrap());
        // The test speaks TLS as the program does.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        Ok(Self { child, url, http })
    }

    /// A request to a path of it.
    pub fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// `GET path` as JSON, with its status.
    pub fn get(&self, path: &str, token: &str) -> (u16, Value) {
        let response = self.request(Method::GET, path, Some(token)).send().unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().unwrap()).unwrap_or_default())
    }

    /// `POST path` of a JSON body, with its status.
    pub fn post(&self, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let request = self.request(Method::POST, path, Some(token)).body(body.to_string());
        let response = request.send().unwrap();
        let status = response.status().as_u16();
        let body = response.text().unwrap();
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// The program, asking this server as the user whose token it is.
    pub fn command(&self, home: &Home, token: &str, args: &[&str]) -> Command {
        let mut command = home.command(args);
        command.env("ECHOVIBE_SERVER", &self.url).env("ECHOVIBE_TOKEN", token);
        command
    }

    /// Runs it to its end.
    pub fn run(&self, home: &Home, token: &str, args: &[&str]) -> Ran {
        finish(self.command(home, token, args))
    }

    /// Waits until the server knows so many tracks.
    pub fn wait_for_tracks(&self, token: &str, count: u64) {
        let known = || (self.get("/v1/stats", token).1["tracks"] == count).then_some(());
        poll(Duration::from_secs(20), known).unwrap_or_else(|| panic!("never {count} tracks"));
    }

    /// Process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it in good order (SIGTERM) and gives its exit status.
    pub fn stop(mut self) -> i32 {
        signal(self.child.id(), "TERM");
        poll(Duration::from_secs(40), || self.child.try_wait().unwrap())
            .expect("the server ends when asked")
            .code()
            .unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process.
pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

/// Makes an account on the data folder of `home` and gives its token.
pub fn user(home: &Home, name: &str, role: &str) -> String {
    let ran = home.run(["user", "add", name, "--role", role, "--json"]).ok();
    ran.json()[0]["token"].as_str().unwrap().to_owned()
}

/// Whether a file has these bytes in it.
pub fn file_contains(path: &Path, text: &str) -> bool {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
