//! The program as people and scripts start it.

use std::{
    io::Read,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use wechat::transport::{HttpTransport, Transport};

use crate::directory::TestDirectory;

/// One of the simulated WeChat's merchants.
const MERCHANT: &str = "wx7c3e19a2b84d5f06";
/// A start compiles nothing, but the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program, running in a data directory. Killed when dropped.
pub(crate) struct Program {
    child: Child,
    /// What it wrote when it was ready.
    pub(crate) ready: Value,
}

/// Sends one request; the status, and the body if it is JSON.
async fn send(method: &str, url: &str, authorization: &str, body: String) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", authorization)
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap();
    let answer = HttpTransport::new().send(request, PATIENCE).await.unwrap();
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wechat-fleet"));
    command.args(arguments).stdin(Stdio::null()).env_remove("RUST_LOG");
    for name in ["APPID", "SECRET", "TOKEN", "ENCODING_AES_KEY"] {
        command.env_remove(format!("COMPONENT_{name}"));
    }
    command
}

/// Runs to the end.
fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

impl Program {
    /// Starts on any free port and waits until it is ready.
    pub(crate) fn start(directory: &TestDirectory) -> Program {
        Program::start_on(directory, "127.0.0.1:0")
    }

    fn start_on(directory: &TestDirectory, listen: &str) -> Program {
        let data = directory.path().join("data");
        let ready_file = directory.path().join("ready.json");
        // Left by the run before.
        let _ = std::fs::remove_file(&ready_file);
        let child = command(&["--listen", listen])
            .arg("--data")
            .arg(&data)
            .arg("--ready-file")
            .arg(&ready_file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut program = Program { child, ready: Value::Null };
        let start = Instant::now();
        while program.ready.is_null() {
            assert!(start.elapsed() < PATIENCE, "the program did not get ready");
            assert!(program.child.try_wait().unwrap().is_none(), "the program ended");
            if let Ok(text) = std::fs::read_to_string(&ready_file) {
                // The file appears in one step, so that what is there is whole.
                program.ready = serde_json::from_str(&text).unwrap();
            }
            thread::sleep(Duration::from_millis(20));
        }
        program
    }

    pub(crate) fn base_url(&self) -> &str {
        self.ready["base_url"].as_str().unwrap()
    }

    /// `host:port` of the functions.
    fn authority(&self) -> &str {
        self.base_url().strip_prefix("http://").unwrap()
    }

    /// Plays a verb of the simulated WeChat.
    async fn play(&self, verb: &str, argument: Value) {
        let simulator = self.ready["simulator_url"].as_str().unwrap();
        let url = format!("{simulator}/simulator/{verb}");
        let (status, answer) = send("POST", &url, "", argument.to_string()).await;
        assert_eq!(status, 200, "{answer:#}");
    }

    /// Asks the operators' API.
    async fn get(&self, path: &str) -> (u16, Value) {
        let key = format!("Bearer {}", self.ready["admin_key"].as_str().unwrap());
        send("GET", &format!("{}{path}", self.base_url()), &key, String::new()).await
    }

    fn component_path(&self) -> String {
        format!("/v1/components/{}", self.ready["component"]["appid"].as_str().unwrap())
    }

    /// The end that leaves no time for anything.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal and answers how long the program took to end, and whether it ended well.
    fn end_with(&mut self, signal: &str) -> (Duration, bool) {
        let start = Instant::now();
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{signal} {}", self.child.id())])
            .status()
            .unwrap();
        assert!(sent.success());
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "the program did not end");
            thread::sleep(Duration::from_millis(10));
        };
        (start.elapsed(), status.success())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_is_printed_and_a_mistake_is_answered_with_status_2() {
    let help = run(&["--help"]);
    let mistake = run(&["--nonsense"]);

    assert!(help.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("--ready-file FILE"));
    assert_eq!(mistake.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&mistake.stderr).contains("--nonsense"));
}

