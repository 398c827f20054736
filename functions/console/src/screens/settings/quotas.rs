//! What WeChat counts for a component, how often it may still be called, and what it remembers of a
//! call that it refused.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::Part;
use crate::{
    App,
    action::{Action, Then},
    pieces::{self, Tone, badge},
    session::Role,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
pub(in crate::screens) struct Quotas {
    pub(in crate::screens) quotas: Vec<Quota>,
}

/// Something that WeChat counts.
#[derive(Deserialize)]
pub(in crate::screens) struct Quota {
    counted: String,
    title: String,
    period: String,
    used: i64,
    most: Option<i64>,
    left: Option<i64>,
    renews_at: Option<String>,
    runs_out_at: Option<String>,
}

#[derive(Deserialize)]
struct Calls {
    daily_limit: i64,
    used: i64,
    left: i64,
}

#[derive(Deserialize)]
struct Refused {
    at: Option<String>,
    milliseconds: Option<i64>,
    client_ip: Option<String>,
    query: Vec<String>,
    sent: Vec<String>,
    errcode: Option<i64>,
}

pub(super) static ACTIONS: [Action; 1] = [Action {
    name: "reset-component-calls",
    title: Text::fixed("清零今日调用次数", "Set today's calls to zero"),
    rule: Text::fixed(
        "把平台今天的全部接口调用次数清零，每月可用 10 次",
        "sets the component's counters of today's calls to zero; WeChat allows it ten times a month",
    ),
    button: Text::fixed("清零", "Set to zero"),
    done: Text::fixed("调用次数已清零", "They are zero"),
    least: Role::Admin,
    danger: true,
    method: Method::DELETE,
    path: "components/{component}/calls",
    fields: &[],
    then: Then::Back,
}];

/// `GET /console/{component}/settings/quotas`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (path, rid) = (query.text("path").trim(), query.text("rid").trim());
    let address = ["components", &component, "quotas"];
    let Quotas { quotas } = app.api.get(&signed.caller, &address, &[]).await?;
    let calls = match path {
        "" => None,
        path => {
            let address = ["components", &component, "calls"];
            Some(app.api.get::<Calls>(&signed.caller, &address, &[("path", path)]).await)
        }
    };
    let refused = match rid {
        "" => None,
        rid => {
            let address = ["components", &component, "requests", rid];
            Some(app.api.get::<Refused>(&signed.caller, &address, &[]).await)
        }
    };
    let content = html! {
        (table(&quotas, language))
        div.columns {
            section.card {
                h2 { (Text::fixed("今日调用次数", "Calls today").read(language)) }
                form.filter method="get" {
                    label for="path" { (Text::fixed("微信接口路径", "Path of WeChat's").read(language)) }
                    input type="text" id="path" name="path" value=(path) placeholder="/cgi-bin/component/api_query_auth" required;
                    button { (Text::fixed("查询", "Ask").read(language)) }
                }
                @match calls {
                    Some(Ok(calls)) => { (draw_calls(&calls, language)) }
                    Some(Err(trouble)) => { (trouble.markup(language)) }
                    None => {}
                }
                p.actions { (ACTIONS[0].link(&signed, &[("component", &component)])) }
            }
            section.card {
                h2 { (Text::fixed("按 rid 查被拒绝的调用", "A refused call by its rid").read(language)) }
                form.filter method="get" {
                    label for="rid" { "rid" }
                    input type="text" id="rid" name="rid" value=(rid) required;
                    button { (Text::fixed("查询", "Ask").read(language)) }
                }
                @match refused {
                    Some(Ok(refused)) => { (draw_refused(&refused, language)) }
                    Some(Err(trouble)) => { (trouble.markup(language)) }
                    None => { p.small { (Text::fixed("rid 在错误提示里，微信保留七天。", "Refusals name it; WeChat remembers for seven days.").read(language)) } }
                }
            }
        }
    };
    Ok(super::draw(&app, &signed, &component, Part::Quotas, content).await)
}

