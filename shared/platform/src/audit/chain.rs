//! The chain over the audit log: pure arithmetic, without storage.
//!
//! An entry's two items (intent and outcome) are a [`Line`] each: a JSON object with its members in
//! order and without a space, of which the digest is SHA-256. A minute with lines has a [`Link`]: it
//! holds the digest over those of the lines and the hash of the link before. So whoever has the newest
//! hash notices whatever is changed before it. [`Walk`] goes along and says where it breaks.

use std::{fmt, str::FromStr};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::Offset,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::voucher::Voucher;
use crate::text::Text;

/// A link whose minute has more lines does not say which: it would be too long to be stored.
const MOST_MARKS: usize = 10_000;
/// Letters of a line's mark.
const MARK: usize = 16;

/// A minute in UTC. As text, `2026-11-22T17:45`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(i64);

/// A text that is no minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a minute is written as 2026-11-22T17:45")]
pub struct MalformedMinute;

/// One item of the audit log, as the chain and the export know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The minute in which the entry was written.
    pub minute: Minute,
    /// The item's name within the minute: an entry's id, or that with `#outcome`.
    pub entry: String,
    /// The whole line.
    pub text: String,
    /// What it says, whichever entry says it.
    mark: String,
}

/// What is chained of one minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// 1 for the first, then one more each time.
    #[serde(rename = "link")]
    pub number: u64,
    /// The minute.
    pub minute: Minute,
    /// The hash of the link before; of the first one, of where the chain begins.
    pub previous: String,
    /// How many lines the minute has.
    pub lines: u64,
    /// How many lines have been chained, with those of this minute.
    pub total: u64,
    /// SHA-256 over the lines' digests in hexadecimal, each followed by a line feed.
    pub digest: String,
}

/// A link as it is kept: what the links say, who vouches for it, and what helps to find what was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLink {
    /// The link.
    #[serde(flatten)]
    pub link: Link,
    /// What vouches for its hash; see [`Voucher`].
    pub seal: String,
    /// The lines' marks, one after the other; nothing where there are too many.
    pub marks: String,
}

/// How far a chain has come: its last link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The link's number; 0 before the first.
    #[serde(rename = "link")]
    pub number: u64,
    /// The link's minute.
    #[serde(default)]
    pub minute: Option<Minute>,
    /// The link's hash.
    pub hash: String,
    /// How many lines have been chained.
    pub total: u64,
}

/// Where a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The first minute that is wrong.
    pub minute: Minute,
    /// What is wrong with it.
    pub flaw: Flaw,
    /// The item of the log at which it shows, where it shows at one.
    pub entry: Option<String>,
}

/// What may be wrong with a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// A line says something else than when it was chained.
    Changed,
    /// A line is gone.
    Removed,
    /// There is a line that was not chained.
    Added,
    /// Lines have changed places.
    Swapped,
    /// A link is gone.
    LinkMissing,
    /// A link says something else than when it was made.
    LinkChanged,
    /// A link, or the head of the chain, was not made by this platform.
    Forged,
    /// The end of the chain is not where its head says.
    HeadDiffers,
    /// A day has no anchor.
    AnchorMissing,
    /// A day's anchor says something else than the chain.
    AnchorDiffers,
}

impl Flaw {
    /// The same in words.
    pub fn words(self) -> Text {
        match self {
            Flaw::Changed => Text::fixed("有记录被改动", "an entry was changed"),
            Flaw::Removed => Text::fixed("有记录被删除", "an entry was removed"),
            Flaw::Added => Text::fixed("有记录是事后添加的", "an entry was added afterwards"),
            Flaw::Swapped => Text::fixed("有记录被对调", "entries have changed places"),
            Flaw::LinkMissing => Text::fixed("缺少链节", "a link is missing"),
            Flaw::LinkChanged => Text::fixed("链节被改动", "a link was changed"),
            Flaw::Forged => Text::fixed(
                "链节不是本平台生成的，或其密钥已被移除",
                "it was not made by this platform, or its key is gone",
            ),
            Flaw::HeadDiffers => {
                Text::fixed("链的末端与链头不符", "the chain does not end where its head says")
            }
            Flaw::AnchorMissing => Text::fixed("缺少当日的锚点", "the day's anchor is missing"),
            Flaw::AnchorDiffers => {
                Text::fixed("与当日的锚点不符", "the day's anchor says something else")
            }
        }
    }
}

/// A walk along a chain.
#[derive(Debug, Clone)]
pub struct Walk {
    /// How far it has come.
    pub place: Place,
    /// How many links it has passed.
    pub links: u64,
    /// How many lines it has passed.
    pub lines: u64,
}

impl Minute {
    /// The minute of a moment.
    pub fn of(at: Timestamp) -> Self {
        Minute(at.as_second().div_euclid(60))
    }

