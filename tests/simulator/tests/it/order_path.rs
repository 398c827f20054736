//! The page of the order centre.

use serde_json::{Value, json};
use simulator::OrderPathVerdict;

use crate::support::{FLOWERS, NOODLES, Shop, code};

async fn apply(shop: &Shop, appids: &[&str]) -> i64 {
    let component = shop.world.component_token().await;
    let path = format!("/wxa/security/applysetorderpathinfo?access_token={component}");
    let body = json!({ "batch_req": { "appid_list": appids, "path": "pages/orders/index" } });
    let answer = code(&shop.world.post(&path, body).await);
    // What became of it comes as a push, a moment later.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    answer
}

async fn page(shop: &Shop, which: i64) -> Value {
    shop.post("security/getorderpathinfo", json!({ "info_type": which })).await
}

fn verdict(passed: bool) -> OrderPathVerdict {
    OrderPathVerdict { appid: NOODLES.to_owned(), passed, reason: "找不到订单".to_owned() }
}

#[tokio::test]
async fn a_page_is_applied_for_and_decided() {
    let shop = Shop::new(NOODLES).await;
    assert_eq!(code(&page(&shop, 0).await), 61041);
    assert_eq!(code(&page(&shop, 2).await), 40097);

    assert_eq!(apply(&shop, &[NOODLES]).await, 0);
    let open = page(&shop, 1).await["msg"].clone();
    assert_eq!((&open["status"], &open["path"]), (&json!(2), &json!("pages/orders/index")));
    shop.world.simulator.decide_order_path(verdict(false)).await.unwrap();
    assert_eq!(page(&shop, 1).await["msg"]["status"], 3);
    assert_eq!(code(&page(&shop, 0).await), 61041);

    apply(&shop, &[NOODLES]).await;
    shop.world.pushes();
    shop.world.simulator.decide_order_path(verdict(true)).await.unwrap();
    let push = shop.world.pushes().remove(0);
    assert!(push.contains("order_path_audit_result_notify"), "{push}");
    assert!(push.contains("<status>4</status>"), "{push}");
    assert_eq!(page(&shop, 0).await["msg"]["status"], 4);
    assert_eq!(code(&page(&shop, 1).await), 61041);
    assert!(shop.world.simulator.decide_order_path(verdict(true)).await.is_err());
}

#[tokio::test]
async fn an_application_is_told_for_each_mini_program() {
    let shop = Shop::new(NOODLES).await;
    shop.world.pushes();

    assert_eq!(apply(&shop, &[]).await, 40097);
    assert_eq!(apply(&shop, &vec![NOODLES; 101]).await, 40097);
    let component = shop.world.component_token().await;
    let path = format!("/wxa/security/applysetorderpathinfo?access_token={component}");
    let nowhere = json!({ "batch_req": { "appid_list": [NOODLES], "path": "" } });
    assert_eq!(code(&shop.world.post(&path, nowhere).await), 40097);
    assert_eq!(apply(&shop, &[NOODLES, NOODLES, FLOWERS, "wx0000000000000000"]).await, 0);

    let pushes = shop.world.pushes();
    let told = pushes.iter().find(|it| it.contains("order_path_apply_result_notify")).unwrap();
    let codes: Vec<&str> = told
        .split("<ret_code>")
        .skip(1)
        .map(|rest| rest.split_once("</ret_code>").unwrap().0)
        .collect();
    assert_eq!(codes, ["0", "1", "30001", "<![CDATA[-2]]>"]);
}
