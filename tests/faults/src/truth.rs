//! What is true, whatever the functions believe: which tokens WeChat issued and when, what was
//! acknowledged, which calls WeChat carried out. Every write to the tables is compared with it at
//! once; what does not agree is a broken invariant.

mod observe;

use std::collections::{BTreeMap, BTreeSet};

use platform::event::kind;
use serde::{Deserialize, Serialize};

pub(crate) use self::observe::{Mint, number, token_key};
use crate::path;

/// WeChat's times of one grant may be so many seconds apart.
const APART: i64 = 5;

/// What must not break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Invariant {
    /// A merchant who has authorized can be acted for, without a person, when the trouble is over;
    /// and a refresh token that WeChat gave is stored with the access token that came with it.
    TokenLost,
    /// A newer token or ticket is never replaced by an older one.
    Overwritten,
    /// What was acknowledged has its effect.
    EventLost,
    /// What must not happen twice is asked for once, and what nobody ordered is not asked for.
    DoneTwice,
    /// Of two processes that live and are not held up, one renews a token; and none of ours does
    /// while another system has the component.
    RefreshedTwice,
    /// Two ticks after the trouble everything is well again, or waits for its own next attempt.
    NotHealed,
}

/// Numbers of one run, or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Runs.
    pub runs: u64,
    /// Runs in which a fault was met.
    pub met: u64,
    /// Faults that were met.
    pub injections: u64,
    /// See [`Invariant::TokenLost`].
    pub tokens_lost: u64,
    /// See [`Invariant::Overwritten`].
    pub overwritten: u64,
    /// See [`Invariant::EventLost`].
    pub events_lost: u64,
    /// See [`Invariant::DoneTwice`].
    pub done_twice: u64,
    /// See [`Invariant::RefreshedTwice`].
    pub refreshed_twice: u64,
    /// The same where the first one was held up for longer than its lease.
    pub refreshed_twice_stalled: u64,
    /// See [`Invariant::NotHealed`].
    pub not_healed: u64,
    /// Runs in which work still waited for its next attempt after two ticks.
    pub waiting: u64,
    /// Runs after which a person has to do something, and is told so.
    pub told: u64,
    /// Pushes answered with a 503: neither store took them.
    pub not_kept: u64,
    /// Pushes answered with anything else that is not `success`.
    pub refused: u64,
    /// Reviews that WeChat took.
    pub submissions: u64,
    /// Versions that WeChat put online.
    pub releases: u64,
    /// Runs whose rollout came to its end.
    pub rollouts_ended: u64,
    /// How often another system was given the component.
    pub hand_overs: u64,
    /// How often the component was taken over from it.
    pub cut_overs: u64,
}

/// An invariant that broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// Which one.
    pub invariant: Invariant,
    /// When, in milliseconds.
    pub at: u64,
    /// How.
    pub words: String,
}

/// A token that WeChat issued.
#[derive(Debug, Clone)]
struct Issue {
    access: String,
    refresh: Option<String>,
    at: u64,
    node: usize,
    incarnation: u32,
    /// The version that was stored when WeChat was asked by the holder of its lease; none if it was
    /// an exchange of a code.
    version: Option<u64>,
    /// The process that asked got it.
    arrived: bool,
}

/// What is stored of a subject's tokens.
#[derive(Debug, Clone, Default)]
struct Stored {
    /// The tokens as they are stored, sealed.
    sealed: [String; 2],
    /// The place of its access token among those that were issued.
    serial: Option<usize>,
    /// The place of its refresh token among those that came into force.
    place: Option<usize>,
}

/// A lease of somebody's tokens.
#[derive(Debug, Clone, Copy)]
struct Lease {
    /// When it was taken, in milliseconds.
    at: u64,
    /// The version that was stored then.
    version: u64,
}

/// What others were told last of somebody's authorization.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    version: u64,
    stands: bool,
}

/// A push that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    /// Texts that are in it, and together in no other.
    pub(crate) needles: Vec<String>,
    pub(crate) then: Then,
}

/// What has to come of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It is done.
    Done,
    /// It is done, and was told to others by its name: nothing else ever makes up for that.
    Forwarded,
    /// It waits, or is given up: nothing can be done with it.
    Poison,
}

