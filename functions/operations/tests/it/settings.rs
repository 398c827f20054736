//! Testers, codes, and what WeChat says about them.

use serde_json::json;

use crate::{
    gateway::Call,
    wechat::Answer,
    world::{World, mini_program},
};

const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0xff, 0xfe];

#[tokio::test]
async fn a_tester_is_bound_listed_by_name_and_unbound() {
    let world = World::new().await;
    world.wechat.says("/wxa/bind_tester", json!({ "errcode": 0, "userstr": "one/+=" }));
    let members = json!({ "errcode": 0, "members": [
        { "userstr": "one/+=" }, { "userstr": "bound elsewhere" },
    ] });
    world.wechat.says("/wxa/memberauth", members);

    let path = mini_program("/testers");
    let bound = world.send(Call::post(&path).json(json!({ "wechat_id": "lily_2026" }))).await;
    let listed = world.get(&path).await.json();
    let gone = world.send(Call::delete(&mini_program("/testers/one%2F+="))).await;

    assert_eq!(bound.status, 201, "{bound:?}");
    assert_eq!(bound.json()["user_str"], "one/+=");
    assert_eq!(listed["testers"][0]["wechat_id"], "lily_2026");
    assert_eq!(listed["testers"][1], json!({ "user_str": "bound elsewhere" }));
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(world.wechat.asked("/wxa/unbind_tester"), [json!({ "userstr": "one/+=" })]);
    let entries = world.audit().await;
    assert_eq!(entries[0]["request"], r#"{"wechat_id":"[hidden]"}"#);
}

#[tokio::test]
async fn somebody_who_is_a_tester_already_is_a_success() {
    let world = World::new().await;
    world.wechat.refuses("/wxa/bind_tester", 85004);
    let members = json!({ "errcode": 0, "members": [{ "userstr": "one" }] });
    world.wechat.says("/wxa/memberauth", members);

    let call = Call::post(&mini_program("/testers")).json(json!({ "wechat_id": "lily_2026" }));
    let bound = world.send(call).await;

    assert_eq!(bound.status, 201, "{bound:?}");
    assert_eq!(bound.json()["user_str"], "one", "there is nobody else that it could be");
}

#[tokio::test]
async fn a_wechat_id_that_cannot_be_one_costs_no_call() {
    let world = World::new().await;
    for wrong in ["", "  ", "小李", "a b", &"x".repeat(65)] {
        let call = Call::post(&mini_program("/testers")).json(json!({ "wechat_id": wrong }));
        assert_eq!(world.send(call).await.problem(422)["field"], "wechat_id");
    }
    assert!(world.wechat.asked("/wxa/bind_tester").is_empty());
}

#[tokio::test]
async fn a_code_comes_as_a_picture_and_again_as_the_same_picture() {
    let world = World::new().await;
    world.wechat.answers("/wxa/getwxacode", Answer::Bytes(PNG));
    let body = json!({
        "kind": "getwxacode", "path": "pages/index?a=1", "width": 280,
        "line_color": { "r": 1, "g": 2, "b": 3 }, "env_version": "trial",
    });
    let call = || Call::post(&mini_program("/code")).json(body.clone()).once("code");

    let drawn = world.send(call()).await;
    let again = world.send(call()).await;

    for reply in [&drawn, &again] {
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.header("content-type"), Some("image/png"));
        assert!(reply.header("content-disposition").unwrap().ends_with("-code.png\""));
        assert!(reply.is_base64, "API Gateway takes bytes in base64");
        assert_eq!(&*reply.body, PNG);
    }
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let asked = world.wechat.asked("/wxa/getwxacode");
    let wanted = json!({
        "path": "pages/index?a=1", "width": 280, "line_color": { "r": 1, "g": 2, "b": 3 },
        "env_version": "trial",
    });
    assert_eq!(asked, [wanted], "drawn once");
}

#[tokio::test]
async fn codes_with_a_scene_and_square_ones_are_drawn_too() {
    let world = World::new().await;
    for (kind, path, body) in [
        ("getwxacodeunlimit", "/wxa/getwxacodeunlimit", json!({ "scene": "t=7", "page": "a/b" })),
        ("createwxaqrcode", "/cgi-bin/wxaapp/createwxaqrcode", json!({ "path": "a/b?t=7" })),
    ] {
        world.wechat.answers(path, Answer::Bytes(&[0xff, 0xd8, 0xff, 0xe0]));
        let mut wanted = body.clone();
        wanted["kind"] = kind.into();
        let drawn = world.send(Call::post(&mini_program("/code")).json(wanted)).await;
        assert_eq!(drawn.header("content-type"), Some("image/jpeg"), "{drawn:?}");
        assert_eq!(world.wechat.asked(path), [body]);
    }
}

#[tokio::test]
async fn a_field_of_another_kind_of_code_is_refused() {
    let world = World::new().await;
    for (body, field) in [
        (json!({ "kind": "getwxacode", "scene": "a", "path": "a" }), "scene"),
        (json!({ "kind": "getwxacodeunlimit" }), "scene"),
        (json!({ "kind": "createwxaqrcode", "path": "a", "width": 99 }), "width"),
        (
            json!({ "kind": "getwxacode", "path": "a",
                    "line_color": { "r": 256, "g": 0, "b": 0 } }),
            "line_color.r",
        ),
        (json!({ "path": "a" }), "kind"),
    ] {
        let reply = world.send(Call::post(&mini_program("/code")).json(body)).await;
        assert_eq!(reply.problem(422)["field"], field, "{reply:?}");
    }
}

#[tokio::test]
async fn a_picture_too_long_for_one_item_is_given_again_whole() {
    let world = World::new().await;
    let picture: Vec<u8> = PNG.iter().copied().chain((0..500_000).map(|n| n as u8)).collect();
    world.wechat.answers("/wxa/getwxacodeunlimit", Answer::Bytes(picture.clone().leak()));
    let body = json!({ "kind": "getwxacodeunlimit", "scene": "t=7" });
    let call = || Call::post(&mini_program("/code")).json(body.clone()).once("long");

    world.send(call()).await;
    let again = world.send(call()).await;

    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert!(again.body == picture, "{} bytes", again.body.len());
}
