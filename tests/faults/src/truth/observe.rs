//! Looking on: calls to WeChat with their answers, writes to the tables.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use platform::{
    AppId,
    sealed::{Kind, Owner, Sealed},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;

use super::{Invariant, Issue, Lease, Truth};
use crate::{
    path,
    world::{Call, Key, State, World, component, sealing},
};

/// Longer than a lease of a token: whoever has not stored its token by then was held up.
const LEASE: u64 = 25_000;
/// A token with more life than this, in seconds, was just renewed; nobody has a reason to renew it
/// again, even by clocks that are ten minutes apart.
const FRESH: i64 = 116 * 60;
/// Calls that must not happen twice.
const ONCE: [&str; 3] = [path::SUBMIT, path::RELEASE, path::REVERT];

/// What the platform seals, by the names that it gives it.
struct Message;
struct AccessToken;
struct RefreshToken;

impl Kind for Message {
    const NAME: &'static str = "inbox-message";
}

impl Kind for AccessToken {
    const NAME: &'static str = "access-token";
}

impl Kind for RefreshToken {
    const NAME: &'static str = "refresh-token";
}

/// A call on its way to WeChat.
pub(crate) struct Asked {
    path: &'static str,
    appid: String,
    version: Option<u64>,
}

/// A token that an answer brings.
#[derive(Debug, Clone)]
pub(crate) struct Mint {
    appid: String,
    access: String,
}

#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    authorizer_appid: Option<String>,
    #[serde(default)]
    component_appid: Option<String>,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    errcode: i64,
    #[serde(alias = "component_access_token", default)]
    authorizer_access_token: Option<String>,
    #[serde(default)]
    authorizer_refresh_token: Option<String>,
    #[serde(default)]
    authorization_info: Option<Info>,
}

#[derive(Deserialize)]
struct Info {
    authorizer_appid: String,
    #[serde(default)]
    authorizer_access_token: Option<String>,
    #[serde(default)]
    authorizer_refresh_token: Option<String>,
}

impl World {
    /// WeChat is about to be asked.
    pub(crate) fn asked(&self, node: usize, request: &Request<Bytes>) -> Asked {
        let path = request.uri().path();
        let question = || serde_json::from_slice::<Question>(request.body()).ok();
        let mut state = self.state();
        let state = &mut *state;
        match path {
            path::MERCHANT_TOKEN => {
                let appid = question().and_then(|it| it.authorizer_appid).unwrap_or_default();
                let key = token_key(&appid);
                let item = state.tables.read("tokens", &key.0, &key.1);
                let version = item.as_ref().and_then(version);
                let expires = item.as_ref().and_then(|item| number(item, "access_expires_at"));
                let left = expires.unwrap_or(0) - self.milliseconds() / 1000;
                let held = item.as_ref().is_some_and(|item| state.truth.holds(node, item));
                let at = self.elapsed();
                if held && left > FRESH {
                    let words =
                        format!("{appid} renewed by machine {node}, {left} s before its end");
                    state.refreshed_twice(at, &appid, &[node], words);
                }
                let is_active =
                    item.as_ref().is_some_and(|item| item["state"]["S"].as_str() == Some("active"));
                let fenced_off = state.fenced_off(at, &appid, node, version);
                if !held && is_active && fenced_off.is_none() {
                    let words = format!("{appid} renewed by machine {node} without its lease");
                    state.refreshed_twice(at, &appid, &[node], words);
                }
                // Of two leases of this machine, the one that it lost is used first.
                let version = fenced_off.or(held.then(|| version.unwrap_or(0)));
                Asked { path: "token", appid, version }
            }
            path::COMPONENT_TOKEN => {
                let appid = question().and_then(|it| it.component_appid).unwrap_or_default();
                let pk = format!("component#{appid}");
                let item = state.tables.read("tokens", &pk, "component");
                let version = item.as_ref().and_then(self::version);
                let expires = item.as_ref().and_then(|item| number(item, "access_expires_at"));
                let left = expires.unwrap_or(0) - self.milliseconds() / 1000;
                // While something is halted, this is how it is found out whether it is over.
                let halted = format!("breakers#{appid}");
                let is_halted = |pk: &str, _: &str| pk == halted;
                if left > FRESH && state.tables.items_with("fleet", is_halted).is_empty() {
                    let words =
                        format!("the component renewed by machine {node}, {left} s before its end");
                    state.refreshed_twice(self.elapsed(), &appid, &[node], words);
                }
                // Whoever has lost the lease renews what was stored when it had it.
                let held = item.as_ref().is_some_and(|item| state.truth.holds(node, item));
                let leases = state.truth.taken.get(&(appid.clone(), node)).filter(|_| !held);
                let lost = leases.and_then(|leases| leases.last()).map(|lease| lease.version);
                Asked { path: "token", appid, version: lost.or(version).or(Some(0)) }
            }
            path::QUERY_AUTH => Asked { path: "code", appid: String::new(), version: None },
            path => {
                let query = request.uri().query().unwrap_or_default();
                // The list of versions has the path of what goes back to one of them.
                let path = if query.contains("action=") { "" } else { path };
                let known = ONCE.iter().chain(&[path::COMMIT]).find(|known| **known == path);
                let Some(known) = known else {
                    return Asked { path: "", appid: String::new(), version: None };
                };
                let appid = state.truth.caller(query);
                if ONCE.contains(known)
                    && state.truth.once.get(&(appid.clone(), *known)) == Some(&true)
                {
                    let at = self.elapsed();
                    let words = format!("{known} for {appid} again, from machine {node}");
                    state.truth.breaks(Invariant::DoneTwice, at, words);
                }
                Asked { path: known, appid, version: None }
            }
        }
    }

