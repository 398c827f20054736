//! A simulator with a receiver in the same process, and calls spelled by hand.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use simulator::{Authorize, Clock, InProcess, Options, Receiver, Simulator, Verdict, crypto};

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

    /// POST with a form: one file, and fields of text.
    pub(crate) async fn upload(
        &self,
        path: &str,
        field: &str,
        (name, bytes): (&str, &[u8]),
        texts: &[(&str, &str)],
    ) -> Value {
        let mut body = Vec::new();
        for (name, value) in texts {
            let head = "Content-Disposition: form-data; name";
            body.extend(format!("--XX\r\n{head}=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let head = format!("form-data; name=\"{field}\"; filename=\"{name}\"");
        body.extend(format!("--XX\r\nContent-Disposition: {head}\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let request = Request::post(format!("https://api.weixin.qq.com{path}"))
            .header("content-type", "multipart/form-data; boundary=XX");
        let response = self.wechat.answer(request.body(body.into()).unwrap()).await.unwrap();
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

/// An authorized mini program with a template to commit.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) appid: String,
    pub(crate) template: i64,
    pub(crate) token: String,
}

impl Shop {
    pub(crate) async fn new(appid: &str) -> Self {
        Shop::with(appid, |_| {}).await
    }

    pub(crate) async fn with(appid: &str, change: impl FnOnce(&mut Options)) -> Self {
        let world = World::with(change);
        let (token, _) = world.authorized(appid).await;
        let component = world.component_token().await;
        let add = format!("/wxa/addtotemplate?access_token={component}");
        world.post(&add, json!({ "draft_id": 1 })).await;
        let list = world.get(&format!("/wxa/gettemplatelist?access_token={component}")).await;
        let template = list["template_list"][0]["template_id"].as_i64().unwrap();
        Shop { world, appid: appid.to_owned(), template, token }
    }

    /// Fetches another access token, for the old one has expired.
    pub(crate) async fn renew(&mut self) {
        let component = self.world.component_token().await;
        let state = self.world.simulator.state();
        let grant = &state["merchants"][&self.appid]["grants"][&self.world.component];
        let refresh_token = text(&grant["refresh_token"]);
        let answer = self.world.refresh(&component, &self.appid, &refresh_token).await;
        self.token = text(&answer["authorizer_access_token"]);
    }

    pub(crate) async fn get(&self, name: &str) -> Value {
        self.world.get(&format!("/wxa/{name}?access_token={}", self.token)).await
    }

    pub(crate) async fn post(&self, name: &str, body: Value) -> Value {
        self.world.post(&format!("/wxa/{name}?access_token={}", self.token), body).await
    }

    pub(crate) async fn commit(&self, version: &str) -> Value {
        let body = json!({
            "template_id": self.template,
            "ext_json": json!({ "extAppid": self.appid, "ext": { "店名": "面馆" } }).to_string(),
            "user_version": version,
            "user_desc": "初版",
        });
        self.post("commit", body).await
    }

    /// Commits and waits for the privacy detection.
    pub(crate) async fn committed(&self, version: &str) -> Value {
        let answer = self.commit(version).await;
        self.world.simulator.advance(3);
        answer
    }

    pub(crate) fn submission(&self) -> Value {
        let state = self.world.simulator.state();
        let own = &state["merchants"][&self.appid]["account"]["categories"][0];
        let any = json!({
            "first_class": "教育", "second_class": "在线教育", "first_id": 8, "second_id": 39,
        });
        let category = if own.is_null() { &any } else { own };
        json!({
            "item_list": [{
                "address": "pages/index/index",
                "tag": "点单 外卖",
                "first_class": category["first_class"],
                "second_class": category["second_class"],
                "first_id": category["first_id"],
                "second_id": category["second_id"],
                "title": "首页",
            }],
        })
    }

    pub(crate) async fn submit(&self) -> Value {
        self.post("submit_audit", self.submission()).await
    }

    /// Commits, submits, is approved, releases.
    pub(crate) async fn live(&self, version: &str) {
        assert_eq!(code(&self.committed(version).await), 0);
        assert_eq!(code(&self.submit().await), 0);
        self.world.simulator.approve(Verdict::on(&self.appid)).await.unwrap();
        assert_eq!(code(&self.post("release", json!({})).await), 0);
    }
}
