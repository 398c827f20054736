//! The check-up of a component, and the page that shows it.

use journeys::{MERCHANT, World};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::console::Console;

/// Every check, in the order in which it is told.
const CHECKS: [&str; 13] = [
    "ticket",
    "callbacks",
    "egress-address",
    "component-token",
    "merchant-tokens",
    "clock",
    "quotas",
    "payment-certificates",
    "operator-keys",
    "guesses",
    "audit-log",
    "self-test",
    "dead-events",
];
const DAY: i64 = 86_400;

/// A component with a merchant, a self-test that passed, and quotas that WeChat has told.
async fn well() -> World {
    let world = World::start().await;
    world.begin().await;
    world.authorize(MERCHANT).await;
    world.settle().await;
    let operator = world.operator();
    operator.post(&of(&world, "/self-tests"), json!({})).await.expect_status(202);
    world.settle().await;
    operator.get(&of(&world, "/quotas")).await.expect_status(200);
    world
}

fn of(world: &World, rest: &str) -> String {
    format!("/v1/components/{}{rest}", world.component())
}

async fn checkup(world: &World) -> Value {
    world.operator().get(&of(world, "/checkup")).await.expect_status(200).json()
}

fn check<'a>(checkup: &'a Value, id: &str) -> &'a Value {
    let mut checks = checkup["checks"].as_array().unwrap().iter();
    checks.find(|check| check["id"] == id).unwrap()
}

/// The names of the checks that did not pass.
fn wrong(checkup: &Value) -> Vec<&str> {
    let checks = checkup["checks"].as_array().unwrap().iter();
    checks.filter(|it| it["status"] != "pass").map(|it| it["id"].as_str().unwrap()).collect()
}