    /// WeChat has answered; the answer is not there yet.
    pub(crate) fn answered(
        &self,
        node: usize,
        asked: &Asked,
        answer: &Response<Bytes>,
    ) -> Option<Mint> {
        if asked.path.is_empty() {
            return None;
        }
        let given: Given = serde_json::from_slice(answer.body()).ok()?;
        let at = self.elapsed();
        let mut state = self.state();
        let incarnation = state.nodes[node].incarnation;
        let alive: Vec<u32> = state.nodes.iter().map(|node| node.incarnation).collect();
        let truth = &mut state.truth;
        if given.errcode != 0 {
            return None;
        }
        let (appid, access, refresh) = match (asked.path, given.authorization_info) {
            ("code", Some(info)) => {
                let access = info.authorizer_access_token?;
                (info.authorizer_appid, access, info.authorizer_refresh_token)
            }
            ("token", _) => {
                let access = given.authorizer_access_token?;
                (asked.appid.clone(), access, given.authorizer_refresh_token)
            }
            (path::COMMIT, _) => {
                truth.allow(&asked.appid, path::SUBMIT);
                return None;
            }
            (path, _) => {
                truth.once.insert((asked.appid.clone(), path), true);
                return None;
            }
        };
        if let Some(refresh) = &refresh {
            truth.in_force(&appid, refresh);
        }
        let issues = truth.issues.entry(appid.clone()).or_default();
        let before = issues.last().filter(|before| {
            asked.version.is_some()
                && before.version == asked.version
                && before.arrived
                && before.incarnation == alive[before.node]
        });
        let twice = before.map(|before| (before.node, before.at));
        let (version, arrived) = (asked.version, false);
        let access_token = access.clone();
        issues.push(Issue { access, refresh, at, node, incarnation, version, arrived });
        if let Some(first) = twice {
            state.renewed_again(&appid, first, (node, at));
        }
        Some(Mint { appid, access: access_token })
    }

    /// The process has the answer.
    pub(crate) fn arrived(&self, mint: &Mint) {
        let mut state = self.state();
        let issues = state.truth.issues.get_mut(&mint.appid).map(Vec::as_mut_slice);
        let issues = issues.unwrap_or_default();
        let Some(place) = issues.iter().position(|issue| issue.access == mint.access) else {
            return;
        };
        issues[place].arrived = true;
        // Somebody else's came meanwhile, while this one was on its way.
        let this = &issues[place];
        let later = issues[place + 1..]
            .iter()
            .find(|later| this.version.is_some() && later.version == this.version);
        if let Some(later) = later {
            let (first, then) = ((this.node, this.at), (later.node, later.at));
            state.renewed_again(&mint.appid, first, then);
        }
    }

    /// Something was written.
    pub(crate) fn observe(self: &Arc<Self>, call: Call<'_>, written: &[Key]) {
        let at = self.elapsed();
        for key in written {
            let mut state = self.state();
            let state = &mut *state;
            match key.table.as_str() {
                "tokens" if !key.pk.starts_with("cursor#") => {
                    if let Some(item) = state.tables.read("tokens", &key.pk, &key.sk) {
                        state.truth.leased(at, call.node, &key.sk, &item);
                        state.truth.token_written(at, key, &item);
                    }
                }
                "fleet" if call.operation == "TransactWriteItems" => {
                    let id = match key.pk.starts_with("timeline#") {
                        true => Some(key.sk.as_str()),
                        false if key.sk == "outbox" => key.pk.rsplit('#').next(),
                        false => None,
                    };
                    state.truth.promised.extend(id.map(str::to_owned));
                }
                "inbox" if key.sk == "ticket" => {
                    let item = state.tables.read("inbox", &key.pk, &key.sk);
                    let time = item.as_ref().and_then(|item| number(item, "create_time"));
                    state.truth.ticket_written(at, time.unwrap_or(0));
                }
                "inbox" if call.operation == "PutItem" => {
                    if let Some(item) = state.tables.read("inbox", &key.pk, &key.sk) {
                        state.truth.push_written(key, &item);
                    }
                }
                _ => {}
            }
        }
    }
}

