//! What is wrong with a request, all of it at once, each fault by its place.

use crate::text::Text;

/// A part of a request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong with it.
    pub why: Text,
}

/// Everything that is wrong with a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{} things are wrong with the request: {}", .0.len(), self.words())]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// One more.
    pub fn add(
        &mut self,
        pointer: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.0.push(Fault { pointer: pointer.into(), why: Text::new(zh, en) });
    }

    /// `value`, if nothing is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Faults> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    fn words(&self) -> String {
        let words = self.0.iter().map(|fault| format!("{} {}", fault.pointer, fault.why));
        words.collect::<Vec<_>>().join("; ")
    }
}
