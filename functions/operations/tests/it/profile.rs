//! How a mini program presents itself.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    gateway::{Call, Reply},
    wechat::Answer,
    world::{World, mini_program},
};

const BASIC: &str = "/cgi-bin/account/getaccountbasicinfo";
const OWN: &str = "/cgi-bin/wxopen/getcategory";
const SET_NAME: &str = "/wxa/setnickname";
const SET_AVATAR: &str = "/cgi-bin/account/modifyheadimage";
const SET_INTRODUCTION: &str = "/cgi-bin/account/modifysignature";

fn basic(name: &str, introduction: &str, used: i64) -> Value {
    json!({
        "errcode": 0, "principal_name": "城南", "principal_type": 1, "realname_status": 1,
        "wx_verify_info": { "qualification_verify": true, "naming_verify": false },
        "nickname_info": { "nickname": name, "modify_used_count": used, "modify_quota": 2 },
        "head_image_info": { "head_image_url": "http://wx.qlogo.cn/a", "modify_used_count": used,
            "modify_quota": 5 },
        "signature_info": { "signature": introduction, "modify_used_count": used,
            "modify_quota": 5 },
    })
}

/// The beginning of a PNG, which is all that is looked at here.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    file
}

fn picture(call: Call, file: &[u8]) -> Call {
    call.header("content-type", "image/png").body(file)
}

impl World {
    async fn with_profile() -> World {
        let world = World::new().await;
        world.wechat.says(BASIC, basic("城南面馆", "手工面条，现点现做。", 1));
        world.wechat.says("/wxa/getwxasearchstatus", json!({ "errcode": 0, "status": 1 }));
        let own = json!({
            "errcode": 0, "limit": 5, "quota": 4, "category_limit": 5,
            "categories": [{ "first": 220, "first_name": "餐饮服务", "second": 221,
                "second_name": "点餐平台", "audit_status": 3, "audit_reason": "" }],
        });
        world.wechat.says(OWN, own);
        world
    }

    async fn set(&self, what: &str, order: Value) -> Reply {
        self.send(Call::put(&mini_program(&format!("/profile/{what}"))).json(order)).await
    }
}

#[tokio::test]
async fn a_profile_is_what_wechat_shows_with_what_is_left() {
    let world = World::with_profile().await;
    let shown = world.get(&mini_program("/profile")).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let shown = shown.json();
    assert_eq!(shown["name"], "城南面馆");
    assert_eq!(shown["name_changes"], json!({ "used": 1, "limit": 2, "left": 1 }));
    assert_eq!(shown["category_changes"], json!({ "used": 1, "limit": 5, "left": 4 }));
    assert_eq!(shown["searchable"], false, "WeChat's 1 is hidden");
    assert_eq!(shown["categories"][0]["state"], "in-force");
    assert_eq!(shown["in_review"], false);
}

#[tokio::test]
async fn a_name_is_free_or_needs_proof_or_cannot_be_given() {
    let world = World::with_profile().await;
    let path = "/cgi-bin/wxverify/checkwxverifynickname";
    let question = mini_program("/profile/name-check?name=%E5%9F%8E%E5%8D%97");
    let ask = || world.get(&question);
    world.wechat.says(path, json!({ "errcode": 0, "hit_condition": false, "wording": "" }));
    let free = ask().await.json();
    assert_eq!((&free["usable"], &free["needs_proof"]), (&json!(true), &json!(false)));
    world.wechat.says(path, json!({ "errcode": 0, "hit_condition": true, "wording": "商标" }));
    let proof = ask().await.json();
    assert_eq!((&proof["needs_proof"], &proof["wording"]), (&json!(true), &json!("商标")));
    world.wechat.refuses(path, 53_013);
    let refused = ask().await.json();
    assert_eq!((&refused["usable"], &refused["errcode"]), (&json!(false), &json!(53_013)));
    assert!(refused["cause"].as_str().is_some_and(|words| !words.is_empty()), "{refused}");
    // Too many questions says nothing about the name.
    world.wechat.refuses(path, 53_011);
    ask().await.problem(422);
    let wrong = world.get(&mini_program("/profile/name-check?name=")).await;
    assert_eq!(wrong.problem(422)["faults"][0]["pointer"], "/name");
}

