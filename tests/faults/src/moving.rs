//! Another system runs the component for a while: what it does at WeChat, and what an operator
//! orders before and after.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::Request;
use platform::adoption::{AdoptionError, Lent, Mode, Phase};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    check::Ill,
    path,
    plan::NODES,
    setup::appid_of_component,
    truth::Invariant,
    world::{Limit, World, component},
};

/// An operator orders what did not succeed again after this long.
const AGAIN: Duration = Duration::from_secs(2);
/// And gives up after so many orders: longer than any fault of a schedule lasts.
const PATIENCE: usize = 150;
/// What a request to the operators' API may take.
const REQUEST: Duration = Duration::from_secs(20);
/// Calls that put an end to what another system holds.
const MINTING: [&str; 4] =
    [path::COMPONENT_TOKEN, path::MERCHANT_TOKEN, path::QUERY_AUTH, path::START_TICKETS];
/// Calls that were under way when the component was handed over, or when a machine that stood
/// still goes on, have ended after this long, in milliseconds.
const UNDER_WAY: u64 = 30_000;

impl World {
    /// One of our machines is about to make a call: none that mints while another system does.
    pub(crate) fn look_at_minting(&self, node: usize, path: &str) {
        if !MINTING.contains(&path) {
            return;
        }
        let at = self.elapsed();
        let mut state = self.state();
        let Some(since) = state.truth.elsewhere_since else { return };
        let begun = since.max(state.nodes[node].stood_still.last().map_or(0, |pause| pause.end));
        if at > begun + UNDER_WAY {
            let words = format!("machine {node} called {path} while another system renews");
            state.truth.breaks(Invariant::RefreshedTwice, at, words);
        }
    }

    /// An operator puts the component into shadow mode, and then another system begins.
    pub(crate) async fn hand_over(self: &Arc<Self>, node: usize) {
        let _turn = self.operator.lock().await;
        for order in 0..PATIENCE {
            let done = self.on((node + order) % NODES, Limit::OPERATIONS, async |process| {
                let adoption = &process.platform.adoption;
                adoption.switch(&appid_of_component(), Mode::Shadow, "admin", false).await.is_ok()
            });
            if done.await == Some(true) {
                let at = self.elapsed();
                let mut state = self.state();
                state.truth.elsewhere_since = Some(at);
                // What it held before is long gone.
                state.lent = None;
                state.truth.counts.hand_overs += 1;
                return;
            }
            sleep(AGAIN).await;
        }
    }

    /// The other system renews its component token, and a merchant's token if it may. It holds what
    /// WeChat shows last.
    pub(crate) async fn renew_elsewhere(&self, appid: &str) {
        if self.state().truth.elsewhere_since.is_none() {
            return;
        }
        let Some(token) = self.component_token_elsewhere().await else { return };
        let known = &component().appid;
        let authorization = self.simulator().authorization(known, appid);
        if !authorization.authorized {
            return;
        }
        let body = json!({
            "component_appid": known,
            "authorizer_appid": appid,
            "authorizer_refresh_token": authorization.refresh_token,
        });
        let answer = self.call_elsewhere(path::MERCHANT_TOKEN, Some(&token), body).await;
        if let Some(refresh) = answer["authorizer_refresh_token"].as_str() {
            self.state().truth.in_force(appid, refresh);
        }
    }

    /// An operator imports until the import is finished, or another one has made the component
    /// active.
    pub(crate) async fn import(self: &Arc<Self>, node: usize) {
        for order in 0..PATIENCE {
            if self.state().truth.elsewhere_since.is_none() {
                return;
            }
            self.component_token_elsewhere().await;
            if self.import_once((node + order) % NODES).await {
                return;
            }
            sleep(AGAIN).await;
        }
    }

