//! The audit log, to be taken along.

use std::{fmt, str::FromStr};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use jiff::{civil::Date, tz::TimeZone};
use platform::{
    audit::{AuditCursor, AuditEntry, MalformedCursor},
    csv::Csv,
    fault::Faults,
    text::{Language, Text},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::Query,
    problem::{self, Problem},
    reference,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(export_audit))
}

/// Where the next part begins.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");
/// A part ends when it is so long, in bytes; an entry more still leaves it below Lambda's 6 MB.
const LONGEST: usize = 4_000_000;
/// Entries that are read at a time.
const ENTRIES: usize = 200;
/// A part ends after so many days, whether they had entries or not.
const DAYS: usize = 40;

/// What to export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// The first day in UTC; today where it is not given.
    #[param(value_type = Option<String>, example = "2026-11-01")]
    from: Option<Date>,
    /// The last day in UTC; the first one where it is not given.
    #[param(value_type = Option<String>, example = "2026-11-30")]
    to: Option<Date>,
    /// `jsonl`, which can be verified elsewhere, or `csv`, for people.
    #[serde(default)]
    #[param(inline)]
    format: Format,
    /// `X-Next-Cursor` of the part before.
    cursor: Option<String>,
}

/// How to write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// JSON Lines: a line for each intent, each outcome and each link of the chain.
    #[default]
    Jsonl,
    /// Comma-separated values: a row for each entry.
    Csv,
}

/// A place in an export: in a day, or where a day begins. As text, `2026-11-22.1745-01JZ…`.
struct ExportCursor {
    day: Date,
    within: Option<AuditCursor>,
}

