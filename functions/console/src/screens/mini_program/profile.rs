//! How the mini program presents itself: name, avatar, introduction, searchability, categories.

mod categories;
mod forms;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use self::categories::Category;
pub(super) use self::forms::ACTIONS;
use super::{Side, Whose};
use crate::{
    App,
    action::Action,
    pieces::{self, Tone, badge},
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Profile {
    seen_at: Option<String>,
    name: Option<String>,
    name_changes: Option<Changes>,
    name_review: Option<NameReview>,
    avatar: Option<String>,
    avatar_changes: Option<Changes>,
    introduction: Option<String>,
    introduction_changes: Option<Changes>,
    searchable: Option<bool>,
    categories: Vec<Category>,
    category_changes: Option<Changes>,
    category_limit: Option<i64>,
    principal: Option<String>,
    verified: Option<bool>,
}

#[derive(Deserialize)]
struct Changes {
    left: Option<i64>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
struct NameReview {
    name: String,
    state: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct NameCheck {
    usable: bool,
    needs_proof: bool,
    wording: Option<String>,
    cause: Option<String>,
    what_to_do: Option<String>,
}

/// `GET …/profile`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let path = whose.path(&["profile"]);
    let (account, fresh) = whose.with::<Profile>(&app, &signed, &["profile"]).await?;
    // Where WeChat does not say, what is on record is better than nothing.
    let (profile, trouble) = match fresh {
        Ok(profile) => (profile, None),
        Err(trouble @ Trouble::Refused(_)) => {
            (app.api.get(&signed.caller, &path, &[("fresh", "false")]).await?, Some(trouble))
        }
        Err(trouble) => return Err(trouble),
    };
    let wanted = query.text("name").trim();
    let check = match wanted {
        "" => None,
        name => {
            let path = whose.path(&["profile", "name-check"]);
            Some(app.api.get::<NameCheck>(&signed.caller, &path, &[("name", name)]).await)
        }
    };
    let [set_name, set_avatar, set_introduction, set_searchable, rename_trial, ..] = &ACTIONS;
    let known = whose.known();
    let form = |action: &Action, name: &str, value: &str| {
        action.form(&app, &signed, &[&known[..], &[(name, value)]].concat())
    };
    let searchable = if profile.searchable == Some(true) { "true" } else { "false" };
    let name = if wanted.is_empty() { profile.name.as_deref().unwrap_or_default() } else { wanted };
    let content = html! {
        @if let Some(trouble) = &trouble { (trouble.markup(language)) }
        section.card { h2 { (Side::Profile.title().read(language)) } (facts(&profile, language)) }
        div.columns {
            div {
                section.card { h2 { (Text::fixed("这个名称能用吗？", "Can it have a name?").read(language)) }
                    form.filter method="get" {
                        label for="wanted" { (words::NAME.read(language)) }
                        input type="text" id="wanted" name="name" value=(wanted) required;
                        button { (Text::fixed("检查", "Check").read(language)) }
                    }
                    @match check {
                        Some(Ok(check)) => { (draw_check(&check, language)) }
                        Some(Err(trouble)) => { (trouble.markup(language)) }
                        None => {}
                    }
                }
                (form(set_name, "name", name))
                p.actions { (rename_trial.link(&signed, &known)) }
            }
            div {
                (set_avatar.form(&app, &signed, &known))
                (form(set_introduction, "introduction", profile.introduction.as_deref().unwrap_or_default()))
                (form(set_searchable, "searchable", searchable))
            }
        }
        (categories::section(&app, &signed, &whose, &profile.categories, &query).await)
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Profile, content).await)
}

fn facts(profile: &Profile, language: Language) -> Markup {
    let none = || html! { span.small { (words::NONE.read(language)) } };
    let text = |text: &Option<String>| {
        let text = text.as_deref().filter(|text| !text.is_empty());
        text.map_or_else(none, |text| html! { (text) })
    };
    let left = |changes: &Option<Changes>| {
        let left = changes.as_ref().and_then(|changes| Some((changes.left?, changes.limit)));
        let Some((left, limit)) = left else { return html! {} };
        let limit = limit.map(|limit| format!(" / {limit}")).unwrap_or_default();
        let words =
            Text::new(format!("还可修改 {left}{limit} 次"), format!("{left}{limit} changes left"));
        html! { " " span.small { (words.read(language)) } }
    };
    let avatar = profile.avatar.as_deref().filter(|avatar| !avatar.is_empty());
    let searchable = match profile.searchable {
        Some(true) => badge(Tone::Good, Text::fixed("可被搜索", "can be found").read(language)),
        Some(false) => badge(Tone::Warn, Text::fixed("不可搜索", "cannot be found").read(language)),
        None => none(),
    };
    let verified = profile.verified.map(|verified| {
        if verified {
            badge(Tone::Good, Text::fixed("已认证", "verified").read(language))
        } else {
            badge(Tone::Warn, Text::fixed("未认证", "not verified").read(language))
        }
    });
    let limit = profile.category_limit.map(|limit| format!(" / {limit}")).unwrap_or_default();
    html! {
        (pieces::facts(language, &[
            (words::NAME, html! { (text(&profile.name)) (left(&profile.name_changes))
                @if let Some(review) = &profile.name_review { (draw_review(review, language)) } }),
            (Text::fixed("头像", "Avatar"), html! {
                @if let Some(avatar) = avatar { a href=(avatar) rel="noreferrer" { (Text::fixed("查看当前头像", "Look at it").read(language)) } }
                @else { (none()) } (left(&profile.avatar_changes)) }),
            (Text::fixed("简介", "Introduction"), html! { (text(&profile.introduction)) (left(&profile.introduction_changes)) }),
            (Text::fixed("搜索", "Searching"), searchable),
            (Text::fixed("类目", "Categories"), html! { (profile.categories.len()) (limit) (left(&profile.category_changes)) }),
            (Text::fixed("主体", "Principal"), html! { (text(&profile.principal)) @if let Some(verified) = verified { " " (verified) } }),
        ]))
        (pieces::asked(language, profile.seen_at.as_deref()))
    }
}

fn draw_review(review: &NameReview, language: Language) -> Markup {
    let (tone, words) = match review.state.as_str() {
        "asking" => (Tone::Busy, Text::fixed("等待微信应答", "WeChat is asked")),
        "in-review" => (Tone::Busy, Text::fixed("审核中", "in review")),
        "in-force" => return html! {},
        _ => (Tone::Bad, Text::fixed("未通过", "refused")),
    };
    html! {
        p { (review.name) " " (badge(tone, words.read(language))) }
        @if let Some(reason) = &review.reason { p.small { (reason) } }
    }
}

fn draw_check(check: &NameCheck, language: Language) -> Markup {
    let (tone, words) = match (check.usable, check.needs_proof) {
        (true, false) => (Tone::Good, Text::fixed("可以使用", "it can be given")),
        (true, true) => (Tone::Warn, Text::fixed("需要证明材料", "it needs proof")),
        _ => (Tone::Bad, Text::fixed("不能使用", "it cannot be given")),
    };
    html! {
        p { (badge(tone, words.read(language))) }
        @for words in [&check.wording, &check.cause].into_iter().flatten() { p.small { (words) } }
        @if let Some(what_to_do) = &check.what_to_do { p.do { (what_to_do) } }
    }
}
