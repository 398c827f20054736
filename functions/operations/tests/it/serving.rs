//! Serving, plugins, open-platform accounts and the component's own domains.

use serde_json::{Value, json};

use crate::{
    gateway::Call,
    world::{World, component, mini_program},
};

const PLUGIN: &str = "wx069ba97219f66d99";
const OPEN: &str = "wx5a5bf0bd1f9a8c6e";

#[tokio::test]
async fn a_mini_program_is_suspended_only_where_it_serves() {
    let world = World::new().await;
    world.wechat.says("/wxa/getvisitstatus", json!({ "errcode": 0, "status": 1 }));
    let path = mini_program("/visit-status");
    let put = |serving: bool| Call::put(&path).json(json!({ "serving": serving }));

    assert_eq!(world.get(&path).await.json()["serving"], true);
    assert_eq!(world.send(put(true)).await.json()["serving"], true);
    assert_eq!(world.send(put(false)).await.json()["serving"], false);

    assert_eq!(world.wechat.asked("/wxa/change_visitstatus"), [json!({ "action": "close" })]);
}

#[tokio::test]
async fn a_punishment_is_not_ended_by_resuming() {
    let world = World::new().await;
    world.wechat.says("/wxa/getvisitstatus", json!({ "errcode": 0, "status": 0 }));
    let call = Call::put(&mini_program("/visit-status")).json(json!({ "serving": true }));
    let problem = world.send(call.english()).await.problem(409);
    assert!(problem["what_to_do"].as_str().unwrap().contains("punishment"), "{problem}");
}

#[tokio::test]
async fn the_oldest_base_library_is_one_of_those_that_there_are() {
    let world = World::new().await;
    let library = json!({ "errcode": 0, "now_version": "2.19.4",
        "uv_info": { "items": [{ "version": "2.19.4", "percentage": 0.5 }] } });
    world.wechat.says("/cgi-bin/wxopen/getweappsupportversion", library);
    let path = mini_program("/support-version");
    let put = |version: &str| Call::put(&path).json(json!({ "version": version }));

    let shown = world.get(&path).await.json();
    let set = world.send(put("2.32.3")).await;
    let wrong = world.send(put("2.x")).await.problem(422);

    assert_eq!(shown["version"], "2.19.4");
    assert_eq!(shown["users"][0]["percentage"], 0.5);
    assert_eq!(set.status, 204, "{set:?}");
    assert_eq!(wrong["field"], "version");
    let asked = world.wechat.asked("/cgi-bin/wxopen/setweappsupportversion");
    assert_eq!(asked, [json!({ "version": "2.32.3" })]);
}

#[tokio::test]
async fn a_plugin_that_was_asked_for_is_left_as_it_is() {
    let world = World::new().await;
    let list = json!({ "errcode": 0, "plugin_list": [
        { "appid": PLUGIN, "status": 1, "nickname": "会员卡", "headimgurl": "" },
    ] });
    world.wechat.says("/wxa/plugin", list);
    let wanted = json!({ "plugin_appid": PLUGIN, "reason": " 会员 " });

    let made = world.send(Call::post(&mini_program("/plugins")).json(wanted)).await;
    let listed = world.get(&mini_program("/plugins")).await.json();
    let one = mini_program(&format!("/plugins/{PLUGIN}"));
    let updated =
        world.send(Call::new("PATCH", &one).json(json!({ "user_version": "1.2.0" }))).await;
    let gone = world.send(Call::delete(&one)).await;

    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json()["state"], "applying");
    assert_eq!(listed["plugins"][0]["name"], "会员卡");
    assert_eq!((updated.status, gone.status), (204, 204));
    let asked = world.wechat.asked("/wxa/plugin");
    assert_eq!(asked[0], json!({ "action": "apply", "plugin_appid": PLUGIN, "reason": "会员" }));
    let actions: Vec<&Value> = asked.iter().map(|one| &one["action"]).collect();
    assert_eq!(actions, ["apply", "list", "list", "update", "unbind"]);
}

