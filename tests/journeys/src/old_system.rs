//! Another system that runs the same third-party platform: it renews tokens as it pleases, calls
//! WeChat by hand-written requests, and counts what it has minted.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use simulator::{Authorize, Via};

use crate::{HttpClient, World};

/// The other system.
pub struct OldSystem {
    client: HttpClient,
    wechat: String,
    component: String,
    secret: String,
    component_token: String,
    merchants: BTreeMap<String, Tokens>,
    minted: BTreeMap<&'static str, u64>,
}

struct Tokens {
    access: String,
    refresh: String,
}

/// The calls that put an end to tokens that somebody else holds.
const MINTING: [&str; 4] = [
    "/cgi-bin/component/api_component_token",
    "/cgi-bin/component/api_authorizer_token",
    "/cgi-bin/component/api_query_auth",
    "/cgi-bin/component/api_start_push_ticket",
];

impl OldSystem {
    /// Runs the world's first component, with a ticket that WeChat pushes now.
    pub async fn start(world: &World) -> OldSystem {
        let component = world.system().component();
        let mut system = OldSystem {
            client: HttpClient::new(),
            wechat: world.simulator().base_url(),
            component: component.appid.clone(),
            secret: component.secret.expose_secret().to_owned(),
            component_token: String::new(),
            merchants: BTreeMap::new(),
            minted: BTreeMap::new(),
        };
        system.keep_component(world).await;
        system
    }

    /// Its component token.
    pub fn component_token(&self) -> &str {
        &self.component_token
    }

    /// A merchant's access token.
    pub fn access_token(&self, appid: &str) -> &str {
        &self.merchants[appid].access
    }

    /// A merchant's refresh token.
    pub fn refresh_token(&self, appid: &str) -> &str {
        &self.merchants[appid].refresh
    }

    /// Uploads a version of its own for a merchant, and submits it for review.
    pub async fn submit(&self, world: &World, appid: &str) {
        let token = &self.component_token;
        let drafts = self.get("/wxa/gettemplatedraftlist", token).await;
        let draft = json!({ "draft_id": drafts["draft_list"][0]["draft_id"], "template_type": 0 });
        self.expect_done("/wxa/addtotemplate", token, draft).await;
        let templates = self.get("/wxa/gettemplatelist", token).await;
        let token = &self.merchants[appid].access;
        let code = json!({
            "template_id": templates["template_list"][0]["template_id"],
            "ext_json": json!({ "extAppid": appid }).to_string(),
            "user_version": "7.4.1",
            "user_desc": "by the other system",
        });
        self.expect_done("/wxa/commit", token, code).await;
        // WeChat's privacy detection takes its time.
        world.clock().advance(120);
        let categories = self.get("/wxa/get_category", token).await;
        let category = &categories["category_list"][0];
        let item = json!({
            "first_class": category["first_class"], "second_class": category["second_class"],
            "first_id": category["first_id"], "second_id": category["second_id"],
        });
        self.expect_done("/wxa/submit_audit", token, json!({ "item_list": [item] })).await;
    }

    /// A ticket comes, also to this platform, and a component token is fetched with it.
    pub async fn keep_component(&mut self, world: &World) {
        let pushed = world.simulator().push_ticket_to(Some(&self.component)).await;
        let pushed = pushed.expect("the component exists");
        assert!(pushed.delivery.accepted, "{:?}", pushed.delivery);
        let body = json!({
            "component_appid": self.component,
            "component_appsecret": self.secret,
            "component_verify_ticket": pushed.ticket,
        });
        let answer = self.mint(MINTING[0], "", body).await;
        self.component_token = text(&answer["component_access_token"]);
    }

    /// A merchant authorizes it; WeChat's push comes to this platform too.
    pub async fn authorize(&mut self, world: &World, appid: &str) {
        let authorize = Authorize {
            component: Some(self.component.clone()),
            via: Via::PushOnly,
            ..Authorize::new(appid)
        };
        let authorized = world.simulator().authorize(authorize).await;
        let authorized = authorized.expect("component and merchant exist");
        assert!(authorized.push.is_some_and(|push| push.accepted), "the push was refused");
        let body = json!({
            "component_appid": self.component,
            "authorization_code": authorized.auth_code,
        });
        let answer = self.mint(MINTING[2], &self.component_token.clone(), body).await;
        let info = &answer["authorization_info"];
        let tokens = Tokens {
            access: text(&info["authorizer_access_token"]),
            refresh: text(&info["authorizer_refresh_token"]),
        };
        self.merchants.insert(appid.to_owned(), tokens);
    }

