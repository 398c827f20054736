//! A WeChat with just the calls of an authorization, which a test can hold up at any of them. It
//! spells paths and fields by hand.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use wechat::transport::{Sending, Transport, TransportError};

use crate::world::{COMPONENT, START};

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Accident {
    /// WeChat acts, and nobody hears of it.
    LostAnswer,
    /// WeChat does nothing, and nobody hears of it.
    TimedOut,
    /// WeChat refuses.
    Refused(i64),
    /// WeChat acts, and somebody renews the tokens of this account at once.
    Renewed(&'static str),
}

/// A merchant's account, as WeChat knows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    /// None if it has not authorized, or has withdrawn.
    pub(crate) refresh_token: Option<String>,
    pub(crate) permission_sets: Vec<i64>,
    pub(crate) nick_name: String,
    pub(crate) auth_time: i64,
}

#[derive(Default)]
struct State {
    accounts: BTreeMap<String, Account>,
    /// Codes that were not exchanged yet: whose they are, and the refresh token of their grant.
    codes: BTreeMap<String, (String, String)>,
    calls: Vec<String>,
    accidents: VecDeque<(String, Accident)>,
    /// Whether `api_get_authorizer_info` shows the refresh token, which it does at times.
    hides_refresh_tokens: bool,
    issued: u64,
    /// The `Date` header, if there is one.
    date: Option<String>,
}

/// The scripted WeChat. Clones are handles of the same one.
#[derive(Clone)]
pub(crate) struct WeChat {
    state: Arc<Mutex<State>>,
    /// Answers wait for one permit each.
    gate: Arc<Semaphore>,
}

impl WeChat {
    pub(crate) fn new() -> Self {
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        WeChat { state: Arc::default(), gate }
    }

    /// The merchant authorizes: the code that the redirect and the push carry.
    pub(crate) fn authorize(&self, appid: &str, sets: &[i64], auth_time: i64) -> String {
        let mut state = self.state();
        state.issued += 1;
        let serial = state.issued;
        let account = state.accounts.entry(appid.to_owned()).or_default();
        let refresh_token = format!("refreshtoken@@@{serial}");
        account.refresh_token = Some(refresh_token.clone());
        account.permission_sets = sets.to_vec();
        account.nick_name = "小店".to_owned();
        account.auth_time = auth_time;
        let code = format!("queryauthcode@@@{serial}");
        state.codes.insert(code.clone(), (appid.to_owned(), refresh_token));
        code
    }

    /// The merchant withdraws.
    pub(crate) fn withdraw(&self, appid: &str) {
        let mut state = self.state();
        state.accounts.entry(appid.to_owned()).or_default().refresh_token = None;
        state.codes.retain(|_, (owner, _)| owner != appid);
    }

    /// Somebody exchanges the code, and nobody hears of it.
    pub(crate) fn spend(&self, code: &secrecy::SecretString) {
        self.state().codes.remove(code.expose_secret());
    }

    /// The next call of `path` meets an accident.
    pub(crate) fn next(&self, path: &str, accident: Accident) {
        self.state().accidents.push_back((path.to_owned(), accident));
    }

    pub(crate) fn hide_refresh_tokens(&self) {
        self.state().hides_refresh_tokens = true;
    }

    pub(crate) fn set_date(&self, date: &str) {
        self.state().date = Some(date.to_owned());
    }

    /// Nobody gets an answer until [`WeChat::open`].
    pub(crate) fn close(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn open(&self) {
        self.gate.add_permits(1000);
    }

    /// How often `path` was called.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.state().calls.iter().filter(|call| *call == path).count()
    }

