//! The mini programs of a rollout: how far each is, what is sent for it, and who is left out.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Whose, actions,
    data::{Detail, LeftOut, Progress, Target, Targets},
    one::{self, Side},
    words,
};
use crate::{
    App,
    pieces::{self, Csv},
    screens::mini_program::delivery::plain,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words as common,
};

/// Parts of a list that a download reads, at most.
const MOST_PARTS: usize = 200;

/// Which mini program of which rollout.
#[derive(Deserialize)]
pub(in crate::screens) struct Which {
    component: String,
    id: String,
    appid: String,
}

fn asked(query: &Fields) -> Vec<(&str, &str)> {
    let filled =
        |name: &'static str| query.get(name).filter(|it| !it.is_empty()).map(|it| (name, it));
    ["wave", "state", "cursor"].into_iter().filter_map(filled).collect()
}

/// `GET …/rollouts/{id}/targets`
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (rollout_path, path) = (whose.path(&[]), whose.path(&["targets"]));
    let asked = asked(&query);
    let (progress, list) = tokio::join!(
        app.api.get::<Progress>(&signed.caller, &rollout_path, &[]),
        app.api.get::<Targets>(&signed.caller, &path, &asked),
    );
    let (progress, list) = (progress?, list?);
    let none = Text::fixed("这一部分里没有符合的小程序。", "There is none of these in this part.");
    let content = html! {
        form.filter action=(whose.address("/targets")) {
            label for="wave" { (Text::fixed("批次", "Wave").read(language)) }
            select id="wave" name="wave" {
                option value="" { (common::ALL.read(language)) }
                @for wave in &progress.waves {
                    @let number = wave.wave.to_string();
                    option value=(number) selected[query.text("wave") == number] { (number) " (" (wave.count.size) ")" }
                }
            }
            label for="state" { (common::STATE.read(language)) }
            select id="state" name="state" {
                option value="" { (common::ALL.read(language)) }
                @for (state, _, name) in &words::STATES {
                    option value=(state) selected[query.text("state") == *state] { (name.read(language)) " (" (progress.total.of(state)) ")" }
                }
            }
            button { (Text::fixed("筛选", "Show").read(language)) }
            a.button href=(pieces::with(&signed.here.replacen("/targets", "/targets.csv", 1), "cursor", "")) download { "CSV" }
        }
        @if list.targets.is_empty() { (pieces::empty(language, &none, html! {})) }
        @else { (table(&signed, &whose, &list.targets)) }
        (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
    };
    Ok(one::draw(&app, &signed, &whose, &progress, Side::Targets, content).await)
}

fn table(signed: &Signed, whose: &Whose, targets: &[Target]) -> Markup {
    let language = signed.language;
    html! {
        div.table { table {
            thead { tr {
                th scope="col" { (common::NAME.read(language)) }
                th scope="col" { (Text::fixed("批", "Wave").read(language)) }
                th scope="col" { (common::STATE.read(language)) }
                th scope="col" { (Text::fixed("之前线上", "Online before").read(language)) }
                th scope="col" { (common::TIME.read(language)) }
                td {}
            } }
            tbody { @for target in targets { tr {
                th scope="row" { a.account href={ (whose.address("/targets/")) (target.appid) } {
                    (pieces::initial(&target.name)) span { (target.name) br; code { (target.appid) } }
                } }
                td { (target.wave) }
                td { (words::target_badge(&target.state, language))
                    @if let Some(cause) = &target.cause { p.small { (plain(&cause.words)) } }
                    @if let Some(waits_for) = &target.waits_for { p.small { (waits_for) } } }
                td { (target.version_before.as_deref().unwrap_or("—")) }
                td { (pieces::time(&target.changed_at)) }
                td { (ways(signed, whose, target)) }
            } } }
        } }
    }
}

fn ways(signed: &Signed, whose: &Whose, target: &Target) -> Markup {
    let link = |name: &str| {
        let known = [&whose.known()[..], &[("appid", &*target.appid)]].concat();
        actions::action(name).map(|action| action.link(signed, &known))
    };
    html! { div.actions {
        @match target.state.as_str() {
            "failed" | "rejected" => { @if let Some(link) = link("retry-target") { (link) } },
            "waiting" | "queued" | "committed" | "in-review" | "approved" => {
                @if let Some(link) = link("skip-target") { (link) }
            },
            _ => {},
        }
    } }
}

/// `GET …/rollouts/{id}/targets/{appid}`: what is sent for it.
pub(in crate::screens) async fn one(
    State(app): State<App>,
    signed: Signed,
    Path(Which { component, id, appid }): Path<Which>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let whose = Whose { component, id };
    let (rollout_path, path) = (whose.path(&[]), whose.path(&["targets", &appid]));
    let (progress, detail) = tokio::join!(
        app.api.get::<Progress>(&signed.caller, &rollout_path, &[]),
        app.api.get::<Detail>(&signed.caller, &path, &[]),
    );
    let (progress, detail) = (progress?, detail?);
    let target = &detail.target;
    let content = html! {
        section.card {
            div.split {
                h2 { (target.name) " " (words::target_badge(&target.state, language)) }
                (ways(&signed, &whose, target))
            }
            p { a href={ "/console/" (whose.component) "/mini-programs/" (target.appid) } { code { (target.appid) } }
                @if let Some(audit_id) = target.audit_id { " · auditid " code { (audit_id) } } }
            @if let Some(cause) = &target.cause { p.fault { (plain(&cause.words)) } p.small { code { (cause.key) } } }
            @if let Some(waits_for) = &target.waits_for { p { (waits_for) } }
        }
        section.card { h2 { (Text::fixed("请求", "The request").read(language)) } (request(&detail, language)) }
    };
    Ok(one::draw(&app, &signed, &whose, &progress, Side::Targets, content).await)
}

