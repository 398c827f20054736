//! Whether the audit log is as it was written.

use std::time::Duration;

use axum::{Json as Answer, extract::State, http::HeaderMap};
use jiff::civil::Date;
use platform::{
    audit::{Broken, ChainError, Flaw, Head, VerifyCursor},
    text::{Language, Text},
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::Query,
    problem::{self, Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show_audit_chain)).routes(routes!(verify_audit))
}

/// How long one answer looks at the chain.
const LOOKING: Duration = Duration::from_secs(8);

/// How far the audit log is chained.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditChain {
    /// The minute after which the chain begins; missing before anything was chained.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-22T17:45")]
    began: Option<String>,
    /// The last minute that was looked at. What is later is not chained yet: a minute is when it has
    /// been over for eight.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-22T18:02")]
    until: Option<String>,
    /// How many minutes have entries and are linked.
    links: u64,
    /// How many lines are chained: intents and outcomes.
    lines: u64,
    /// The hash of the last link. Whoever wrote it down elsewhere need not trust this platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "24bb153155ad9b8d16bfd7c5aa7334949b837c51a29b42355d5c72debf5a880a")]
    hash: Option<String>,
    /// The last day whose end is anchored in the bucket that forgets nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    anchored: Option<String>,
    /// An anchor should have been put a day ago.
    anchor_is_late: bool,
}

/// From where on to look.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyQuery {
    /// A day in UTC; the chain's beginning where it is not given.
    #[param(value_type = Option<String>, example = "2026-11-22")]
    from: Option<Date>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// What a look at a part of the chain came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditVerification {
    /// Nothing is wrong with this part.
    intact: bool,
    /// The minute after which it begins.
    #[schema(example = "2026-11-22T17:45")]
    after: String,
    /// The last minute that was looked at.
    #[schema(example = "2026-11-22T18:02")]
    until: String,
    /// Links that were right.
    links: u64,
    /// Lines that were right.
    lines: u64,
    /// Daily anchors that were right.
    anchors: u64,
    /// Where the chain breaks first. What comes after it was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<BrokenLink>,
    /// Where the next part begins; none at the end of the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Where the chain breaks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BrokenLink {
    /// The first minute that is wrong.
    #[schema(example = "2026-11-22T17:52")]
    minute: String,
    /// What is wrong: `changed`, `removed`, `added`, `swapped`, `link-missing`, `link-changed`,
    /// `forged`, `head-differs`, `anchor-missing` or `anchor-differs`.
    #[schema(value_type = String, example = "removed")]
    flaw: Flaw,
    /// The same in words.
    text: String,
    /// The entry at which it shows, where it shows at one; of what is removed, the one after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
}

/// Shows how far the audit log is chained and anchored.
#[utoipa::path(
    get, path = "/v1/audit/chain", tag = "operators",
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "How far.", body = AuditChain)),
)]
async fn show_audit_chain(State(app): State<App>) -> Result<Answer<AuditChain>, Problem> {
    let head = app.platform.audit_chain.head().await?;
    let now = app.platform.clock.now();
    Ok(Answer(AuditChain {
        anchor_is_late: head.as_ref().is_some_and(|head| head.is_anchor_late(now)),
        links: head.as_ref().map_or(0, |head| head.place.number),
        lines: head.as_ref().map_or(0, |head| head.place.total),
        began: head.as_ref().map(|head| head.began.to_string()),
        until: head.as_ref().map(|head| head.until.to_string()),
        hash: head.as_ref().map(|head| head.place.hash.clone()),
        anchored: head.and_then(anchored),
    }))
}

fn anchored(head: Head) -> Option<String> {
    head.anchored.map(|anchor| anchor.day.to_string())
}

/// Verifies that the audit log is as it was written: every entry, every link and every day's anchor,
/// from a day on, for some seconds; `next_cursor` goes on. Changes nothing.
#[utoipa::path(
    get, path = "/v1/audit/verification", tag = "operators", params(VerifyQuery),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "What was found.", body = AuditVerification)),
)]
async fn verify_audit(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<VerifyQuery>,
) -> Result<Answer<AuditVerification>, Problem> {
    let language = problem::language(&headers);
    let cursor = query.cursor.as_deref().map(str::parse::<VerifyCursor>).transpose();
    let cursor = cursor.map_err(|_| Problem::malformed_cursor())?;
    let until = Instant::now() + LOOKING;
    let verified = app.platform.audit_chain.verify(query.from, cursor, until).await;
    let verified = verified.map_err(|error| match error {
        ChainError::Storage(error) => error.into(),
        ChainError::Anchor(error) => Problem::new(Kind::Unavailable).retry_after(5).internal(error),
    })?;
    let verified = verified.ok_or_else(|| {
        Problem::none_yet(
            Text::fixed("还没有任何记录被链接", "nothing is chained yet"),
            Text::fixed(
                "请在系统运行十分钟后再试",
                "try again when the system has run for ten minutes",
            ),
        )
    })?;
    Ok(Answer(AuditVerification {
        intact: verified.broken.is_none(),
        after: verified.after.to_string(),
        until: verified.until.to_string(),
        links: verified.links,
        lines: verified.lines,
        anchors: verified.anchors,
        broken: verified.broken.map(|broken| BrokenLink::of(broken, language)),
        next_cursor: verified.next.map(|cursor| cursor.to_string()),
    }))
}

impl BrokenLink {
    fn of(broken: Broken, language: Language) -> Self {
        BrokenLink {
            minute: broken.minute.to_string(),
            flaw: broken.flaw,
            text: broken.flaw.words().sentence(language),
            entry: broken.entry,
        }
    }
}