    /// The minute of a time of day in UTC.
    pub fn at(at: DateTime) -> Self {
        let at = Offset::UTC.to_timestamp(at).unwrap_or(Timestamp::MIN);
        Self::of(at)
    }

    /// The first minute of a day.
    pub fn first_of(day: Date) -> Self {
        Self::at(day.at(0, 0, 0, 0))
    }

    /// The last minute of a day.
    pub fn last_of(day: Date) -> Self {
        Self::at(day.at(23, 59, 0, 0))
    }

    /// The last minute of its hour.
    pub fn last_of_hour(self) -> Self {
        Minute(self.0 - self.0.rem_euclid(60) + 59)
    }

    /// The minute after it.
    pub fn next(self) -> Self {
        Minute(self.0 + 1)
    }

    /// The minute before it.
    pub fn before(self) -> Self {
        Minute(self.0 - 1)
    }

    /// When it is over.
    pub fn end(self) -> Timestamp {
        let end = self.next().0.saturating_mul(60);
        Timestamp::from_second(end).unwrap_or(Timestamp::MAX)
    }

    /// The day it belongs to.
    pub fn day(self) -> Date {
        Offset::UTC.to_datetime(self.end() - SignedDuration::from_secs(60)).date()
    }

    /// Its hour and minute, such as `17:45`.
    pub fn time(self) -> String {
        let minute = self.0.rem_euclid(24 * 60);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }
}

impl Line {
    /// The line of an item as it is stored.
    pub(super) fn of(minute: Minute, mut item: Map<String, Value>) -> Self {
        item.remove("pk");
        let entry = match item.remove("sk") {
            Some(Value::String(entry)) => entry,
            _ => String::new(),
        };
        let says = canonical(&Value::Object(item.clone()));
        let mark = hexadecimal(&Sha256::digest(says))[..MARK].to_owned();
        item.insert("entry".to_owned(), Value::from(entry.as_str()));
        item.insert("minute".to_owned(), Value::from(minute.to_string()));
        Line { minute, text: canonical(&Value::Object(item)), entry, mark }
    }

    /// SHA-256 of the line.
    pub fn digest(&self) -> String {
        hash(&self.text)
    }
}

impl Link {
    /// The link after `place` for a minute with these lines.
    pub fn after(place: &Place, minute: Minute, lines: &[Line]) -> Self {
        let mut digest = Sha256::new();
        for line in lines {
            digest.update(line.digest());
            digest.update("\n");
        }
        let count = lines.len() as u64;
        Link {
            number: place.number + 1,
            minute,
            previous: place.hash.clone(),
            lines: count,
            total: place.total + count,
            digest: hexadecimal(&digest.finalize()),
        }
    }

    /// The link as a line.
    pub fn text(&self) -> String {
        canonical_of(self)
    }

    /// SHA-256 of the link's line.
    pub fn hash(&self) -> String {
        hash(&self.text())
    }

    /// How far the chain has come with it.
    pub fn place(&self) -> Place {
        let hash = self.hash();
        Place { number: self.number, minute: Some(self.minute), hash, total: self.total }
    }
}

impl KeptLink {
    /// A link with what vouches for it.
    pub(super) fn new(link: Link, lines: &[Line], voucher: &Voucher) -> Self {
        let seal = voucher.vouch(&link.hash());
        let marks = match lines.len() {
            0..=MOST_MARKS => lines.iter().map(|line| line.mark.as_str()).collect(),
            _ => String::new(),
        };
        KeptLink { link, seal, marks }
    }
}

impl Place {
    /// Where a chain begins: with the minute after `began`.
    pub fn beginning(began: Minute) -> Self {
        let hash = hash(&format!("the audit log is chained after {began}"));
        Place { number: 0, minute: None, hash, total: 0 }
    }
}

impl Walk {
    /// A walk that begins at `place`.
    pub fn from(place: Place) -> Self {
        Walk { place, links: 0, lines: 0 }
    }

    /// Passes a minute with its lines and its link. Without a link there must be no lines.
    ///
    /// # Errors
    /// Where the chain breaks. Lines without a link count as [`Flaw::Added`]; if the next link is not
    /// the next by its number, their link is gone.
    pub fn pass(
        &mut self,
        minute: Minute,
        lines: &[Line],
        kept: Option<&KeptLink>,
        voucher: Option<&Voucher>,
    ) -> Result<(), Broken> {
        let broken = |flaw, entry| Err(Broken { minute, flaw, entry });
        let Some(KeptLink { link, seal, marks }) = kept else {
            return match lines.first() {
                None => Ok(()),
                Some(first) => broken(Flaw::Added, Some(first.entry.clone())),
            };
        };
        if link.number > self.place.number + 1 {
            return broken(Flaw::LinkMissing, None);
        }
        let now = Link::after(&self.place, minute, lines);
        let (number, previous) = (link.number, &link.previous);
        if (number, previous, link.minute) != (now.number, &now.previous, minute) {
            return broken(Flaw::LinkChanged, None);
        }
        if voucher.and_then(|voucher| voucher.check(&link.hash(), seal)) == Some(false) {
            return broken(Flaw::Forged, None);
        }
        if (link.lines, &link.digest) != (now.lines, &now.digest) {
            return Err(diagnosis(minute, lines, link.lines, marks));
        }
        if link.total != now.total {
            return broken(Flaw::LinkChanged, None);
        }
        self.place = link.place();
        self.links += 1;
        self.lines += now.lines;
        Ok(())
    }
}

