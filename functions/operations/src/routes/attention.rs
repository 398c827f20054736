//! What needs a person now, over all components, each with what to do about it.

mod adoption;
mod payment;
mod words;

use axum::{Json as Answer, extract::State, http::HeaderMap};
use jiff::{SignedDuration, Timestamp};
use platform::{
    AppId,
    attention::{Mark, Need},
    breaker::{Cause, Open},
    inbox,
    reconcile::ReportState,
    text::{Language, Text},
    ticket::TicketError,
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

/// WeChat pushes a ticket every ten minutes.
const OLD_TICKET: SignedDuration = SignedDuration::from_mins(30);
/// Half of a ticket's life: it is more than a hiccup.
const VERY_OLD_TICKET: SignedDuration = SignedDuration::from_hours(6);
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
    /// The component.
    component: String,
    /// The mini programs that it concerns, the first fifty; empty where it is the component.
    #[schema(value_type = Vec<String>)]
    appids: Vec<AppId>,
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
                "请查看原因，解决后重新处理：POST …/events/replay",
                "look at why, and when that is mended have them worked off again: \
                 POST …/events/replay",
            ));
        finding.since = dead.items.last().map(|oldest| oldest.received_at);
        finding.count = Some(dead.items.len());
        finding.more = dead.next.is_some();
        finding.link = Some(format!("/v1/components/{component}/events?state=dead"));
        findings.push(finding);
    }
    findings.extend(payment::certificates(app, component).await?);
    let (last, _) = platform.reconciliations.runs.list(component, None, 1).await?;
    if let Some(failed) = last.first().filter(|report| report.state == ReportState::Failed) {
        let why = failed.trouble.clone().unwrap_or_default();
        let mut finding = Finding::new("reconciliation-failed", Severity::Warning)
            .text(Text::new(
                format!("与微信的授权对账失败：{why}"),
                format!("the authorizations could not be compared with WeChat's: {why}"),
            ))
            .what_to_do(Text::fixed(
                "解决原因后重新发起：POST …/reconciliations",
                "mend the cause and begin another: POST …/reconciliations",
            ));
        finding.since = failed.finished_at;
        finding.link = Some(format!("/v1/components/{component}/reconciliations/{}", failed.id));
        findings.push(finding);
    }
    Ok(findings)
}

async fn ticket(app: &App, component: &AppId) -> Result<Option<Finding>, Problem> {
    let what_to_do = Text::fixed(
        "微信每十分钟推送一次，系统也已主动请求。请确认开放平台上的授权事件接收 URL、Token 和 \
         EncodingAESKey 与本系统一致",
        "WeChat pushes one every ten minutes, and was asked for one. See that the events address, \
         Token and EncodingAESKey at WeChat's open platform are those of this system",
    );
    let ticket = match app.platform.tickets.newest(component).await {
        Ok(ticket) => ticket,
        Err(TicketError::Never(_)) => {
            let finding = Finding::new("ticket-missing", Severity::Critical)
                .text(Text::fixed(
                    "微信还没有推送过 verify ticket",
                    "WeChat has not pushed a verify ticket yet",
                ))
                .what_to_do(what_to_do);
            return Ok(Some(finding));
        }
        Err(TicketError::Unseal(..)) => {
            let finding = Finding::new("sealing-key", Severity::Critical)
                .text(Text::fixed(
                    "已保存的密文无法解开：加密密钥被更换",
                    "what is stored does not open: the sealing key was changed",
                ))
                .what_to_do(Text::fixed(
                    "请把原来的密钥放回平台密钥的 previous_sealing_keys",
                    "put the former key back into the platform secret, under previous_sealing_keys",
                ));
            return Ok(Some(finding));
        }
        Err(error) => return Err(error.into()),
    };
    let age = app.platform.clock.now().duration_since(ticket.created);
    if age <= OLD_TICKET {
        return Ok(None);
    }
    let severity = if age > VERY_OLD_TICKET { Severity::Critical } else { Severity::Warning };
    let minutes = age.as_mins();
    let mut finding = Finding::new("ticket-old", severity)
        .text(Text::new(
            format!("verify ticket 已有 {minutes} 分钟没有更新（有效期 12 小时）"),
            format!("the verify ticket is {minutes} minutes old, and is good for 12 hours"),
        ))
        .what_to_do(what_to_do);
    finding.since = Some(ticket.created);
    Ok(Some(finding))
}

/// Something that needs a person, before it is put into words of one language.
struct Finding {
    kind: &'static str,
    severity: Severity,
    appids: Vec<AppId>,
    count: Option<usize>,
    more: bool,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    text: Text,
    what_to_do: Text,
    link: Option<String>,
}

impl Finding {
    fn new(kind: &'static str, severity: Severity) -> Self {
        Finding {
            kind,
            severity,
            appids: Vec::new(),
            count: None,
            more: false,
            since: None,
            until: None,
            text: Text::fixed("", ""),
            what_to_do: Text::fixed("", ""),
            link: None,
        }
    }

    fn text(self, text: Text) -> Self {
        Finding { text, ..self }
    }

    fn what_to_do(self, what_to_do: Text) -> Self {
        Finding { what_to_do, ..self }
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
            link: (need == Need::Authorization).then(|| format!("{public}authorize/{component}")),
            ..finding
        }
    }

    fn about(self, component: &str, language: Language) -> Item {
        Item {
            kind: self.kind,
            severity: self.severity,
            component: component.to_owned(),
            appids: self.appids,
            count: self.count,
            more: self.more,
            since: self.since.map(|since| since.to_string()),
            until: self.until.map(|until| until.to_string()),
            text: self.text.sentence(language),
            what_to_do: self.what_to_do.sentence(language),
            link: self.link,
        }
    }
}