#[tokio::test]
async fn a_name_in_review_is_followed_by_its_number() {
    let world = World::with_profile().await;
    world.wechat.says(SET_NAME, json!({ "errcode": 0, "wording": "请补充商标", "audit_id": 77 }));
    let order = json!({ "name": "中国面馆", "license": "MEDIA", "other_materials": ["A", "B"] });

    let asked = world.set("name", order.clone()).await;
    let again = world.set("name", order).await;
    let other = world.set("name", json!({ "name": "别的名字" })).await;

    assert_eq!((asked.status, again.status), (202, 202), "{asked:?}");
    assert_eq!(asked.json()["name_review"]["state"], "in-review");
    assert_eq!(asked.json()["name_review"]["audit_id"], 77);
    assert!(other.problem(409)["detail"].as_str().unwrap().contains("中国面馆"));
    let sent = json!({
        "nick_name": "中国面馆", "license": "MEDIA", "naming_other_stuff_1": "A",
        "naming_other_stuff_2": "B",
    });
    assert_eq!(world.wechat.asked(SET_NAME), [sent], "asked for once");
    let failed = json!({ "errcode": 0, "nickname": "中国面馆", "audit_stat": 2,
        "fail_reason": "材料不清晰" });
    world.wechat.says("/wxa/api_wxa_querynickname", failed);
    let shown = world.get(&mini_program("/profile")).await.json();
    assert_eq!(shown["name_review"]["state"], "refused", "{shown}");
    assert_eq!(shown["name_review"]["reason"], "材料不清晰");
    assert_eq!(world.wechat.asked("/wxa/api_wxa_querynickname"), [json!({ "audit_id": 77 })]);
}

#[tokio::test]
async fn a_name_whose_answer_was_lost_is_asked_for_again_without_harm() {
    let world = World::with_profile().await;
    world.wechat.answers(SET_NAME, Answer::TimedOut);
    let order = || json!({ "name": "城南新馆" });
    let lost = world.set("name", order()).await;
    assert_eq!(lost.status, 202, "{lost:?}");
    assert_eq!(lost.json()["name_review"]["state"], "asking");
    // It was taken and is in review: WeChat refuses a second one.
    world.wechat.refuses(SET_NAME, 91_019);
    let again = world.set("name", order()).await;
    assert_eq!(again.json()["name_review"]["state"], "in-review", "{again:?}");
    // It is in force: no call at all.
    world.wechat.says(BASIC, basic("城南新馆", "手工面条，现点现做。", 2));
    let calls = world.wechat.asked(SET_NAME).len();
    let done = world.set("name", order()).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.json()["name_review"]["state"], "in-force");
    assert_eq!(world.wechat.asked(SET_NAME).len(), calls);
}

