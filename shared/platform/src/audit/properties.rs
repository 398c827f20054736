//! Whatever is changed in a log that was chained shows.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::Index};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::{
    anchor::{Anchor, KeptAnchor},
    chain::{Broken, Flaw, KeptLink, Line, Link, Minute, Place, Walk, canonical_of},
    exported,
    voucher::Voucher,
};
use crate::sealed::SealingKeys;

/// A log and its chain, as tables hold them.
#[derive(Debug, Clone)]
struct Log {
    began: Minute,
    until: Minute,
    items: BTreeMap<(Minute, String), Map<String, Value>>,
    links: BTreeMap<Minute, KeptLink>,
    end: Place,
}

/// One thing that somebody does to a log.
#[derive(Debug, Clone)]
enum Tampering {
    Change(Index),
    Remove(Index),
    /// The same once more, under another name.
    Duplicate(Index),
    /// What two entries say, exchanged.
    Swap(Index, Index),
    /// An entry, moved to another minute.
    Move(Index, Index),
    /// An entry under another name.
    Rename(Index),
    RemoveLink(Index),
    /// A link, with one of its members changed.
    ChangeLink(Index, u8),
    SwapLinks(Index, Index),
    /// Everything from a minute on is chained anew, by somebody who does not know the key.
    Forge(Index),
    /// The last links are cut off, with their entries.
    Cut(Index),
}

fn voucher(root: &str) -> Voucher {
    let root = SecretString::from(root.repeat(64));
    Voucher::of(&SealingKeys::new(root, Vec::new()).unwrap())
}

fn minute(at: usize) -> Minute {
    let began: Minute = "2026-11-22T23:50".parse().unwrap();
    (0..at).fold(began, |minute, _| minute.next())
}

impl Log {
    /// Minutes with so many entries each.
    fn of(counts: &[usize]) -> Log {
        let mut log = Log {
            began: minute(0),
            until: minute(counts.len()),
            items: BTreeMap::new(),
            links: BTreeMap::new(),
            end: Place::beginning(minute(0)),
        };
        for (at, count) in counts.iter().enumerate() {
            for entry in 0..*count {
                let what = json!({ "operation": "release", "summary": format!("{at}.{entry}") });
                let Value::Object(what) = what else { unreachable!() };
                log.items.insert((minute(at + 1), format!("01JZ{entry:02}")), what);
            }
        }
        log.chain(minute(1), &voucher("a"));
        log
    }

    /// Chains everything from a minute on.
    fn chain(&mut self, from: Minute, voucher: &Voucher) {
        self.links.retain(|minute, _| *minute < from);
        let last = self.links.values().next_back();
        self.end = last.map_or(Place::beginning(self.began), |kept| kept.link.place());
        let mut minute = from;
        while minute <= self.until {
            let lines = self.lines(minute);
            if !lines.is_empty() {
                let link = Link::after(&self.end, minute, &lines);
                let kept = KeptLink::new(link, &lines, voucher);
                self.end = kept.link.place();
                self.links.insert(minute, kept);
            }
            minute = minute.next();
        }
    }

    fn lines(&self, minute: Minute) -> Vec<Line> {
        let items = self.items.iter().filter(|((of, _), _)| *of == minute);
        let line = |((_, entry), item): (&(Minute, String), &Map<String, Value>)| {
            let mut item = item.clone();
            item.insert("sk".to_owned(), entry.as_str().into());
            Line::of(minute, item)
        };
        items.map(line).collect()
    }

    /// Goes along as the platform does, up to a head that nobody could change.
    fn verify(&self, head: &Place) -> Result<(), Broken> {
        let voucher = voucher("a");
        let mut walk = Walk::from(Place::beginning(self.began));
        let mut minute = self.began.next();
        while minute <= self.until {
            walk.pass(minute, &self.lines(minute), self.links.get(&minute), Some(&voucher))?;
            minute = minute.next();
        }
        match walk.place == *head {
            true => Ok(()),
            false => Err(Broken { minute: self.until, flaw: Flaw::HeadDiffers, entry: None }),
        }
    }

    fn export(&self) -> String {
        let mut text = String::new();
        let mut minute = self.began.next();
        while minute <= self.until {
            let lines = self.lines(minute).into_iter().map(|line| line.text);
            let link = self.links.get(&minute).map(|kept| kept.link.text());
            for line in lines.chain(link) {
                text.push_str(&line);
                text.push('\n');
            }
            minute = minute.next();
        }
        text
    }

