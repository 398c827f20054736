//! Releases, rollbacks, and what others change.

use serde_json::json;
use simulator::{ChangeOutside, Outside, Verdict};

use crate::support::{FLOWERS, NOODLES, Shop, code};

async fn release(shop: &Shop) -> i64 {
    code(&shop.post("release", json!({})).await)
}

#[tokio::test]
async fn only_the_approved_version_is_released_and_only_once() {
    let shop = Shop::new(NOODLES).await;
    assert_eq!(release(&shop).await, 85019);
    shop.committed("1.0").await;
    shop.submit().await;
    assert_eq!(release(&shop).await, 85020);
    shop.world.simulator.approve(Verdict::on(NOODLES)).await.unwrap();

    assert_eq!(release(&shop).await, 0);

    assert_eq!(release(&shop).await, 85052);
    let info = shop.post("getversioninfo", json!({})).await;
    assert_eq!(info["release_info"]["release_version"], "1.0");
}

#[tokio::test]
async fn a_commit_after_the_approval_spoils_it() {
    let shop = Shop::new(NOODLES).await;
    shop.committed("1.0").await;
    shop.submit().await;
    shop.world.simulator.approve(Verdict::on(NOODLES)).await.unwrap();
    shop.commit("1.1").await;

    assert_eq!(release(&shop).await, 85020);
}

#[tokio::test]
async fn a_first_release_needs_a_filing() {
    let shop = Shop::new(FLOWERS).await;
    shop.committed("1.0").await;
    shop.submit().await;
    shop.world.simulator.approve(Verdict::on(FLOWERS)).await.unwrap();
    let path = format!("/wxa/icp/get_icp_entrance_info?access_token={}", shop.token);

    assert_eq!(shop.world.get(&path).await["info"]["status"], 1024);
    assert_eq!(release(&shop).await, 85020);
    shop.world.simulator.set_icp(FLOWERS, 6).unwrap();
    assert_eq!(release(&shop).await, 0);
}

#[tokio::test]
async fn a_release_drops_the_consoles_domains_and_puts_direct_ones_in_force() {
    let shop = Shop::new(NOODLES).await;
    let console = [("requestdomain".to_owned(), vec!["https://own.example.com".to_owned()])];
    let change = ChangeOutside {
        appid: NOODLES.to_owned(),
        what: Outside::Domains(console.into_iter().collect()),
    };
    shop.world.simulator.change_outside(change).unwrap();
    let direct = json!({ "action": "add", "requestdomain": ["https://direct.example.com"] });
    shop.post("modify_domain_directly", direct).await;
    let effective =
        async || shop.post("get_effective_domain", json!({})).await["effective_domain"].clone();
    assert_eq!(effective().await["requestdomain"], json!(["https://own.example.com"]));

    shop.live("1.0").await;

    assert_eq!(effective().await["requestdomain"], json!(["https://direct.example.com"]));
}

#[tokio::test]
async fn a_rollback_goes_back_once() {
    let shop = Shop::new(NOODLES).await;
    assert_eq!(code(&shop.get("revertcoderelease").await), 87012);
    for version in ["1.0", "2.0", "3.0"] {
        shop.live(version).await;
    }
    let history = async || {
        let path = format!(
            "/wxa/revertcoderelease?access_token={}&action=get_history_version",
            shop.token
        );
        shop.world.get(&path).await["version_list"].as_array().unwrap().clone()
    };
    let list = history().await;
    let names: Vec<_> = list.iter().map(|it| it["user_version"].as_str().unwrap()).collect();
    assert_eq!(names, ["2.0", "1.0"]);
    let to = async |version: &str| {
        let path =
            format!("/wxa/revertcoderelease?access_token={}&app_version={version}", shop.token);
        code(&shop.world.get(&path).await)
    };

    assert_eq!(to("first").await, 40097);
    assert_eq!(to("99999").await, 87012);
    assert_eq!(to(&list[1]["app_version"].to_string()).await, 0);

    let info = shop.post("getversioninfo", json!({})).await;
    assert_eq!(info["release_info"]["release_version"], "1.0");
    assert_eq!(code(&shop.get("revertcoderelease").await), 87012);
    assert!(history().await.is_empty());
}

#[tokio::test]
async fn five_former_versions_are_kept() {
    let shop = Shop::new(NOODLES).await;
    for version in ["1", "2", "3", "4", "5", "6", "7"] {
        shop.live(version).await;
    }
    let path =
        format!("/wxa/revertcoderelease?access_token={}&action=get_history_version", shop.token);

    let list = shop.world.get(&path).await["version_list"].as_array().unwrap().clone();

    assert_eq!(list.len(), 5);
    assert_eq!(list[4]["user_version"], "2");
}

#[tokio::test]
async fn others_may_change_everything() {
    let shop = Shop::new(NOODLES).await;
    let outside = |what| {
        let change = ChangeOutside { appid: NOODLES.to_owned(), what };
        shop.world.simulator.change_outside(change)
    };
    let version = |version: &str| (version.to_owned(), "由他人上传".to_owned());

    assert!(outside(Outside::Submit).is_err());
    let (user_version, user_desc) = version("9.9");
    outside(Outside::Commit { user_version, user_desc }).unwrap();
    outside(Outside::Submit).unwrap();
    assert_eq!(shop.get("get_latest_auditstatus").await["user_version"], "9.9");
    shop.world.simulator.approve(Verdict::on(NOODLES)).await.unwrap();
    outside(Outside::Release).unwrap();
    let (user_version, user_desc) = version("8.8");
    outside(Outside::Online { user_version, user_desc }).unwrap();
    outside(Outside::Suspended(true)).unwrap();

    let info = shop.post("getversioninfo", json!({})).await;
    assert_eq!(info["exp_info"]["exp_version"], "9.9");
    assert_eq!(info["release_info"]["release_version"], "8.8");
    assert_eq!(shop.post("getvisitstatus", json!({})).await["status"], 0, "1 is visible, 0 is not");
}
