//! Reviews across a component's mini programs: what waits for somebody first; and how many there
//! were day by day.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{
    Place,
    mini_program::{Side, Whose, delivery},
};
use crate::{
    App,
    action::{Action, Then},
    pieces::{self, Csv, Series},
    session::Role,
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

/// Parts of the list that a download reads, at most.
const MOST_PARTS: usize = 200;

/// Reviews as the API lists them.
#[derive(Deserialize)]
struct List {
    reviews: Vec<Review>,
    count: usize,
    by_state: BTreeMap<String, usize>,
    days: Vec<Day>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Review {
    appid: String,
    name: String,
    user_version: String,
    state: String,
    ordered_at: String,
    submitted_at: Option<String>,
    decided_at: Option<String>,
    audit_id: Option<i64>,
    reason: Option<String>,
    #[serde(default)]
    screenshots: Vec<String>,
    hurried: bool,
}

#[derive(Deserialize)]
struct Day {
    day: String,
    submitted: usize,
    approved: usize,
    rejected: usize,
    released: usize,
}

/// The states in the order in which they are worked through.
const STATES: [&str; 10] = [
    "rejected",
    "failed",
    "delayed",
    "in-review",
    "preparing",
    "submitting",
    "approved",
    "withdrawn",
    "replaced",
    "released",
];

pub(super) static ACTIONS: [Action; 1] = [Action {
    name: "speed-up",
    title: Text::fixed("加急", "Speed it up"),
    rule: Text::fixed(
        "请微信在几小时内审完。加急次数由平台全部小程序共用，每月只有几次",
        "asks WeChat to decide within hours. The platform has a few of these a month, for all its mini programs together",
    ),
    button: Text::fixed("加急", "Speed it up"),
    done: Text::fixed("已加急", "It is hurried"),
    least: Role::Releaser,
    danger: false,
    method: Method::POST,
    path: "components/{component}/mini-programs/{appid}/review/speed-up",
    fields: &[],
    then: Then::Back,
}];

fn asked(query: &Fields) -> Vec<(&str, &str)> {
    let filled =
        |name: &'static str| query.get(name).filter(|it| !it.is_empty()).map(|it| (name, it));
    ["state", "cursor"].into_iter().filter_map(filled).collect()
}

/// `GET /console/{component}/reviews`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let path = ["components", &component, "reviews"];
    let list: List = app.api.get(&signed.caller, &path, &asked(&query)).await?;
    let title = Place::Reviews.title();
    let here = format!("/console/{component}/reviews");
    let state = query.text("state");
    let all: usize = list.by_state.values().sum();
    let nothing = Text::fixed(
        "还没有提交过审核。在小程序的“版本与审核”里提交，或发起批量发布。",
        "Nothing was submitted yet. Submit under a mini program's “Versions”, or start a rollout.",
    );
    let content = html! {
        div.heading {
            h1 { (title.read(language)) }
            @if all > 0 { div.actions {
                a.button href={ (here) "/list.csv?state=" (state) } download { "CSV" }
            } }
        }
        @if all == 0 { (pieces::empty(language, &nothing, html! {})) }
        @else {
            (charts(&list.days, language))
            nav.tabs aria-label=(words::STATE.read(language)) {
                a href=(here) aria-current=[state.is_empty().then_some("page")] {
                    (words::ALL.read(language)) " " span.count { (all) }
                }
                @for (known, count) in STATES.iter().filter_map(|it| Some((*it, list.by_state.get(*it)?))) {
                    a href={ (here) "?state=" (known) } aria-current=[(state == known).then_some("page")] {
                        (delivery::review_words(known).read(language)) " " span.count { (count) }
                    }
                }
            }
            @if list.count == 0 {
                (pieces::empty(language, &Text::fixed("没有这种状态的审核。", "None is in this state."), html! {}))
            } @else {
                (table(&app, &signed, &component, &list.reviews))
                (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
            }
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Reviews), &title, content).await)
}

/// The last thirty days.
fn charts(days: &[Day], language: Language) -> Markup {
    let names: Vec<String> =
        days.iter().map(|day| day.day.get(5..).unwrap_or(&day.day).to_owned()).collect();
    let series = |class, name: Text, count: fn(&Day) -> usize| Series {
        class,
        name: name.read(language).to_owned(),
        counts: days.iter().map(count).collect(),
    };
    let reviews = [
        series("busy", Text::fixed("提交", "submitted"), |day| day.submitted),
        series("good", Text::fixed("通过", "approved"), |day| day.approved),
        series("bad", Text::fixed("驳回", "rejected"), |day| day.rejected),
    ];
    let releases = [series("good", Text::fixed("上线", "went online"), |day| day.released)];
    html! {
        section.columns aria-label=(Text::fixed("近 30 天", "The last 30 days").read(language)) {
            div.card { (pieces::chart(Text::fixed("近 30 天的审核", "Reviews, 30 days").read(language), &names, &reviews)) }
            div.card { (pieces::chart(Text::fixed("近 30 天的上线", "Releases, 30 days").read(language), &names, &releases)) }
        }
    }
}

fn table(app: &App, signed: &Signed, component: &str, reviews: &[Review]) -> Markup {
    let language = signed.language;
    html! {
        div.table { table {
            thead { tr {
                th scope="col" { (words::NAME.read(language)) }
                th scope="col" { (words::VERSION.read(language)) }
                th scope="col" { (words::STATE.read(language)) }
                th scope="col" { (Text::fixed("审核意见", "Reason").read(language)) }
                td {}
            } }
            tbody { @for review in reviews {
                @let whose = Whose { component: component.to_owned(), appid: review.appid.clone() };
                @let shown = if review.name.is_empty() { &review.appid } else { &review.name };
                tr {
                    th scope="row" {
                        a.account href=(whose.address(Side::Delivery)) {
                            (pieces::initial(shown))
                            span { (shown) br; code { (review.appid) } }
                        }
                    }
                    td { (review.user_version)
                        @if let Some(id) = review.audit_id { p.small.whole { "auditid " (id) } } }
                    td {
                        (delivery::review_badge(language, &review.state))
                        p.small { (since(app, review, language)) }
                        @if review.hurried { p.small { (Text::fixed("已加急", "hurried").read(language)) } }
                    }
                    td { @if let Some(reason) = &review.reason { p.reason { (delivery::plain(reason)) } }
                        @if !review.screenshots.is_empty() { p.shots {
                            @for (place, media) in review.screenshots.iter().enumerate() {
                                a href=(screenshot(&whose, media)) {
                                    img loading="lazy" width="72" height="72" src=(screenshot(&whose, media))
                                        alt=(Text::new(format!("截图 {}", place + 1), format!("screenshot {}", place + 1)).read(language));
                                }
                            }
                        } }
                    }
                    td { div.actions {
                        @match review.state.as_str() {
                            "rejected" | "failed" | "withdrawn" => a.button href=(whose.address(Side::Delivery)) {
                                (Text::fixed("重新提审", "Submit again").read(language))
                            },
                            "in-review" | "delayed" if !review.hurried => (ACTIONS[0].link(signed, &whose.known())),
                            "approved" => a.button href=(whose.address(Side::Delivery)) {
                                (Text::fixed("去发布", "Release").read(language))
                            },
                            _ => {},
                        }
                    } }
                }
            } }
        } }
    }
}

/// Since when it is as it is.
fn since(app: &App, review: &Review, language: Language) -> Markup {
    let now = app.clock.now();
    let at = match (&review.decided_at, &review.submitted_at) {
        (Some(at), _) | (None, Some(at)) => at,
        (None, None) => &review.ordered_at,
    };
    pieces::ago(at, now, language)
}

fn screenshot(whose: &Whose, media: &str) -> String {
    let media: String = url::form_urlencoded::byte_serialize(media.as_bytes()).collect();
    format!(
        "/console/{}/mini-programs/{}/picture?of=screenshot&media={media}",
        whose.component, whose.appid
    )
}

/// `GET …/reviews/list.csv`
pub(super) async fn download(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Csv, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let columns = [
        "appid",
        "name",
        "version",
        "state",
        "ordered_at",
        "submitted_at",
        "decided_at",
        "audit_id",
        "reason",
    ];
    let mut csv = Csv::new("reviews", &columns);
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_PARTS {
        let mut asked = asked(&query);
        asked.retain(|(name, _)| *name != "cursor");
        asked.push(("limit", "100"));
        asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let path = ["components", &component, "reviews"];
        let list: List = app.api.get(&signed.caller, &path, &asked).await?;
        for review in &list.reviews {
            let filled = |it: &Option<String>| it.clone().unwrap_or_default();
            csv.row([
                &*review.appid,
                &review.name,
                &review.user_version,
                &review.state,
                &review.ordered_at,
                &filled(&review.submitted_at),
                &filled(&review.decided_at),
                &review.audit_id.map(|id| id.to_string()).unwrap_or_default(),
                &delivery::plain(review.reason.as_deref().unwrap_or_default()),
            ]);
        }
        cursor = list.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(csv)
}
