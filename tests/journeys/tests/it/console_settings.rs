//! What a mini program and a component are set up with, on the operators' pages.

use http::header::LOCATION;
use journeys::{Answer, MERCHANT};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::{console::Console, shop::Shop};

const CERTIFICATE: &[u8] =
    include_bytes!("../../../../shared/platform/tests/data/payment/legacy.p12");
const API_KEY: &str = "8f14e45fceea167a5a36dedd4bea2543";

/// The sides of a mini program that are settings or history.
const SIDES: [&str; 11] = [
    "serving",
    "timeline",
    "profile",
    "filing",
    "verification",
    "privacy",
    "plugins",
    "order-path",
    "payment",
    "open-account",
    "punishments",
];

/// The beginning of a PNG of 400 × 400 pixels, which is all that anybody looks at.
fn picture() -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend([0, 0, 1, 0x90, 0, 0, 1, 0x90, 8, 2, 0, 0, 0, 0, 0, 0, 0]);
    file
}

async fn sign_in(shop: &Shop) -> Console<'_> {
    let key = shop.world.system().sign_in_key().expose_secret().to_owned();
    Console::sign_in(&shop.world, &key).await
}

fn whose(shop: &Shop) -> [(&str, &str); 2] {
    [("component", shop.world.component()), ("appid", MERCHANT)]
}

fn here(shop: &Shop, side: &str) -> String {
    format!("/console/{}/mini-programs/{MERCHANT}/{side}", shop.world.component())
}

