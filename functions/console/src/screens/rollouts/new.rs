//! A new rollout: which mini programs, then what they get. The plan and the start are on the
//! rollout's own page.

use axum::{
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{form, order};
use crate::{
    App, api,
    api::{Content, ProblemDetails},
    pieces,
    screens::{
        Place,
        mini_programs::{Found, Wanted, views},
        templates::Template,
    },
    session::Role,
    shell,
    submitted::{Fields, Submitted},
    trouble::Trouble,
    visitor::Signed,
};

pub(super) const TITLE: Text = Text::fixed("新建批量发布", "New rollout");

#[derive(Deserialize)]
struct Templates {
    templates: Vec<Template>,
}

/// The steps, of which `now` is the present one.
pub(super) fn steps(now: usize, language: Language) -> Markup {
    let steps: [Text; 4] = [
        Text::fixed("选小程序", "Which mini programs"),
        Text::fixed("定内容", "What they get"),
        Text::fixed("看方案", "The plan"),
        Text::fixed("开始", "Start"),
    ];
    html! {
        ol.way-of-four aria-label=(Text::fixed("四步", "Four steps").read(language)) {
            @for (place, step) in steps.iter().enumerate() {
                li.past[place + 1 < now] aria-current=[(place + 1 == now).then_some("step")] {
                    span.number { (place + 1) } (step.read(language))
                }
            }
        }
    }
}

/// `GET …/rollouts/new`: which mini programs, or, where the query says so, what they get.
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    if query.get("segment").is_none() && query.get("query").is_none() {
        return which(&app, &signed, &component).await;
    }
    let mut values = order::usual();
    values.extend(query.0);
    what(&app, &signed, &component, &Fields(values), None).await
}

/// `POST …/rollouts/new`: orders it, and leads to its plan.
pub(in crate::screens) async fn order(
    State(app): State<App>,
    Path(component): Path<String>,
    submitted: Submitted,
) -> Result<Response, Trouble> {
    let Submitted { signed, mut fields, .. } = submitted;
    complete(&app, &signed, &component, &mut fields).await?;
    let outcome = match order::body(&fields, signed.language) {
        Ok(body) => {
            let write = api::Write {
                method: Method::POST,
                path: &["components", &component, "rollouts"],
                query: &[],
                content: Content::Json(body),
                once: fields.text("_once"),
            };
            app.api.write(&signed.caller, write).await
        }
        Err(problem) => Err(Trouble::Refused(problem)),
    };
    match outcome {
        Ok(answer) => {
            let made = answer.json();
            let id = made["id"].as_str().unwrap_or_default();
            Ok(Redirect::to(&format!("/console/{component}/rollouts/{id}")).into_response())
        }
        Err(Trouble::Refused(problem)) => {
            let mut page = what(&app, &signed, &component, &fields, Some(&problem)).await?;
            *page.status_mut() = Trouble::Refused(problem).status();
            Ok(page)
        }
        Err(trouble) => Err(trouble),
    }
}

/// What was left empty is the template's: its version, its description, and the rollout's name.
async fn complete(
    app: &App,
    signed: &Signed,
    component: &str,
    fields: &mut Fields,
) -> Result<(), Trouble> {
    let is_empty = |fields: &Fields, name: &str| fields.text(name).trim().is_empty();
    let fill = |fields: &mut Fields, name: &str, value: &str| {
        if is_empty(fields, name) {
            fields.0.retain(|(known, _)| known != name);
            fields.0.push((name.to_owned(), value.to_owned()));
        }
    };
    if is_empty(fields, "user_version") || is_empty(fields, "user_desc") {
        let templates = templates(app, signed, component).await?;
        let chosen = fields.text("template_id").to_owned();
        if let Some(it) = templates.iter().find(|it| it.template_id.to_string() == chosen) {
            fill(fields, "user_version", &it.user_version);
            fill(fields, "user_desc", &it.user_desc);
        }
    }
    let version = fields.text("user_version").to_owned();
    fill(fields, "name", &version);
    Ok(())
}

