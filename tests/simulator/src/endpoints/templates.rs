//! The template library of a component.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
    state::Template,
};

/// Templates a library holds.
const MOST_TEMPLATES: usize = 200;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/wxa/gettemplatedraftlist", TokenKind::Component, draft_list),
    Endpoint::post(
        "/wxa/addtotemplate",
        TokenKind::Component,
        &[
            Field::required("draft_id", Kind::Integer),
            Field::optional("template_type", Kind::Integer),
        ],
        add,
    ),
    Endpoint::get("/wxa/gettemplatelist", TokenKind::Component, list).query(&["template_type"]),
    Endpoint::post(
        "/wxa/deletetemplate",
        TokenKind::Component,
        &[Field::required("template_id", Kind::IntegerOrText)],
        delete,
    ),
];

fn draft_list(scene: &mut Scene<'_>) -> Answer {
    let drafts: Vec<Value> = scene
        .component()
        .drafts
        .iter()
        .map(|draft| {
            json!({
                "create_time": draft.created,
                "user_version": draft.code.user_version,
                "user_desc": draft.code.user_desc,
                "draft_id": draft.id,
                "source_miniprogram_appid": draft.code.source_miniprogram_appid,
                "source_miniprogram": draft.code.source_miniprogram,
                "developer": draft.code.developer,
                "category_list": [],
            })
        })
        .collect();
    fields(json!({ "draft_list": drafts }))
}

fn add(scene: &mut Scene<'_>) -> Answer {
    let wanted = scene.integer("draft_id");
    let kind = scene.integer("template_type").unwrap_or(0);
    if !matches!(kind, 0 | 1) {
        return refuse(40097, "invalid args");
    }
    let now = scene.now;
    let id = scene.world.number();
    let component = scene.component();
    let Some(draft) = component.drafts.iter().find(|draft| Some(draft.id) == wanted) else {
        return refuse(85064, "template not found");
    };
    if component.templates.len() >= MOST_TEMPLATES {
        return refuse(85065, "template list is full");
    }
    let template = Template { id, draft: draft.id, kind, created: now, code: draft.code.clone() };
    component.templates.push(template);
    // The id is not told; it has to be looked up in the list.
    done()
}

fn list(scene: &mut Scene<'_>) -> Answer {
    let wanted = match scene.query.get("template_type") {
        None => None,
        Some("0") => Some(0),
        Some("1") => Some(1),
        Some(_) => return refuse(40097, "invalid args"),
    };
    let templates: Vec<Value> = scene
        .component()
        .templates
        .iter()
        .filter(|template| wanted.is_none_or(|kind| template.kind == kind))
        .map(|template| {
            json!({
                "create_time": template.created,
                "user_version": template.code.user_version,
                "user_desc": template.code.user_desc,
                "template_id": template.id,
                "draft_id": template.draft,
                "source_miniprogram_appid": template.code.source_miniprogram_appid,
                "source_miniprogram": template.code.source_miniprogram,
                "developer": template.code.developer,
                "template_type": template.kind,
                "category_list": [],
            })
        })
        .collect();
    fields(json!({ "template_list": templates }))
}

fn delete(scene: &mut Scene<'_>) -> Answer {
    let wanted = scene.integer("template_id");
    let templates = &mut scene.component().templates;
    match templates.iter().position(|template| Some(template.id) == wanted) {
        Some(at) => {
            templates.remove(at);
            done()
        }
        None => refuse(85064, "template not found"),
    }
}