impl State {
    /// Of two machines that renewed the same version, each at its time, the first has the token.
    fn renewed_again(&mut self, appid: &str, first: (usize, u64), then: (usize, u64)) {
        let ((first, since), (node, at)) = (first, then);
        // It had the token, and did not get to store it.
        let was_ended = self.nodes[first].ended_at.is_some_and(|ended| ended >= since);
        if at - since >= LEASE && (was_ended || self.was_held_up(first, since)) {
            self.truth.counts.refreshed_twice_stalled += 1;
            return;
        }
        let apart = at - since;
        let words =
            format!("{appid} renewed by machine {node} {apart} ms after machine {first} had it");
        self.refreshed_twice(at, appid, &[node, first], words);
    }

    /// A token was renewed without need: one of those who did it may have stood still for too long
    /// with the lease that it had.
    fn refreshed_twice(&mut self, at: u64, appid: &str, nodes: &[usize], words: String) {
        let stood_still = nodes.iter().any(|node| {
            let leases = self.truth.taken.get(&(appid.to_owned(), *node));
            let mut leases = leases.into_iter().flatten();
            leases.any(|lease| self.slept_on(*node, lease).is_some_and(|end| at < end + LEASE))
        });
        match stood_still {
            true => self.truth.counts.refreshed_twice_stalled += 1,
            false => self.truth.breaks(Invariant::RefreshedTwice, at, words),
        }
    }

    /// When a machine woke up at last that stood still with its lease, and perhaps again while it
    /// was doing what it had the lease for.
    fn slept_on(&self, node: usize, lease: &Lease) -> Option<u64> {
        let pauses = self.nodes[node].stood_still.iter().filter(|pause| pause.end > lease.at);
        pauses.fold(None, |awake, pause| match pause.start <= awake.unwrap_or(lease.at) + LEASE {
            true => Some(pause.end),
            false => awake,
        })
    }

    /// Whether a machine stood still, or had trouble with the tables, after `since`.
    fn was_held_up(&self, node: usize, since: u64) -> bool {
        let node = &self.nodes[node];
        let awake = node.stood_still.last().map(|pause| pause.end);
        [awake, node.hindered_at].into_iter().flatten().any(|at| at >= since)
    }

    /// The version for which a machine had a lease a moment ago that it lost to a grant, if no
    /// renewal has come of that yet.
    fn fenced_off(&self, at: u64, appid: &str, node: usize, version: Option<u64>) -> Option<u64> {
        let leases = self.truth.taken.get(&(appid.to_owned(), node)).into_iter().flatten();
        let issues = self.truth.issues.get(appid).map(Vec::as_slice).unwrap_or_default();
        let mut lost = leases.filter(|lease| {
            version.is_some_and(|version| version > lease.version)
                && (at < lease.at + LEASE || self.was_held_up(node, lease.at))
                && !issues
                    .iter()
                    .any(|issue| issue.at >= lease.at && issue.version == Some(lease.version))
        });
        lost.next_back().map(|lease| lease.version)
    }
}

impl Truth {
    /// A lease stands: whoever wrote first while it stood, took it.
    fn leased(&mut self, at: u64, node: usize, sk: &str, item: &Value) {
        if let Some(lease) = item["lease_owner"]["S"].as_str()
            && !self.leases.contains_key(lease)
        {
            self.leases.insert(lease.to_owned(), node);
            let appid = if sk == "component" { &component().appid } else { sk };
            let lease = Lease { at, version: version(item).unwrap_or(0) };
            self.taken.entry((appid.to_owned(), node)).or_default().push(lease);
        }
    }

    /// Whether the lease that stands on an item is this machine's.
    fn holds(&self, node: usize, item: &Value) -> bool {
        let lease = item["lease_owner"]["S"].as_str();
        lease.is_some_and(|lease| self.leases.get(lease) == Some(&node))
    }

    /// Whose token is in a query.
    pub(crate) fn caller(&self, query: &str) -> String {
        let token = query.split('&').find_map(|pair| pair.strip_prefix("access_token="));
        let token = token.unwrap_or_default();
        let found = self
            .issues
            .iter()
            .find(|(_, issues)| issues.iter().rev().any(|issue| issue.access == token));
        found.map(|(appid, _)| appid.clone()).unwrap_or_default()
    }

