//! What needs a person now, over all components, each with what to do about it.

mod adoption;
mod audit;
mod guesses;
mod payment;
mod registrations;
mod words;

use std::collections::BTreeSet;

use axum::{Json as Answer, extract::State, http::HeaderMap};
use jiff::Timestamp;
use platform::{
    AppId,
    attention::{Mark, Need},
    breaker::{Cause, Open},
    inbox,
    reconcile::ReportState,
    text::{Language, Text},
    ticket::Supply,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    problem::{self, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show_attention))
}

/// What stands in the place of a component where it is about the platform as a whole.
const PLATFORM: &str = "platform";
/// Mini programs that are named one by one, at most; and dead events that are counted.
const NAMED: usize = 50;

/// What needs a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttentionList {
    /// The most severe first, and of those the longest standing.
    items: Vec<Item>,
}

/// Something that needs a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// What it is; more kinds may come.
    #[schema(example = "address-refused")]
    kind: &'static str,
    /// How bad it is.
    severity: Severity,
    /// The component; `platform` where it is about all of it.
    component: String,
    /// The mini programs that it concerns, the first fifty; empty where it is the component.
    #[schema(value_type = Vec<String>)]
    appids: Vec<AppId>,
    /// The ids of the registrations that it concerns, the first fifty.
    registrations: Vec<String>,
    /// How many of them, or of events, there are.
    count: Option<usize>,
    /// There are more than were counted.
    more: bool,
    /// Since when.
    #[schema(format = DateTime)]
    since: Option<String>,
    /// By when something has to be done, of the earliest of all that are named.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// What is wrong, in the caller's language.
    text: String,
    /// What to do about it, in the caller's language.
    what_to_do: String,
    /// What to open for it: a page for the merchant, or a path of this API.
    link: Option<String>,
    /// What to send for it: method, and path under the mini program, the registration or the
    /// component that it concerns.
    #[schema(example = json!(["GET …/filing", "POST …/filing/face-check"]))]
    requests: &'static [&'static str],
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// A component does not work, or will soon stop to.
    Critical,
    /// Some mini programs do not work.
    Warning,
}

/// Shows what needs a person now. Everything else goes on by itself.
#[utoipa::path(
    get, path = "/v1/attention", tag = "attention",
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "What needs a person.", body = AttentionList)),
)]
async fn show_attention(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Answer<AttentionList>, Problem> {
    let language = problem::language(&headers);
    let known = app.platform.secrets.fresh().await;
    let mut items: Vec<Item> = known
        .disabled
        .iter()
        .map(|disabled| {
            Finding::new("component-disabled", Severity::Critical)
                .text(Text::new(
                    format!("第三方平台 {} 的配置有误：{}", disabled.entry, disabled.why),
                    format!("the entry of the component {} is malformed: {}", disabled.entry, disabled.why),
                ))
                .what_to_do(Text::fixed(
                    "请在平台密钥中改正该条目，五分钟内自动生效",
                    "correct the entry in the platform secret; it is read again within five minutes",
                ))
                .about(&disabled.entry, language)
        })
        .collect();
    let of_platform = audit::troubles(&app).await?;
    items.extend(of_platform.into_iter().map(|it| it.about(PLATFORM, language)));
    let guessed = guesses::at_keys(&app).await?;
    items.extend(guessed.map(|it| it.about(PLATFORM, language)));
    items.extend(approvals(&app).await?.map(|waiting| waiting.about(PLATFORM, language)));
    for component in known.components.keys() {
        let findings = of_component(&app, component).await?;
        items.extend(findings.into_iter().map(|it| it.about(component.as_str(), language)));
    }
    items.sort_by(|one, other| (one.severity, &one.since).cmp(&(other.severity, &other.since)));
    Ok(Answer(AttentionList { items }))
}

/// A few small reads for each component, and one for each dead event that is counted.
async fn of_component(app: &App, component: &AppId) -> Result<Vec<Finding>, Problem> {
    let platform = &app.platform;
    let mut findings = Vec::new();
    findings.extend(ticket(app, component).await?);
    findings.extend(adoption::findings(app, component).await?);
    let open = platform.breakers.open(component).await?;
    findings.extend(open.iter().map(Finding::of_breaker));
    for need in Need::ALL {
        let (marks, more) = platform.attention.list(component, need, NAMED as i32).await?;
        if !marks.is_empty() {
            let public = &platform.addresses.public;
            findings.push(Finding::of_marks(need, marks, more, public.as_str(), component));
        }
    }
    let dead = platform.inbox.list(component, inbox::State::Dead, None, inbox::MAX_PAGE).await?;
    if let Some(newest) = dead.items.first() {
        let why = newest.last_error.clone().unwrap_or_default();
        let mut finding = Finding::new("dead-events", Severity::Warning)
            .text(Text::new(
                format!("有事件处理失败，已不再重试，最近一个是 {}：{why}", newest.name),
                format!("events were given up, the newest of them {}: {why}", newest.name),
            ))
            .what_to_do(Text::fixed(
                "请查看原因，解决后重新处理",
                "look at why, and when that is mended have them worked off again",
            ))
            .requests(&["GET …/events?state=dead", "POST …/events/replay"]);
        finding.since = dead.items.last().map(|oldest| oldest.received_at);
        finding.count = Some(dead.items.len());
        finding.more = dead.next.is_some();
        finding.link = Some(format!("/v1/components/{component}/events?state=dead"));
        findings.push(finding);
    }
    findings.extend(registrations::stuck(app, component).await?);
    findings.extend(payment::certificates(app, component).await?);
    let (last, _) = platform.reconciliations.runs.list(component, None, 1).await?;
    if let Some(failed) = last.first().filter(|report| report.state == ReportState::Failed) {
        let why = failed.trouble.clone().unwrap_or_default();
        let mut finding = Finding::new("reconciliation-failed", Severity::Warning)
            .text(Text::new(
                format!("与微信的授权对账失败：{why}"),
                format!("the authorizations could not be compared with WeChat's: {why}"),
            ))
            .what_to_do(Text::fixed("解决原因后重新发起对账", "mend the cause and begin another"))
            .requests(&["POST …/reconciliations"]);
        finding.since = failed.finished_at;
        finding.link = Some(format!("/v1/components/{component}/reconciliations/{}", failed.id));
        findings.push(finding);
    }
    Ok(findings)
}

/// What waits for a second person.
async fn approvals(app: &App) -> Result<Option<Finding>, Problem> {
    let waiting = app.approvals.waiting().await?;
    let Some(oldest) = waiting.first() else { return Ok(None) };
    let names: BTreeSet<&str> = waiting.iter().map(|it| it.requested_by.name.as_str()).collect();
    let names = |between| names.iter().copied().collect::<Vec<_>>().join(between);
    let mut finding = Finding::new("approvals-waiting", Severity::Warning)
        .text(Text::new(
            format!("有 {} 项申请等待另一人审批，申请人：{}", waiting.len(), names("、")),
            format!("{} requests of {} wait for a second person", waiting.len(), names(", ")),
        ))
        .what_to_do(Text::fixed(
            "请核对内容后批准或拒绝，24 小时后自动失效",
            "look at what is asked for, and approve or refuse it; it ends after 24 hours",
        ));
    finding.since = Timestamp::from_second(oldest.requested_at).ok();
    finding.count = Some(waiting.len());
    finding.link = Some("/v1/approvals?waiting=true".to_owned());
    Ok(Some(finding))
}

async fn ticket(app: &App, component: &AppId) -> Result<Option<Finding>, Problem> {
    let supply = app.platform.tickets.supply(component).await?;
    let Some(what_to_do) = supply.what_to_do() else { return Ok(None) };
    let (kind, severity, since) = match supply {
        Supply::Late(made) | Supply::Steady(made) => ("ticket-old", Severity::Warning, Some(made)),
        Supply::VeryLate(made) => ("ticket-old", Severity::Critical, Some(made)),
        Supply::Never => ("ticket-missing", Severity::Critical, None),
        Supply::Sealed => ("sealing-key", Severity::Critical, None),
    };
    let text = supply.words(app.platform.clock.now());
    let finding = Finding::new(kind, severity).text(text).what_to_do(what_to_do);
    Ok(Some(Finding { since, ..finding }))
}

/// Something that needs a person, before it is put into words of one language.
struct Finding {
    kind: &'static str,
    severity: Severity,
    appids: Vec<AppId>,
    registrations: Vec<String>,
    count: Option<usize>,
    more: bool,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    text: Text,
    what_to_do: Text,
    link: Option<String>,
    requests: &'static [&'static str],
}