/// What was found, in Chinese.
fn finding<'a>(checkup: &'a Value, id: &str) -> &'a str {
    check(checkup, id)["finding"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_in_working_order_passes_every_check_and_nothing_is_changed() {
    let world = well().await;
    let token = world.operator().get(&of(&world, "")).await.expect_status(200).json();
    world.simulator().clear_log();

    let answer = world.operator().get(&of(&world, "/checkup")).await.expect_status(200);

    let found = answer.json();
    let ids: Vec<&str> =
        found["checks"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, CHECKS);
    assert_eq!((wrong(&found), &found["well"]), (vec![], &json!(true)), "{found:#}");
    let checked_at: jiff::Timestamp = found["checked_at"].as_str().unwrap().parse().unwrap();
    assert!(world.clock().now().duration_since(checked_at).as_secs() < 60, "{found:#}");
    assert_eq!(world.calls("/cgi-bin/openapi/quota/get"), 1, "WeChat is asked once");
    assert_eq!(world.simulator().log().calls.len(), 1);
    let after = world.operator().get(&of(&world, "")).await.expect_status(200).json();
    assert_eq!(after["token"]["version"], token["token"]["version"]);
    for secret in secrets(&world) {
        assert!(!answer.text().contains(&secret), "a secret is told: {}", answer.text());
    }
}

/// Everything that the simulated WeChat and the component keep from others.
fn secrets(world: &World) -> Vec<String> {
    let state = world.simulator().state();
    let mut secrets: Vec<String> =
        state["tokens"].as_object().unwrap().keys().map(ToString::to_string).collect();
    assert!(secrets.len() > 1, "{state:#}");
    for component in state["components"].as_object().unwrap().values() {
        let settings = &component["settings"];
        for name in ["secret", "token", "encoding_aes_key"] {
            secrets.push(settings[name].as_str().unwrap().to_owned());
        }
    }
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_on_the_list_is_named_and_passes_as_soon_as_it_is() {
    let world = well().await;

    world.simulator().refuse_address(true);
    let refused = checkup(&world).await;
    world.simulator().refuse_address(false);
    let accepted = checkup(&world).await;

    let address = check(&refused, "egress-address");
    assert_eq!((&address["status"], &refused["well"]), (&json!("fail"), &json!(false)));
    assert!(address["finding"].as_str().unwrap().contains("127.0.0.1"), "{address:#}");
    let what_to_do = address["what_to_do"].as_str().unwrap();
    assert!(what_to_do.contains("白名单") && what_to_do.contains("127.0.0.1"), "{what_to_do}");
    assert_eq!(address["link"], "https://open.weixin.qq.com/");
    assert_eq!(wrong(&refused), ["egress-address"], "{refused:#}");
    assert_eq!(wrong(&accepted), Vec::<&str>::new(), "{accepted:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_stay_away_are_a_warning_and_then_a_failure() {
    let world = well().await;

    world.clock().advance(40 * 60);
    let late = checkup(&world).await;
    world.clock().advance(6 * 3600);
    let very_late = checkup(&world).await;

    assert_eq!(check(&late, "ticket")["status"], "warn");
    assert!(finding(&late, "ticket").contains("40 分钟"), "{late:#}");
    assert_eq!(late["well"], true, "a warning is no failure");
    assert_eq!(check(&very_late, "ticket")["status"], "fail");
    assert!(check(&very_late, "ticket")["what_to_do"].as_str().unwrap().contains("Token"));
    let token = check(&very_late, "component-token");
    assert_eq!(token["status"], "fail", "nobody renewed it meanwhile: {token:#}");
    for unheard in ["egress-address", "clock"] {
        assert_eq!(
            check(&very_late, unheard)["status"],
            "unknown",
            "there is no token to ask with"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_a_warning_by_minutes_and_a_failure_by_more() {
    let world = well().await;
    let mut found = Vec::new();

    // WeChat's clock goes on and ours does not, and the other way round.
    for seconds in [30, 90, 480, -1200] {
        world.simulator().advance(seconds);
        found.push(checkup(&world).await);
    }

    let statuses: Vec<_> = found.iter().map(|it| check(it, "clock")["status"].clone()).collect();
    assert_eq!(statuses, ["pass", "warn", "fail", "fail"]);
    for (at, way, seconds) in [(1, "比微信慢", 120), (2, "比微信慢", 600), (3, "比微信快", 600)]
    {
        let words = finding(&found[at], "clock");
        let told: i64 =
            words.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
        // WeChat dates in whole seconds, and time goes on.
        assert!(words.starts_with(way) && (told - seconds).abs() <= 3, "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wechats_silence_leaves_unknown_what_only_it_can_tell() {
    let world = well().await;
    let silent = simulator::Fault::new("/cgi-bin/openapi/quota/get", simulator::How::CutConnection);
    world.simulator().fail(silent);

    let found = checkup(&world).await;

    assert_eq!(wrong(&found), ["egress-address", "clock"], "{found:#}");
    for unheard in ["egress-address", "clock"] {
        assert_eq!(check(&found, unheard)["status"], "unknown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ends_in_ten_days_is_a_warning_and_in_five_a_failure() {
    let world = well().await;
    let path = format!("{}/payment", world.mini_program(MERCHANT));
    let operator = world.operator();
    operator.put(&path, json!({ "mchid": "1900009191" })).await.expect_status(200);
    let certificate = include_bytes!("../../../../shared/platform/tests/data/payment/modern.p12");
    let head = "--edge\r\nContent-Disposition: form-data; name=\"certificate\"; filename=\"c.p12\"\
                \r\n\r\n";
    let form = [head.as_bytes(), certificate, b"\r\n--edge--\r\n"].concat();
    let request = http::Request::put(world.url(&format!("{path}/certificate")))
        .header("authorization", format!("Bearer {}", world.system().sign_in_key().expose_secret()))
        .header("content-type", "multipart/form-data; boundary=edge");
    world.request(request, form).await.expect_status(200);
    let end: jiff::Timestamp = "2045-01-01T00:00:00Z".parse().unwrap();
    let days_before = |days: i64| end.as_second() - days * DAY - world.clock().now().as_second();

    world.clock().advance(days_before(40));
    let early = checkup(&world).await;
    world.clock().advance(days_before(10));
    let soon = checkup(&world).await;
    world.clock().advance(days_before(5));
    let very_soon = checkup(&world).await;

    assert_eq!(check(&early, "payment-certificates")["status"], "pass");
    assert_eq!(check(&soon, "payment-certificates")["status"], "warn");
    assert!(finding(&soon, "payment-certificates").contains("2045-01-01"), "{soon:#}");
    assert_eq!(check(&very_soon, "payment-certificates")["status"], "fail");
    assert_eq!(check(&soon, "self-test")["status"], "unknown", "the last one is long ago");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_shows_what_is_wrong_first_and_where_it_is_mended() {
    let world = well().await;
    world.clock().advance(40 * 60);
    world.simulator().refuse_address(true);
    let key = world.system().sign_in_key().expose_secret().to_owned();
    let console = Console::sign_in(&world, &key).await;

    let page = console.get("/console/doctor").await.expect_status(200).text();

    let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words} in {page}"));
    let address = place("微信接受本系统的出口 IP");
    let ticket = place("verify ticket 按时推送");
    assert!(address < ticket && ticket < place("回调地址可以访问"), "failures, warnings, the rest");
    assert!(page.contains("127.0.0.1") && page.contains("https://open.weixin.qq.com/"), "{page}");
    assert!(!page.contains("/v1/components"), "pages lead to pages: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_on_record_are_shown_without_asking_wechat() {
    let world = World::start().await;
    world.begin().await;
    world.authorize(MERCHANT).await;
    let quotas = format!("/v1/components/{}/quotas", world.component());
    let before = world.calls("/wxa/queryquota");

    world.operator().get(&format!("{quotas}?fresh=false")).await.expect_status(200);
    assert_eq!(world.calls("/wxa/queryquota"), before);
    world.operator().get(&quotas).await.expect_status(200);
    assert_eq!(world.calls("/wxa/queryquota"), before + 1);
}
