//! J1: from the first ticket to a mini-program code.

use journeys::{Answer, MERCHANT, World};
use serde_json::json;
use simulator::Signing;

use crate::shop::Shop;

#[track_caller]
fn expect_picture(answer: Answer) {
    let answer = answer.expect_status(200);
    assert!(answer.header("content-type").starts_with("image/"), "{answer:?}");
    let is_picture =
        answer.body.starts_with(b"\x89PNG") || answer.body.starts_with(b"\xff\xd8\xff");
    assert!(is_picture, "{:?}", &answer.body[..answer.body.len().min(16)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_becomes_a_component_token() {
    let world = World::start().await;
    let operator = world.operator();
    let component = format!("/v1/components/{}", world.component());
    let before = operator.get(&component).await.expect_status(200).json();

    world.push_ticket().await;
    world.tick().await;
    world.push_ticket().await;
    world.tick().await;

    let after = operator.get(&component).await.expect_status(200).json();
    assert!(before["ticket"].is_null() && before["token"].is_null(), "{before:#}");
    assert!(after["ticket"]["age_seconds"].as_i64().unwrap() < 10, "{after:#}");
    assert_eq!(after["token"]["state"], "active");
    assert!(after["token"]["life_seconds"].as_i64().unwrap() > 7000, "{after:#}");
    assert_eq!(world.calls("/cgi-bin/component/api_component_token"), 1, "a ticket is no reason");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_authorizes_by_link_whatever_arrives_first() {
    for via in ["push-first", "redirect-first", "redirect-only"] {
        let world = World::start().await;
        world.begin().await;

        let page = world.authorize_via(MERCHANT, via).await.expect_status(200);
        // What comes after the browser comes a second later.
        tokio::time::sleep(std::time::Duration::from_millis(1300)).await;
        world.settle().await;

        assert!(page.text().contains("授权成功"), "{via}: {}", page.text());
        let account = world.operator().get(&world.mini_program(MERCHANT)).await;
        let account = account.expect_status(200).json();
        assert_eq!(account["authorized"], true, "{via}: {account:#}");
        assert_eq!(account["name"], "城南面馆", "{via}");
        assert_eq!(account["missing_permission_sets"], json!([]), "{via}");
        assert_eq!(world.calls("/cgi-bin/component/api_query_auth"), 1, "{via}");
        assert_eq!(world.events("merchant.authorized").len(), 1, "{via}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mini_program_goes_from_its_first_ticket_to_its_code() {
    // The ticket, the token, the merchant, the template.
    let shop = Shop::open().await;
    let world = &shop.world;
    let list = format!("/v1/components/{}/mini-programs", world.component());
    let list = world.operator().get(&list).await.expect_status(200).json();
    assert_eq!(list["mini_programs"][0]["appid"], MERCHANT, "{list:#}");

    // Domains: the confirm file first, for WeChat looks for it at our address.
    let lists = json!({
        "requestdomain": ["https://api.noodles.example.com"],
        "wsrequestdomain": ["wss://push.noodles.example.com"],
        "uploaddomain": ["https://api.noodles.example.com"],
        "downloaddomain": ["https://api.noodles.example.com"],
    });
    let wanted = json!({ "domains": lists });
    let set = shop.put("server-domains", wanted.clone()).await.expect_status(200).json();
    assert_eq!(set["direct"], true, "the platform's own list has none of them: {set:#}");
    let file = shop.post("business-domains/confirm-file", json!({})).await.expect_status(200);
    let address = file.json()["address"].as_str().unwrap().to_owned();
    let served = world.stranger().get(&address).await.expect_status(200);
    assert!(!served.text().is_empty());
    let wanted = json!({ "domains": ["https://m.noodles.example.com"], "direct": true });
    shop.put("business-domains", wanted).await.expect_status(200);
    let own = format!("/v1/components/{}/server-domains", world.component());
    let own = world.operator().get(&own).await.expect_status(200).json();
    assert_eq!(own["published"], json!([]), "no merchant changes what all share: {own:#}");
    let business = shop.get("business-domains").await.expect_status(200).json();
    assert_eq!(business["effective"], json!(["https://m.noodles.example.com"]));

    // The trial version, with this merchant's settings encoded once.
    shop.commit("1.0.0").await;
    let trial = shop.get("trial").await.expect_status(200).json();
    assert_eq!(trial["user_version"], "1.0.0");
    let sent = world.simulator().log();
    let sent = sent.calls.iter().find(|call| call.path == "/wxa/commit").unwrap();
    let sent: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
    let ext: serde_json::Value = serde_json::from_str(sent["ext_json"].as_str().unwrap()).unwrap();
    assert_eq!(ext["ext"]["shop"], "8812");
    assert_eq!(ext["extAppid"], MERCHANT);
    expect_picture(shop.get("trial/qr-code?path=pages%2Findex%2Findex%3Ftable%3D7").await);

    // A tester, twice: who is one already is no mistake.
    for _ in 0..2 {
        let tester = shop.post("testers", json!({ "wechat_id": "testerid" })).await;
        assert!(tester.status.is_success(), "{}", tester.text());
    }
    let testers = shop.get("testers").await.expect_status(200).json();
    assert_eq!(testers["testers"].as_array().unwrap().len(), 1, "{testers:#}");

    // Preflight, review, approval by event, release.
    let preflight = shop.get("preflight").await.expect_status(200).json();
    assert_eq!(preflight["ready"], true, "{preflight:#}");
    let picture = b"\x89PNG\r\n\x1a\n the first page".to_vec();
    let video = b"\0\0\0\x18ftypmp42 a walk through it".to_vec();
    let preview = json!({
        "pictures": [shop.keep_for_review("image/png", picture).await],
        "videos": [shop.keep_for_review("video/mp4", video).await],
    });
    shop.submit(json!({ "version_desc": "首版", "preview": preview })).await;
    shop.approve().await;
    let released = shop.release().await;
    assert_eq!(released["online"]["user_version"], "1.0.0", "{released:#}");
    assert_eq!(shop.release().await["online"], released["online"], "released once");
    assert_eq!(world.calls("/wxa/release"), 1);
    let server = shop.get("server-domains").await.expect_status(200).json();
    assert_eq!(server["effective"]["requestdomain"], json!(["https://api.noodles.example.com"]));

    // The codes.
    for order in [
        json!({ "kind": "getwxacode", "path": "pages/index/index?table=7", "width": 430 }),
        json!({ "kind": "getwxacodeunlimit", "scene": "table=7", "page": "pages/index/index" }),
        json!({ "kind": "createwxaqrcode", "path": "pages/index/index?table=7" }),
    ] {
        expect_picture(shop.post("code", order).await);
    }

    // Everything was told, once and in order, and every write is on record.
    let kinds: Vec<String> =
        world.event_kinds().into_iter().filter(|kind| kind.starts_with("release.")).collect();
    assert_eq!(
        kinds,
        ["release.committed", "release.submitted", "release.approved", "release.released"]
    );
    let audit = world.operator().get("/v1/audit").await.expect_status(200).json();
    let entries = audit["entries"].as_array().unwrap();
    assert!(entries.len() >= 10, "{audit:#}");
    assert!(entries.iter().all(|entry| entry["outcome"]["status"].is_number()), "{audit:#}");
    assert!(world.aws().queues().named("events").unwrap().dead_letters().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_told_holds_a_token() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    shop.approve().await;
    shop.release().await;

    let world = &shop.world;
    let mut told: Vec<String> =
        world.aws().bus().events().iter().map(|event| format!("{event:?}")).collect();
    for path in ["", "release", "review", "trial"] {
        told.push(shop.get(path).await.text());
    }
    told.push(world.operator().get("/v1/audit").await.text());
    told.push(format!("{:?}", world.aws().database().items("tokens").unwrap()));
    told.push(format!("{:?}", world.aws().database().items("fleet").unwrap()));

    let secrets = secrets(&world.simulator().state());
    assert!(secrets.len() >= 3, "{secrets:?}");
    for text in told {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
        }
    }
}

/// The values of everything that the simulator calls a token, a ticket or a secret.
fn secrets(state: &serde_json::Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(state, false, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(value: &serde_json::Value, is_secret: bool, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                let names_one = ["token", "ticket", "secret"].iter().any(|it| name.contains(it));
                // A map from tokens to what they are for.
                if is_secret && name.len() >= 32 {
                    found.push(name.clone());
                }
                collect(value, is_secret || names_one, found);
            }
        }
        serde_json::Value::Array(values) => {
            values.iter().for_each(|value| collect(value, is_secret, found));
        }
        serde_json::Value::String(text) if is_secret && text.len() >= 32 => {
            found.push(text.clone());
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_comes_twice_or_forged_changes_nothing() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    let world = &shop.world;
    let push = |signing| simulator::Push {
        to: simulator::Target::Messages { appid: MERCHANT.to_owned() },
        message: simulator::Message::fields([
            ("Event", "weapp_audit_success"),
            ("SuccTime", "1488856741"),
        ]),
        times: 3,
        signing,
        ..simulator::Push::default()
    };

    // WeChat has not approved: its latest review says otherwise, whatever an event says.
    let genuine = world.simulator().push(push(Signing::Right)).await.unwrap();
    let forged = world.simulator().push(push(Signing::Wrong)).await.unwrap();
    world.settle().await;

    assert!(genuine.iter().all(|delivery| delivery.accepted));
    assert!(forged.iter().all(|delivery| !delivery.accepted));
    assert_eq!(shop.review().await["state"], "in-review");
    assert!(world.events("release.approved").is_empty());
}
