//! Rollouts: one version for many mini programs, in waves. What is ordered, what is planned, how
//! far it is, and what failed.

pub(super) mod actions;
mod data;
mod form;
mod new;
mod one;
mod order;
mod plan;
mod progress;
mod targets;
mod triage;
mod words;

pub(super) use data::{List, Rollout};
pub(super) use words::rollout_badge;

use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::get,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::Place;
use crate::{
    App, pieces, session::Role, shell, submitted::Fields, trouble::Trouble, visitor::Signed,
    words as common,
};

/// Which rollout a page is about.
#[derive(Deserialize)]
pub(super) struct Whose {
    component: String,
    id: String,
}

impl Whose {
    /// The API's path of it, and what is below.
    fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        [&["components", &*self.component, "rollouts", &*self.id], below].concat()
    }

    /// What every action on it is told.
    fn known(&self) -> [(&str, &str); 2] {
        [("component", &self.component), ("id", &self.id)]
    }

    /// Its page, or one below it.
    fn address(&self, below: &str) -> String {
        format!("/console/{}/rollouts/{}{below}", self.component, self.id)
    }
}

/// The pages of rollouts.
pub(super) fn router() -> Router<App> {
    let at = |below: &str| format!("/console/{{component}}/rollouts{below}");
    Router::new()
        .route(&at(""), get(page))
        .route(&at("/new"), get(new::page).post(new::order))
        .route(&at("/{id}"), get(one::page))
        .route(&at("/{id}/confirm"), get(actions::confirm))
        .route(&at("/{id}/targets"), get(targets::page))
        .route(&at("/{id}/targets.csv"), get(targets::download))
        .route(&at("/{id}/targets/{appid}"), get(targets::one))
        .route(&at("/{id}/left-out"), get(targets::left_out))
        .route(&at("/{id}/triage"), get(triage::page))
}

const NONE: Text = Text::fixed(
    "还没有批量发布。选一个视图，定好模板和批次，看过方案再开始。",
    "No rollouts yet. Choose a view, a template and waves; nothing begins before you have seen the plan.",
);

/// `GET /console/{component}/rollouts`
async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut asked = vec![("limit", "30")];
    asked.extend(query.get("cursor").map(|cursor| ("cursor", cursor)));
    let path = ["components", &component, "rollouts"];
    let list: List = app.api.get(&signed.caller, &path, &asked).await?;
    let title = Place::Rollouts.title();
    let begin = html! {
        @if signed.session.may(Role::Releaser) {
            a.button.main href={ "/console/" (component) "/rollouts/new" } { (new::TITLE.read(language)) }
        }
    };
    let content = html! {
        div.heading { h1 { (title.read(language)) } div.actions { (begin) } }
        @if list.rollouts.is_empty() { (pieces::empty(language, &NONE, html! {})) }
        @else {
            (table(&component, &list.rollouts, language))
            (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Rollouts), &title, content).await)
}

/// Rollouts, one a line.
pub(super) fn table(component: &str, rollouts: &[Rollout], language: Language) -> Markup {
    html! {
        div.table { table {
            thead { tr {
                th scope="col" { (common::NAME.read(language)) }
                th scope="col" { (common::VERSION.read(language)) }
                th scope="col" { (common::STATE.read(language)) }
                th scope="col" { (Text::fixed("小程序", "Mini programs").read(language)) }
                th scope="col" { (Text::fixed("批次", "Waves").read(language)) }
                th scope="col" { (Text::fixed("时间", "When").read(language)) }
            } }
            tbody { @for rollout in rollouts { tr {
                th scope="row" { a href={ "/console/" (component) "/rollouts/" (rollout.id) } { (rollout.name) } }
                td { (rollout.user_version) br;
                    span.small { (Text::fixed("模板", "template").read(language)) " " (rollout.template_id) } }
                td { (rollout_badge(rollout, language))
                    @if let Some(pause) = &rollout.pause { p.small { (pause.words) } } }
                td { (rollout.plan.targets) }
                td { (rollout.waves_begun) " / " (rollout.waves_planned) }
                td { (pieces::time(rollout.finished_at.as_ref().or(rollout.started_at.as_ref()).unwrap_or(&rollout.created_at))) }
            } } }
        } }
    }
}