#[tokio::test]
async fn changes_that_are_used_up_cost_no_call() {
    let world = World::with_profile().await;
    world.wechat.says(BASIC, basic("城南面馆", "手工面条，现点现做。", 5));
    let name = world.set("name", json!({ "name": "城南新馆" })).await.problem(429);
    let text = world.set("introduction", json!({ "introduction": "另一段介绍" })).await;
    let avatar = picture(Call::put(&mini_program("/profile/avatar")), &png(400, 400));
    let avatar = world.send(avatar).await.problem(429);
    assert_eq!(name["type"], "urn:wechat-fleet:problem:used-up");
    assert_eq!(name["renews_at"], "2026-12-31T16:00:00Z", "the first of January in Beijing");
    assert_eq!(text.problem(429)["renews_at"], "2026-11-30T16:00:00Z");
    assert_eq!(avatar["renews_at"], "2026-11-30T16:00:00Z");
    // What is in force already is a success.
    let same = json!({ "introduction": "手工面条，现点现做。" });
    assert_eq!(world.set("introduction", same).await.status, 200);
    for path in [SET_NAME, SET_INTRODUCTION, SET_AVATAR, "/cgi-bin/media/upload"] {
        assert!(world.wechat.asked(path).is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_change_is_counted_and_one_that_was_refused_is_given_back() {
    let world = World::with_profile().await;
    // A WeChat that tells no numbers: they are our own.
    let silent = json!({ "errcode": 0, "signature_info": { "signature": "手工面条" } });
    world.wechat.says(BASIC, silent);
    let order = |text: &str| json!({ "introduction": text });
    for text in ["第一段介绍", "第二段介绍", "第三段介绍", "第四段介绍"] {
        assert_eq!(world.set("introduction", order(text)).await.status, 200, "{text}");
    }
    world.wechat.refuses(SET_INTRODUCTION, 53_201);
    world.set("introduction", order("含敏感词的介绍")).await.problem(422);
    world.wechat.says(SET_INTRODUCTION, json!({ "errcode": 0 }));
    assert_eq!(world.set("introduction", order("第五段介绍")).await.status, 200);
    world.set("introduction", order("第六段介绍")).await.problem(429);
    assert_eq!(world.wechat.asked(SET_INTRODUCTION).len(), 6);
    // WeChat has given one more in the meantime, and says so.
    world.clock.forward(SignedDuration::from_mins(5));
    world.wechat.says(BASIC, basic("城南面馆", "第五段介绍", 4));
    assert_eq!(world.set("introduction", order("第六段介绍")).await.status, 200);
}

#[tokio::test]
async fn an_avatar_is_looked_at_uploaded_and_cut() {
    let world = World::with_profile().await;
    world.wechat.says("/cgi-bin/media/upload", json!({ "type": "image", "media_id": "M" }));
    let path = mini_program("/profile/avatar");

    let set = world.send(picture(Call::put(&path), &png(800, 400))).await;
    let again = world.send(picture(Call::put(&path), &png(800, 400))).await;

    assert_eq!((set.status, again.status), (200, 200), "{set:?}");
    let sent = json!({ "head_img_media_id": "M", "x1": 0.25, "y1": 0, "x2": 0.75, "y2": 1 });
    assert_eq!(world.wechat.asked(SET_AVATAR), [sent], "set once");
    let cut = format!("{path}?x1=0.1&y1=0&x2=0.5&y2=0.8");
    assert_eq!(world.send(picture(Call::put(&cut), &png(800, 400))).await.status, 200);
    assert_eq!(world.wechat.asked(SET_AVATAR)[1]["x2"], 0.5);
}

#[tokio::test]
async fn a_picture_that_is_none_never_reaches_wechat() {
    let world = World::with_profile().await;
    let path = mini_program("/profile/avatar");
    let put = |query: &str| Call::put(&format!("{path}{query}"));
    let pointers = |reply: Reply| {
        let problem = reply.problem(422);
        let faults = problem["faults"].as_array().unwrap().clone();
        faults.iter().map(|fault| fault["pointer"].clone()).collect::<Vec<_>>()
    };
    let text = world.send(picture(put(""), b"canary text")).await;
    assert_eq!(pointers(text), [""]);
    let cut = world.send(picture(put("?x1=0.5&x2=0.5&y2=7"), &png(400, 400))).await;
    assert_eq!(pointers(cut), ["/y2", "/x2"]);
    let mut long = png(400, 400);
    long.resize(2 * 1024 * 1024 + 1, 0xff);
    assert_eq!(pointers(world.send(picture(put(""), &long)).await), [""]);
    long.resize(4 * 1024 * 1024 + 1, 0xff);
    world.send(picture(put(""), &long)).await.problem(413);
    let webp = put("").header("content-type", "image/webp").body(&png(400, 400));
    let problem = world.send(webp).await.problem(415);
    assert!(problem["what_to_do"].as_str().unwrap().contains("image/png"), "{problem}");
    world.send(put("").json(json!({}))).await.problem(415);
    world.send(picture(put("?left=1"), &png(400, 400))).await.problem(400);
    assert!(world.wechat.asked("/cgi-bin/media/upload").is_empty());
}

#[tokio::test]
async fn a_material_is_kept_for_an_order() {
    let world = World::with_profile().await;
    world.wechat.says("/cgi-bin/media/upload", json!({ "type": "image", "media_id": "M" }));
    let call = || picture(Call::post(&mini_program("/materials")), &png(600, 900)).once("m");
    let kept = world.send(call()).await;
    let again = world.send(call()).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    assert_eq!(kept.json()["media_id"], "M");
    assert_eq!((&kept.json()["width"], &kept.json()["height"]), (&json!(600), &json!(900)));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(world.wechat.asked("/cgi-bin/media/upload").len(), 1);
    let entries = world.audit().await;
    assert_eq!(entries[0]["operation"], "keep_material");
}

#[tokio::test]
async fn a_picture_or_a_video_is_kept_for_the_reviewer() {
    let world = World::with_profile().await;
    world.wechat.says("/wxa/uploadmedia", json!({ "type": "video", "mediaid": "V" }));
    let path = mini_program("/review/media");
    let send = |content_type: &'static str, file: Vec<u8>| {
        world.send(Call::post(&path).header("content-type", content_type).body(&file))
    };
    let video = b"\0\0\0\x18ftypmp42".to_vec();

    let kept = send("video/mp4", video.clone()).await;

    assert_eq!(kept.status, 201, "{kept:?}");
    let kept = kept.json();
    assert_eq!((&kept["media_id"], &kept["list"]), (&json!("V"), &json!("videos")));
    assert_eq!(kept["expires_at"].as_str().unwrap()[..10], *"2026-11-25");
    assert_eq!(world.wechat.asked("/wxa/uploadmedia").len(), 1);
    let mut long = png(400, 400);
    long.resize(2 * 1024 * 1024 + 1, 0xff);
    for wrong in [b"%PDF-1.7".to_vec(), long] {
        let problem = send("image/png", wrong).await.problem(422);
        assert_eq!(problem["faults"][0]["pointer"], "", "{problem}");
    }
    let mut longer = video;
    longer.resize(4 * 1024 * 1024 + 1, 0);
    send("video/mp4", longer).await.problem(413);
    send("video/quicktime", b"\0\0\0\x14ftypqt".to_vec()).await.problem(415);
    assert_eq!(world.wechat.asked("/wxa/uploadmedia").len(), 1, "the wrong ones cost no call");
}

#[tokio::test]
async fn an_introduction_whose_answer_was_lost_is_looked_up() {
    let world = World::with_profile().await;
    world.wechat.answers(SET_INTRODUCTION, Answer::TimedOut);
    let order = || json!({ "introduction": " 新的介绍 " });
    world.set("introduction", order()).await.problem(504);
    world.wechat.says(BASIC, basic("城南面馆", "新的介绍", 2));
    assert_eq!(world.set("introduction", order()).await.status, 200);
    assert_eq!(world.wechat.asked(SET_INTRODUCTION), [json!({ "signature": "新的介绍" })]);
    for wrong in ["面", &"面".repeat(121)] {
        let problem = world.set("introduction", json!({ "introduction": wrong })).await;
        assert_eq!(problem.problem(422)["field"], "introduction");
    }
}

#[tokio::test]
async fn searchable_is_wechats_nought() {
    let world = World::with_profile().await;
    let path = mini_program("/profile/searchability");
    assert_eq!(world.get(&path).await.json(), json!({ "searchable": false }));
    let set = world.set("searchability", json!({ "searchable": true })).await;
    assert_eq!(set.json(), json!({ "searchable": true }), "{set:?}");
    assert_eq!(world.wechat.asked("/wxa/changewxasearchstatus"), [json!({ "status": 0 })]);
    world.wechat.says("/wxa/getwxasearchstatus", json!({ "errcode": 0, "status": 9 }));
    assert_eq!(world.get(&path).await.json(), json!({ "searchable": null }));
}

#[tokio::test]
async fn categories_are_compared_with_wechats_list_before_they_cost_a_change() {
    let world = World::with_profile().await;
    let tree = json!({ "errcode": 0, "categories_list": { "categories": [
        { "id": 0, "children": [8] },
        { "id": 8, "name": "教育", "level": 1, "father": 0, "children": [39], "sensitive_type": 0 },
        { "id": 39, "name": "在线教育", "level": 2, "father": 8, "children": [],
            "sensitive_type": 1, "qualify": { "exter_list": [{ "inner_list": [
                { "name": "《办学许可证》", "url": "" }, { "name": "《事业单位法人证书》", "url": "" },
            ] }], "remark": "" } },
    ] } });
    world.wechat.says("/cgi-bin/wxopen/getallcategories", tree);
    let path = mini_program("/categories");
    let add = |order: Value| world.send(Call::post(&path).json(order));

    let listed = world.get(&mini_program("/categories/available")).await.json();
    assert_eq!(listed["categories"][1]["documents"][0][1]["name"], "《事业单位法人证书》");
    let wrong = json!({ "categories": [
        { "first": 8, "second": 39 },
        { "first": 8, "second": 40 },
        { "first": 8, "second": 39, "documents": [{ "name": "《身份证》", "media_id": "" }] },
    ] });
    let problem = add(wrong).await.problem(422);
    let faults = problem["faults"].as_array().unwrap();
    let pointers: Vec<&str> =
        faults.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(
        pointers,
        [
            "/categories/0/documents",
            "/categories/1/second",
            "/categories/2",
            "/categories/2/documents/0/media_id",
            "/categories/2/documents/0/name",
            "/categories/2/documents",
        ]
    );
    assert!(world.wechat.asked("/cgi-bin/wxopen/addcategory").is_empty());

    let right = json!({ "categories": [{ "first": 8, "second": 39, "documents": [
        { "name": "《办学许可证》", "media_id": "M", "expires_at": "2030-01-01T00:00:00Z" },
    ] }] });
    let added = add(right).await;
    assert_eq!(added.status, 200, "{added:?}");
    let sent = json!({ "categories": [{ "first": 8, "second": 39, "certicates": [
        { "key": "《办学许可证》", "value": "M", "expire_time": 1_893_456_000 },
    ] }] });
    assert_eq!(world.wechat.asked("/cgi-bin/wxopen/addcategory"), [sent]);
    let own = json!({ "errcode": 0, "limit": 5, "quota": 0, "categories": [] });
    world.wechat.says(OWN, own);
    world.clock.forward(SignedDuration::from_mins(5));
    let none_left = json!({ "categories": [{ "first": 8, "second": 39, "documents": [
        { "name": "《办学许可证》", "media_id": "M" },
    ] }] });
    let problem = add(none_left).await.problem(429);
    assert_eq!(problem["renews_at"], "2026-11-30T16:00:00Z", "{problem}");
    assert_eq!(world.wechat.asked("/cgi-bin/wxopen/addcategory").len(), 1);
    let own = json!({ "errcode": 0, "limit": 5, "quota": 0, "categories": [
        { "first": 220, "first_name": "餐饮服务", "second": 221, "second_name": "点餐平台",
            "audit_status": 3 },
    ] });
    world.wechat.says(OWN, own);
    // Of those that are there nothing is asked.
    world
        .send(Call::put(&mini_program("/categories/220/221")).json(json!({ "documents": [] })))
        .await
        .problem(409);
    world
        .send(Call::put(&mini_program("/categories/8/39")).json(json!({ "documents": [] })))
        .await
        .problem(404);
    let gone = world.send(Call::delete(&mini_program("/categories/1/2"))).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert!(world.wechat.asked("/cgi-bin/wxopen/deletecategory").is_empty());
    world.send(Call::delete(&mini_program("/categories/220/221"))).await;
    let deleted = json!({ "first": 220, "second": 221 });
    assert_eq!(world.wechat.asked("/cgi-bin/wxopen/deletecategory"), [deleted]);
}

#[tokio::test]
async fn a_first_change_is_answered_with_what_wechat_shows() {
    let world = World::with_profile().await;
    let words = "招牌牛肉面，现点现做，到店自取或外卖。";

    let set = world.set("introduction", json!({ "introduction": words })).await;

    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(set.json()["name"], "城南面馆", "it was never asked for before");
    assert_eq!(set.json()["introduction"], words);
}

#[tokio::test]
async fn a_change_of_the_profile_can_be_made_to_depend_on_what_was_seen() {
    let world = World::with_profile().await;
    world.wechat.says(SET_INTRODUCTION, json!({ "errcode": 0 }));
    let seen = world.get(&mini_program("/profile")).await.header("etag").unwrap().to_owned();
    let order = |text: &str| {
        let path = mini_program("/profile/introduction");
        let order = json!({ "introduction": text });
        Call::put(&path).json(order).header("if-match", &seen)
    };

    let first = world.send(order("另一段介绍")).await;
    let late = world.send(order("第三段介绍")).await;

    assert_eq!(first.status, 200, "{first:?}");
    late.problem(412);
    assert_eq!(world.wechat.asked(SET_INTRODUCTION).len(), 1);
}