/// Exports the audit log of some days: as JSON Lines, which `wechat-fleet verify-audit` and anybody
/// else can verify, or as CSV. An answer has 4 MB; the header `X-Next-Cursor` says where the next begins.
#[utoipa::path(
    get, path = "/v1/audit/export", tag = "operators", params(ExportQuery),
    security(("operator_key" = ["administer"])),
    responses((
        status = 200, description = "A part of the log.",
        content((String = "application/jsonl"), (String = "text/csv")),
        headers(("X-Next-Cursor" = String, description = "Where the next part begins; missing after the last."))
    )),
)]
async fn export_audit(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let language = problem::language(&headers);
    let today = app.platform.clock.now().to_zoned(TimeZone::UTC).date();
    let from = query.from.unwrap_or(today);
    let to = query.to.unwrap_or(from);
    if to < from {
        return Err(Problem::wrong_parameters(Faults::one(
            "/to",
            Text::fixed("不应早于 from", "is not before from"),
        )));
    }
    let cursor = query.cursor.as_deref().map(str::parse::<ExportCursor>).transpose();
    let cursor = cursor.map_err(|MalformedCursor| Problem::malformed_cursor())?;
    let first = cursor.unwrap_or(ExportCursor { day: from, within: None });
    // Parts are told apart by where they begin.
    let part = query.cursor.as_ref().map(|cursor| format!("-{cursor}")).unwrap_or_default();
    let name = format!("audit-{from}-{to}{part}");
    let (content_type, file, text, next) = match query.format {
        Format::Jsonl => {
            let (text, next) = lines(&app, first, to).await?;
            ("application/jsonl", format!("{name}.jsonl"), text, next)
        }
        Format::Csv => {
            let is_first = query.cursor.is_none();
            let (text, next) = rows(&app, first, to, is_first, language).await?;
            ("text/csv; charset=utf-8", format!("{name}.csv"), text, next)
        }
    };
    let disposition = format!("attachment; filename=\"{file}\"");
    let mut response = (
        [
            (header::CONTENT_TYPE, content_type.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        text,
    )
        .into_response();
    let next = next.and_then(|next| HeaderValue::try_from(next.to_string()).ok());
    response.headers_mut().extend(next.map(|next| (NEXT_CURSOR, next)));
    Ok(response)
}

/// Lines of the log and of the chain.
async fn lines(
    app: &App,
    first: ExportCursor,
    to: Date,
) -> Result<(String, Option<ExportCursor>), Problem> {
    let ExportCursor { mut day, mut within } = first;
    let mut text = String::new();
    for _ in 0..DAYS {
        if day > to {
            return Ok((text, None));
        }
        within = app.platform.audit_chain.export(day, within, &mut text, LONGEST).await?;
        if within.is_some() {
            return Ok((text, Some(ExportCursor { day, within })));
        }
        let Ok(tomorrow) = day.tomorrow() else { return Ok((text, None)) };
        day = tomorrow;
    }
    Ok((text, (day <= to).then_some(ExportCursor { day, within: None })))
}

/// Rows for people. The names of the columns stand in the first part alone, so that parts put together
/// are one list.
async fn rows(
    app: &App,
    first: ExportCursor,
    to: Date,
    is_first: bool,
    language: Language,
) -> Result<(String, Option<ExportCursor>), Problem> {
    let ExportCursor { mut day, mut within } = first;
    let mut csv = if is_first { Csv::new(&COLUMNS) } else { Csv::without_columns() };
    for _ in 0..DAYS {
        if day > to {
            return Ok((csv.into_text(), None));
        }
        loop {
            let page = app.platform.audit.day(day, within.as_ref(), ENTRIES).await?;
            for entry in &page.entries {
                row(&mut csv, entry, language);
            }
            within = page.next;
            if within.is_none() {
                break;
            }
            if csv.length() >= LONGEST {
                return Ok((csv.into_text(), Some(ExportCursor { day, within })));
            }
        }
        let Ok(tomorrow) = day.tomorrow() else { return Ok((csv.into_text(), None)) };
        day = tomorrow;
    }
    Ok((csv.into_text(), (day <= to).then_some(ExportCursor { day, within: None })))
}

const COLUMNS: [&str; 19] = [
    "id",
    "at",
    "key_id",
    "key_name",
    "role",
    "operation",
    "title",
    "component",
    "appid",
    "request_digest",
    "request",
    "changes",
    "source_ip",
    "user_agent",
    "ended_at",
    "status",
    "errcode",
    "rid",
    "outcome",
];

fn row(csv: &mut Csv, entry: &AuditEntry, language: Language) {
    let AuditEntry { id, at, intent, outcome } = entry;
    let (ended, outcome) = match outcome {
        Some((at, outcome)) => (at.as_str(), Some(outcome)),
        None => ("", None),
    };
    let status = outcome.map(|it| it.status.to_string()).unwrap_or_default();
    let errcode = outcome.and_then(|it| it.errcode).map(|it| it.to_string()).unwrap_or_default();
    let changes = outcome.map(|it| it.changes_as_text()).unwrap_or_default();
    let said = match outcome {
        None => Text::fixed("结果未知", "unknown"),
        Some(outcome) if outcome.status < 400 => Text::fixed("成功", "done"),
        Some(_) => Text::fixed("未完成", "refused"),
    };
    csv.row([
        id,
        at,
        &intent.key,
        &intent.name,
        &intent.role.to_string(),
        &intent.operation,
        reference::name(&intent.operation).read(language),
        intent.component.as_deref().unwrap_or_default(),
        intent.appid.as_deref().unwrap_or_default(),
        &intent.digest,
        &intent.summary,
        &changes,
        intent.source_ip.as_deref().unwrap_or_default(),
        intent.user_agent.as_deref().unwrap_or_default(),
        ended,
        &status,
        &errcode,
        outcome.and_then(|it| it.rid.as_deref()).unwrap_or_default(),
        said.read(language),
    ]);
}

impl fmt::Display for ExportCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.", self.day)?;
        match &self.within {
            Some(within) => within.fmt(formatter),
            None => Ok(()),
        }
    }
}

impl FromStr for ExportCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, MalformedCursor> {
        let (day, within) = text.split_once('.').ok_or(MalformedCursor)?;
        let day = day.parse().map_err(|_| MalformedCursor)?;
        let within = if within.is_empty() { None } else { Some(within.parse()?) };
        Ok(ExportCursor { day, within })
    }
}