async fn templates(app: &App, signed: &Signed, component: &str) -> Result<Vec<Template>, Trouble> {
    let path = ["components", component, "templates"];
    let mut list: Templates = app.api.get(&signed.caller, &path, &[]).await?;
    list.templates.sort_by_key(|template| std::cmp::Reverse(template.template_id));
    Ok(list.templates)
}

/// The first step.
async fn which(app: &App, signed: &Signed, component: &str) -> Result<Response, Trouble> {
    let language = signed.language;
    let views = views(app, signed, component).await?;
    let here = format!("/console/{component}/rollouts/new");
    let search = format!("/console/{component}/mini-programs");
    let everything = Text::fixed("全部已授权的小程序", "All that are authorized");
    let content = html! {
        p.way { a href={ "/console/" (component) "/rollouts" } { "‹ " (Place::Rollouts.title().read(language)) } }
        h1 { (TITLE.read(language)) }
        (steps(1, language))
        section aria-labelledby="views" {
            h2 #views { (Text::fixed("已存的视图", "Saved views").read(language)) }
            ul.choices {
                @for view in &views {
                    li { a.choice href={ (here) "?segment=" (view.id) } {
                        strong { (view.name) }
                        span.small { (view.told(language)) }
                    } }
                }
                li { a.choice href={ (here) "?query=%7B%22authorized%22%3Atrue%7D" } {
                    strong { (everything.read(language)) }
                } }
            }
        }
        section aria-labelledby="search" {
            h2 #search { (Text::fixed("符合一次搜索的全部", "All that match a search").read(language)) }
            form.filter role="search" action=(search) {
                label for="which-text" { (Text::fixed("名称、AppID、主体或标签", "Name, appid, principal or tag").read(language)) }
                input type="search" id="which-text" name="text";
                button { (crate::words::SEARCH.read(language)) }
            }
            p.small { (Text::fixed(
                "在搜索结果上方点“发起批量发布”，就回到第二步。",
                "“Start a rollout” above what was found leads to the second step.",
            ).read(language)) }
        }
    };
    Ok(shell::page(app, signed, Some(Place::Rollouts), &TITLE, content).await)
}

/// The second step.
async fn what(
    app: &App,
    signed: &Signed,
    component: &str,
    values: &Fields,
    problem: Option<&ProblemDetails>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let wanted = Wanted::chosen(values);
    let (templates, found) = tokio::join!(
        templates(app, signed, component),
        Found::read(app, signed, component, &wanted, None, 1),
    );
    let (templates, found) = (templates?, found?);
    let faults: Vec<(String, &str)> = problem
        .iter()
        .flat_map(|problem| &problem.faults)
        .map(|fault| (order::field_of(&fault.pointer, values), fault.detail.as_str()))
        .collect();
    let none = Text::fixed(
        "模板库是空的。请先把草稿加入模板库。",
        "The library is empty. Make a draft a template first.",
    );
    let content = html! {
        p.way { a href={ "/console/" (component) "/rollouts/new" } {
            "‹ " (Text::fixed("选小程序", "Which mini programs").read(language))
        } }
        h1 { (TITLE.read(language)) }
        (steps(2, language))
        @if let Some(problem) = problem { (pieces::problem(problem, language)) }
        p.version { (Text::new(
            format!("符合的小程序：{} 个", found.count), format!("{} mini programs match", found.count),
        ).read(language)) }
        p.small { (Text::fixed(
            "没有授权、没有权限或正在别的发布中的，方案里会排除并说明原因。",
            "Those without authorization or permission, or in another rollout, are left out of the plan, each with the reason.",
        ).read(language)) }
        @if templates.is_empty() {
            (pieces::empty(language, &none, html! {
                p { a.button href={ "/console/" (component) "/templates" } { (Place::Templates.title().read(language)) } }
            }))
        } @else if signed.session.may(Role::Releaser) {
            (form::draw(app, signed, component, &templates, values, &faults))
        } @else {
            p { (crate::words::NOT_YOURS.read(language)) }
        }
    };
    Ok(shell::page(app, signed, Some(Place::Rollouts), &TITLE, content).await)
}