    /// One request of an import, with the token that was lent last; true if it is finished.
    async fn import_once(self: &Arc<Self>, node: usize) -> bool {
        let Some(token) = self.state().lent.clone() else { return false };
        let lent =
            Lent { component_token: SecretString::from(token), refresh_tokens: BTreeMap::new() };
        let done = self.on(node, Limit::OPERATIONS, async move |process| {
            let (adoption, until) = (&process.platform.adoption, Instant::now() + REQUEST);
            adoption.import(&appid_of_component(), lent, until).await
        });
        match done.await {
            Some(Ok(import)) => import.finished_at.is_some(),
            Some(Err(AdoptionError::LentTokenRefused(_))) => {
                // The other system's operator is asked for a fresh one.
                self.state().lent = None;
                false
            }
            Some(Err(_)) | None => false,
        }
    }

    /// The other system stops, and an operator makes the component active.
    pub(crate) async fn take_back(self: &Arc<Self>, node: usize) {
        let _turn = self.operator.lock().await;
        if self.state().truth.elsewhere_since.take().is_none() {
            return;
        }
        for order in 0..PATIENCE {
            // Another system was given it meanwhile: the order is void.
            if self.state().truth.elsewhere_since.is_some() {
                return;
            }
            let done = self.on((node + order) % NODES, Limit::OPERATIONS, async |process| {
                let adoption = &process.platform.adoption;
                adoption.switch(&appid_of_component(), Mode::Active, "admin", true).await.is_ok()
            });
            if done.await == Some(true) {
                self.state().truth.counts.cut_overs += 1;
                return;
            }
            // It may have been refused for want of an import; for that it needs a token once more.
            if self.state().lent.is_none() {
                self.component_token_elsewhere().await;
            }
            self.import_once((node + order) % NODES).await;
            sleep(AGAIN).await;
        }
    }

    /// The other system begins when what was under way here has ended.
    async fn component_token_elsewhere(&self) -> Option<String> {
        let since = self.state().truth.elsewhere_since;
        if since.is_some_and(|since| self.elapsed() < since + UNDER_WAY) {
            return None;
        }
        let (known, ticket) = (component(), self.state().tickets.last()?.0.clone());
        let body = json!({
            "component_appid": known.appid,
            "component_appsecret": known.secret,
            "component_verify_ticket": ticket,
        });
        let answer = self.call_elsewhere(path::COMPONENT_TOKEN, None, body).await;
        let token = answer["component_access_token"].as_str()?.to_owned();
        self.state().lent = Some(token.clone());
        Some(token)
    }

    /// A call that passes none of our machines.
    async fn call_elsewhere(&self, path: &str, token: Option<&str>, body: Value) -> Value {
        let query = token.map(|token| format!("?access_token={token}")).unwrap_or_default();
        let request = Request::post(format!("http://wechat.invalid{path}{query}"))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .expect("a request is made of plain parts");
        match self.simulator().service().answer(request).await {
            Ok(answer) => serde_json::from_slice(answer.body()).unwrap_or_default(),
            Err(_) => Value::Null,
        }
    }
}

/// The component is another system's: the mode says so, and what that system holds works.
pub(crate) async fn examine(world: &Arc<World>, ills: &mut Vec<Ill>) {
    world.state().truth.counts.told += 1;
    let shown = world
        .on(0, Limit::OPERATIONS, async |process| {
            process.platform.adoption.show(&appid_of_component()).await
        })
        .await;
    match shown {
        Some(Ok(record)) if record.mode == Mode::Shadow && record.phase == Phase::Settled => {}
        shown => {
            let words = format!("the component was handed over, and its mode is {shown:?}");
            ills.push(Ill { invariant: Invariant::NotHealed, waits: true, words });
        }
    }
    let Some(token) = world.state().lent.clone() else { return };
    let list = json!({ "component_appid": component().appid, "offset": 0, "count": 1 });
    let answer = world.call_elsewhere(path::AUTHORIZER_LIST, Some(&token), list).await;
    if answer["total_count"].is_null() {
        let words = format!("the other system's component token is refused: {answer}");
        ills.push(Ill { invariant: Invariant::RefreshedTwice, waits: false, words });
    }
}
