//! OpenSSL's own speed, by a small program in C.

use std::{path::Path, process::Command};

use serde::Deserialize;

use super::{
    peer::Process,
    peers,
    sample::{ENCODING_AES_KEY, Push},
};
use crate::Failure;

/// The bare SHA-1 and AES, with the decoding of base64 or without.
pub(super) struct OpenSsl {
    pub(super) version: String,
    process: Process,
}

#[derive(Deserialize)]
struct Answer {
    cpu: f64,
    version: String,
    digest: String,
    clear: String,
}

impl OpenSsl {
    /// Compiles and starts it; an error where there is no C compiler or no OpenSSL to compile with.
    pub(super) fn start(directory: &Path) -> Result<OpenSsl, Failure> {
        let program = directory.join("openssl");
        let source = peers::source("openssl/raw.c");
        peers::run(
            Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(source).arg("-lcrypto"),
        )?;
        let mut made = OpenSsl {
            version: String::new(),
            process: Process::start(&mut Command::new(program))?,
        };
        made.version = made.ask(&Push::ticket(0)?, false, 1)?.version;
        Ok(made)
    }

    /// Sees that it computes what everybody does.
    pub(super) fn agree(&mut self, push: &Push) -> Result<(), Failure> {
        let answer = self.ask(push, true, 1)?;
        let message: String = push.message.bytes().map(|byte| format!("{byte:02x}")).collect();
        // Sixteen random bytes and four for the length come before it.
        let clear = answer.clear.get(40..).is_some_and(|rest| rest.starts_with(&message));
        match clear && answer.digest == push.msg_signature {
            true => Ok(()),
            false => Err("OpenSSL computes something else".into()),
        }
    }

    /// Microseconds of processor time for each time.
    pub(super) fn time(&mut self, push: &Push, base64: bool, times: u64) -> Result<f64, Failure> {
        Ok(self.ask(push, base64, times)?.cpu * 1e6 / times as f64)
    }

    fn ask(&mut self, push: &Push, base64: bool, times: u64) -> Result<Answer, Failure> {
        let (base64, signed) = (u8::from(base64), push.signed());
        let line = format!("{times} {base64} {ENCODING_AES_KEY} {signed} {}", push.encrypt);
        Ok(serde_json::from_str(&self.process.ask(&line)?)?)
    }
}
