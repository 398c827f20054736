//! J3: rejected, corrected, withdrawn, approved, released, rolled back.

use journeys::MERCHANT;
use serde_json::json;
use simulator::Verdict;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_version_is_corrected_withdrawn_resubmitted_released_and_rolled_back() {
    let shop = Shop::open().await;
    let world = &shop.world;
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    shop.approve().await;
    shop.release().await;

    // Rejected, with reason and screenshots.
    shop.commit("1.1.0").await;
    shop.submit(json!({})).await;
    let verdict = Verdict {
        reason: "1:首页无法打开<br>2:缺少隐私说明".to_owned(),
        screenshots: vec!["media-1".to_owned(), "media-2".to_owned()],
        ..Verdict::on(MERCHANT)
    };
    world.simulator().reject(verdict).await.unwrap();
    world.settle().await;
    let rejected = shop.review().await;
    assert_eq!(rejected["state"], "rejected", "{rejected:#}");
    assert_eq!(rejected["reason"], "1:首页无法打开<br>2:缺少隐私说明");
    assert_eq!(rejected["screenshots"], json!(["media-1", "media-2"]));
    let screenshot = shop.get("review/screenshots/media-1").await.expect_status(200);
    assert!(screenshot.body.starts_with(b"\x89PNG"), "it can be looked at");
    shop.get("review/screenshots/media-3").await.expect_problem(404);
    shop.post("release", json!({})).await.expect_problem(409);

    // Corrected, resubmitted with an answer to the reviewer, withdrawn.
    shop.commit("1.1.1").await;
    shop.submit(json!({ "feedback_info": "已修复首页" })).await;
    let withdrawn = world.operator().delete(&shop.path("review")).await.expect_status(200).json();
    assert_eq!(withdrawn["review"]["state"], "withdrawn");

    // Resubmitted, approved, released.
    shop.submit(json!({})).await;
    shop.approve().await;
    let released = shop.release().await;
    assert_eq!(released["online"]["user_version"], "1.1.1", "{released:#}");

    // Rolled back to a chosen version, once.
    let versions = shop.get("versions").await.expect_status(200).json();
    assert_eq!(versions["online"]["user_version"], "1.1.1", "{versions:#}");
    let earlier = versions["history"]
        .as_array()
        .unwrap()
        .iter()
        .find(|version| version["user_version"] == "1.0.0")
        .unwrap_or_else(|| panic!("1.0.0 is not in {versions:#}"));
    let wanted = json!({ "app_version": earlier["app_version"] });
    for _ in 0..2 {
        let back = shop.post("rollback", wanted.clone()).await.expect_status(200).json();
        assert_eq!(back["online"]["user_version"], "1.0.0", "{back:#}");
    }
    let log = world.simulator().log();
    let named = log.calls.iter().filter(|call| {
        call.path == "/wxa/revertcoderelease" && call.query.contains_key("app_version")
    });
    assert_eq!(named.count(), 1, "the same rollback again does nothing");

    let kinds: Vec<String> = world
        .event_kinds()
        .into_iter()
        .filter(|kind| kind.starts_with("release."))
        .skip(4)
        .collect();
    assert_eq!(
        kinds,
        [
            "release.committed",
            "release.submitted",
            "release.rejected",
            "release.committed",
            "release.submitted",
            "release.withdrawn",
            "release.submitted",
            "release.approved",
            "release.released",
            "release.rolled-back",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_event_the_clock_finds_out() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    let silently = || Verdict { silent: true, ..Verdict::on(MERCHANT) };

    let delayed = Verdict { reason: "节假日".to_owned(), ..silently() };
    shop.world.simulator().delay(delayed).await.unwrap();
    shop.world.later(11 * 60).await;
    let delayed = shop.review().await;
    shop.world.simulator().approve(silently()).await.unwrap();
    shop.world.later(11 * 60).await;

    assert_eq!(delayed["state"], "delayed", "{delayed:#}");
    assert_eq!(delayed["reason"], "节假日");
    assert_eq!(shop.review().await["state"], "approved");
}
