//! What a merchant's payments need: entered by people, read by a machine alone.

use base64::{Engine, engine::general_purpose::STANDARD};
use journeys::{Answer, MERCHANT, World};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

const CERTIFICATE: &[u8] =
    include_bytes!("../../../../shared/platform/tests/data/payment/legacy.p12");
const OTHER: &[u8] = include_bytes!("../../../../shared/platform/tests/data/payment/other.p12");
const MCHID: &str = "1900009191";
const KEY: &str = "8f14e45fceea167a5a36dedd4bea2543";
/// A public key of X25519, of RFC 9180.
const PUBLIC_KEY: &str = "OUjP4K0d22ldeA5ZB3GV2mxWUGsCcyl5SrAryoCBXE0";

struct Desk {
    world: World,
    path: String,
}

impl Desk {
    async fn open() -> Desk {
        let world = World::start().await;
        world.begin().await;
        world.authorize(MERCHANT).await;
        let path = format!("{}/payment", world.mini_program(MERCHANT));
        Desk { world, path }
    }

    async fn enter(&self, body: Value) -> Answer {
        self.world.operator().put(&self.path, body).await
    }

    async fn show(&self) -> Answer {
        self.world.operator().get(&self.path).await
    }

    /// Uploads a file as a form.
    async fn upload(&self, field: &str, file: &[u8]) -> Answer {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"c.p12\"\r\n\r\n"
        );
        let body = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
        self.send_form("multipart/form-data; boundary=edge", body).await
    }

    async fn send_form(&self, content_type: &str, body: Vec<u8>) -> Answer {
        let key = self.world.system().sign_in_key();
        let request = http::Request::builder()
            .method("PUT")
            .uri(self.world.url(&format!("{}/certificate", self.path)))
            .header("authorization", format!("Bearer {}", key.expose_secret()))
            .header("content-type", content_type);
        self.world.request(request, body).await
    }

    /// A machine's key.
    async fn machine(&self, scopes: &[&str]) -> SecretString {
        let key = json!({ "name": "支付服务", "role": "machine", "scopes": scopes });
        let made = self.world.operator().post("/v1/keys", key).await.expect_status(201);
        SecretString::from(made.json()["secret"].as_str().unwrap())
    }

    fn credentials(&self, public_key: &str) -> String {
        format!("{}-credentials?public_key={public_key}", self.path)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payment_settings_are_entered_shown_without_secrets_and_removed() {
    let desk = Desk::open().await;
    desk.show().await.expect_problem(404);

    let entered = desk.enter(json!({ "mchid": MCHID, "api_v2_key": KEY })).await;
    entered.expect_status(200);
    let shown = desk.upload("certificate", CERTIFICATE).await.expect_status(200);

    let view = shown.json();
    assert_eq!(view["mchid"], MCHID, "{view:#}");
    assert_eq!(view["api_v2_key"]["ending"], "2543");
    assert_eq!(view["api_v3_key"], Value::Null);
    let serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
    assert_eq!(view["certificate"]["serial_number"], serial);
    assert_eq!(view["certificate"]["not_after"], "2045-01-01T00:00:00Z");
    assert!(!shown.text().contains(KEY), "keys are never shown");
    assert_eq!(desk.show().await.json(), view);
    assert_eq!(view["version"], 2);

    // A key that is left out stays; another merchant number is another merchant.
    // Some minutes later the data key has to be opened again.
    desk.world.later(600).await;
    let v3 = "c9f0f895fb98ab9159f51fd0297e236d";
    let changed = desk.enter(json!({ "mchid": MCHID, "api_v3_key": v3 })).await.expect_status(200);
    assert_eq!(changed.json()["api_v2_key"]["ending"], "2543");
    assert_eq!(changed.json()["api_v3_key"]["ending"], "236d");
    let problem = desk.enter(json!({ "mchid": "1900009192" })).await.expect_problem(409);
    assert!(problem["what_to_do"].as_str().unwrap().contains("DELETE"), "{problem:#}");

    let operator = desk.world.operator();
    operator.delete(&format!("{}/certificate", desk.path)).await.expect_status(204);
    assert_eq!(desk.show().await.json()["certificate"], Value::Null);
    for _ in 0..2 {
        operator.delete(&desk.path).await.expect_status(204);
    }
    desk.show().await.expect_problem(404);
    let told = desk.world.events("payment.changed");
    let what: Vec<&str> = told.iter().map(|event| event.detail["what"].as_str().unwrap()).collect();
    let order = ["settings", "certificate", "settings", "certificate-removed", "removed"];
    assert_eq!(what, order);
    assert!(told.iter().all(|event| !format!("{:?}", event.detail).contains(KEY)));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_by_their_fields_and_change_nothing() {
    let desk = Desk::open().await;

    let wrong = json!({ "mchid": "abc", "api_v2_key": "short", "api_v3_key": KEY });
    let problem = desk.enter(wrong).await.expect_problem(422);
    let pointers: Vec<&str> = problem["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/mchid", "/api_v2_key"], "{problem:#}");
    desk.upload("certificate", CERTIFICATE).await.expect_problem(404);
    desk.show().await.expect_problem(404);

    desk.enter(json!({ "mchid": MCHID })).await.expect_status(200);
    let problem = desk.upload("certificate", OTHER).await.expect_problem(422);
    assert!(problem["detail"].as_str().unwrap().contains("1234567890"), "{problem:#}");
    desk.upload("certificate", b"rubbish").await.expect_problem(422);
    desk.upload("certificate", &vec![0; 65 * 1024]).await.expect_problem(422);
    desk.upload("file", CERTIFICATE).await.expect_problem(422);
    desk.send_form("multipart/form-data", CERTIFICATE.to_vec()).await.expect_problem(400);
    desk.send_form("multipart/form-data; boundary=e", b"--e\r\n".to_vec())
        .await
        .expect_problem(400);
    desk.send_form("application/json", b"{}".to_vec()).await.expect_problem(415);
    assert_eq!(desk.show().await.json()["version"], 1);

    let stranger = desk.world.mini_program("wx0000000000000001");
    let body = json!({ "mchid": MCHID });
    let answer = desk.world.operator().put(&format!("{stranger}/payment"), body).await;
    answer.expect_problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_go_to_a_machine_alone_and_encrypted() {
    let desk = Desk::open().await;
    desk.enter(json!({ "mchid": MCHID, "api_v2_key": KEY })).await.expect_status(200);
    desk.upload("certificate", CERTIFICATE).await.expect_status(200);
    let path = desk.credentials(PUBLIC_KEY);

    desk.world.operator().get(&path).await.expect_problem(403);
    let other = desk.machine(&["token:read"]).await;
    desk.world.operator_with(other).get(&path).await.expect_problem(403);
    let key = desk.machine(&["payment:read"]).await;
    let machine = desk.world.operator_with(key);
    let answer = machine.get(&path).await.expect_status(200);

    let sealed = answer.json();
    let component = desk.world.component();
    let info = format!("wechat-fleet/payment-credentials/v1/{component}/{MERCHANT}");
    assert_eq!(sealed["info"], info);
    let bytes = STANDARD.decode(sealed["sealed"].as_str().unwrap()).unwrap();
    assert!(bytes.len() > CERTIFICATE.len());
    for secret in [KEY, MCHID] {
        assert!(!answer.text().contains(secret));
        assert!(!String::from_utf8_lossy(&bytes).contains(secret));
    }
    assert_ne!(machine.get(&path).await.json()["sealed"], sealed["sealed"], "never the same twice");
    assert_eq!(desk.world.events("payment.credentials-read").len(), 2);
    let audit = desk.world.operator().get("/v1/audit").await.json();
    let last = audit["entries"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["operation"], "get_payment_credentials", "{last:#}");

    let zeros = "A".repeat(43);
    for wrong in ["", "short", &zeros] {
        machine.get(&desk.credentials(wrong)).await.expect_problem(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ends_soon_needs_a_person() {
    let desk = Desk::open().await;
    desk.enter(json!({ "mchid": MCHID })).await.expect_status(200);
    desk.upload("certificate", CERTIFICATE).await.expect_status(200);
    let attention = async || {
        let list = desk.world.operator().get("/v1/attention").await.expect_status(200).json();
        let items = list["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["kind"] == "payment-certificate-expires")
    };
    assert!(attention().await.is_none());

    let end: jiff::Timestamp = "2045-01-01T00:00:00Z".parse().unwrap();
    let days_before =
        |days: i64| end.as_second() - days * 86_400 - desk.world.clock().now().as_second();
    desk.world.clock().advance(days_before(20));
    let soon = attention().await.unwrap();
    desk.world.clock().advance(days_before(3));
    let very_soon = attention().await.unwrap();

    assert_eq!((&soon["severity"], &soon["appids"]), (&json!("warning"), &json!([MERCHANT])));
    assert_eq!(very_soon["severity"], "critical", "{very_soon:#}");
    let path = format!("{}/certificate", desk.path);
    desk.world.operator().delete(&path).await.expect_status(204);
    assert!(attention().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_do_not_overwrite_each_other() {
    let desk = Desk::open().await;
    desk.enter(json!({ "mchid": MCHID })).await.expect_status(200);
    let seen = desk.show().await.header("etag").to_owned();
    let send = |method: &'static str, body: &'static str| {
        let key = desk.world.system().sign_in_key();
        let request = http::Request::builder()
            .method(method)
            .uri(desk.world.url(&desk.path))
            .header("authorization", format!("Bearer {}", key.expose_secret()))
            .header("content-type", "application/json")
            .header("if-match", &seen);
        desk.world.request(request, body.as_bytes().to_vec())
    };

    let keyed = r#"{"mchid":"1900009191","api_v3_key":"8f14e45fceea167a5a36dedd4bea2543"}"#;
    send("PUT", keyed).await.expect_status(200);
    send("PUT", r#"{"mchid":"1900009191"}"#).await.expect_problem(412);
    send("DELETE", "").await.expect_problem(412);

    assert_eq!(desk.show().await.json()["api_v3_key"]["ending"], "2543");
}
