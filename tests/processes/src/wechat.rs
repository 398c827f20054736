//! The two calls of WeChat that `refresh` makes, strictly, with the time they take. A refresh token
//! is good once: whoever loses one, or renews with it twice, is refused from then on.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Router, body::Bytes, extract, http::Uri, response::IntoResponse};
use jiff::Timestamp;
use platform::clock::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use wechat::transport::{Sending, Transport};

/// How long a token lives.
const LIFE: i64 = 7200;

/// Clones share the merchants.
#[derive(Clone)]
pub(crate) struct WeChat(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    latency: Duration,
    token_bytes: usize,
    component: Component,
    state: Mutex<State>,
}

/// What WeChat knows the platform by.
#[derive(Clone)]
pub(crate) struct Component {
    pub(crate) appid: String,
    pub(crate) secret: String,
    pub(crate) ticket: String,
}

#[derive(Default)]
struct State {
    component_tokens: u64,
    merchants: HashMap<String, Merchant>,
    tally: Tally,
}

struct Merchant {
    /// Of the refresh token that is good.
    generation: u64,
    expires: Timestamp,
}

/// What came so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Tokens that were renewed.
    pub(crate) renewed: u64,
    /// Calls that were refused, and the first of them.
    pub(crate) refused: u64,
    pub(crate) first_refusal: Option<String>,
    pub(crate) under_way: u64,
    /// The most calls that were under way at once.
    pub(crate) at_once: u64,
    /// Seconds of life that the old token had left when the new one was made.
    pub(crate) life_left: Vec<i64>,
}

impl WeChat {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        component: Component,
        latency: Duration,
        token_bytes: usize,
    ) -> WeChat {
        let state = Mutex::default();
        WeChat(Arc::new(Inner { clock, latency, token_bytes, component, state }))
    }

    /// A merchant authorized; answers its access token and its refresh token. The access token
    /// has `life` left.
    pub(crate) fn authorize(&self, appid: &str, life: Duration) -> (String, String) {
        let merchant = Merchant { generation: 0, expires: self.0.clock.now() + life };
        self.state().merchants.insert(appid.to_owned(), merchant);
        (self.access_token(appid, 0), refresh_token(appid, 0))
    }

    pub(crate) fn tally(&self) -> Tally {
        self.state().tally.clone()
    }

    /// Forgets what came so far.
    pub(crate) fn reset_tally(&self) {
        self.state().tally = Tally::default();
    }

    /// Whether this refresh token is the merchant's present one.
    pub(crate) fn is_current(&self, appid: &str, refresh_token: &str) -> bool {
        let state = self.state();
        let merchant = state.merchants.get(appid);
        merchant.is_some_and(|merchant| {
            self::refresh_token(appid, merchant.generation) == refresh_token
        })
    }

    /// Answers on a free port from now on.
    pub(crate) async fn serve(&self) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    }

    async fn call(&self, uri: &Uri, body: &[u8]) -> Value {
        {
            let mut state = self.state();
            state.tally.under_way += 1;
            state.tally.at_once = state.tally.at_once.max(state.tally.under_way);
        }
        tokio::time::sleep(self.0.latency).await;
        let answer = self.answer(uri, body);
        let mut state = self.state();
        state.tally.under_way -= 1;
        answer.unwrap_or_else(|(errcode, errmsg)| {
            state.tally.refused += 1;
            let refusal = format!("{errcode} {errmsg} {}", uri.path());
            state.tally.first_refusal.get_or_insert(refusal);
            json!({ "errcode": errcode, "errmsg": errmsg })
        })
    }

    fn answer(&self, uri: &Uri, body: &[u8]) -> Result<Value, (i64, &'static str)> {
        let body: Value = serde_json::from_slice(body).map_err(|_| (47001, "data format error"))?;
        let component = &self.0.component;
        if body["component_appid"] != component.appid {
            return Err((40013, "invalid appid"));
        }
        let mut state = self.state();
        match uri.path() {
            "/cgi-bin/component/api_component_token" => {
                if body["component_appsecret"] != component.secret {
                    return Err((40125, "invalid appsecret"));
                }
                if body["component_verify_ticket"] != component.ticket {
                    return Err((61006, "component ticket is invalid"));
                }
                state.component_tokens += 1;
                let token = component_token(state.component_tokens);
                Ok(json!({ "component_access_token": token, "expires_in": LIFE }))
            }
            "/cgi-bin/component/api_authorizer_token" => {
                let sent = uri.query().and_then(|query| query.strip_prefix("access_token="));
                if sent != Some(&component_token(state.component_tokens)) {
                    return Err((40001, "invalid credential, access_token is invalid"));
                }
                let appid = body["authorizer_appid"].as_str().unwrap_or_default();
                let merchant = state.merchants.get_mut(appid);
                let merchant =
                    merchant.ok_or((61003, "component is not authorized by this account"))?;
                if body["authorizer_refresh_token"] != refresh_token(appid, merchant.generation) {
                    return Err((61023, "refresh_token is invalid"));
                }
                merchant.generation += 1;
                let now = self.0.clock.now();
                let left = merchant.expires.duration_since(now).as_secs();
                merchant.expires = now + Duration::from_secs(LIFE.unsigned_abs());
                let generation = merchant.generation;
                state.tally.renewed += 1;
                state.tally.life_left.push(left);
                Ok(json!({
                    "authorizer_access_token": self.access_token(appid, generation),
                    "expires_in": LIFE,
                    "authorizer_refresh_token": refresh_token(appid, generation),
                }))
            }
            _ => Err((40066, "invalid url")),
        }
    }

    fn access_token(&self, appid: &str, generation: u64) -> String {
        let mut token = format!("access-{appid}-{generation}-");
        token.extend(std::iter::repeat_n('x', self.0.token_bytes.saturating_sub(token.len())));
        token
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As long as WeChat's.
fn refresh_token(appid: &str, generation: u64) -> String {
    format!("refreshtoken@@@{appid}-{generation:024}")
}

fn component_token(number: u64) -> String {
    format!("component-token-{number:0140}")
}

async fn answer(
    extract::State(wechat): extract::State<WeChat>,
    uri: Uri,
    body: Bytes,
) -> impl IntoResponse {
    let answer = wechat.call(&uri, &body).await;
    ([("content-type", "application/json")], answer.to_string())
}

impl Transport for WeChat {
    fn send(&self, request: http::Request<bytes::Bytes>, _: Duration) -> Sending<'_> {
        Box::pin(async move {
            let answer = self.call(request.uri(), request.body()).await;
            Ok(http::Response::new(answer.to_string().into()))
        })
    }
}
