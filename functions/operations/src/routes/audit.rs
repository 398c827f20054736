//! The audit log.

mod chain;
mod export;

use axum::{Json as Answer, extract::State, http::HeaderMap};
use jiff::civil::{Date, DateTime};
use platform::{
    audit::{AuditCursor, AuditEntry},
    text::{Language, Text},
    witness::Change,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::keys::RoleName;
use crate::{
    App,
    extract::Query,
    problem::{self, Kind, Problem},
    reference,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(read_audit))
        .merge(chain::router())
        .merge(export::router())
}

/// How many entries one answer holds.
const PAGE: usize = 100;

/// Which part of the log to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// A day in UTC; today where neither day nor minute is given.
    #[param(value_type = Option<String>, example = "2026-11-22")]
    day: Option<Date>,
    /// A minute in UTC, instead of a day.
    #[param(value_type = Option<String>, example = "2026-11-22T17:45")]
    minute: Option<DateTime>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// A part of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLog {
    /// The entries, the oldest first.
    entries: Vec<Entry>,
    /// Where the next part begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Who did what, from where, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// The entry's id.
    id: String,
    /// When it was written, before anything was done.
    at: String,
    /// The id of the key.
    key_id: String,
    /// What the key is called.
    key_name: String,
    /// The key's role at that time.
    role: RoleName,
    /// The operation, as this description calls it.
    #[schema(example = "submit_review")]
    operation: String,
    /// The same in words.
    #[schema(example = "提交审核")]
    title: String,
    /// The component it concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    /// The mini program it concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    appid: Option<String>,
    /// SHA-256 of the request.
    request_digest: String,
    /// What was asked for, without anything that could be a secret.
    request: String,
    /// The address it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ip: Option<String>,
    /// The program it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    /// The approval by which it was done, where it took two.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<String>,
    /// The id of the key that approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<String>,
    /// What that key is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by_name: Option<String>,
    /// What came of it; missing where nobody saw the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

/// What came of an operation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// When it was over.
    at: String,
    /// The HTTP status that was answered.
    status: u16,
    /// WeChat's code, if WeChat refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    errcode: Option<i64>,
    /// WeChat's id of the refused request.
    #[serde(skip_serializing_if = "Option::is_none")]
    rid: Option<String>,
    /// What was there before and after, as far as it is kept here or WeChat showed it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<RecordedChange>,
}

/// One thing that became another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordedChange {
    /// What it is.
    #[schema(example = "server-domains")]
    what: String,
    /// What differs, as it was, as JSON without anything that could be a secret; missing where there
    /// was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// The same as it became; missing where there is nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

/// Reads the audit log, a day or a minute at a time, the oldest entry first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "operators", params(AuditQuery),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "Entries.", body = AuditLog)),
)]
async fn read_audit(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<AuditQuery>,
) -> Result<Answer<AuditLog>, Problem> {
    let language = problem::language(&headers);
    let cursor = query.cursor.as_deref().map(str::parse::<AuditCursor>).transpose();
    let cursor = cursor.map_err(|_| Problem::malformed_cursor())?;
    let audit = &app.platform.audit;
    let page = match (query.minute, query.day) {
        (Some(_), Some(_)) => {
            return Err(Problem::new(Kind::MalformedRequest).field("minute").detail(Text::fixed(
                "day 与 minute 只能填一个",
                "there is a day or a minute, not both",
            )));
        }
        (Some(minute), None) => audit.minute(minute, cursor.as_ref(), PAGE).await?,
        (None, day) => {
            let today = || app.platform.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
            audit.day(day.unwrap_or_else(today), cursor.as_ref(), PAGE).await?
        }
    };
    Ok(Answer(AuditLog {
        entries: page.entries.into_iter().map(|entry| Entry::of(entry, language)).collect(),
        next_cursor: page.next.map(|cursor| cursor.to_string()),
    }))
}

impl From<Change> for RecordedChange {
    fn from(Change { what, before, after }: Change) -> Self {
        RecordedChange { what, before, after }
    }
}

impl Entry {
    fn of(entry: AuditEntry, language: Language) -> Entry {
        let intent = entry.intent;
        Entry {
            id: entry.id,
            at: entry.at,
            key_id: intent.key,
            key_name: intent.name,
            role: intent.role.into(),
            title: reference::name(&intent.operation).read(language).to_owned(),
            operation: intent.operation,
            component: intent.component,
            appid: intent.appid,
            request_digest: intent.digest,
            request: intent.summary,
            source_ip: intent.source_ip,
            user_agent: intent.user_agent,
            approval: intent.approval,
            approved_by: intent.approved_by,
            approved_by_name: intent.approved_by_name,
            outcome: entry.outcome.map(|(at, outcome)| Outcome {
                at,
                status: outcome.status,
                errcode: outcome.errcode,
                rid: outcome.rid,
                changes: outcome.changes.into_iter().map(RecordedChange::from).collect(),
            }),
        }
    }
}