    /// Waits until `path` was called so often.
    pub(crate) async fn called(&self, path: &str, times: usize) {
        while self.calls(path) < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Transport for WeChat {
    fn send(&self, request: http::Request<Bytes>, timeout: Duration) -> Sending<'_> {
        let path = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        Box::pin(async move {
            let (accident, date) = {
                let mut state = self.state();
                state.calls.push(path.clone());
                let place = state.accidents.iter().position(|(at, _)| *at == path);
                let accident = place.and_then(|place| state.accidents.remove(place));
                (accident.map(|(_, accident)| accident), state.date.clone())
            };
            self.gate.acquire().await.unwrap().forget();
            let answer = match accident {
                Some(Accident::TimedOut) => return Err(TransportError::TimedOut(timeout)),
                Some(Accident::Refused(errcode)) => refuse(errcode),
                Some(Accident::LostAnswer) => {
                    self.state().answer(&path, &body);
                    return Err(TransportError::TimedOut(timeout));
                }
                Some(Accident::Renewed(appid)) => {
                    let mut state = self.state();
                    let answer = state.answer(&path, &body);
                    state.renew(appid);
                    answer
                }
                None => self.state().answer(&path, &body),
            };
            let mut response = http::Response::builder();
            if let Some(date) = date {
                response = response.header("date", date);
            }
            Ok(response.body(Bytes::from(answer.to_string())).unwrap())
        })
    }
}

impl State {
    fn answer(&mut self, path: &str, body: &Value) -> Value {
        if body["component_appid"] != COMPONENT {
            return refuse(40013);
        }
        match path {
            "api_component_token" => {
                json!({ "component_access_token": "component-token", "expires_in": 7200 })
            }
            "api_query_auth" => self.query_auth(body["authorization_code"].as_str().unwrap()),
            "api_authorizer_token" => {
                let token = body["authorizer_refresh_token"].as_str().map(str::to_owned);
                let account = self.accounts.get(body["authorizer_appid"].as_str().unwrap());
                if token.is_none() || account.is_none_or(|known| known.refresh_token != token) {
                    return refuse(61023);
                }
                json!({ "authorizer_access_token": format!("renewed-by-{}", token.unwrap()),
                        "expires_in": 7200,
                        "authorizer_refresh_token": body["authorizer_refresh_token"] })
            }
            "api_get_authorizer_info" => self.info(body["authorizer_appid"].as_str().unwrap()),
            "api_get_authorizer_list" => {
                let granted = self.accounts.iter().filter_map(|(appid, account)| {
                    Some(json!({ "authorizer_appid": appid,
                                 "refresh_token": account.refresh_token.as_ref()?,
                                 "auth_time": account.auth_time }))
                });
                let list: Vec<Value> = granted.collect();
                json!({ "total_count": list.len(), "list": list })
            }
            other => panic!("nobody expected {other}"),
        }
    }

    /// The account's refresh token is exchanged for another.
    fn renew(&mut self, appid: &str) {
        self.issued += 1;
        let serial = self.issued;
        let account = self.accounts.get_mut(appid).unwrap();
        account.refresh_token = Some(format!("refreshtoken@@@{serial}"));
    }

    fn query_auth(&mut self, code: &str) -> Value {
        let Some((appid, refresh_token)) = self.codes.remove(code) else {
            return refuse(61010);
        };
        let account = &self.accounts[&appid];
        let mut info = json!({ "authorizer_appid": appid, "func_info": account.func_info() });
        if !account.permission_sets.is_empty() {
            info["authorizer_access_token"] = json!(format!("access-of-{code}"));
            info["expires_in"] = json!(7200);
            info["authorizer_refresh_token"] = json!(refresh_token);
        }
        json!({ "authorization_info": info })
    }

    fn info(&self, appid: &str) -> Value {
        let granted = self.accounts.get(appid).filter(|known| known.refresh_token.is_some());
        let Some(account) = granted else { return refuse(61003) };
        let mut authorization =
            json!({ "authorizer_appid": appid, "func_info": account.func_info() });
        if !self.hides_refresh_tokens {
            authorization["authorizer_refresh_token"] = json!(account.refresh_token);
        }
        json!({
            "authorizer_info": {
                "nick_name": account.nick_name, "user_name": "gh_0123456789ab",
                "principal_name": "某某有限公司", "head_img": "http://wx.qlogo.cn/a", "signature": "",
                "service_type_info": { "id": 0 }, "verify_type_info": { "id": -1 },
                "MiniProgramInfo": { "network": {}, "categories": [{"first": "工具", "second": "备忘录"}] },
            },
            "authorization_info": authorization,
        })
    }
}

impl Account {
    fn func_info(&self) -> Vec<Value> {
        let wrap = |id: &i64| json!({ "funcscope_category": { "id": id } });
        self.permission_sets.iter().map(wrap).collect()
    }
}

fn refuse(errcode: i64) -> Value {
    json!({ "errcode": errcode, "errmsg": "refused rid: 1-2-3" })
}

/// The `auth_time` of most tests.
pub(crate) const AUTH_TIME: i64 = START;
