//! An exported audit log, verified away from here: the lines of the export, and the anchors as the
//! company took them from the bucket itself. Neither tables nor keys are needed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    anchor::KeptAnchor,
    chain::{Broken, Flaw, KeptLink, Line, Link, Minute, Place, Walk},
};

/// What an exported log came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The first and the last minute that is linked.
    pub minutes: Option<(Minute, Minute)>,
    /// Links that were right.
    pub links: u64,
    /// Lines that were right.
    pub lines: u64,
    /// Lines after the last link, which nothing is known about yet.
    pub not_chained: u64,
    /// Days whose anchors were right.
    pub anchored: Vec<Date>,
    /// Where the chain breaks; nothing after it was looked at.
    pub broken: Option<Broken>,
}

/// A line that is no line of an export.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct MalformedExport {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

#[derive(Deserialize)]
struct Head {
    minute: Minute,
    entry: Option<String>,
}

/// Reads an export line by line and goes along its links. The first link is taken as it is, unless it is
/// the chain's first or an anchor is of the day before; what is later than the last link is counted.
///
/// # Errors
/// When a line is not one of an export.
pub fn verify<'a>(
    text: impl IntoIterator<Item = &'a str>,
    anchors: &[KeptAnchor],
) -> Result<Exported, MalformedExport> {
    let mut lines: BTreeMap<Minute, Vec<Line>> = BTreeMap::new();
    let mut links: Vec<KeptLink> = Vec::new();
    for (at, line) in text.into_iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let malformed =
            |why: serde_json::Error| MalformedExport { line: at + 1, why: why.to_string() };
        let mut item: Map<String, Value> = serde_json::from_str(line).map_err(malformed)?;
        let value = Value::Object(item.clone());
        let Head { minute, entry } = Head::deserialize(&value).map_err(malformed)?;
        match entry {
            Some(entry) => {
                item.remove("entry");
                item.remove("minute");
                item.insert("sk".to_owned(), Value::String(entry));
                lines.entry(minute).or_default().push(Line::of(minute, item));
            }
            None => {
                let link = Link::deserialize(&value).map_err(malformed)?;
                links.push(KeptLink { link, seal: String::new(), marks: String::new() });
            }
        }
    }
    Ok(walk(lines, &links, anchors))
}

fn walk(
    mut lines: BTreeMap<Minute, Vec<Line>>,
    links: &[KeptLink],
    anchors: &[KeptAnchor],
) -> Exported {
    let mut exported = Exported {
        minutes: None,
        links: 0,
        lines: 0,
        not_chained: 0,
        anchored: Vec::new(),
        broken: None,
    };
    let mut walk = Walk::from(beginning(links, anchors));
    for (at, kept) in links.iter().enumerate() {
        let minute = kept.link.minute;
        // Whatever stands before it and has no link of its own.
        let unlinked = lines.first_key_value().filter(|(first, _)| **first < minute);
        let broken = match unlinked {
            Some((&first, of_first)) => {
                let missing = kept.link.number > walk.place.number + 1;
                let flaw = if missing { Flaw::LinkMissing } else { Flaw::Added };
                let entry = of_first.first().map(|line| line.entry.clone());
                Err(Broken { minute: first, flaw, entry })
            }
            None => walk.pass(minute, &lines.remove(&minute).unwrap_or_default(), Some(kept), None),
        };
        if let Err(broken) = broken {
            exported.broken = Some(broken);
            break;
        }
        // Days end between this link and the next.
        let next = links.get(at + 1).map(|next| next.link.minute.day());
        let ended = |day: Date| day >= minute.day() && next.is_none_or(|next| day < next);
        for KeptAnchor { anchor, .. } in anchors.iter().filter(|kept| ended(kept.anchor.day)) {
            if anchor.place == walk.place {
                exported.anchored.push(anchor.day);
            } else if next.is_some() || anchor.place.number <= walk.place.number {
                // After the last link the export may just have ended.
                let minute = Minute::last_of(anchor.day);
                exported.broken = Some(Broken { minute, flaw: Flaw::AnchorDiffers, entry: None });
            }
        }
        if exported.broken.is_some() {
            break;
        }
        let first = exported.minutes.map_or(minute, |(first, _)| first);
        exported.minutes = Some((first, minute));
    }
    exported.links = walk.links;
    exported.lines = walk.lines;
    if exported.broken.is_none() {
        exported.not_chained = lines.values().map(|lines| lines.len() as u64).sum();
    }
    exported
}

/// Where the first link says that the chain was.
fn beginning(links: &[KeptLink], anchors: &[KeptAnchor]) -> Place {
    let Some(KeptLink { link, .. }) = links.first() else {
        return Place { number: 0, minute: None, hash: String::new(), total: 0 };
    };
    let known = anchors.iter().map(|kept| &kept.anchor);
    if let Some(anchor) = known.clone().find(|anchor| anchor.place.number + 1 == link.number) {
        return anchor.place.clone();
    }
    if let Some(anchor) = known.clone().next().filter(|_| link.number == 1) {
        return Place::beginning(anchor.began);
    }
    Place {
        number: link.number.saturating_sub(1),
        minute: None,
        hash: link.previous.clone(),
        total: link.total.saturating_sub(link.lines),
    }
}