/// Where an action led.
#[track_caller]
fn led_to(answer: Answer) -> String {
    answer.expect_status(303).headers[LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_side_is_drawn_whether_or_not_anything_was_done_there() {
    let shop = Shop::open().await;
    let console = sign_in(&shop).await;
    let component = shop.world.component();
    let lists =
        ["subject-types", "districts"].map(|list| here(&shop, &format!("filing?list={list}")));
    let paths = SIDES.map(|side| here(&shop, side)).into_iter().chain(lists).chain([
        here(&shop, "profile?name=%E5%9F%8E%E5%8D%97%E9%9D%A2%E9%A6%86"),
        here(&shop, "profile?category=%E9%A4%90%E9%A5%AE"),
        here(&shop, "plugins?show=applications"),
        format!("/console/{component}/registrations?state=waiting"),
        format!("/console/{component}/settings"),
        format!("/console/{component}/settings/domains"),
        format!(
            "/console/{component}/settings/quotas?path=%2Fcgi-bin%2Fcomponent%2Fapi_query_auth"
        ),
        format!("/console/{component}/self-tests"),
    ]);
    for path in paths {
        let page = console.get(&path).await.expect_status(200).text();
        assert!(page.contains("<h1>") && !page.contains(" style=\""), "{path}");
        assert!(!page.contains("role=\"alert\""), "{path} shows trouble:\n{page}");
    }
}

#[tokio::test]
async fn a_registration_is_begun_from_its_form_and_its_page_says_what_to_send() {
    let shop = Shop::open().await;
    let console = sign_in(&shop).await;
    let known = [("component", shop.world.component())];
    let company = [("name", "城南面馆（北京）有限公司"), ("component_phone", "010-88880000")];

    let wrong = [&company[..], &[("code", "short")]].concat();
    let page = console.carry_out("register-company", &known, &wrong).await.expect_status(422);
    assert!(page.text().contains("aria-invalid=\"true\""), "{}", page.text());

    let right = [&company[..], &[("code", "91110108MA01KPGK0T")]].concat();
    let there = led_to(console.carry_out("register-company", &known, &right).await);
    let list = format!("/console/{}/registrations", shop.world.component());
    assert!(there.starts_with(&format!("{list}/")), "{there}");
    let page = console.get(&there).await.expect_status(200).text();
    for wanted in ["role=\"img\"", "<pre", "https://", "城南面馆"] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(console.get(&list).await.text().contains("城南面馆（北京）有限公司"));
}

#[tokio::test]
async fn payment_settings_are_entered_by_forms_that_never_show_them_again() {
    let shop = Shop::open().await;
    let (console, known) = (sign_in(&shop).await, whose(&shop));

    let wrong = [("mchid", "soon"), ("api_v2_key", API_KEY)];
    let page = console.carry_out("set-payment", &known, &wrong).await.expect_status(422).text();
    assert!(page.contains("value=\"soon\"") && !page.contains(API_KEY), "{page}");

    let right = [("mchid", "1900009191"), ("api_v2_key", API_KEY)];
    led_to(console.carry_out("set-payment", &known, &right).await);
    let file = ("certificate", "apiclient_cert.p12", "application/x-pkcs12", CERTIFICATE);
    let action = "upload-payment-certificate";
    led_to(console.carry_out_with_files(action, &known, &[], &[file]).await);

    let shown = shop.get("payment").await.expect_status(200).json();
    let serial = shown["certificate"]["serial_number"].as_str().unwrap();
    let page = console.get(&here(&shop, "payment")).await.expect_status(200).text();
    assert!(page.contains(serial) && page.contains("2543") && !page.contains(API_KEY), "{page}");

    let none = ("certificate", "", "application/octet-stream", &b""[..]);
    let page = console.carry_out_with_files(action, &known, &[], &[none]).await.expect_status(422);
    assert!(page.text().contains("aria-invalid=\"true\""), "{}", page.text());
}

#[tokio::test]
async fn a_name_is_given_with_its_proofs_in_one_form() {
    let shop = Shop::open().await;
    let (console, known) = (sign_in(&shop).await, whose(&shop));
    let picture = picture();
    let files = [("license", "licence.png", "image/png", &picture[..])];
    let filled = [("name", "城南面馆旗舰店")];
    led_to(console.carry_out_with_files("set-name", &known, &filled, &files).await);
    let profile = shop.get("profile").await.expect_status(200).json();
    let names = [&profile["name"], &profile["name_review"]["name"]];
    assert!(names.contains(&&Value::from("城南面馆旗舰店")), "{profile:#}");

    let broken = [("license", "licence.png", "image/png", &b"no picture"[..])];
    let page = console.carry_out_with_files("set-name", &known, &filled, &broken).await;
    let page = page.text();
    assert!(page.contains("aria-invalid=\"true\""), "it is shown at the file: {page}");
}

#[tokio::test]
async fn an_avatar_is_cut_as_the_form_says() {
    let shop = Shop::open().await;
    let (console, known) = (sign_in(&shop).await, whose(&shop));
    let picture = picture();
    let files = [("picture", "avatar.png", "image/png", &picture[..])];
    let wrong = [("x1", "0.9"), ("y1", "0"), ("x2", "0.1"), ("y2", "1")];
    let refused = console.carry_out_with_files("set-avatar", &known, &wrong, &files).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    let right = [("x1", "0"), ("y1", "0"), ("x2", "1"), ("y2", "1")];
    led_to(console.carry_out_with_files("set-avatar", &known, &right, &files).await);
}

#[tokio::test]
async fn a_mini_program_is_suspended_and_resumed_by_a_click_each() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    shop.submit(serde_json::json!({})).await;
    shop.approve().await;
    shop.release().await;
    let (console, known) = (sign_in(&shop).await, whose(&shop));
    for (action, serving) in [("suspend", false), ("resume-service", true)] {
        led_to(console.carry_out(action, &known, &[]).await);
        let shown = shop.get("visit-status").await.expect_status(200).json();
        assert_eq!(shown["serving"], serving, "{action}");
    }
    let page = console.get(&here(&shop, "timeline")).await.expect_status(200).text();
    assert!(page.contains("release.released") && page.contains("1.0.0"), "{page}");
}

#[tokio::test]
async fn the_privacy_guideline_is_written_a_line_for_each_kind_of_data() {
    let shop = Shop::open().await;
    let (console, known) = (sign_in(&shop).await, whose(&shop));
    let filled = [
        ("statements", "UserInfo = 展示头像和昵称\r\nLocation = 显示最近的门店"),
        ("owner.email", "service@example.com"),
        ("owner.notice_method", "弹窗"),
    ];
    led_to(console.carry_out_with_files("write-guideline", &known, &filled, &[]).await);
    let shown = shop.get("privacy/guideline/development").await.expect_status(200).json();
    assert_eq!(shown["statements"][1]["purpose"], "显示最近的门店", "{shown:#}");
    let page = console.get(&here(&shop, "privacy")).await.expect_status(200).text();
    assert!(page.contains("Location = 显示最近的门店"), "the form begins with it: {page}");
}

#[tokio::test]
async fn the_go_live_check_is_played_from_its_page() {
    let shop = Shop::open().await;
    let console = sign_in(&shop).await;
    let known = [("component", shop.world.component())];
    let there = led_to(console.carry_out("self-test", &known, &[("base_url", "")]).await);
    shop.world.settle().await;
    let page = console.get(&there).await.expect_status(200).text();
    assert!(page.contains("<tbody>") && page.contains(" ms"), "{page}");
}