/// How an authorization changed.
#[derive(Debug, Clone, Copy, Default)]
struct Change {
    number: u32,
    stands: bool,
    at: i64,
    heard: u32,
    /// What others had been told by then.
    told: Told,
    /// The choice of permission sets, of those that a merchant makes here.
    choice: Option<u64>,
    /// Another system had the component: an import takes merchants in and tells nobody.
    elsewhere: bool,
}

/// The truth of one world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    /// By appid; the component's by its own.
    issues: BTreeMap<String, Vec<Issue>>,
    /// Refresh tokens by appid, in the order in which they came into force.
    refreshes: BTreeMap<String, Vec<String>>,
    stored: BTreeMap<String, Stored>,
    /// Leases of tokens, and the machines that took them.
    leases: BTreeMap<String, usize>,
    /// The leases that a machine took of somebody's tokens, in their order.
    taken: BTreeMap<(String, usize), Vec<Lease>>,
    /// The plain text of what was stored in the inbox, by key.
    pub(crate) inbox: BTreeMap<String, String>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Ids of events that were written down to be told.
    promised: BTreeSet<String>,
    /// Ids of events that the bus took.
    told: BTreeSet<String>,
    /// By appid: what the newest event about the authorization says that the bus took.
    told_of: BTreeMap<String, Told>,
    /// Ids of pushes of which the bus took that they came.
    forwarded: BTreeSet<String>,
    /// `CreateTime` of the newest ticket that was acknowledged, and of the one that is stored.
    pub(crate) newest_ticket: i64,
    stored_ticket: i64,
    /// Calls that must not happen twice: carried out since they were last allowed.
    once: BTreeMap<(String, &'static str), bool>,
    /// By appid: how often the authorization changed at WeChat, whether it stands, and the newest
    /// change that we were told of.
    changes: BTreeMap<String, Change>,
    /// Since when another system renews the tokens, in milliseconds.
    pub(crate) elsewhere_since: Option<u64>,
    pub(crate) rollout: crate::rollout::Facts,
    pub(crate) counts: Counts,
    pub(crate) broken: Vec<Broken>,
}

impl Truth {
    /// Notes a broken invariant.
    pub(crate) fn breaks(&mut self, invariant: Invariant, at: u64, words: impl Into<String>) {
        let count = match invariant {
            Invariant::TokenLost => &mut self.counts.tokens_lost,
            Invariant::Overwritten => &mut self.counts.overwritten,
            Invariant::EventLost => &mut self.counts.events_lost,
            Invariant::DoneTwice => &mut self.counts.done_twice,
            Invariant::RefreshedTwice => &mut self.counts.refreshed_twice,
            Invariant::NotHealed => &mut self.counts.not_healed,
        };
        *count += 1;
        self.broken.push(Broken { invariant, at, words: words.into() });
    }

    /// WeChat put a refresh token in force.
    pub(crate) fn in_force(&mut self, appid: &str, refresh: &str) {
        let known = self.refreshes.entry(appid.to_owned()).or_default();
        if known.last().is_none_or(|last| last != refresh) {
            known.push(refresh.to_owned());
        }
    }

    /// A merchant authorized, with this choice, or withdrew, at this second of WeChat's.
    pub(crate) fn changed(&mut self, appid: &str, stands: bool, at: i64, choice: Option<u64>) {
        let told = self.told_of.get(appid).copied().unwrap_or_default();
        let change = self.changes.entry(appid.to_owned()).or_default();
        change.number += 1;
        // Two grants of one second may pass for one: WeChat's times do not tell which is newer. So may
        // two of one choice within seconds: WeChat pushes nothing of the second.
        let apart = at - change.at;
        let is_silent = choice.is_some() && choice == change.choice && apart <= APART;
        if !(stands && change.stands && (apart == 0 || is_silent)) {
            change.told = told;
        }
        (change.stands, change.at, change.choice) = (stands, at, choice);
        change.elsewhere = self.elsewhere_since.is_some();
    }

    /// The bus took an event about `version` of somebody's record.
    pub(crate) fn told(&mut self, event: &str, id: &str, appid: &str, version: u64) {
        self.told.insert(id.to_owned());
        let stands = match event {
            kind::MERCHANT_AUTHORIZED => true,
            kind::MERCHANT_UNAUTHORIZED => false,
            _ => return,
        };
        let told = self.told_of.entry(appid.to_owned()).or_default();
        if version > told.version {
            *told = Told { version, stands };
        }
    }

