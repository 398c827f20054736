//! Whether everything is well: looked at as an operator would, with real calls to WeChat.

use std::sync::Arc;

use platform::{call::CallError, tokens::TokenError};
use serde_json::{Value, json};
use wechat::endpoint::{ApiGetAuthorizerList, GetAccountBasicInfo};

use crate::{
    moving, rollout,
    setup::appid_of_component,
    truth::{Invariant, Then, number, token_key},
    world::{BEGINNING, Limit, World, component},
};

/// Something that is not well.
#[derive(Debug, Clone)]
pub(crate) struct Ill {
    /// What breaks if it stays so.
    pub(crate) invariant: Invariant,
    /// Its next attempt is still to come.
    pub(crate) waits: bool,
    pub(crate) words: String,
}

/// Everything that is not well. What became due after `ticked`, when the clock last ticked, waits.
pub(crate) async fn examine(world: &Arc<World>, restored: bool, ticked: i64) -> Vec<Ill> {
    let mut ills = Vec::new();
    let is_elsewhere = world.state().truth.elsewhere_since.is_some();
    if is_elsewhere {
        // What needs a token waits until the component is taken back, and the mode says so.
        moving::examine(world, &mut ills).await;
        // But nothing that was acknowledged is lost or given up for it.
        pushes(world, restored, ticked, &mut ills);
        ills.retain(|ill| !ill.waits || ill.invariant != Invariant::EventLost);
    } else {
        component_token(world, &mut ills).await;
        merchants(world, restored, &mut ills).await;
        pushes(world, restored, ticked, &mut ills);
    }
    outbox_and_releases(world, ticked, &mut ills);
    rollout::examine(world, &mut ills);
    ills
}

async fn component_token(world: &Arc<World>, ills: &mut Vec<Ill>) {
    let called = world.on(0, Limit::OPERATIONS, async |process| {
        let component = appid_of_component();
        let request =
            ApiGetAuthorizerList { component_appid: component.as_str(), offset: 0, count: 1 };
        process.platform.caller.component(&component, &request).await.map(drop)
    });
    let (waits, words) = match called.await {
        Some(Ok(())) => return,
        Some(Err(error)) => (waits(world, &error), error.to_string()),
        None => (false, "no process".to_owned()),
    };
    let words = format!("the component's token: {words}");
    ills.push(Ill { invariant: Invariant::NotHealed, waits, words });
}

/// Whether a call that failed will succeed by itself. What a person may have to do is told.
fn waits(world: &Arc<World>, error: &CallError) -> bool {
    match error {
        CallError::Token(TokenError::Halted(_) | TokenError::Shadow(_)) => {
            world.state().truth.counts.told += 1;
            true
        }
        // One that withdrew and authorized again may still be in the spill queue with that.
        CallError::Token(
            TokenError::Busy(_)
            | TokenError::NotAuthorized(_)
            | TokenError::Revoked(_)
            | TokenError::Healing(_),
        ) => true,
        _ => false,
    }
}

/// Every merchant who has authorized, as far as we were told, can be acted for: with the token that
/// is stored and, if the refresh token that is stored is not WeChat's, with the next one too.
async fn merchants(world: &Arc<World>, restored: bool, ills: &mut Vec<Ill>) {
    let known = world.state().truth.merchants();
    for appid in known {
        let truth = world.simulator().authorization(&component().appid, &appid);
        let Some(stands) = world.state().truth.known_to_stand(&appid) else { continue };
        // What happened since the backup is known to WeChat alone.
        let stands = if restored { truth.authorized } else { stands };
        let (pk, sk) = token_key(&appid);
        let item = world.state().tables.read("tokens", &pk, &sk);
        let state = item.as_ref().and_then(|item| item["state"]["S"].as_str());
        if !restored && !world.state().truth.is_told_of(&appid) {
            let words = format!("nobody was told how {appid} stands, authorized: {stands}");
            ills.push(Ill { invariant: Invariant::EventLost, waits: true, words });
        }
        if !stands {
            if state == Some("active") && !restored {
                let words = format!("{appid} has withdrawn, and its token is still active");
                ills.push(Ill { invariant: Invariant::EventLost, waits: true, words });
            }
            continue;
        }
        // An authorization younger than the backup is taken in by the nightly comparison, or by an
        // operator's.
        if restored && matches!(state, None | Some("revoked")) {
            continue;
        }
        let stale =
            world.state().truth.stored_refresh(&appid, item.as_ref()) != truth.refresh_token;
        let named = appid.parse().expect("an appid");
        let called = world.on(0, Limit::OPERATIONS, async move |process| {
            let (platform, component) = (&process.platform, appid_of_component());
            if stale {
                let subject = platform::tokens::Subject::merchant(&component, &named);
                if let Some(item) =
                    platform.tokens.read(&subject).await.map_err(TokenError::from)?
                {
                    let tokens = &platform.tokens;
                    tokens.invalidate(&subject, item.version).await.map_err(TokenError::from)?;
                }
            }
            let request = GetAccountBasicInfo {};
            platform.caller.merchant(&component, &named, &request).await.map(drop)
        });
        let (waits, why) = match called.await {
            Some(Ok(())) => continue,
            Some(Err(error)) => (waits(world, &error), error.to_string()),
            None => (true, "no answer in time".to_owned()),
        };
        let words = format!("{appid} has authorized, and cannot be acted for: {why}");
        ills.push(Ill { invariant: Invariant::TokenLost, waits, words });
    }
}