    /// The anchor of the day on which it ends.
    fn anchor(&self) -> KeptAnchor {
        let (began, place) = (self.began, self.end.clone());
        let anchor = Anchor { day: self.until.day(), began, place };
        let seal = voucher("a").vouch(&canonical_of(&anchor));
        KeptAnchor { anchor, seal }
    }

    fn suffer(&mut self, tampering: &Tampering) {
        let keys: Vec<_> = self.items.keys().cloned().collect();
        let linked: Vec<_> = self.links.keys().copied().collect();
        match tampering {
            Tampering::Change(at) => {
                let item = self.items.get_mut(at.get(&keys)).unwrap();
                item.insert("operation".to_owned(), "preflight".into());
            }
            Tampering::Remove(at) => drop(self.items.remove(at.get(&keys))),
            Tampering::Duplicate(at) => {
                let (minute, entry) = at.get(&keys);
                let item = self.items[at.get(&keys)].clone();
                self.items.insert((*minute, format!("{entry}x")), item);
            }
            Tampering::Swap(one, other) => {
                let (one, other) = (one.get(&keys), other.get(&keys));
                let (first, second) = (self.items[one].clone(), self.items[other].clone());
                self.items.insert(one.clone(), second);
                self.items.insert(other.clone(), first);
            }
            Tampering::Move(at, to) => {
                let key = at.get(&keys);
                let item = self.items.remove(key).unwrap();
                let place = to.index(self.links.len().max(3)) + 1;
                self.items.insert((minute(place).min(self.until), format!("{}m", key.1)), item);
            }
            Tampering::Rename(at) => {
                let key = at.get(&keys);
                let item = self.items.remove(key).unwrap();
                self.items.insert((key.0, format!("{}r", key.1)), item);
            }
            Tampering::RemoveLink(at) => drop(self.links.remove(at.get(&linked))),
            Tampering::ChangeLink(at, member) => {
                let kept = self.links.get_mut(at.get(&linked)).unwrap();
                match member % 7 {
                    0 => kept.link.number += 1,
                    1 => kept.link.minute = kept.link.minute.next(),
                    2 => kept.link.previous.replace_range(..1, "x"),
                    3 => kept.link.lines += 1,
                    4 => kept.link.total += 1,
                    5 => kept.link.digest.replace_range(..1, "x"),
                    _ => kept.seal.replace_range(9.., &"0".repeat(64)),
                }
            }
            Tampering::SwapLinks(one, other) => {
                let (one, other) = (*one.get(&linked), *other.get(&linked));
                let (first, second) = (self.links[&one].clone(), self.links[&other].clone());
                self.links.insert(one, second);
                self.links.insert(other, first);
            }
            Tampering::Forge(at) => {
                let (from, _) = at.get(&keys);
                self.suffer(&Tampering::Change(*at));
                self.chain(*from, &voucher("b"));
            }
            Tampering::Cut(at) => {
                let from = *at.get(&linked);
                self.links.retain(|minute, _| *minute < from);
                self.items.retain(|(minute, _), _| *minute < from);
            }
        }
    }

    /// What an export shows of it: everything but the seals.
    fn differs(&self, other: &Log) -> bool {
        self.export() != other.export()
    }
}

fn tamperings() -> impl Strategy<Value = Tampering> {
    let place = any::<Index>;
    prop_oneof![
        place().prop_map(Tampering::Change),
        place().prop_map(Tampering::Remove),
        place().prop_map(Tampering::Duplicate),
        (place(), place()).prop_map(|(one, other)| Tampering::Swap(one, other)),
        (place(), place()).prop_map(|(at, to)| Tampering::Move(at, to)),
        place().prop_map(Tampering::Rename),
        place().prop_map(Tampering::RemoveLink),
        (place(), any::<u8>()).prop_map(|(at, member)| Tampering::ChangeLink(at, member)),
        (place(), place()).prop_map(|(one, other)| Tampering::SwapLinks(one, other)),
        place().prop_map(Tampering::Forge),
        place().prop_map(Tampering::Cut),
    ]
}