    fn token_written(&mut self, at: u64, key: &Key, item: &Value) {
        let known = &component().appid;
        let Ok(component) = known.parse::<AppId>() else { return };
        let (appid, owner) = match key.sk.as_str() {
            "component" => (known.clone(), Owner::component(&component)),
            appid => (appid.to_owned(), Owner::within(&component, appid)),
        };
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let now_sealed = [text("access_token"), text("refresh_token")];
        let before = self.stored.get(&appid).cloned().unwrap_or_default();
        if before.sealed == now_sealed {
            return;
        }
        let keys = sealing();
        let access: Option<Sealed<AccessToken>> = sealed(item, "access_token");
        let refresh: Option<Sealed<RefreshToken>> = sealed(item, "refresh_token");
        let access = access.and_then(|it| it.open(keys, &owner).ok());
        let refresh = refresh.and_then(|it| it.open(keys, &owner).ok());
        let issues = self.issues.get(&appid).map(Vec::as_slice).unwrap_or_default();
        let serial = access.as_ref().and_then(|access| {
            issues.iter().rposition(|issue| issue.access == access.expose_secret())
        });
        if let (Some(serial), Some(older)) = (serial, before.serial)
            && serial < older
        {
            let words = format!("token {serial} of {appid} took the place of token {older}");
            self.breaks(Invariant::Overwritten, at, words);
        }
        let known = self.refreshes.get(&appid).map(Vec::as_slice).unwrap_or_default();
        let place_of = |token: &str| known.iter().rposition(|known| known == token);
        let place = refresh.as_ref().and_then(|refresh| place_of(refresh.expose_secret()));
        let issues = self.issues.get(&appid).map(Vec::as_slice).unwrap_or_default();
        let brought = serial.and_then(|serial| issues.get(serial)?.refresh.as_ref());
        let is_dropped = brought.is_some_and(|brought| place < place_of(brought));
        if let (Some(place), Some(older)) = (place, before.place)
            && place < older
        {
            let words = format!("refresh token {place} of {appid} took the place of {older}");
            self.breaks(Invariant::Overwritten, at, words);
        }
        if is_dropped {
            let words = format!("the refresh token that came for {appid} was not stored");
            self.breaks(Invariant::TokenLost, at, words);
        }
        let (serial, place) = (serial.or(before.serial), place.or(before.place));
        self.stored.insert(appid, super::Stored { sealed: now_sealed, serial, place });
    }

    fn ticket_written(&mut self, at: u64, time: i64) {
        if time < self.stored_ticket {
            let words = format!("the ticket of {} took a newer one's place", time);
            self.breaks(Invariant::Overwritten, at, words);
        }
        self.stored_ticket = time;
    }

    /// The `CreateTime` of the ticket that is stored.
    pub(crate) fn ticket(&self) -> i64 {
        self.stored_ticket
    }

    /// The refresh token that is stored for a merchant; nothing if it does not open.
    pub(crate) fn stored_refresh(&self, appid: &str, item: Option<&Value>) -> String {
        let opened = || {
            let component: AppId = component().appid.parse().ok()?;
            let refresh: Sealed<RefreshToken> = sealed(item?, "refresh_token")?;
            refresh.open(sealing(), &Owner::within(&component, appid)).ok()
        };
        opened().map(|token| token.expose_secret().to_owned()).unwrap_or_default()
    }

    fn push_written(&mut self, key: &Key, item: &Value) {
        let Ok(component) = component().appid.parse::<AppId>() else { return };
        let message: Option<Sealed<Message>> = sealed(item, "message");
        let owner = Owner::within(&component, key.pk.as_str());
        if let Some(plain) = message.and_then(|it| it.open(sealing(), &owner).ok()) {
            self.inbox.insert(key.pk.clone(), plain.expose_secret().to_owned());
        }
    }
}

/// The key of a merchant's token.
pub(crate) fn token_key(appid: &str) -> (String, String) {
    let minute = crate::setup::minute(appid);
    (format!("tokens#{}#{minute:02}", component().appid), appid.to_owned())
}

fn version(item: &Value) -> Option<u64> {
    item["version"]["N"].as_str()?.parse().ok()
}

/// A number in an item.
pub(crate) fn number(item: &Value, name: &str) -> Option<i64> {
    item[name]["N"].as_str()?.parse().ok()
}

fn sealed<K: Kind>(item: &Value, name: &str) -> Option<Sealed<K>> {
    serde_json::from_value(Value::String(item[name]["S"].as_str()?.to_owned())).ok()
}
