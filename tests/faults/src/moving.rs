//! Another system runs the component for a while: what it does at WeChat, and what an operator
//! orders before and after.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::Request;
use platform::adoption::{Lent, Mode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    plan::NODES,
    setup::appid_of_component,
    world::{World, component},
};

/// An operator orders what did not succeed again after this long.
const AGAIN: Duration = Duration::from_secs(2);
/// And gives up after so many orders: longer than any fault of a schedule lasts.
const PATIENCE: usize = 60;
/// What a request to the operators' API may take.
const REQUEST: Duration = Duration::from_secs(20);

impl World {
    /// An operator puts the component into shadow mode, and then another system begins.
    pub(crate) async fn hand_over(self: &Arc<Self>, node: usize) {
        for order in 0..PATIENCE {
            let done = self.on((node + order) % NODES, async |process| {
                let adoption = &process.platform.adoption;
                adoption.switch(&appid_of_component(), Mode::Shadow, "admin", false).await.is_ok()
            });
            if done.await == Some(true) {
                let at = self.elapsed();
                self.state().truth.elsewhere_since = Some(at);
                self.state().truth.counts.injections += 1;
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
        let known = component().appid;
        let authorization = self.simulator().authorization(&known, appid);
        if authorization.authorized {
            let body = json!({
                "component_appid": known,
                "authorizer_appid": appid,
                "authorizer_refresh_token": authorization.refresh_token,
            });
            self.call_elsewhere("/cgi-bin/component/api_authorizer_token", &token, body).await;
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
        let done = self.on(node, async move |process| {
            let (adoption, until) = (&process.platform.adoption, Instant::now() + REQUEST);
            adoption.import(&appid_of_component(), lent, until).await
        });
        matches!(done.await, Some(Ok(import)) if import.finished_at.is_some())
    }

    /// The other system stops, and an operator makes the component active.
    pub(crate) async fn take_back(self: &Arc<Self>, node: usize) {
        for order in 0..PATIENCE {
            self.state().truth.elsewhere_since = None;
            let done = self.on((node + order) % NODES, async |process| {
                let adoption = &process.platform.adoption;
                adoption.switch(&appid_of_component(), Mode::Active, "admin", true).await.is_ok()
            });
            if done.await == Some(true) {
                return;
            }
            // It may have been refused for want of an import.
            self.import_once((node + order) % NODES).await;
            sleep(AGAIN).await;
        }
    }

    async fn component_token_elsewhere(&self) -> Option<String> {
        let (known, ticket) = (component(), self.state().tickets.last()?.0.clone());
        let body = json!({
            "component_appid": known.appid,
            "component_appsecret": known.secret,
            "component_verify_ticket": ticket,
        });
        let answer = self.call_elsewhere("/cgi-bin/component/api_component_token", "", body).await;
        let token = answer["component_access_token"].as_str()?.to_owned();
        self.state().lent = Some(token.clone());
        Some(token)
    }

    /// A call that passes none of our machines.
    async fn call_elsewhere(&self, path: &str, token: &str, body: Value) -> Value {
        let request = Request::post(format!("http://wechat.invalid{path}?access_token={token}"))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .expect("a request is made of plain parts");
        match self.simulator().service().answer(request).await {
            Ok(answer) => serde_json::from_slice(answer.body()).unwrap_or_default(),
            Err(_) => Value::Null,
        }
    }
}
