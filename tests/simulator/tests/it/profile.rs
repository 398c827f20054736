//! Name, introduction, searching, categories and plugins.

use serde_json::{Value, json};
use simulator::{
    ChangeOutside, DecidePlugin, Outside, ReviewCategory, ReviewName, Simulator, Word,
};

use crate::{
    media::PNG,
    support::{BOOKS, FLOWERS, NOODLES, World, code, text},
};

/// A merchant with a token.
struct Merchant {
    world: World,
    appid: &'static str,
    token: String,
}

impl Merchant {
    async fn new(appid: &'static str) -> Self {
        let world = World::new();
        let (token, _) = world.authorized(appid).await;
        world.pushes();
        Merchant { world, appid, token }
    }

    fn simulator(&self) -> &Simulator {
        &self.world.simulator
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.world.post(&format!("{path}?access_token={}", self.token), body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.world.get(&format!("{path}?access_token={}", self.token)).await
    }

    async fn media(&self) -> String {
        let path = format!("/cgi-bin/media/upload?type=image&access_token={}", self.token);
        text(&self.world.upload(&path, "media", ("a.png", PNG), &[]).await["media_id"])
    }

    async fn name(&self) -> Value {
        self.get("/cgi-bin/account/getaccountbasicinfo").await["nickname_info"].clone()
    }

    fn rename(&self, name: &str) -> Value {
        json!({ "nick_name": name })
    }
}

#[tokio::test]
async fn a_free_name_is_in_force_at_once_twice_a_year() {
    let shop = Merchant::new(NOODLES).await;
    let set = async |name: &str| shop.post("/wxa/setnickname", shop.rename(name)).await;

    let first = set("城北面馆").await;

    assert_eq!((code(&first), &first["audit_id"]), (0, &json!(0)));
    assert_eq!(code(&set("山茶花店").await), 53013, "another owner has it");
    assert_eq!(code(&set("面馆小程序").await), 91004);
    assert_eq!(code(&set("城西面馆").await), 0);
    assert_eq!(code(&set("城东面馆").await), 91003);
    let name = shop.name().await;
    assert_eq!((&name["nickname"], &name["modify_used_count"]), (&json!("城西面馆"), &json!(2)));
}

#[tokio::test]
async fn a_name_that_hits_something_needs_a_proof_and_a_review() {
    let shop = Merchant::new(NOODLES).await;
    let check = shop.post("/cgi-bin/wxverify/checkwxverifynickname", shop.rename("中国面")).await;
    assert_eq!((code(&check), &check["hit_condition"]), (0, &json!(true)));
    assert_eq!(code(&shop.post("/wxa/setnickname", shop.rename("中国面")).await), 91009);
    let with = |license: &str| json!({ "nick_name": "中国面", "license": license });
    assert_eq!(code(&shop.post("/wxa/setnickname", with("unknown")).await), 40007);

    let asked = shop.post("/wxa/setnickname", with(&shop.media().await)).await;

    assert!(!text(&asked["wording"]).is_empty());
    let query = async || {
        shop.post("/wxa/api_wxa_querynickname", json!({ "audit_id": asked["audit_id"] })).await
    };
    assert_eq!(query().await["audit_stat"], 1);
    assert_eq!(code(&shop.post("/wxa/setnickname", shop.rename("别名")).await), 91019);
    let no =
        ReviewName { appid: NOODLES.into(), reason: "证明不足".into(), ..Default::default() };
    shop.simulator().review_name(no).await.unwrap();
    let event = shop.world.pushes().remove(0);
    assert!(event.contains("<Event><![CDATA[wxa_nickname_audit]]></Event>"), "{event}");
    assert!(event.contains("<ret>2</ret>") && event.contains("证明不足"), "{event}");
    let answer = query().await;
    assert_eq!((&answer["audit_stat"], &answer["fail_reason"]), (&json!(2), &json!("证明不足")));
    assert_eq!(shop.name().await["nickname"], "城南面馆");

    shop.post("/wxa/setnickname", with(&shop.media().await)).await;
    let yes = ReviewName { appid: NOODLES.into(), passed: true, ..Default::default() };
    shop.simulator().review_name(yes.clone()).await.unwrap();
    assert!(shop.world.pushes()[0].contains("<ret>3</ret>"));
    assert_eq!(shop.name().await["nickname"], "中国面");
    assert!(shop.simulator().review_name(yes).await.is_err(), "nothing waits any more");
    let unknown = shop.post("/wxa/api_wxa_querynickname", json!({ "audit_id": 1 })).await;
    assert_eq!(code(&unknown), 91011);
}

#[tokio::test]
async fn words_may_be_forbidden_in_names_and_introductions() {
    let shop = Merchant::new(NOODLES).await;
    let word = |word: &str, errcode| Word { word: word.into(), errcode };
    shop.simulator().set_word(word("第一", 53012));
    shop.simulator().set_word(word("赌", 53201));
    let check = shop.post("/cgi-bin/wxverify/checkwxverifynickname", shop.rename("第一面")).await;
    assert_eq!(code(&check), 53012);
    let introduce = async |text: &str| {
        code(&shop.post("/cgi-bin/account/modifysignature", json!({ "signature": text })).await)
    };
    assert_eq!(introduce("可以赌博").await, 53201);
    assert_eq!(introduce("短").await, 53204);
    for _ in 0..5 {
        assert_eq!(introduce("手工面条，欢迎品尝").await, 0);
    }
    assert_eq!(introduce("手工面条，欢迎光临").await, 53200);
    let info = shop.get("/cgi-bin/account/getaccountbasicinfo").await;
    assert_eq!(info["signature_info"]["signature"], "手工面条，欢迎品尝");
    assert_eq!(info["signature_info"]["modify_used_count"], 5);
}

#[tokio::test]
async fn one_hides_a_mini_program_from_searching() {
    let shop = Merchant::new(NOODLES).await;
    let change = async |status: Value| {
        code(&shop.post("/wxa/changewxasearchstatus", json!({ "status": status })).await)
    };
    assert_eq!(shop.get("/wxa/getwxasearchstatus").await["status"], 0);
    assert_eq!(change(json!(1)).await, 0);
    assert_eq!(shop.get("/wxa/getwxasearchstatus").await["status"], 1);
    assert_eq!(change(json!(2)).await, 85084);
    assert_eq!(change(json!(0)).await, 0);
    let ban = ChangeOutside { appid: NOODLES.into(), what: Outside::BannedFromSearch(true) };
    shop.simulator().change_outside(ban).unwrap();
    assert_eq!(change(json!(0)).await, 85083);
    assert_eq!(shop.get("/wxa/getwxasearchstatus").await["status"], 1);
}

#[tokio::test]
async fn categories_are_told_as_a_tree_with_their_documents() {
    let shop = Merchant::new(NOODLES).await;
    let all = shop.get("/cgi-bin/wxopen/getallcategories").await;
    let nodes = all["categories_list"]["categories"].as_array().unwrap();
    assert!(nodes[0].get("name").is_none() && nodes[0]["id"] == 0);
    let lawyer = nodes.iter().find(|node| node["id"] == 920).unwrap();
    assert_eq!((&lawyer["sensitive_type"], &lawyer["father"]), (&json!(1), &json!(402)));
    let document = &lawyer["qualify"]["exter_list"][0]["inner_list"][0]["name"];
    assert_eq!(document, "《律师执业资格证》");
    let path = "/cgi-bin/wxopen/getcategoriesbytype";
    let of_persons = shop.post(path, json!({ "verify_type": 0 })).await;
    let count = of_persons["categories_list"]["categories"].as_array().unwrap().len();
    assert!(count < nodes.len());
    assert_eq!(code(&shop.post(path, json!({ "verify_type": 9 })).await), 53303);
}

#[tokio::test]
async fn a_category_is_added_reviewed_corrected_and_taken_away() {
    let shop = Merchant::new(FLOWERS).await;
    let add = async |category: Value| {
        code(&shop.post("/cgi-bin/wxopen/addcategory", json!({ "categories": [category] })).await)
    };
    let lawyer = |key: &str, value: &str| json!({ "first": 402, "second": 920, "certicates": [{ "key": key, "value": value }] });
    let proof = shop.media().await;
    assert_eq!(add(json!({ "first": 304, "second": 766 })).await, 53304);
    assert_eq!(add(json!({ "first": 1, "second": 99 })).await, 53303);
    assert_eq!(add(json!({ "first": 402, "second": 920 })).await, 53311);
    assert_eq!(add(lawyer("《律师执业资格证》", "unknown")).await, 40007);
    assert_eq!(add(lawyer("《身份证》", &proof)).await, 53303);

    assert_eq!(add(lawyer("《律师执业资格证》", &proof)).await, 0);

    let waiting = json!({ "first": 402, "second": 920 });
    let delete = "/cgi-bin/wxopen/deletecategory";
    let modify = "/cgi-bin/wxopen/modifycategory";
    assert_eq!(code(&shop.post(delete, waiting.clone()).await), 53308);
    let again = lawyer("《律师执业资格证》", &proof);
    assert_eq!(code(&shop.post(modify, again.clone()).await), 53307);
    let no =
        ReviewCategory { appid: FLOWERS.into(), reason: "看不清".into(), ..Default::default() };
    shop.simulator().review_category(no).await.unwrap();
    let event = shop.world.pushes().remove(0);
    assert!(event.contains("<Event><![CDATA[wxa_category_audit]]></Event>"), "{event}");
    assert!(event.contains("<ret>2</ret>") && event.contains("<second>920</second>"), "{event}");
    let own = shop.get("/cgi-bin/wxopen/getcategory").await;
    let category = &own["categories"][2];
    assert_eq!(
        (&category["audit_status"], &category["audit_reason"]),
        (&json!(2), &json!("看不清"))
    );
    assert_eq!(own["quota"], 4);

    assert_eq!(code(&shop.post(modify, again).await), 0);
    let yes = ReviewCategory { appid: FLOWERS.into(), passed: true, ..Default::default() };
    shop.simulator().review_category(yes).await.unwrap();
    assert_eq!(shop.get("/wxa/get_category").await["category_list"][2]["second_id"], 920);
    assert_eq!(code(&shop.post(delete, waiting.clone()).await), 0);
    assert_eq!(code(&shop.post(delete, waiting).await), 53303);
}

#[tokio::test]
async fn there_may_be_five_categories_and_five_changes_a_month() {
    let shop = Merchant::new(BOOKS).await;
    let add = async |list: Value, reason: &str| {
        let body = json!({ "categories": list, "apply_reason": reason });
        code(&shop.post("/cgi-bin/wxopen/addcategory", body).await)
    };
    let ids = [(1, 2), (220, 221), (287, 612), (304, 766)];
    for (first, second) in ids {
        assert_eq!(add(json!([{ "first": first, "second": second }]), "").await, 0);
    }
    let proof = shop.media().await;
    let two = json!([
        { "first": 402, "second": 920,
          "certicates": [{ "key": "《律师执业资格证》", "value": proof }] },
        { "first": 8, "second": 39,
          "certicates": [{ "key": "《办学许可证》", "value": proof, "is_permanent": 1 }] },
    ]);
    assert_eq!(add(two.clone(), "").await, 53310);
    assert_eq!(add(two, "经营需要").await, 0);
    assert_eq!(add(json!([{ "first": 1, "second": 2 }]), "").await, 53300);
}

#[tokio::test]
async fn a_plugin_is_asked_for_granted_and_given_back() {
    let shop = Merchant::new(NOODLES).await;
    let plugin = FLOWERS;
    let act = async |action: &str, more: Value| {
        let mut body = json!({ "action": action, "plugin_appid": plugin });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shop.post("/wxa/plugin", body).await
    };
    let none = json!({});
    assert_eq!(code(&act("unbind", none.clone()).await), 89244);
    assert_eq!(code(&act("apply", json!({ "plugin_appid": "aaaa" })).await), 89239);
    assert_eq!(code(&act("apply", json!({ "reason": "要用" })).await), 0);
    assert_eq!(code(&act("apply", none.clone()).await), 89237);
    assert_eq!(code(&act("update", json!({ "user_version": "1.2" })).await), 89244);

    let (owner, _) = shop.world.authorized(FLOWERS).await;
    let own = format!("/wxa/devplugin?access_token={owner}");
    let list = json!({ "action": "dev_apply_list", "page": 1, "num": 10 });
    let asking = shop.world.post(&own, list).await;
    assert_eq!(asking["apply_list"][0]["appid"], shop.appid);
    assert_eq!(asking["apply_list"][0]["reason"], "要用");
    let agree = |appid: &str| json!({ "action": "dev_agree", "appid": appid });
    assert_eq!(code(&shop.world.post(&own, agree(BOOKS)).await), 89242);
    assert_eq!(code(&shop.world.post(&own, agree(NOODLES)).await), 0);
    assert_eq!(code(&shop.world.post(&own, agree(NOODLES)).await), 89240);

    assert_eq!(code(&act("update", json!({ "user_version": "1.2" })).await), 0);
    let used = act("list", none.clone()).await;
    assert_eq!(
        (&used["plugin_list"][0]["status"], &used["plugin_list"][0]["version"]),
        (&json!(2), &json!("1.2"))
    );
    let expire = DecidePlugin { appid: NOODLES.into(), plugin_appid: plugin.into(), status: 4 };
    shop.simulator().decide_plugin(&expire).unwrap();
    assert_eq!(act("list", none.clone()).await["plugin_list"][0]["status"], 4);
    assert_eq!(code(&act("unbind", none.clone()).await), 0);
    assert_eq!(act("list", none).await["plugin_list"], json!([]));
}

#[tokio::test]
async fn an_owner_refuses_and_forgets_after_a_day() {
    let shop = Merchant::new(NOODLES).await;
    let body = json!({ "action": "apply", "plugin_appid": FLOWERS });
    shop.post("/wxa/plugin", body).await;
    let (owner, refresh_token) = shop.world.authorized(FLOWERS).await;
    let act = async |token: &str, action: &str| {
        let body = json!({ "action": action, "reason": "不熟" });
        let body = if action == "dev_delete" { json!({ "action": action }) } else { body };
        code(&shop.world.post(&format!("/wxa/devplugin?access_token={token}"), body).await)
    };
    assert_eq!(act(&owner, "dev_delete").await, 89241);
    assert_eq!(act(&owner, "dev_refuse").await, 0);
    assert_eq!(act(&owner, "dev_delete").await, 89243);
    shop.simulator().advance(86_400);
    let component = shop.world.component_token().await;
    let renewed = shop.world.refresh(&component, FLOWERS, &refresh_token).await;
    assert_eq!(act(&text(&renewed["authorizer_access_token"]), "dev_delete").await, 0);
    assert_eq!(shop.simulator().state()["merchants"][NOODLES]["plugins"], json!([]));
}
