//! Somebody who opens pushes: a process that is asked a line of JSON at a time.
//!
//! The first line says the keys (`appid`, `token`, `encoding_aes_key`) and is answered with a `version`. Each
//! one after it has `pushes`, a `part` (`whole`: from the body's bytes to what the message is; or
//! `cryptography`: from its ciphertext to the clear text) and `times`. All pushes are opened once, for the
//! `verdicts`: the clear `message` and its `info_type`, or null for what is refused. Then that part of all of
//! them is done `times` times, and `cpu` says how many seconds of processor time the process took for it.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::sample::{APPID, ENCODING_AES_KEY, Push, TOKEN};
use crate::Failure;

/// How much of the way.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Part {
    Whole,
    Cryptography,
    /// Ours alone knows it: SHA-1 and AES, and nothing else.
    Bare,
}

/// A running peer.
pub(super) struct Peer {
    /// Name and version of what it runs.
    pub(super) version: String,
    process: Process,
}

#[derive(Serialize)]
struct Question<'a> {
    pushes: &'a [Push],
    part: Part,
    times: u64,
}

#[derive(Deserialize)]
struct Answer {
    verdicts: Vec<Verdict>,
    cpu: f64,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Verdict {
    message: Option<String>,
    info_type: Option<String>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl Peer {
    pub(super) fn start(command: &mut Command) -> Result<Peer, Failure> {
        let mut process = Process::start(command)?;
        let keys = json!({ "appid": APPID, "token": TOKEN, "encoding_aes_key": ENCODING_AES_KEY });
        let Version { version } = serde_json::from_str(&process.ask(&keys.to_string())?)?;
        Ok(Peer { version, process })
    }

    /// Sees that it takes what is genuine and refuses what is not.
    pub(super) fn agree(
        &mut self,
        genuine: &[(&str, &Push)],
        forged: &[Push],
    ) -> Result<(), Failure> {
        for (info_type, push) in genuine {
            let [verdict] = &self.verdicts(std::slice::from_ref(push))?[..] else {
                return Err(format!("{}: one push has one verdict", self.version).into());
            };
            let (message, kind) = (verdict.message.as_deref(), verdict.info_type.as_deref());
            if (message, kind) != (Some(&*push.message), Some(*info_type)) {
                return Err(format!("{} reads something else: {verdict:?}", self.version).into());
            }
        }
        let nothing = Verdict { message: None, info_type: None };
        let verdicts = self.verdicts(forged)?;
        match verdicts.len() == forged.len() && verdicts.iter().all(|one| *one == nothing) {
            true => Ok(()),
            false => Err(format!("{} takes a forgery: {verdicts:?}", self.version).into()),
        }
    }

    /// Microseconds of processor time for each time that a part is done with a push.
    pub(super) fn time(&mut self, push: &Push, part: Part, times: u64) -> Result<f64, Failure> {
        let answer = self.ask(std::slice::from_ref(push), part, times)?;
        Ok(answer.cpu * 1e6 / times as f64)
    }

    fn verdicts(&mut self, pushes: &[Push]) -> Result<Vec<Verdict>, Failure> {
        Ok(self.ask(pushes, Part::Whole, 0)?.verdicts)
    }

    fn ask(&mut self, pushes: &[Push], part: Part, times: u64) -> Result<Answer, Failure> {
        let question = serde_json::to_string(&Question { pushes, part, times })?;
        let answer = self.process.ask(&question)?;
        serde_json::from_str(&answer).map_err(|error| format!("{}: {error}", self.version).into())
    }
}

/// A process that answers each line with one, killed when dropped.
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Result<Process, Failure> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let input = child.stdin.take().ok_or("its input is piped")?;
        let output = BufReader::new(child.stdout.take().ok_or("its output is piped")?);
        Ok(Process { child, input, output })
    }

    pub(super) fn ask(&mut self, line: &str) -> Result<String, Failure> {
        writeln!(self.input, "{line}")?;
        self.input.flush()?;
        let mut answer = String::new();
        match self.output.read_line(&mut answer)? {
            0 => Err("a peer ended without an answer; what it said stands above".into()),
            _ => Ok(answer),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It is gone already if this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
