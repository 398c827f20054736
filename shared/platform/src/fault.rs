//! What is wrong with a request: all of it, collected, so that nobody mends one field only to be
//! told of the next.

use std::ops::RangeInclusive;

use crate::text::Text;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands in the request's body, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong with it and what belongs there.
    pub why: Text,
}

/// Everything that is wrong with a request, as far as it was looked at. Made empty, filled by
/// checks, and turned into a result at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Nothing yet.
    pub fn new() -> Self {
        Faults::default()
    }

    /// A single one.
    pub fn one(pointer: impl Into<String>, why: Text) -> Self {
        Faults(vec![Fault { pointer: pointer.into(), why }])
    }

    /// Adds what is wrong at `pointer`, in Chinese and in English.
    pub fn add(
        &mut self,
        pointer: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.push(pointer, Text::new(zh, en));
    }

    /// Adds what is wrong at `pointer`.
    pub fn push(&mut self, pointer: impl Into<String>, why: Text) {
        self.0.push(Fault { pointer: pointer.into(), why });
    }

    /// Adds it unless `holds`.
    pub fn unless(&mut self, holds: bool, pointer: impl Into<String>, zh: &str, en: &str) {
        if !holds {
            self.add(pointer, zh, en);
        }
    }

    /// Adds `result`'s error at `pointer`; answers what was read.
    pub fn read<T>(&mut self, pointer: impl Into<String>, result: Result<T, Text>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(why) => {
                self.push(pointer, why);
                None
            }
        }
    }

    /// A text of so many characters, counted as people do (Unicode scalar values).
    pub fn characters(
        &mut self,
        pointer: impl Into<String>,
        text: &str,
        wanted: RangeInclusive<usize>,
    ) {
        self.count(pointer, text.chars().count(), wanted, ("个字符", "characters"));
    }

    /// A text of so many bytes in UTF-8.
    pub fn bytes(&mut self, pointer: impl Into<String>, text: &str, wanted: RangeInclusive<usize>) {
        self.count(pointer, text.len(), wanted, ("字节", "bytes"));
    }

    /// A text in which everything can be seen: no control characters, and none that are drawn as
    /// nothing or turn the direction of writing round, with which one text looks like another. Lines
    /// may end where there are `lines`.
    pub fn visible(&mut self, pointer: impl Into<String>, text: &str, lines: bool) {
        let hidden = |letter: char| {
            let ends_line = lines && matches!(letter, '\n' | '\r');
            (letter.is_control() && !ends_line)
                || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{2069}' | '\u{feff}')
        };
        self.unless(
            !text.chars().any(hidden),
            pointer,
            "不能含有控制字符或看不见的字符",
            "has no control characters, nor any that cannot be seen",
        );
    }

    /// A list of so many entries.
    pub fn entries(
        &mut self,
        pointer: impl Into<String>,
        count: usize,
        wanted: RangeInclusive<usize>,
    ) {
        self.count(pointer, count, wanted, ("项", "entries"));
    }

    fn count(
        &mut self,
        pointer: impl Into<String>,
        count: usize,
        wanted: RangeInclusive<usize>,
        (zh, en): (&str, &str),
    ) {
        if wanted.contains(&count) {
            return;
        }
        let (least, most) = (wanted.start(), wanted.end());
        let why = match (least, most) {
            (0, most) => Text::new(format!("最多 {most} {zh}"), format!("has {most} {en} at most")),
            (_, _) if count == 0 => Text::fixed("不能为空", "must not be empty"),
            (least, most) => Text::new(
                format!("应为 {least} 至 {most} {zh}"),
                format!("has {least} to {most} {en}"),
            ),
        };
        self.push(pointer, why);
    }

    /// Takes over everything of `other`, its pointers within `at`.
    pub fn within(&mut self, at: &str, other: Faults) {
        let moved = |fault: Fault| Fault { pointer: format!("{at}{}", fault.pointer), ..fault };
        self.0.extend(other.0.into_iter().map(moved));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong, in the order in which it was found.
    pub fn list(&self) -> &[Fault] {
        &self.0
    }

    /// `value`, if nothing is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Faults> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Everything that is wrong as an error, or nothing at all.
    pub fn into_result<E: From<Faults>>(self) -> Result<(), E> {
        if self.is_empty() { Ok(()) } else { Err(self.into()) }
    }

    /// Logs and error chains are English.
    fn words(&self) -> String {
        let words = self.0.iter().map(|fault| format!("{}: {}", fault.pointer, fault.why));
        words.collect::<Vec<_>>().join("; ")
    }
}

/// From pointers and what is wrong there.
impl FromIterator<(String, Text)> for Faults {
    fn from_iter<I: IntoIterator<Item = (String, Text)>>(faults: I) -> Self {
        Faults(faults.into_iter().map(|(pointer, why)| Fault { pointer, why }).collect())
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_collected() {
        let mut inner = Faults::new();
        inner.characters("/title", &"字".repeat(33), 0..=32);
        inner.bytes("/path", "字", 1..=2);
        let mut faults = Faults::new();
        faults.characters("/name", "", 1..=30);
        faults.characters("/ok", "字", 1..=1);
        faults.unless(false, "/width", "太小", "is too small");
        faults.within("/items/1", inner);

        let words = faults.to_string();
        assert_eq!(
            words,
            "/name: must not be empty; /width: is too small; /items/1/title: has 32 characters \
             at most; /items/1/path: has 1 to 2 bytes"
        );
    }
}