    /// Renews a merchant's token.
    pub async fn renew(&mut self, appid: &str) {
        let body = json!({
            "component_appid": self.component,
            "authorizer_appid": appid,
            "authorizer_refresh_token": self.merchants[appid].refresh,
        });
        let answer = self.mint(MINTING[1], &self.component_token.clone(), body).await;
        let tokens = Tokens {
            access: text(&answer["authorizer_access_token"]),
            refresh: text(&answer["authorizer_refresh_token"]),
        };
        self.merchants.insert(appid.to_owned(), tokens);
    }

    /// Takes up its work after a pause: a new component token, the refresh tokens of WeChat's
    /// list, and an access token for every merchant.
    pub async fn come_back(&mut self, world: &World) {
        self.keep_component(world).await;
        let body = json!({ "component_appid": self.component, "offset": 0, "count": 500 });
        let path = "/cgi-bin/component/api_get_authorizer_list";
        let list = self.post(path, &self.component_token.clone(), body).await;
        for merchant in list["list"].as_array().into_iter().flatten() {
            let appid = text(&merchant["authorizer_appid"]);
            let refresh = text(&merchant["refresh_token"]);
            self.merchants.insert(appid.clone(), Tokens { access: String::new(), refresh });
            self.renew(&appid).await;
        }
    }

    /// Fails the test unless every token that it holds still works, and unless all that was ever
    /// minted since the log was cleared was minted by it.
    #[track_caller]
    pub fn expect_undisturbed<'a>(&'a self, world: &'a World) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            for path in MINTING {
                let own = self.minted.get(path).copied().unwrap_or(0);
                assert_eq!(world.calls(path), own, "{caller}: somebody else called {path}");
            }
            let body = json!({ "component_appid": self.component });
            let path = "/cgi-bin/component/api_create_preauthcode";
            let answer = self.post(path, &self.component_token, body).await;
            assert_eq!(errcode(&answer), 0, "{caller}: component token: {answer}");
            for (appid, tokens) in &self.merchants {
                let answer = self.post(
                    "/wxa/memberauth",
                    &tokens.access,
                    json!({
                        "action": "get_experiencer",
                    }),
                );
                let answer = answer.await;
                assert_eq!(errcode(&answer), 0, "{caller}: {appid}: {answer}");
            }
        }
    }

    /// The simulator's log was cleared.
    pub fn forget_mints(&mut self) {
        self.minted.clear();
    }

    /// Its merchants.
    pub fn merchants(&self) -> Vec<&str> {
        self.merchants.keys().map(String::as_str).collect()
    }

    async fn mint(&mut self, path: &'static str, token: &str, body: Value) -> Value {
        *self.minted.entry(path).or_default() += 1;
        let answer = self.post(path, token, body).await;
        assert_eq!(errcode(&answer), 0, "{path}: {answer}");
        answer
    }

    async fn expect_done(&self, path: &str, token: &str, body: Value) {
        let answer = self.post(path, token, body).await;
        assert_eq!(errcode(&answer), 0, "{path}: {answer}");
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        let address = format!("{}{path}?access_token={token}", self.wechat);
        let request = http::Request::builder().uri(address);
        self.client.send(request, Vec::new()).await.expect_status(200).json()
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Value {
        let query = if token.is_empty() { String::new() } else { format!("?access_token={token}") };
        let request = http::Request::builder()
            .method("POST")
            .uri(format!("{}{path}{query}", self.wechat))
            .header("content-type", "application/json");
        self.client.send(request, body.to_string().into_bytes()).await.expect_status(200).json()
    }
}

fn errcode(answer: &Value) -> i64 {
    answer["errcode"].as_i64().unwrap_or(0)
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}
