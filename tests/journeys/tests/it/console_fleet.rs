//! The fleet as an operator's browser shows it: searched, tagged, saved as a view, and given a
//! version in waves, without a script.

use journeys::{MERCHANT, World};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{console::Console, shop::Shop};

/// A shop, and an operator who is signed in.
async fn signed_in(shop: &Shop) -> Console<'_> {
    let key = shop.world.system().sign_in_key().expose_secret().to_owned();
    Console::sign_in(&shop.world, &key).await
}

/// The address of the first link of a page that contains `part`.
#[track_caller]
fn link(page: &str, part: &str) -> String {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut found = links.map(|link| link.replace("&amp;", "&"));
    found.find(|link| link.contains(part)).unwrap_or_else(|| panic!("no {part} on {page}"))
}

/// A minute passes, and everything that was waiting goes on.
async fn minute(world: &World) {
    world.clock().advance(61);
    world.tick().await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_gets_a_version_in_waves_in_ten_clicks() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let console = signed_in(&shop).await;
    let component = world.component();
    let view = json!({ "name": "餐饮", "query": { "authorized": true } });
    let segments = format!("/v1/components/{component}/segments");
    world.operator().post(&segments, view).await.expect_status(201);

    // Each is a click: the menu, new, the view, the plan, the start.
    let today = console.get("/console").await.expect_status(200).text();
    let list = console.get(&link(&today, "/rollouts")).await.expect_status(200).text();
    let which = console.get(&link(&list, "/rollouts/new")).await.expect_status(200).text();
    let what = console.get(&link(&which, "new?segment=")).await.expect_status(200).text();
    let order = format!("/console/{component}/rollouts/new");
    assert!(what.contains("name=\"wave-5-size\" value=\"100\""), "waves are suggested: {what}");
    let wrong = console.send(&what, &order, &[("wave-5-size", "50")]).await;
    let page = wrong.expect_status(422).text();
    assert!(page.contains("aria-invalid=\"true\"") && page.contains("class=\"fault\""), "{page}");
    let made = console.send(&page, &order, &[("wave-5-size", "100")]).await.expect_status(303);
    let rollout = made.header("location").to_owned();
    minute(world).await;
    let plan = console.get(&rollout).await.expect_status(200).text();
    assert!(plan.contains("name=\"plan_digest\""), "the plan is there to be started: {plan}");
    assert!(plan.contains(MERCHANT), "with the request of each");
    let started = console.send(&plan, "/console/do/start-rollout", &[]).await;
    started.expect_status(303);

    let page = console.get(&rollout).await.expect_status(200).text();
    assert!(page.contains("hx-trigger=\"every 5s\""), "it moves by itself: {page}");
    assert!(page.contains("<svg class=\"bar\""), "{page}");
    for side in ["targets", "triage", "left-out", "targets.csv"] {
        console.get(&format!("{rollout}/{side}")).await.expect_status(200);
    }
    let detail = console.get(&format!("{rollout}/targets/{MERCHANT}")).await.expect_status(200);
    assert!(detail.text().contains("ext_json"));

    let confirm = console.get(&link(&page, "action=pause-rollout")).await.expect_status(200).text();
    assert!(confirm.contains("class=\"version\""), "it says to how many: {confirm}");
    console.send(&confirm, "/console/do/pause-rollout", &[]).await.expect_status(303);
    let page = console.get(&rollout).await.expect_status(200).text();
    let confirm =
        console.get(&link(&page, "action=resume-rollout")).await.expect_status(200).text();
    console.send(&confirm, "/console/do/resume-rollout", &[]).await.expect_status(303);
    let page = console.get(&rollout).await.expect_status(200).text();
    let confirm = console.get(&link(&page, "action=abort-rollout")).await.expect_status(200).text();
    console.send(&confirm, "/console/do/abort-rollout", &[]).await.expect_status(303);
    let page = console.get(&rollout).await.expect_status(200).text();
    assert!(!page.contains("hx-trigger=\"every"), "it is over: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_match_are_found_tagged_and_taken_along() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let console = signed_in(&shop).await;
    let component = world.component();
    let here = format!("/console/{component}/mini-programs");

    let page = console.get(&format!("{here}?text={MERCHANT}")).await.expect_status(200).text();
    assert!(page.contains("role=\"search\"") && page.contains(MERCHANT), "{page}");
    let part = console.get_part(&format!("{here}?text=nobody")).await.expect_status(200).text();
    assert!(part.starts_with("<div id=\"found\""), "to a script, what was found alone: {part}");
    assert!(!part.contains(MERCHANT));

    let tag = console.get(&link(&page, "/mini-programs/tag?")).await.expect_status(200).text();
    let too_long = "x".repeat(40);
    let form = format!("{here}/tag");
    let again = console.send(&tag, &form, &[("add", &too_long)]).await.expect_status(422).text();
    let tagged = console.send(&again, &form, &[("add", "restaurant south")]).await;
    let tagged = tagged.expect_status(303);
    assert!(tagged.header("location").ends_with("tagged=1"), "{}", tagged.header("location"));
    let page = console.get(&format!("{here}?tag=south")).await.expect_status(200).text();
    assert!(page.contains(MERCHANT) && page.contains("restaurant"), "{page}");

    let save = console.get(&link(&page, "/mini-programs/save?")).await.expect_status(303);
    let form = console.get(save.header("location")).await.expect_status(200).text();
    assert!(form.contains("south"), "the conditions stand in it: {form}");
    let csv = console.get(&link(&page, "list.csv")).await.expect_status(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.text().contains("restaurant south"), "{}", csv.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_are_listed_charted_and_taken_along() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let console = signed_in(&shop).await;
    let here = format!("/console/{}/reviews", world.component());
    let page = console.get(&here).await.expect_status(200).text();
    assert!(page.contains("class=\"empty\""), "{page}");

    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    let page = console.get(&here).await.expect_status(200).text();
    assert!(page.contains("<figure class=\"chart\"") && page.contains(MERCHANT), "{page}");
    assert!(page.contains("speed-up"), "a review that runs can be hurried: {page}");
    let page = console.get(&format!("{here}?state=in-review")).await.expect_status(200).text();
    assert!(page.contains(MERCHANT), "{page}");
    let csv = console.get(&format!("{here}/list.csv")).await.expect_status(200).text();
    assert!(csv.contains(MERCHANT) && csv.contains("in-review"), "{csv}");
}
