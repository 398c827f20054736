//! Drafts and the template library.

use serde_json::json;
use simulator::DraftOptions;

use crate::support::{World, code};

#[tokio::test]
async fn a_draft_becomes_a_template_whose_id_has_to_be_looked_up() {
    let world = World::new();
    let token = world.component_token().await;
    let call = |name: &str| format!("/wxa/{name}?access_token={token}");
    let drafts = world.get(&call("gettemplatedraftlist")).await;
    let draft = drafts["draft_list"][0]["draft_id"].as_i64().unwrap();

    let added = world.post(&call("addtotemplate"), json!({ "draft_id": draft })).await;
    let list = world.get(&call("gettemplatelist")).await;

    assert_eq!(added, json!({ "errcode": 0, "errmsg": "ok" }));
    let template = &list["template_list"][0];
    assert_eq!(
        (template["draft_id"].as_i64(), &template["template_type"]),
        (Some(draft), &json!(0))
    );
    assert_eq!(template["user_version"], "2.4.0");
    let standard = world.get(&format!("{}&template_type=1", call("gettemplatelist"))).await;
    assert_eq!(standard["template_list"], json!([]));
}

#[tokio::test]
async fn a_template_is_deleted_by_number_or_digits_and_only_once() {
    let world = World::new();
    let token = world.component_token().await;
    let call = |name: &str| format!("/wxa/{name}?access_token={token}");
    for _ in 0..2 {
        world.post(&call("addtotemplate"), json!({ "draft_id": 1 })).await;
    }
    let list = world.get(&call("gettemplatelist")).await;
    let id = |at: usize| list["template_list"][at]["template_id"].as_i64().unwrap();

    let by_number = world.post(&call("deletetemplate"), json!({ "template_id": id(0) })).await;
    let digits = id(1).to_string();
    let by_digits = world.post(&call("deletetemplate"), json!({ "template_id": digits })).await;
    let again = world.post(&call("deletetemplate"), json!({ "template_id": id(0) })).await;

    assert_eq!((code(&by_number), code(&by_digits), code(&again)), (0, 0, 85064));
    assert_eq!(code(&world.post(&call("addtotemplate"), json!({ "draft_id": 77 })).await), 85064);
}

#[tokio::test]
async fn a_library_holds_two_hundred() {
    let world = World::new();
    let token = world.component_token().await;
    let path = format!("/wxa/addtotemplate?access_token={token}");

    for _ in 0..200 {
        assert_eq!(code(&world.post(&path, json!({ "draft_id": 1 })).await), 0);
    }

    assert_eq!(code(&world.post(&path, json!({ "draft_id": 1 })).await), 85065);
}

#[tokio::test]
async fn a_new_upload_takes_the_place_of_the_former_draft() {
    let world = World::new();
    let token = world.component_token().await;
    let upload = DraftOptions {
        user_version: "2.5.0".to_owned(),
        source_miniprogram_appid: "wx5ab0c3d7e9f18264".to_owned(),
        ..DraftOptions::default()
    };

    let id = world.simulator.add_draft(upload).unwrap();

    let list = world.get(&format!("/wxa/gettemplatedraftlist?access_token={token}")).await;
    let drafts = list["draft_list"].as_array().unwrap();
    assert_eq!(drafts.len(), 2);
    assert!(drafts.iter().any(|it| it["draft_id"] == id && it["user_version"] == "2.5.0"));
}