fn table(quotas: &[Quota], language: Language) -> Markup {
    let period = |period: &str| match period {
        "day" => Text::fixed("每天", "a day"),
        "month" => Text::fixed("每月", "a month"),
        "year" => Text::fixed("每年", "a year"),
        "life" => Text::fixed("终身", "for life"),
        other => Text::new(other, other),
    };
    html! {
        div.table tabindex="0" { table {
            thead { tr {
                th scope="col" { (Text::fixed("额度", "Quota").read(language)) }
                th scope="col" { (Text::fixed("剩余", "Left").read(language)) }
                th.minor scope="col" { (Text::fixed("已用", "Used").read(language)) }
                th scope="col" { (Text::fixed("照此速度", "At this pace").read(language)) }
                th scope="col" { (Text::fixed("下次重置", "Renews").read(language)) }
            } }
            tbody { @for quota in quotas { tr {
                th scope="row" { (quota.title) " " span.small { (period(&quota.period).read(language)) } }
                td { (quota.left(language)) }
                td.minor { (quota.used) @if let Some(most) = quota.most { " / " (most) } }
                td { @if let Some(forecast) = quota.forecast(language) { (forecast) } @else { (words::NONE.read(language)) } }
                td { @if let Some(at) = &quota.renews_at { (pieces::time(at)) } @else { (words::NONE.read(language)) } }
            } } }
        } }
    }
}

impl Quota {
    /// Whether a fleet stands still when there is none left of it.
    pub(in crate::screens) fn is_vital(&self) -> bool {
        matches!(&*self.counted, "reviews" | "speed-ups")
    }

    /// What is left, with when it will be used up, in a line.
    pub(in crate::screens) fn line(&self, language: Language) -> (Text, Markup) {
        let title = Text::new(self.title.clone(), self.title.clone());
        let forecast = self.forecast(language);
        (
            title,
            html! { (self.left(language)) @if let Some(forecast) = forecast { " " (forecast) } },
        )
    }

    fn left(&self, language: Language) -> Markup {
        match (self.left, self.most) {
            (Some(0), _) => badge(Tone::Bad, Text::fixed("已用完", "none left").read(language)),
            (Some(left), Some(most)) => {
                let tone = if left * 10 <= most { Tone::Warn } else { Tone::Good };
                let words =
                    Text::new(format!("剩 {left} / {most}"), format!("{left} of {most} left"));
                badge(tone, words.read(language))
            }
            _ => {
                html! { span.small { (Text::fixed("微信未告知", "WeChat has not told").read(language)) } }
            }
        }
    }

    /// When it will be used up; nothing where it lasts, or is used up already.
    fn forecast(&self, language: Language) -> Option<Markup> {
        let at = self.runs_out_at.as_ref().filter(|_| self.left != Some(0))?;
        Some(html! {
            span.small { (pieces::time(at)) " " (Text::fixed("用完", "used up").read(language)) }
        })
    }
}

fn draw_calls(calls: &Calls, language: Language) -> Markup {
    pieces::facts(
        language,
        &[
            (Text::fixed("剩余", "Left"), html! { strong { (calls.left) } }),
            (Text::fixed("已用", "Used"), html! { (calls.used) " / " (calls.daily_limit) }),
        ],
    )
}

fn draw_refused(refused: &Refused, language: Language) -> Markup {
    let none = || html! { "—" };
    let names = |names: &[String]| html! { @for name in names { code.chip { (name) } " " } };
    let errcode = refused.errcode.map_or_else(none, |code| {
        html! { a href={ "/console/errcodes?code=" (code) } { (code) } }
    });
    pieces::facts(
        language,
        &[
            (Text::fixed("错误码", "Code"), errcode),
            (words::TIME, refused.at.as_deref().map_or_else(none, pieces::time)),
            (
                Text::fixed("耗时", "Took"),
                refused.milliseconds.map_or_else(none, |ms| html! { (ms) " ms" }),
            ),
            (
                Text::fixed("来源 IP", "From"),
                html! { (refused.client_ip.as_deref().unwrap_or("—")) },
            ),
            (Text::fixed("查询参数", "Query"), names(&refused.query)),
            (Text::fixed("请求字段", "Sent"), names(&refused.sent)),
        ],
    )
}