/// How a request differs from the last one, in a word.
pub(super) fn differs(detail: &Detail, language: Language) -> String {
    let words = match &detail.request.differences {
        None => Text::fixed("上次的设置不详", "the settings before are not known"),
        Some(all) if all.is_empty() => Text::fixed("设置没有变化", "the settings stay as they are"),
        Some(all) => Text::new(
            format!("设置有 {} 处变化", all.len()),
            format!("{} changes of the settings", all.len()),
        ),
    };
    words.read(language).to_owned()
}

/// A request, with what differs from the settings that were committed last.
pub(super) fn request(detail: &Detail, language: Language) -> Markup {
    let request = &detail.request;
    let shown =
        |value: &Option<Value>| value.as_ref().map_or_else(|| "—".to_owned(), Value::to_string);
    html! {
        (pieces::facts(language, &[
            (Text::fixed("模板", "Template"), html! { (request.template_id) }),
            (common::VERSION, html! { (request.user_version) }),
            (Text::fixed("描述", "Description"), html! { (request.user_desc) }),
            (Text::fixed("与上次相比", "Against the last"), html! { (differs(detail, language)) }),
        ]))
        @if let Some(differences) = request.differences.as_ref().filter(|all| !all.is_empty()) {
            div.table { table {
                thead { tr {
                    th scope="col" { (Text::fixed("位置", "Where").read(language)) }
                    th scope="col" { (Text::fixed("原来", "Before").read(language)) }
                    th scope="col" { (Text::fixed("现在", "Now").read(language)) }
                } }
                tbody { @for difference in differences { tr {
                    th scope="row" { code { (difference.pointer) } }
                    td { del { (shown(&difference.before)) } }
                    td { ins { (shown(&difference.after)) } }
                } } }
            } }
        }
        h3 { "ext_json" }
        pre.code { (serde_json::to_string_pretty(&request.ext).unwrap_or_default()) }
        @if request.submission.as_object().is_some_and(|it| it.values().any(|value| !value.is_null() && value != &Value::Array(Vec::new()))) {
            h3 { (Text::fixed("给审核人员", "For the reviewer").read(language)) }
            pre.code { (serde_json::to_string_pretty(&request.submission).unwrap_or_default()) }
        }
    }
}

/// `GET …/rollouts/{id}/left-out`
pub(in crate::screens) async fn left_out(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (rollout_path, path) = (whose.path(&[]), whose.path(&["excluded"]));
    let asked: Vec<_> = query.get("cursor").map(|cursor| ("cursor", cursor)).into_iter().collect();
    let (progress, list) = tokio::join!(
        app.api.get::<Progress>(&signed.caller, &rollout_path, &[]),
        app.api.get::<LeftOut>(&signed.caller, &path, &asked),
    );
    let (progress, list) = (progress?, list?);
    let none = Text::fixed("没有排除任何小程序。", "Nobody was left out.");
    let content = html! {
        @if list.excluded.is_empty() { (pieces::empty(language, &none, html! {})) }
        @else {
            div.table { table {
                thead { tr {
                    th scope="col" { (common::NAME.read(language)) }
                    th scope="col" { (Text::fixed("原因和办法", "Why, and what to do").read(language)) }
                } }
                tbody { @for one in &list.excluded { tr {
                    th scope="row" { a.account href={ "/console/" (whose.component) "/mini-programs/" (one.appid) } {
                        (pieces::initial(&one.name)) span { (one.name) br; code { (one.appid) } }
                    } }
                    td { (one.words) }
                } } }
            } }
        }
        (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
    };
    Ok(one::draw(&app, &signed, &whose, &progress, Side::LeftOut, content).await)
}

/// `GET …/rollouts/{id}/targets.csv`
pub(in crate::screens) async fn download(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Csv, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let columns = [
        "appid",
        "name",
        "wave",
        "state",
        "version_before",
        "cause",
        "words",
        "audit_id",
        "changed_at",
    ];
    let mut csv = Csv::new(format!("rollout-{}", whose.id), &columns);
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_PARTS {
        let mut asked = asked(&query);
        asked.retain(|(name, _)| *name != "cursor");
        asked.push(("limit", "100"));
        asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let path = whose.path(&["targets"]);
        let list: Targets = app.api.get(&signed.caller, &path, &asked).await?;
        for target in &list.targets {
            let (key, words) =
                target.cause.as_ref().map_or(("", ""), |cause| (&cause.key, &cause.words));
            let (wave, audit_id) =
                (target.wave.to_string(), target.audit_id.map(|id| id.to_string()));
            csv.row([
                &target.appid,
                &target.name,
                &*wave,
                &target.state,
                target.version_before.as_deref().unwrap_or_default(),
                key,
                words,
                audit_id.as_deref().unwrap_or_default(),
                &target.changed_at,
            ]);
        }
        cursor = list.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(csv)
}