/// What is wrong with lines that are not those that were chained.
fn diagnosis(minute: Minute, lines: &[Line], chained: u64, marks: &str) -> Broken {
    let then: Vec<&str> =
        (0..marks.len() / MARK).filter_map(|at| marks.get(at * MARK..(at + 1) * MARK)).collect();
    let now: Vec<&str> = lines.iter().map(|line| line.mark.as_str()).collect();
    let same = then.iter().zip(&now).take_while(|(then, now)| then == now).count();
    let entry = |at: usize| lines.get(at).map(|line| line.entry.clone());
    let (flaw, entry) = match (lines.len() as u64).cmp(&chained) {
        // What is gone has no name any more: it stood before this one.
        std::cmp::Ordering::Less => (Flaw::Removed, entry(same)),
        std::cmp::Ordering::Greater => (Flaw::Added, entry(same)),
        std::cmp::Ordering::Equal => {
            let sorted = |marks: &[&str]| {
                let mut marks: Vec<String> = marks.iter().map(ToString::to_string).collect();
                marks.sort_unstable();
                marks
            };
            match sorted(&then) == sorted(&now) && same < now.len() {
                true => (Flaw::Swapped, entry(same)),
                false => (Flaw::Changed, entry(same)),
            }
        }
    };
    Broken { minute, flaw, entry }
}

/// A value as JSON with members in order and without a space: the same for whoever writes it.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let members = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect::<Vec<_>>();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// The same of something that is written as an object.
pub(super) fn canonical_of(value: &impl Serialize) -> String {
    canonical(&serde_json::to_value(value).expect("plain members are JSON"))
}

/// SHA-256 in hexadecimal.
pub(super) fn hash(text: &str) -> String {
    hexadecimal(&Sha256::digest(text))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Minute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}T{}", self.day(), self.time())
    }
}

impl FromStr for Minute {
    type Err = MalformedMinute;

    fn from_str(text: &str) -> Result<Self, MalformedMinute> {
        let minute = DateTime::strptime("%Y-%m-%dT%H:%M", text).map_err(|_| MalformedMinute)?;
        let minute = Minute::at(minute);
        // Only as it is written here: two names of one minute would be two partitions.
        if minute.to_string() == text { Ok(minute) } else { Err(MalformedMinute) }
    }
}

impl Serialize for Minute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Minute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_minute_knows_its_day_and_reads_back() {
        let minute: Minute = "2026-11-22T23:59".parse().unwrap();
        assert_eq!(minute.to_string(), "2026-11-22T23:59");
        assert_eq!(minute.next().to_string(), "2026-11-23T00:00");
        assert_eq!(minute, Minute::last_of(minute.day()));
        assert_eq!(minute.next(), Minute::first_of(minute.next().day()));
        assert_eq!(minute, Minute::of("2026-11-22T23:59:59.999Z".parse().unwrap()));
        assert_eq!(minute.end().to_string(), "2026-11-23T00:00:00Z");
        for wrong in
            ["", "2026-11-22", "2026-11-22T24:00", "2026-11-22T7:45", "2026-11-22T17:45:00"]
        {
            assert!(wrong.parse::<Minute>().is_err(), "{wrong}");
        }
    }

    /// What anybody gets who sorts the members and leaves out spaces, calculated with Python.
    #[test]
    fn a_line_is_the_same_text_everywhere() {
        let item = json!({
            "sk": "01JZ#outcome", "pk": "audit#2026-11-22T17:45", "status": 201,
            "at": "2026-11-22T17:45:01Z", "b": { "z": "面\n\"", "a": [1, null, true] },
        });
        let Value::Object(item) = item else { unreachable!() };

        let line = Line::of("2026-11-22T17:45".parse().unwrap(), item);

        assert_eq!(
            line.text,
            "{\"at\":\"2026-11-22T17:45:01Z\",\"b\":{\"a\":[1,null,true],\"z\":\"面\\n\\\"\"},\
             \"entry\":\"01JZ#outcome\",\"minute\":\"2026-11-22T17:45\",\"status\":201}"
        );
        assert_eq!(
            line.digest(),
            "24bb153155ad9b8d16bfd7c5aa7334949b837c51a29b42355d5c72debf5a880a"
        );
    }
}
