//! What happened, in order: always as a number that two equal runs share, on demand in words.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The trace of one run.
pub(crate) struct Trace {
    hash: DefaultHasher,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// An empty trace, that keeps its lines if it is to be `read`.
    pub(crate) fn new(read: bool) -> Self {
        Trace { hash: DefaultHasher::new(), lines: read.then(Vec::new) }
    }

    /// At `at` (milliseconds) this happened to `node`.
    pub(crate) fn note(&mut self, at: u64, node: usize, what: &str, outcome: &str) {
        self.note_with(at, node, what, outcome, String::new);
    }

    /// The same, with words that only readers want.
    pub(crate) fn note_with(
        &mut self,
        at: u64,
        node: usize,
        what: &str,
        outcome: &str,
        words: impl FnOnce() -> String,
    ) {
        (at, node, what, outcome).hash(&mut self.hash);
        if let Some(lines) = &mut self.lines {
            let seconds = at as f64 / 1000.0;
            lines.push(format!("{seconds:>9.3} s  {node}  {what} {}: {outcome}", words()));
        }
    }

    /// The number.
    pub(crate) fn number(&self) -> u64 {
        self.hash.finish()
    }

    /// The lines, if they were kept.
    pub(crate) fn take(&mut self) -> Vec<String> {
        self.lines.take().unwrap_or_default()
    }
}
