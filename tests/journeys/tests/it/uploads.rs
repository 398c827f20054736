//! A body that is too long for the relay goes by way of an upload.

use journeys::{Answer, MERCHANT, World};
use secrecy::SecretString;
use serde_json::{Value, json};

const PATH: &str = "/wxa/uploadmedia";
const KIND: &str = "multipart/form-data; boundary=b";

/// A system and a machine that uses its relay.
struct Machine {
    world: World,
    key: SecretString,
}

impl Machine {
    async fn new() -> Machine {
        let world = World::start().await;
        world.begin().await;
        world.authorize(MERCHANT).await.expect_status(200);
        let key = key(&world, &["*"]).await;
        Machine { world, key }
    }

    /// Asks for an upload.
    async fn open(&self, body: Value) -> Answer {
        let path = format!("{}/uploads", self.world.mini_program(MERCHANT));
        self.world.operator_with(self.key.clone()).post(&path, body).await
    }

    /// Asks for an upload of so many bytes.
    async fn open_for(&self, length: usize) -> Value {
        let opened = self.open(json!({ "content_type": KIND, "length": length })).await;
        assert_eq!(opened.header("cache-control"), "no-store");
        opened.expect_status(201).json()
    }

    /// Sends a body as an upload says.
    async fn put(&self, upload: &Value, content_type: &str, body: Vec<u8>) -> Answer {
        let request = http::Request::builder()
            .method(upload["method"].as_str().unwrap())
            .uri(upload["url"].as_str().unwrap())
            .header("content-type", content_type);
        self.world.request(request, body).await
    }

    /// Calls WeChat with an upload as the body.
    async fn relay(&self, key: &SecretString, upload: &Value) -> Answer {
        let headers = [("x-relay-body", upload["id"].as_str().unwrap())];
        let path = format!("/relay/{}/{MERCHANT}{PATH}", self.world.component());
        self.world.operator_with(key.clone()).send("POST", &path, &headers, None).await
    }
}

/// A machine's key for these accounts.
async fn key(world: &World, accounts: &[&str]) -> SecretString {
    let machine = json!({
        "name": "a system", "role": "machine", "scopes": ["relay"], "accounts": accounts,
    });
    let made = world.operator().post("/v1/keys", machine).await.expect_status(201).json();
    SecretString::from(made["secret"].as_str().unwrap())
}

/// A form with a video of six megabytes.
fn form() -> Vec<u8> {
    let mut form = b"--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.mp4\"\r\n\
        Content-Type: video/mp4\r\n\r\n\0\0\0\x18ftypmp42"
        .to_vec();
    form.extend((0..=255).cycle().take(6 * 1024 * 1024));
    form.extend_from_slice(b"\r\n--b--\r\n");
    form
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_of_six_megabytes_gets_to_wechat_once() {
    let machine = Machine::new().await;
    let world = &machine.world;
    let form = form();

    let upload = machine.open_for(form.len()).await;
    machine.relay(&machine.key, &upload).await.expect_problem(404);
    machine.put(&upload, KIND, form.clone()).await.expect_status(200);
    let another = key(world, &["*"]).await;
    machine.relay(&another, &upload).await.expect_problem(404);
    assert_eq!(world.calls(PATH), 0);
    let answer = machine.relay(&machine.key, &upload).await.expect_status(200).json();

    assert_eq!(answer["errcode"], 0, "{answer}");
    assert_eq!(answer["type"], "video", "{answer}");
    assert!(answer["mediaid"].is_string(), "{answer}");
    machine.relay(&machine.key, &upload).await.expect_problem(404);
    assert_eq!(world.calls(PATH), 1);
    let audit = world.operator().get("/v1/audit").await.expect_status(200).json();
    let entries = audit["entries"].as_array().unwrap();
    let opened: Vec<&Value> =
        entries.iter().filter(|entry| entry["operation"] == "open_upload").collect();
    assert_eq!(opened.len(), 1, "{audit:#}");
    assert_eq!(opened[0]["outcome"]["status"], 201, "{audit:#}");
    assert!(!audit.to_string().contains("X-Amz-Signature"), "an address is kept nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_much_through_the_relay_is_told_of_uploads() {
    let machine = Machine::new().await;
    let path = format!("/relay/{}/{MERCHANT}{PATH}", machine.world.component());
    let operator = machine.world.operator_with(machine.key.clone());

    let refused = operator.send_file("POST", &path, KIND, vec![b'x'; 5 * 1024 * 1024]).await;

    let problem = refused.expect_problem(413);
    let words = problem["what_to_do"].as_str().unwrap();
    let uploads = format!("POST {}/uploads", machine.world.mini_program(MERCHANT));
    assert!(words.contains(&uploads) && words.contains("X-Relay-Body"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_takes_what_was_announced_for_a_quarter_of_an_hour() {
    let machine = Machine::new().await;
    let upload = machine.open_for(4).await;

    machine.put(&upload, KIND, b"abcde".to_vec()).await.expect_status(403);
    machine.put(&upload, "video/mp4", b"abcd".to_vec()).await.expect_status(403);
    machine.world.clock().advance(14 * 60);
    machine.put(&upload, KIND, b"abcd".to_vec()).await.expect_status(200);
    machine.world.clock().advance(2 * 60);
    let late = machine.put(&upload, KIND, b"abcd".to_vec()).await.expect_status(403);

    assert!(late.text().contains("Request has expired"), "{}", late.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_upload_is_refused_by_its_field() {
    let machine = Machine::new().await;
    for (body, fields) in [
        (json!({}), &["/content_type", "/length"][..]),
        (json!({ "content_type": "video/mp4", "length": 0 }), &["/length"]),
        (json!({ "content_type": "video/mp4", "length": 20 * 1024 * 1024 + 1 }), &["/length"]),
        (json!({ "content_type": "video", "length": 1 }), &["/content_type"]),
        (json!({ "content_type": "a/b\r\nx: y", "length": 1 }), &["/content_type"]),
        (json!({ "content_type": "a/b", "length": 1, "url": "x" }), &["/url"]),
    ] {
        let problem = machine.open(body.clone()).await.expect_status(422).json();
        let faults = problem["faults"].as_array().unwrap();
        let mut found: Vec<&str> =
            faults.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
        let mut expected = fields.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{body} {problem:#}");
    }
    let longest = json!({ "content_type": "video/mp4", "length": 20 * 1024 * 1024 });
    machine.open(longest).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_machine_that_may_use_the_relay_for_an_account_may_upload_for_it() {
    let machine = Machine::new().await;
    let world = &machine.world;
    let body = json!({ "content_type": KIND, "length": 1 });
    let shop = format!("{}/uploads", world.mini_program(MERCHANT));
    let component = format!("/v1/components/{}/uploads", world.component());

    let of_component = key(world, &["component"]).await;
    for (operator, at_shop, at_component) in [
        (world.operator_with(machine.key.clone()), 201, 403),
        (world.operator_with(of_component), 403, 201),
        (world.operator(), 403, 403),
        (world.stranger(), 401, 401),
    ] {
        operator.post(&shop, body.clone()).await.expect_status(at_shop);
        operator.post(&component, body.clone()).await.expect_status(at_component);
    }
}
