//! Pushes that are not genuine, or not well: refused with a constant body and a counted reason.

use std::time::{Duration, Instant};

use journeys::{Answer, MERCHANT, World};
use secrecy::ExposeSecret;
use serde_json::json;
use simulator::crypto::{CallbackKey, signature};

/// What every push that is refused gets to read.
const REFUSED: &str = "refused";

/// Somebody who may know our token and key, and has a hand free for every byte.
struct Sender<'a> {
    world: &'a World,
    key: CallbackKey,
}

impl<'a> Sender<'a> {
    fn new(world: &'a World) -> Sender<'a> {
        let component = world.system().component();
        let key = CallbackKey::parse(component.encoding_aes_key.expose_secret()).unwrap();
        Sender { world, key }
    }

    fn token(&self) -> &str {
        self.world.system().component().token.expose_secret()
    }

    /// The plaintext of a ticket push, as WeChat would encrypt it.
    fn ticket(&self) -> String {
        format!(
            "<xml><AppId><![CDATA[{}]]></AppId><CreateTime>{}</CreateTime>\
             <InfoType><![CDATA[component_verify_ticket]]></InfoType>\
             <ComponentVerifyTicket><![CDATA[ticket@@@canary]]></ComponentVerifyTicket></xml>",
            self.world.component(),
            self.world.clock().now().as_second(),
        )
    }

    fn encrypted(&self, message: &str) -> String {
        self.key.encrypt(*b"0123456789abcdef", message, self.world.component())
    }

    fn path(&self) -> String {
        format!("/wechat/{}/events", self.world.component())
    }

    /// Signs `encrypt` with `token` and posts `body`.
    async fn post_signed(&self, path: &str, token: &str, encrypt: &str, body: Vec<u8>) -> Answer {
        let now = self.world.clock().now().as_second().to_string();
        let msg_signature = signature(&[token, &now, "nonce", encrypt]);
        let query = format!("timestamp={now}&nonce=nonce&msg_signature={msg_signature}");
        let request = http::Request::builder()
            .method("POST")
            .uri(self.world.url(&format!("{path}?{query}")))
            .header("content-type", "text/xml");
        self.world.request(request, body).await
    }

    /// Posts a well signed envelope around `encrypt`.
    async fn post(&self, encrypt: &str) -> Answer {
        let body = envelope(encrypt).into_bytes();
        self.post_signed(&self.path(), self.token(), encrypt, body).await
    }

    /// Posts a body that holds what was signed, in whatever form.
    async fn post_body(&self, encrypt: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.post_signed(&self.path(), self.token(), encrypt, body.into()).await
    }
}

fn envelope(encrypt: &str) -> String {
    format!("<xml><AppId><![CDATA[a]]></AppId><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>")
}

/// The push was refused, nothing was kept, and the reason was counted once more.
#[track_caller]
fn expect_refused(world: &World, answer: Answer, cause: &str, before: u64) {
    let answer = answer.expect_status(403);
    assert_eq!(answer.text(), REFUSED, "{cause}");
    let after = world.system().counters().count("Refusals", cause);
    assert_eq!(after, before + 1, "{cause} was not counted");
    assert!(world.aws().database().items("inbox").unwrap().is_empty(), "{cause} was kept");
}

/// Plaintext bytes, padded as WeChat does.
fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    let padding = 32 - bytes.len() % 32;
    bytes.resize(bytes.len() + padding, u8::try_from(padding).unwrap());
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_hostile_push_is_refused_for_its_reason() {
    let world = World::start().await;
    let sender = Sender::new(&world);
    let genuine = sender.encrypted(&sender.ticket());
    let count = |cause| world.system().counters().count("Refusals", cause);

    // Forged: signed with another token, or with none.
    let before = count("signature");
    let body = envelope(&genuine).into_bytes();
    let answer = sender.post_signed(&sender.path(), "another", &genuine, body).await;
    expect_refused(&world, answer, "signature", before);

    // The body was exchanged for another that is encrypted as well.
    let other = sender.encrypted("<xml><InfoType>unauthorized</InfoType></xml>");
    let answer = sender.post_body(&genuine, envelope(&other)).await;
    expect_refused(&world, answer, "signature", before + 1);

    // Meant for another component.
    let before = count("appid");
    let foreign = sender.key.encrypt([0; 16], &sender.ticket(), "wx0000000000000000");
    expect_refused(&world, sender.post(&foreign).await, "appid", before);

    // The inner appid is another component's.
    let inner = sender.ticket().replace(world.component(), "wx0000000000000000");
    let inner = sender.encrypted(&inner);
    expect_refused(&world, sender.post(&inner).await, "appid", before + 1);

    // Padding of 0, of 33, and of bytes that differ.
    for last_block in [[0_u8; 32], [33; 32], {
        let mut bytes = [32; 32];
        bytes[5] = 31;
        bytes
    }] {
        let before = count("padding");
        let mut bytes = vec![7; 64];
        bytes.extend_from_slice(&last_block);
        let encrypt = sender.key.encrypt_blocks(bytes);
        expect_refused(&world, sender.post(&encrypt).await, "padding", before);
    }

    // A length that points behind the end, up to the one that wraps around.
    for length in [1000_u32, u32::MAX, u32::MAX - 19] {
        let before = count("length");
        let mut bytes = vec![7; 16];
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(b"<xml></xml>");
        let encrypt = sender.key.encrypt_blocks(padded(bytes));
        expect_refused(&world, sender.post(&encrypt).await, "length", before);
    }

    // Plaintext without room for the length, ciphertext that is not whole blocks.
    for encrypt in [sender.key.encrypt_blocks(padded(vec![7; 10])), "QUFB".to_owned()] {
        let before = count("length");
        expect_refused(&world, sender.post(&encrypt).await, "length", before);
    }

    // Not base64.
    let before = count("base64");
    expect_refused(&world, sender.post("!not base64!").await, "base64", before);

    // Encrypted, but not text.
    let before = count("not-utf8");
    let mut bytes = vec![7; 16];
    bytes.extend_from_slice(&4_u32.to_be_bytes());
    bytes.extend_from_slice(&[0xff, 0xfe, 0xff, 0xfe]);
    bytes.extend_from_slice(world.component().as_bytes());
    let encrypt = sender.key.encrypt_blocks(padded(bytes));
    expect_refused(&world, sender.post(&encrypt).await, "not-utf8", before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_envelope_is_refused_without_reading_on() {
    let world = World::start().await;
    let sender = Sender::new(&world);
    let genuine = sender.encrypted(&sender.ticket());
    let count = |cause| world.system().counters().count("Refusals", cause);

    let doctype = format!(
        "<!DOCTYPE xml [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><xml><Encrypt>{genuine}</Encrypt></xml>"
    );
    let laughs = format!(
        "<!DOCTYPE xml [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><xml><A>&b;</A><Encrypt>{genuine}</Encrypt></xml>"
    );
    let deep = format!("{}{genuine}{}", "<a>".repeat(5000), "</a>".repeat(5000));
    for body in [
        doctype,
        laughs,
        deep,
        format!("<xml><Encrypt>{genuine}</Encrypt><Encrypt>{genuine}</Encrypt></xml>"),
        "<xml><AppId>a</AppId></xml>".to_owned(),
        "<xml><Encrypt>".to_owned(),
        "{\"Encrypt\":".to_owned(),
        format!("{}{}", "[".repeat(5000), "]".repeat(5000)),
        "nothing of the kind".to_owned(),
        String::new(),
    ] {
        let before = count("envelope");
        let answer = sender.post_body(&genuine, body).await;
        expect_refused(&world, answer, "envelope", before);
    }

    let before = count("not-utf8");
    let mut body = envelope(&genuine).into_bytes();
    body.splice(5..5, [0xff, 0xfe]);
    let answer = sender.post_body(&genuine, body).await;
    expect_refused(&world, answer, "not-utf8", before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_body_is_refused_and_costs_nothing() {
    let world = World::start().await;
    let sender = Sender::new(&world);
    let genuine = sender.encrypted(&sender.ticket());
    let start = Instant::now();

    let body = format!("<xml><A>{}</A><Encrypt>{genuine}</Encrypt></xml>", "x".repeat(5_000_000));
    let answer = sender.post_body(&genuine, body).await;

    expect_refused(&world, answer, "too-large", 0);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_are_not_ours_are_refused() {
    let world = World::start().await;
    let sender = Sender::new(&world);
    let genuine = sender.encrypted(&sender.ticket());
    let body = || envelope(&genuine).into_bytes();
    let component = world.component();

    for path in [
        "/wechat/wx0000000000000000/events".to_owned(),
        "/wechat/%00/events".to_owned(),
        format!("/wechat/{}/events", "w".repeat(5000)),
        format!("/wechat/{component}/messages/..%2f..%2fadmin"),
    ] {
        let before = world.system().counters().count("Refusals", "address");
        let answer = sender.post_signed(&path, sender.token(), &genuine, body()).await;
        expect_refused(&world, answer, "address", before);
    }

    // A query without what is needed, with too much of it, twice, or not text.
    for query in [
        "",
        "?msg_signature=abc",
        "?timestamp=1&timestamp=2&nonce=n&msg_signature=abc",
        "?timestamp=%ff%fe&nonce=%00&msg_signature=abc",
        &format!("?timestamp=1&nonce={}&msg_signature=abc", "n".repeat(5000)),
    ] {
        let request = http::Request::builder()
            .method("POST")
            .uri(world.url(&format!("{}{query}", sender.path())));
        let answer = world.request(request, body()).await;
        assert!(answer.status.is_client_error(), "{query} was answered with {answer:?}");
        assert!(answer.body.len() < 200, "{query} was answered with {}", answer.text());
        assert!(world.aws().database().items("inbox").unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn genuine_pushes_are_taken_before_and_after_all_that() {
    let world = World::start().await;
    let sender = Sender::new(&world);
    world.push_ticket().await;

    sender.post("!not base64!").await.expect_status(403);
    let unknown = "<xml><AppId><![CDATA[APPID]]></AppId><CreateTime>1413192605</CreateTime>\
                   <InfoType><![CDATA[something_of_next_year]]></InfoType>\
                   <Reason><![CDATA[资料不全]]></Reason><AuthCode>secret@@@7</AuthCode>\
                   <ComponentVerifyTicket>ticket@@@7</ComponentVerifyTicket></xml>";
    let unknown = unknown.replace("APPID", world.component());
    let answer = sender.post(&sender.encrypted(&unknown)).await.expect_status(200);
    world.settle().await;

    assert_eq!(answer.text(), "success");
    world.push_ticket().await;
    assert!(world.aws().queues().named("events").unwrap().dead_letters().is_empty());
    let events = format!("/v1/components/{}/events", world.component());
    let listed = world.operator().get(&format!("{events}?state=done")).await.json();
    let listed = listed["events"].as_array().unwrap();
    let kept = listed.iter().find(|one| one["name"] == "something_of_next_year").unwrap();
    let path = format!("{events}/{}", kept["id"].as_str().unwrap());
    let shown = world.operator().get(&path).await.json();
    assert_eq!(
        shown["content"],
        json!({ "Reason": "资料不全", "AuthCode": "[REDACTED]",
        "ComponentVerifyTicket": "[REDACTED]" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_check_is_answered_only_if_it_is_signed() {
    let world = World::start().await;
    let sender = Sender::new(&world);
    let check = |signature: String, path: String| {
        let address = format!(
            "{path}?signature={signature}&timestamp=1413192605&nonce=n&echostr=4375120948345356249"
        );
        let request = http::Request::builder().uri(world.url(&address));
        world.request(request, Vec::new())
    };
    let right = signature(&[sender.token(), "1413192605", "n"]);
    let messages = format!("/wechat/{}/messages/{MERCHANT}", world.component());

    for path in [sender.path(), messages] {
        let answer = check(right.clone(), path.clone()).await.expect_status(200);
        assert_eq!(answer.text(), "4375120948345356249");
        let answer = check("0".repeat(40), path).await.expect_status(403);
        assert_eq!(answer.text(), REFUSED);
    }
}