    /// The bus took that a push came which means nothing to us.
    pub(crate) fn forwarded(&mut self, id: &str) {
        self.forwarded.insert(id.to_owned());
    }

    /// Whether the bus ever took that the push at `pk` came.
    pub(crate) fn is_forwarded(&self, pk: &str) -> bool {
        pk.rsplit('#').next().is_some_and(|id| self.forwarded.contains(id))
    }

    /// Events that were promised and never told.
    pub(crate) fn untold(&self) -> Vec<String> {
        self.promised.difference(&self.told).cloned().collect()
    }

    /// Whether others were told how somebody's authorization stands: of every new grant, and of an
    /// end that was not the end of what had ended.
    pub(crate) fn is_told_of(&self, appid: &str) -> bool {
        let change = self.changes.get(appid).copied().unwrap_or_default();
        let told = self.told_of.get(appid).copied().unwrap_or_default();
        change.elsewhere
            || told.stands == change.stands
                && (!change.stands || told.version > change.told.version)
    }

    /// Everybody who ever authorized.
    pub(crate) fn merchants(&self) -> Vec<String> {
        self.changes.keys().cloned().collect()
    }

    /// The number of a merchant's newest change.
    pub(crate) fn change(&self, appid: &str) -> u32 {
        self.changes.get(appid).map_or(0, |change| change.number)
    }

    /// We were told of a change.
    pub(crate) fn heard(&mut self, appid: &str, number: u32) {
        let change = self.changes.entry(appid.to_owned()).or_default();
        change.heard = change.heard.max(number);
    }

    /// Whether a merchant's authorization stands, if we were told of its newest change.
    pub(crate) fn known_to_stand(&self, appid: &str) -> Option<bool> {
        let change = self.changes.get(appid)?;
        (change.heard == change.number).then_some(change.stands)
    }

    /// What must not happen twice may happen once more.
    pub(crate) fn allow(&mut self, appid: &str, path: &'static str) -> Option<bool> {
        self.once.insert((appid.to_owned(), path), false)
    }

    /// What was to allow it did not happen: it is as it was `before`.
    pub(crate) fn disallow(&mut self, appid: &str, path: &'static str, before: Option<bool>) {
        if before == Some(true) {
            self.once.insert((appid.to_owned(), path), true);
        }
    }

    /// The tables are as they were before: what is stored now is the measure.
    pub(crate) fn restored(&mut self) {
        self.stored.clear();
        self.promised.clear();
        self.stored_ticket = 0;
        self.newest_ticket = 0;
        // That a version was taken back is forgotten: an operator may release it again.
        let reverted: Vec<String> = self
            .once
            .iter()
            .filter(|((_, path), done)| *path == path::REVERT && **done)
            .map(|((appid, _), _)| appid.clone())
            .collect();
        for appid in reverted {
            self.allow(&appid, path::RELEASE);
        }
    }
}

impl Counts {
    /// Nothing broke.
    pub fn is_well(&self) -> bool {
        let broken = [
            self.tokens_lost,
            self.overwritten,
            self.events_lost,
            self.done_twice,
            self.refreshed_twice,
            self.not_healed,
        ];
        broken.iter().all(|broken| *broken == 0)
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Counts) {
        self.runs += other.runs;
        self.met += other.met;
        self.injections += other.injections;
        self.tokens_lost += other.tokens_lost;
        self.overwritten += other.overwritten;
        self.events_lost += other.events_lost;
        self.done_twice += other.done_twice;
        self.refreshed_twice += other.refreshed_twice;
        self.refreshed_twice_stalled += other.refreshed_twice_stalled;
        self.not_healed += other.not_healed;
        self.waiting += other.waiting;
        self.told += other.told;
        self.not_kept += other.not_kept;
        self.refused += other.refused;
        self.submissions += other.submissions;
        self.releases += other.releases;
        self.rollouts_ended += other.rollouts_ended;
        self.hand_overs += other.hand_overs;
        self.cut_overs += other.cut_overs;
    }
}
