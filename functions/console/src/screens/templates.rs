//! Drafts that developers uploaded, and the library of templates made of them.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::html;
use platform::text::Text;
use serde::Deserialize;

use super::Place;
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces,
    session::Role,
    shell,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Drafts {
    drafts: Vec<Draft>,
}

#[derive(Deserialize)]
struct Draft {
    draft_id: i64,
    user_version: String,
    user_desc: String,
    developer: Option<String>,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Templates {
    templates: Vec<Template>,
}

/// A template of the library.
#[derive(Deserialize)]
pub(super) struct Template {
    pub(super) template_id: i64,
    pub(super) user_version: String,
    pub(super) user_desc: String,
    developer: Option<String>,
    created_at: Option<String>,
}

pub(super) static ACTIONS: [Action; 2] = [
    Action {
        name: "add-template",
        title: Text::fixed("加入模板库", "Add to the library"),
        rule: Text::fixed(
            "草稿成为模板后，可以上传到任意小程序。模板库最多 200 个",
            "a draft becomes a template that any mini program can be given. The library holds 200",
        ),
        button: Text::fixed("加入模板库", "Add"),
        done: Text::fixed("已加入模板库", "Added to the library"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/templates",
        fields: &[
            Field::new("draft_id", Text::fixed("草稿 ID", "Draft id"), Kind::Number).required()
        ],
        then: Then::Back,
    },
    Action {
        name: "delete-template",
        title: Text::fixed("删除模板", "Delete the template"),
        rule: Text::fixed(
            "从模板库删除。已经用它上传的小程序不受影响",
            "takes it out of the library. Mini programs that were given it keep their code",
        ),
        button: Text::fixed("删除", "Delete"),
        done: Text::fixed("模板已删除", "Deleted"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/templates/{template_id}",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET /console/{component}/templates`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (drafts_path, templates_path) =
        (["components", &component, "drafts"], ["components", &component, "templates"]);
    let (drafts, templates) = tokio::join!(
        app.api.get::<Drafts>(&signed.caller, &drafts_path, &[]),
        app.api.get::<Templates>(&signed.caller, &templates_path, &[]),
    );
    let (Drafts { mut drafts }, Templates { mut templates }) = (drafts?, templates?);
    drafts.sort_by_key(|draft| -draft.draft_id);
    templates.sort_by_key(|template| -template.template_id);
    let [add, delete] = &ACTIONS;
    let known = |name: &'static str, id: &str| {
        [("component".to_owned(), component.clone()), (name.to_owned(), id.to_owned())]
    };
    let link = |action: &Action, name: &'static str, id: i64| {
        let known = known(name, &id.to_string());
        let known: Vec<(&str, &str)> =
            known.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        action.link(&signed, &known)
    };
    let title = Place::Templates.title();
    let no_draft = Text::fixed(
        "没有草稿。请用绑定到第三方平台的开发小程序，在微信开发者工具中上传代码。",
        "No drafts. Upload code with WeChat's developer tools from a mini program bound to the platform.",
    );
    let no_template =
        Text::fixed("模板库是空的，先从草稿加入一个。", "The library is empty; add a draft first.");
    let content = html! {
        h1 { (title.read(language)) }
        section aria-labelledby="library" {
            h2 #library { (Text::fixed("模板库", "Library").read(language)) " " span.small { (templates.len()) " / 200" } }
            @if templates.is_empty() { (pieces::empty(language, &no_template, html! {})) }
            @else { div.table { table {
                thead { tr {
                    th scope="col" { "ID" }
                    th scope="col" { (words::VERSION.read(language)) }
                    th scope="col" { (Text::fixed("描述", "Description").read(language)) }
                    th scope="col" { (words::TIME.read(language)) }
                    td {}
                } }
                tbody { @for template in &templates { tr {
                    td { (template.template_id) }
                    th scope="row" { (template.user_version) }
                    td { (template.user_desc) @if let Some(developer) = &template.developer { br; span.small { (developer) } } }
                    td { @if let Some(at) = &template.created_at { (pieces::time(at)) } }
                    td { (link(delete, "template_id", template.template_id)) }
                } } }
            } } }
        }
        section aria-labelledby="drafts" {
            h2 #drafts { (Text::fixed("草稿", "Drafts").read(language)) }
            @if drafts.is_empty() { (pieces::empty(language, &no_draft, html! {})) }
            @else { div.table { table {
                thead { tr {
                    th scope="col" { "ID" }
                    th scope="col" { (words::VERSION.read(language)) }
                    th scope="col" { (Text::fixed("描述", "Description").read(language)) }
                    th scope="col" { (words::TIME.read(language)) }
                    td {}
                } }
                tbody { @for draft in &drafts { tr {
                    td { (draft.draft_id) }
                    th scope="row" { (draft.user_version) }
                    td { (draft.user_desc) @if let Some(developer) = &draft.developer { br; span.small { (developer) } } }
                    td { @if let Some(at) = &draft.created_at { (pieces::time(at)) } }
                    td { (link(add, "draft_id", draft.draft_id)) }
                } } }
            } } }
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Templates), &title, content).await)
}