#[test]
fn the_ready_file_says_where_everything_is_and_only_its_owner_reads_it() {
    let directory = TestDirectory::new("binary-ready");

    let program = Program::start(&directory);

    let ready = &program.ready;
    assert_ne!(ready["base_url"], ready["simulator_url"]);
    for address in ["base_url", "simulator_url"] {
        let address = ready[address].as_str().unwrap().strip_prefix("http://").unwrap();
        assert!(!address.ends_with(":0"));
        TcpStream::connect(address).unwrap();
    }
    assert!(ready["admin_key"].as_str().unwrap().starts_with("wf_admin_"));
    assert!(ready["component"]["appid"].as_str().unwrap().starts_with("wx"));
    assert!(!ready["component"]["token"].as_str().unwrap().is_empty());
    assert_eq!(ready["component"]["encoding_aes_key"].as_str().unwrap().len(), 43);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = directory.path().join("ready.json").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn sigterm_and_ctrl_c_end_it_within_two_seconds_with_connections_open() {
    for signal in ["TERM", "INT"] {
        let directory = TestDirectory::new(&format!("binary-{signal}"));
        let mut program = Program::start(&directory);
        // One connection that never says a word, one in the middle of its request.
        let _idle = TcpStream::connect(program.authority()).unwrap();
        let mut half = TcpStream::connect(program.authority()).unwrap();
        std::io::Write::write_all(&mut half, b"GET /health HTTP/1.1\r\nHost: a\r\nContent-")
            .unwrap();

        let (took, well) = program.end_with(signal);

        assert!(took < Duration::from_secs(2), "{signal} took {took:?}");
        assert!(well);
    }
}

#[test]
fn a_second_start_in_the_same_directory_or_on_the_same_port_says_so() {
    let directory = TestDirectory::new("binary-second");
    let elsewhere = TestDirectory::new("binary-second-elsewhere");
    let program = Program::start(&directory);
    let data = |directory: &TestDirectory| -> String {
        let path: PathBuf = directory.path().join("data");
        path.to_str().unwrap().to_owned()
    };

    let same_directory = run(&["--listen", "127.0.0.1:0", "--data", &data(&directory)]);
    let same_port = run(&["--listen", program.authority(), "--data", &data(&elsewhere)]);

    assert_eq!(same_directory.status.code(), Some(1));
    let words = String::from_utf8_lossy(&same_directory.stderr).into_owned();
    assert!(words.contains("another process is using the data directory"), "{words}");
    assert_eq!(same_port.status.code(), Some(1));
    let words = String::from_utf8_lossy(&same_port.stderr).into_owned();
    assert!(words.contains("is in use") && words.contains(program.authority()), "{words}");
}

#[test]
fn the_real_wechat_needs_variables_and_the_message_names_them() {
    let directory = TestDirectory::new("binary-real");
    let mut command = command(&["--wechat", "real", "--listen", "127.0.0.1:0", "--data"]);
    let output = command
        .arg(directory.path())
        .env("COMPONENT_APPID", "wx570bc396a51b8ff8")
        .env("COMPONENT_SECRET", "canary")
        .env_remove("PUBLIC_URL")
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    for name in ["COMPONENT_TOKEN", "COMPONENT_ENCODING_AES_KEY", "PUBLIC_URL"] {
        assert!(words.contains(name), "{words}");
    }
    assert!(!words.contains("COMPONENT_APPID") && !words.contains("canary"), "{words}");
}

#[test]
fn it_is_the_same_system_after_kill_9() {
    let directory = TestDirectory::new("binary-kill");
    let mut program = Program::start(&directory);
    let before = program.ready.clone();

    program.kill();
    let after = Program::start(&directory).ready.clone();

    assert_eq!(before["admin_key"], after["admin_key"]);
    assert_eq!(before["component"], after["component"]);
}

#[test]
fn what_was_done_is_still_done_after_kill_9() {
    let directory = TestDirectory::new("binary-kill-state");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut program = Program::start(&directory);
        let mini_program = format!("{}/mini-programs/{MERCHANT}", program.component_path());
        let agreed = json!({ "appid": MERCHANT, "via": "push-only" });
        program.play("authorize", agreed).await;
        let start = Instant::now();
        while program.get(&mini_program).await.0 != 200 {
            assert!(start.elapsed() < PATIENCE, "the authorization was not worked off");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }

        // Whatever it is doing now: the push was answered, so that it must not get lost.
        let noticed = json!({ "appid": MERCHANT });
        program.play("revoke", noticed).await;
        program.kill();
        let program = Program::start(&directory);

        let start = Instant::now();
        loop {
            let (status, account) = program.get(&mini_program).await;
            assert_eq!(status, 200, "{account:#}");
            if account["authorized"] == false {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "the push before the kill is lost: {account:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // WeChat remembers too: authorized again, a call with the new token succeeds.
        let agreed = json!({ "appid": MERCHANT, "via": "push-only" });
        program.play("authorize", agreed).await;
        let start = Instant::now();
        while program.get(&format!("{mini_program}/server-domains")).await.0 != 200 {
            assert!(start.elapsed() < PATIENCE, "no token is taken");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}

#[test]
fn a_person_is_told_what_to_try_first() {
    let directory = TestDirectory::new("binary-welcome");
    let mut child = command(&["--listen", "127.0.0.1:0", "--data"])
        .arg(directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = Vec::new();
    let mut stdout = child.stdout.take().unwrap();

    let start = Instant::now();
    let mut chunk = [0; 4096];
    while !String::from_utf8_lossy(&printed).contains("stops it") {
        assert!(start.elapsed() < PATIENCE);
        let length = stdout.read(&mut chunk).unwrap();
        assert_ne!(length, 0, "the program ended");
        printed.extend_from_slice(&chunk[..length]);
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let printed = String::from_utf8(printed).unwrap();
    for part in ["http://127.0.0.1:", "wf_admin_", "curl -H", "/authorize/wx"] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
}