impl Finding {
    fn new(kind: &'static str, severity: Severity) -> Self {
        Finding {
            kind,
            severity,
            appids: Vec::new(),
            registrations: Vec::new(),
            count: None,
            more: false,
            since: None,
            until: None,
            text: Text::fixed("", ""),
            what_to_do: Text::fixed("", ""),
            link: None,
            requests: &[],
        }
    }

    fn text(self, text: Text) -> Self {
        Finding { text, ..self }
    }

    fn what_to_do(self, what_to_do: Text) -> Self {
        Finding { what_to_do, ..self }
    }

    fn requests(self, requests: &'static [&'static str]) -> Self {
        Finding { requests, ..self }
    }

    fn of_breaker(open: &Open) -> Self {
        let kind = match open.cause {
            Cause::Address => "address-refused",
            Cause::Ticket => "ticket-refused",
            Cause::ComponentQuota => "component-quota",
            Cause::MerchantQuota => "merchant-quota",
        };
        let finding = Finding::new(kind, Severity::Critical);
        let finding = finding.text(open.words()).what_to_do(open.what_to_do());
        Finding { since: Some(open.since), ..finding }
    }

    fn of_marks(need: Need, marks: Vec<Mark>, more: bool, public: &str, component: &AppId) -> Self {
        let count = marks.len();
        let (kind, text, what_to_do) = words::of(need, count);
        let finding = Finding::new(kind, Severity::Warning).text(text).what_to_do(what_to_do);
        Finding {
            since: marks.iter().map(|mark| mark.since).min(),
            until: marks.iter().filter_map(|mark| mark.until).min(),
            appids: marks.into_iter().map(|mark| mark.appid).collect(),
            count: Some(count),
            more,
            requests: words::requests(need),
            link: matches!(need, Need::Authorization | Need::Permission)
                .then(|| format!("{public}authorize/{component}")),
            ..finding
        }
    }

    fn about(self, component: &str, language: Language) -> Item {
        Item {
            kind: self.kind,
            severity: self.severity,
            component: component.to_owned(),
            appids: self.appids,
            registrations: self.registrations,
            count: self.count,
            more: self.more,
            since: self.since.map(|since| since.to_string()),
            until: self.until.map(|until| until.to_string()),
            text: self.text.sentence(language),
            what_to_do: self.what_to_do.sentence(language),
            link: self.link,
            requests: self.requests,
        }
    }
}