#[tokio::test]
async fn a_plugins_owner_agrees_and_refuses() {
    let world = World::new().await;
    let list: Vec<Value> = (0..20)
        .map(|_| json!({ "appid": PLUGIN, "status": 1, "nickname": "", "create_time": "1536305096" }))
        .collect();
    world.wechat.says("/wxa/devplugin", json!({ "errcode": 0, "apply_list": list }));
    let at = |rest: &str| mini_program(&format!("/plugin-applications{rest}"));

    let first = world.get(&at("")).await.json();
    world.get(&at("?cursor=2")).await.json();
    world.get(&at("?cursor=x")).await.problem(400);
    let agreed = world.send(Call::post(&at(&format!("/{PLUGIN}/approval")))).await;
    let refused = world.send(Call::post(&at("/refusal")).json(json!({ "reason": "no" }))).await;
    let forgotten = world.send(Call::delete(&at(""))).await;

    assert_eq!(first["applications"][0]["applied_at"], "2018-09-07T07:24:56Z");
    assert_eq!(first["next_cursor"], "2");
    assert_eq!((agreed.status, refused.status, forgotten.status), (204, 204, 204));
    let asked = world.wechat.asked("/wxa/devplugin");
    assert_eq!(asked[1], json!({ "action": "dev_apply_list", "page": 2, "num": 20 }));
    assert_eq!(asked[2], json!({ "action": "dev_agree", "appid": PLUGIN }));
}

#[tokio::test]
async fn an_open_platform_account_is_not_exchanged_silently() {
    let world = World::new().await;
    let path = mini_program("/open-account");
    world.wechat.refuses("/cgi-bin/open/get", 89002);
    let none = world.get(&path).await.json();
    let bind = |open: &str| Call::put(&path).json(json!({ "open_appid": open }));
    let bound = world.send(bind(OPEN)).await;

    world.wechat.says("/cgi-bin/open/get", json!({ "errcode": 0, "open_appid": OPEN }));
    world.wechat.refuses("/cgi-bin/open/create", 89000);
    let there = world.send(Call::post(&path)).await;
    let other = world.send(bind("wx0000000000000abc")).await;
    let gone = world.send(Call::delete(&path)).await;

    assert_eq!(none, json!({ "open_appid": null }));
    assert_eq!(bound.status, 200, "{bound:?}");
    assert_eq!(there.json()["open_appid"], OPEN, "bound already");
    other.problem(409);
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(world.wechat.asked("/cgi-bin/open/bind").len(), 1);
    assert_eq!(world.wechat.asked("/cgi-bin/open/unbind"), [json!({ "open_appid": OPEN })]);
}

#[tokio::test]
async fn the_components_own_domains_are_replaced_once() {
    let world = World::new().await;
    let answer = json!({ "errcode": 0,
        "published_wxa_server_domain": "a.example.com;b.example.com",
        "testing_wxa_server_domain": "b.example.com;a.example.com" });
    world.wechat.says("/cgi-bin/component/modify_wxa_server_domain", answer);
    let path = component("/server-domains");
    let put = |list: Value| Call::put(&path).json(json!({ "domains": list }));

    let shown = world.get(&path).await.json();
    let same = world.send(put(json!(["b.example.com", "A.example.com"]))).await;
    let other = world.send(put(json!(["c.example.com"]))).await;
    let wrong =
        world.send(put(json!(["https://c.example.com", "10.0.0.1", "ok.example.com"]))).await;

    assert_eq!(shown["published"], json!(["a.example.com", "b.example.com"]));
    assert_eq!((same.status, other.status), (200, 200));
    assert_eq!(wrong.problem(422)["faults"].as_array().unwrap().len(), 2);
    let asked = world.wechat.asked("/cgi-bin/component/modify_wxa_server_domain");
    let sets: Vec<&Value> = asked.iter().filter(|one| one["action"] == "set").collect();
    assert_eq!(
        sets,
        [&json!({ "action": "set", "wxa_server_domain": "c.example.com",
                  "is_modify_published_together": true })]
    );
}

#[tokio::test]
async fn domains_that_are_looked_up_early_have_their_own_limit() {
    let world = World::new().await;
    let answer = json!({ "errcode": 0, "size_limit": 1,
        "prefetch_dns_domain": [{ "url": "a.example.com", "status": 0 }] });
    world.wechat.says("/wxa/get_prefetchdnsdomain", answer);
    let path = mini_program("/prefetch-domains");
    let put = |list: Value| Call::put(&path).json(json!({ "domains": list }));

    assert_eq!(world.get(&path).await.json()["domains"], json!(["a.example.com"]));
    assert_eq!(world.send(put(json!(["b.example.com"]))).await.status, 200);
    let two = json!(["b.example.com", "c.example.com"]);
    assert_eq!(world.send(put(two)).await.problem(422)["field"], "domains");
    let asked = world.wechat.asked("/wxa/set_prefetchdnsdomain");
    assert_eq!(asked, [json!({ "prefetch_dns_domain": [{ "url": "b.example.com" }] })]);
}
