//! Secrets that are known in a test, and the search for them in everything that comes out.
//!
//! What WeChat makes up carries [`simulator::CANARY`]; the platform's own credentials are known by value;
//! what operators enter, and what they are told once, is learned on its way.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use local::System;
use secrecy::ExposeSecret;
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::Answer;

/// As much of ours as can be, and of the others what a deployed function logs. The embedded tables are no
/// part of it, nor is WeChat.
const LOGGED: &str = "info,dynoxide=off,simulator=off,authorize=trace,callback=trace,console=trace,events=trace,\
                      operations=trace,platform=trace,refresh=trace,relay=trace,rollout=trace,\
                      webhooks=trace,wechat=trace";
/// What operators enter that nobody may read again.
const ENTERED: [&str; 5] =
    ["api_v2_key", "api_v3_key", "component_access_token", "refresh_tokens", "test_password"];
/// What is told once, in the answer to whoever made it.
const TOLD_ONCE: &str = "secret";
/// Under this target a test logs what the search has to find. Worlds share one log: for all others it is
/// nothing.
pub const PLANTED: &str = "planted";
/// Shorter ones than this could stand anywhere by chance.
const SHORTEST: usize = 12;

/// Everything that this process has logged so far, all its worlds together.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The secrets of one world.
pub(crate) struct Canaries {
    /// How far the log was when it began.
    logged: usize,
    known: Mutex<Vec<(&'static str, String)>>,
    found: Mutex<Vec<String>>,
    searched: AtomicBool,
}

impl Canaries {
    /// From here on everything is logged.
    pub(crate) fn begin() -> Canaries {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            // Whoever has a log of their own in this process keeps it.
            let _ = tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new(LOGGED))
                .with_writer(|| Log)
                .with_ansi(false)
                .try_init();
        });
        Canaries {
            logged: held(&LOG).len(),
            known: Mutex::new(vec![("WeChat's", simulator::CANARY.to_owned())]),
            found: Mutex::default(),
            searched: AtomicBool::new(false),
        }
    }

    /// Learns the platform's own.
    pub(crate) fn know(&self, system: &System) {
        let key = system.sign_in_key();
        let key = key.expose_secret().rsplit('_').next().unwrap_or_default();
        self.learn("the first key", key);
        for component in system.components() {
            self.learn("the component's secret", component.secret.expose_secret());
            self.learn("the component's token", component.token.expose_secret());
            self.learn("the EncodingAESKey", component.encoding_aes_key.expose_secret());
        }
        self.learn("the sealing key", system.sealing_key().expose_secret());
    }

    /// Learns what is entered in a request.
    pub(crate) fn look_at_request(&self, body: &[u8]) {
        let Ok(body) = serde_json::from_slice(body) else { return };
        self.learn_of(&body, &ENTERED);
    }

    /// Searches an answer, and learns what it tells once.
    pub(crate) fn look_at_answer(&self, answer: &Answer) {
        let told = answer.json_if_any();
        if !is_for_a_secret(answer) {
            let mut text = answer.text();
            for value in answer.headers.values() {
                text.push('\n');
                text.push_str(&String::from_utf8_lossy(value.as_bytes()));
            }
            // What is told in this answer is not learned before it was searched.
            self.look(&format!("the answer to {}", answer.request), &text);
        }
        if answer.status.is_success() && answer.request.starts_with("POST ") {
            self.learn_of(&told, &[TOLD_ONCE]);
        }
    }

    /// Everything that was found, with what is found now in tables, bus, queues, metrics and log.
    pub(crate) fn search(&self, system: &System) -> Vec<String> {
        self.searched.store(true, Ordering::Relaxed);
        let aws = system.aws();
        for table in &tables::TABLES {
            for item in aws.database().items(table.name).unwrap_or_default() {
                let name = format!("the table {} at {}", table.name, item["pk"]["S"]);
                self.look(&name, &item.to_string());
            }
        }
        for event in aws.bus().events() {
            let text = Value::Object(event.detail).to_string();
            self.look(&format!("the event {}", event.detail_type), &text);
        }
        self.look("a metric", &format!("{:?}", system.counters()));
        let log = String::from_utf8_lossy(&held(&LOG)[self.logged..]).into_owned();
        let is_in_log = held(&self.known).iter().any(|(_, canary)| log.contains(canary));
        if is_in_log {
            log.lines().for_each(|line| self.look("the log", line));
        }
        let mut found = std::mem::take(&mut *held(&self.found));
        found.dedup();
        found
    }

    /// Whether somebody has looked already.
    pub(crate) fn were_searched(&self) -> bool {
        self.searched.load(Ordering::Relaxed)
    }

    fn look(&self, place: &str, text: &str) {
        for (name, canary) in &*held(&self.known) {
            if let Some((before, _)) = text.split_once(canary.as_str()) {
                let before: String = before.chars().rev().take(120).collect();
                let before: String = before.chars().rev().collect();
                held(&self.found).push(format!("{name} in {place}: …{before}[here]"));
            }
        }
    }

    fn learn(&self, name: &'static str, secret: &str) {
        if secret.len() >= SHORTEST {
            held(&self.known).push((name, secret.to_owned()));
        }
    }

    /// Learns every text under one of these names.
    fn learn_of(&self, value: &Value, names: &[&'static str]) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    match names.iter().find(|name| *name == field) {
                        Some(name) => self.learn_all(name, value),
                        None => self.learn_of(value, names),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.learn_of(value, names)),
            _ => {}
        }
    }

    fn learn_all(&self, name: &'static str, value: &Value) {
        match value {
            // Of an operator's key `wf_{id}_{secret}` only the end is secret.
            Value::String(text) => match text.strip_prefix("wf_") {
                Some(key) => {
                    self.learn("an operator's key", key.split_once('_').map_or(key, |key| key.1));
                }
                None => self.learn(name, text),
            },
            Value::Object(fields) => {
                fields.values().for_each(|value| self.learn_all(name, value));
            }
            _ => {}
        }
    }
}

/// Answers whose very purpose is a secret, to whoever may have it: tokens and sessions for machines, and the
/// way to WeChat, whose address has a one-time code in it.
fn is_for_a_secret(answer: &Answer) -> bool {
    let path = answer.request.split('?').next().unwrap_or_default();
    let to_wechat = answer.status.is_redirection() && path.ends_with("/go");
    to_wechat || path.ends_with("access-token") || path.ends_with("/sessions")
}

/// Where the log goes: one line a write.
struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        held(&LOG).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A test that failed leaves nothing half done in these.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
