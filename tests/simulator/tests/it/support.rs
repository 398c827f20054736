//! A simulator with a receiver in the same process, and calls spelled by hand.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use simulator::{Authorize, Clock, InProcess, Options, Receiver, Simulator, crypto};

pub(crate) const NOODLES: &str = "wx7c3e19a2b84d5f06";
pub(crate) const FLOWERS: &str = "wx2d90f6b1e7a3c584";
pub(crate) const BOOKS: &str = "wxe48b05d7c1f29a63";

/// 2026-05-20 11:00:00 in Beijing.
pub(crate) const START: i64 = 1_779_246_000;

/// What arrived at the receiver: address and body.
pub(crate) type Arrived = Arc<Mutex<Vec<(String, String)>>>;

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) wechat: InProcess,
    pub(crate) arrived: Arrived,
    pub(crate) component: String,
    pub(crate) secret: String,
}

impl World {
    /// The default world, its clock standing still.
    pub(crate) fn new() -> Self {
        World::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let arrived = Arrived::default();
        let receiver = {
            let arrived = Arc::clone(&arrived);
            Receiver::Function(Arc::new(move |request: Request<Bytes>| {
                let body = String::from_utf8_lossy(request.body()).into_owned();
                arrived.lock().unwrap().push((request.uri().to_string(), body));
                Box::pin(async { Ok(Response::new(Bytes::from_static(b"success"))) })
            }))
        };
        let mut options = Options { clock: Clock::fixed(START), receiver, ..Options::default() };
        let settings = &mut options.components[0];
        settings.event_url = Some("https://fleet.example.com/wechat/events".to_owned());
        settings.message_url = Some("https://fleet.example.com/wechat/$APPID$/messages".to_owned());
        change(&mut options);
        let component = options.components[0].clone();
        let simulator = Simulator::new(options).unwrap();
        World {
            wechat: simulator.service(),
            simulator,
            arrived,
            component: component.appid,
            secret: component.secret,
        }
    }

    /// POST with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.post_raw(path, body.to_string()).await
    }

    pub(crate) async fn post_raw(&self, path: &str, body: impl Into<Bytes>) -> Value {
        let request = Request::post(format!("https://api.weixin.qq.com{path}"));
        let response = self.wechat.answer(request.body(body.into()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        serde_json::from_slice(response.body()).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        serde_json::from_slice(self.get_raw(path).await.body()).unwrap()
    }

    pub(crate) async fn get_raw(&self, path: &str) -> Response<Bytes> {
        let request = Request::get(format!("https://api.weixin.qq.com{path}"));
        self.wechat.answer(request.body(Bytes::new()).unwrap()).await.unwrap()
    }

    /// The component token obtained with this ticket.
    pub(crate) async fn component_token_for(&self, ticket: &str) -> Value {
        let body = json!({
            "component_appid": self.component,
            "component_appsecret": self.secret,
            "component_verify_ticket": ticket,
        });
        self.post("/cgi-bin/component/api_component_token", body).await
    }

    /// A fresh component token, from a fresh ticket.
    pub(crate) async fn component_token(&self) -> String {
        let ticket = self.simulator.push_ticket().await.unwrap().ticket;
        let answer = self.component_token_for(&ticket).await;
        text(&answer["component_access_token"])
    }

    /// A merchant authorizes and the code is exchanged: access token and refresh token.
    pub(crate) async fn authorized(&self, appid: &str) -> (String, String) {
        let token = self.component_token().await;
        let code = self.simulator.authorize(Authorize::new(appid)).await.unwrap().auth_code;
        let answer = self.query_auth(&token, &code).await;
        let info = &answer["authorization_info"];
        (text(&info["authorizer_access_token"]), text(&info["authorizer_refresh_token"]))
    }

    pub(crate) async fn query_auth(&self, token: &str, code: &str) -> Value {
        let path = format!("/cgi-bin/component/api_query_auth?access_token={token}");
        let body = json!({ "component_appid": self.component, "authorization_code": code });
        self.post(&path, body).await
    }

    pub(crate) async fn refresh(&self, token: &str, appid: &str, refresh_token: &str) -> Value {
        let path = format!("/cgi-bin/component/api_authorizer_token?access_token={token}");
        let body = json!({
            "component_appid": self.component,
            "authorizer_appid": appid,
            "authorizer_refresh_token": refresh_token,
        });
        self.post(&path, body).await
    }

    /// The pushes that arrived, decrypted, oldest first; forgets them.
    pub(crate) fn pushes(&self) -> Vec<String> {
        let settings = &self.simulator.state()["components"][&self.component]["settings"];
        let key = crypto::CallbackKey::parse(settings["encoding_aes_key"].as_str().unwrap());
        let key = key.unwrap();
        let arrived = std::mem::take(&mut *self.arrived.lock().unwrap());
        let bodies = arrived.iter().filter(|(_, body)| !body.is_empty());
        bodies
            .map(|(_, body)| {
                let encrypt = body.split_once("<Encrypt><![CDATA[").unwrap().1;
                key.decrypt(encrypt.split_once("]]>").unwrap().0).unwrap().0
            })
            .collect()
    }
}

#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}")).to_owned()
}

/// The errcode of an answer, 0 if it has none.
pub(crate) fn code(answer: &Value) -> i64 {
    answer.get("errcode").map_or(0, |code| code.as_i64().unwrap())
}