fn counts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0_usize..5, 1..16)
        .prop_filter("a log without entries", |counts| counts.iter().any(|count| *count > 0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_was_not_changed_is_right(counts in counts()) {
        let log = Log::of(&counts);
        prop_assert_eq!(log.verify(&log.end), Ok(()));
        let lines: usize = counts.iter().sum();

        let export = log.export();
        let exported = exported::verify(export.lines(), &[log.anchor()]).unwrap();

        prop_assert_eq!(exported.broken, None);
        prop_assert_eq!(exported.lines, lines as u64);
        prop_assert_eq!(exported.anchored, vec![log.until.day()]);
    }

    #[test]
    fn whatever_is_changed_shows(counts in counts(), tampering in tamperings()) {
        let log = Log::of(&counts);
        let mut changed = log.clone();
        changed.suffer(&tampering);
        let seals = |log: &Log| log.links.values().map(|it| it.seal.clone()).collect::<Vec<_>>();
        prop_assume!(changed.differs(&log) || seals(&changed) != seals(&log));

        prop_assert!(changed.verify(&log.end).is_err(), "{:?}", tampering);

        // Away from here nobody knows the seals; the anchor holds what they hold here.
        if changed.differs(&log) {
            let export = changed.export();
            let exported = exported::verify(export.lines(), &[log.anchor()]).unwrap();
            let cut_off = exported.anchored.is_empty();
            prop_assert!(exported.broken.is_some() || cut_off, "{:?}", tampering);
        }
    }

    /// Whoever knows the key can make another chain, which is not the one that was anchored.
    #[test]
    fn what_is_made_anew_with_the_key_does_not_fit_the_anchor(
        counts in counts(), at in any::<Index>(),
    ) {
        let log = Log::of(&counts);
        let mut anew = log.clone();
        anew.suffer(&Tampering::Change(at));
        anew.chain(minute(1), &voucher("a"));
        prop_assert_eq!(anew.verify(&anew.end), Ok(()), "the key makes it right");

        let export = anew.export();
        let exported = exported::verify(export.lines(), &[log.anchor()]).unwrap();

        prop_assert_eq!(exported.broken.map(|it| it.flaw), Some(Flaw::AnchorDiffers));
    }
}

/// Where it breaks, and how, in words that help.
#[test]
fn the_first_broken_minute_is_named_with_what_is_wrong() {
    let log = Log::of(&[0, 3, 0, 2, 4]);
    type Act = fn(&mut Log);
    let cases: [(Act, usize, Flaw, Option<&str>); 8] = [
        (
            |log| {
                let item = log.items.get_mut(&(minute(2), "01JZ01".to_owned())).unwrap();
                item.insert("summary".to_owned(), "nothing".into());
            },
            2,
            Flaw::Changed,
            Some("01JZ01"),
        ),
        (
            |log| drop(log.items.remove(&(minute(4), "01JZ00".to_owned()))),
            4,
            Flaw::Removed,
            Some("01JZ01"),
        ),
        (
            |log| drop(log.items.insert((minute(5), "01JZ02x".to_owned()), Map::new())),
            5,
            Flaw::Added,
            Some("01JZ02x"),
        ),
        (
            |log| drop(log.items.insert((minute(3), "01JZ00".to_owned()), Map::new())),
            3,
            Flaw::Added,
            Some("01JZ00"),
        ),
        (
            |log| {
                let one = log.items[&(minute(2), "01JZ00".to_owned())].clone();
                let other = log.items[&(minute(2), "01JZ02".to_owned())].clone();
                log.items.insert((minute(2), "01JZ00".to_owned()), other);
                log.items.insert((minute(2), "01JZ02".to_owned()), one);
            },
            2,
            Flaw::Swapped,
            Some("01JZ00"),
        ),
        (|log| drop(log.links.remove(&minute(5))), 5, Flaw::Added, Some("01JZ00")),
        (|log| log.links.get_mut(&minute(4)).unwrap().link.number = 7, 4, Flaw::LinkMissing, None),
        (
            |log| {
                let kept = log.links.get_mut(&minute(4)).unwrap();
                let forged = voucher("b").vouch(&kept.link.hash());
                kept.seal.replace_range(9.., &forged[9..]);
            },
            4,
            Flaw::Forged,
            None,
        ),
    ];
    for (act, number, flaw, entry) in cases {
        let mut changed = log.clone();
        act(&mut changed);
        let broken = changed.verify(&log.end).err();
        let entry = entry.map(str::to_owned);
        assert_eq!(broken, Some(Broken { minute: minute(number), flaw, entry }));
    }
}

/// Once a sealing key is forgotten, nobody knows its seals: the newest one vouches for them.
#[test]
fn old_seals_may_be_unknown_and_the_newest_may_not() {
    let mut log = Log::of(&[1, 1, 1]);
    let newest = log.links.get_mut(&minute(3)).unwrap();
    newest.seal = voucher("b").vouch(&newest.link.hash());

    assert_eq!(log.verify(&log.end), Ok(()));
    assert_eq!(voucher("a").check("text", &voucher("b").vouch("text")), None);
    assert_eq!(voucher("a").check("text", &voucher("a").vouch("text")), Some(true));
    assert_eq!(voucher("a").check("text", &voucher("a").vouch("other")), Some(false));
}