/// Every push that was acknowledged is in the inbox, and done.
fn pushes(world: &Arc<World>, restored: bool, ticked: i64, ills: &mut Vec<Ill>) {
    let mut state = world.state();
    let state = &mut *state;
    if state.waiting.hidden > 0 || state.waiting.new > 0 {
        let words = format!("queues: {:?}", state.waiting);
        ills.push(Ill { invariant: Invariant::EventLost, waits: true, words });
    }
    if state.waiting.dead > 0 {
        let words = format!("queues: {:?}", state.waiting);
        ills.push(Ill { invariant: Invariant::EventLost, waits: false, words });
    }
    if restored {
        return;
    }
    let ticket = state.truth.ticket();
    if ticket < state.truth.newest_ticket {
        let words =
            format!("ticket {} was acknowledged and {ticket} is stored", state.truth.newest_ticket);
        // It may still be in the spill queue.
        let waits = state.waiting.hidden > 0;
        ills.push(Ill { invariant: Invariant::EventLost, waits, words });
    }
    for pushed in state.truth.acknowledged.clone() {
        let found =
            state.truth.inbox.iter().find(|(_, plain)| {
                pushed.needles.iter().all(|needle| plain.contains(needle.as_str()))
            });
        let words = pushed.needles.join(" ");
        let Some((pk, _)) = found else {
            let waits = state.waiting.hidden > 0;
            let words = format!("{words} was acknowledged and is nowhere");
            ills.push(Ill { invariant: Invariant::EventLost, waits, words });
            continue;
        };
        let item = state.tables.read("inbox", pk, "event").unwrap_or_default();
        let (how, due) = (item["state"]["S"].as_str().unwrap_or("gone"), number(&item, "due_at"));
        let is_well = match how {
            "done" if pushed.then == Then::Forwarded => state.truth.is_forwarded(pk),
            "done" => true,
            "dead" => pushed.then == Then::Poison,
            "received" => pushed.then == Then::Poison && due.is_some(),
            _ => false,
        };
        if !is_well {
            let error = item["last_error"]["S"].as_str().unwrap_or_default();
            let tried = number(&item, "attempts").unwrap_or(0) > 0;
            let waits = match how {
                "received" => tried || due.is_some_and(|due| due > ticked),
                // Its line in the outbox is due at its time.
                "done" => true,
                _ => false,
            };
            let untold = if how == "done" { "and nobody was told" } else { "" };
            let words = format!("{words} is {how} {error}{untold}");
            ills.push(Ill { invariant: Invariant::EventLost, waits, words });
        }
    }
}

/// Nothing is left in the outbox or went out of it untold, and no release waits for an outcome that WeChat could tell.
fn outbox_and_releases(world: &Arc<World>, ticked: i64, ills: &mut Vec<Ill>) {
    for id in world.state().truth.untold() {
        let words = format!("the event {id} was never told");
        ills.push(Ill { invariant: Invariant::EventLost, waits: true, words });
    }
    let state = world.state();
    // By clocks that go wrong nobody can tell whether the holder of a lease is dead.
    let is_skewed = state.nodes.iter().any(|node| node.offset != 0);
    let may_be_left =
        |pk: &str, sk: &str| ["outbox", "release"].contains(&sk) || pk.starts_with("timeline#");
    for item in state.tables.items_with("fleet", may_be_left) {
        let pk = item["pk"]["S"].as_str().unwrap_or_default();
        let due = number(&item, "due_at");
        let waits = due.is_some_and(|due| due > ticked)
            || (is_skewed && item["lease_owner"]["S"].is_string());
        let leftover = match item["sk"]["S"].as_str() {
            Some("outbox") => true,
            // A line that was told has no time left to be told at.
            _ if pk.starts_with("timeline#") => due.is_some(),
            Some("release") => item["standing"]["M"]["pending"]["M"].is_object(),
            _ => false,
        };
        if leftover {
            let words = format!("{pk} is left behind");
            ills.push(Ill { invariant: Invariant::NotHealed, waits, words });
        }
    }
}

impl World {
    /// Leaves out the minutes of the cycle since the last tick: nothing happens in them that was
    /// not looked at already.
    pub(crate) fn skip_cursor(&self) {
        let minute = BEGINNING / 60_000 + i64::try_from(self.elapsed() / 60_000).unwrap_or(0);
        let cursor: Value = json!({
            "pk": { "S": format!("cursor#{}", component().appid) },
            "sk": { "S": "cursor" },
            "minute": { "N": (minute - 1).to_string() },
        });
        self.state().tables.put("tokens", &cursor);
    }
}
