//! What waits for a second person, and which decisions do.

mod views;

use std::collections::BTreeSet;

use axum::{
    Extension, Json as Answer,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use platform::{
    approvals::{Decision, KeptAnswer},
    fault::Faults,
    operators::{Operator, Source},
    text::Text,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::views::{ApprovalPolicy, ApprovalRequest};
use crate::{
    App,
    extract::{Checked, Meaning, Path, Query},
    pipeline::Performer,
    problem::{self, Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_approvals))
        .routes(routes!(show_approval))
        .routes(routes!(approve_request))
        .routes(routes!(refuse_request))
        .routes(routes!(withdraw_request))
        .routes(routes!(show_approved_answer))
        .routes(routes!(show_approval_policy, set_approval_policy))
}

const PAGE: i32 = 50;
const LONGEST_NOTE: usize = 500;
/// The longest answer that anybody makes: Lambda's own limit.
const LONGEST_ANSWER: usize = 6 * 1024 * 1024;
/// Headers that are kept with an answer.
const KEPT_HEADERS: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::CONTENT_LANGUAGE, header::LOCATION, header::ETAG];

/// A part of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalList {
    /// The newest first; of those that wait, the oldest.
    approvals: Vec<ApprovalRequest>,
    /// Where the next part begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApprovalsQuery {
    /// Only those that wait for somebody; they are all in one part.
    #[serde(default)]
    waiting: bool,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// One of them in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ApprovalPath {
    /// Its id.
    id: String,
}

/// Why something is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefuseRequest {
    /// For whoever asked, 500 characters at most.
    #[serde(default)]
    #[schema(max_length = 500, example = "not on a Friday")]
    note: Option<String>,
}

/// Which decisions shall take two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetApprovalPolicy {
    /// Their names; none ends it.
    #[schema(max_items = 20, example = json!(["release", "rollback", "operators"]))]
    required: Vec<String>,
}

/// Lists what was asked for and takes two.
#[utoipa::path(
    get, path = "/v1/approvals", tag = "operators", params(ApprovalsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "They.", body = ApprovalList)),
)]
async fn list_approvals(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<ApprovalsQuery>,
) -> Result<Answer<ApprovalList>, Problem> {
    let (approvals, next_cursor) = match query.waiting {
        true => (app.approvals.waiting().await?, None),
        false => app.approvals.list(query.cursor.as_deref(), PAGE).await?,
    };
    let (now, language) = (app.platform.clock.now().as_second(), problem::language(&headers));
    let view = |approval| ApprovalRequest::of(approval, now, language);
    Ok(Answer(ApprovalList { approvals: approvals.into_iter().map(view).collect(), next_cursor }))
}

/// Shows one of them.
#[utoipa::path(
    get, path = "/v1/approvals/{id}", tag = "operators", params(ApprovalPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "It.", body = ApprovalRequest)),
)]
async fn show_approval(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<ApprovalPath>,
) -> Result<Answer<ApprovalRequest>, Problem> {
    let approval = app.approvals.find(&path.id).await?;
    let now = app.platform.clock.now().as_second();
    Ok(Answer(ApprovalRequest::of(approval, now, problem::language(&headers))))
}

/// Approves it, and has it done at once, in the name of whoever asked. That takes another person
/// with at least the same role. It is done once, whoever approves beside.
#[utoipa::path(
    post, path = "/v1/approvals/{id}/approve", tag = "operators", params(ApprovalPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It was done; `status` says how that went.",
        body = ApprovalRequest)),
)]
async fn approve_request(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Extension(source): Extension<Source>,
    Extension(performer): Extension<Performer>,
    headers: HeaderMap,
    Path(path): Path<ApprovalPath>,
) -> Result<Answer<ApprovalRequest>, Problem> {
    let (approval, request) = app.approvals.approve(&operator, &path.id).await?;
    let response = performer.perform(&approval, &request, &operator, source).await?;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, LONGEST_ANSWER)
        .await
        .map_err(|error| Problem::new(Kind::OutcomeUnknown).internal(error))?;
    let kept = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    });
    let answer = KeptAnswer::new(parts.status.as_u16(), kept.collect(), &body);
    let trouble = (!parts.status.is_success()).then(|| trouble(&body)).flatten();
    let concluded = app.approvals.conclude(&approval, &answer, trouble.as_deref()).await?;
    let now = app.platform.clock.now().as_second();
    Ok(Answer(ApprovalRequest::of(concluded, now, problem::language(&headers))))
}

/// Refuses it: nothing is done. That takes another person with at least the same role.
#[utoipa::path(
    post, path = "/v1/approvals/{id}/refuse", tag = "operators", params(ApprovalPath),
    request_body = RefuseRequest, security(("operator_key" = ["release"])),
    responses((status = 200, description = "It, refused.", body = ApprovalRequest)),
)]
async fn refuse_request(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(path): Path<ApprovalPath>,
    Checked(wanted): Checked<RefuseRequest>,
) -> Result<Answer<ApprovalRequest>, Problem> {
    let note = wanted.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    let refused = app.approvals.refuse(&operator, &path.id, note).await?;
    let now = app.platform.clock.now().as_second();
    Ok(Answer(ApprovalRequest::of(refused, now, problem::language(&headers))))
}

/// Takes it back, which only whoever asked can.
#[utoipa::path(
    post, path = "/v1/approvals/{id}/withdraw", tag = "operators", params(ApprovalPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It, withdrawn.", body = ApprovalRequest)),
)]
async fn withdraw_request(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(path): Path<ApprovalPath>,
) -> Result<Answer<ApprovalRequest>, Problem> {
    let withdrawn = app.approvals.withdraw(&operator, &path.id).await?;
    let now = app.platform.clock.now().as_second();
    Ok(Answer(ApprovalRequest::of(withdrawn, now, problem::language(&headers))))
}

/// Gives what the request was answered when it was done, with the status that it was answered with,
/// for a day and to the key that asked alone: it may tell a secret.
#[utoipa::path(
    get, path = "/v1/approvals/{id}/answer", tag = "operators", params(ApprovalPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "What the operation answers, with its own status.",
        content_type = "application/json")),
)]
async fn show_approved_answer(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<ApprovalPath>,
) -> Result<Response, Problem> {
    let answer = app.approvals.answer(&operator, &path.id).await?;
    let mut response = Response::new(Body::from(answer.body()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// Shows which decisions take two, and which could.
#[utoipa::path(
    get, path = "/v1/approval-policy", tag = "operators",
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The policy.", body = ApprovalPolicy)),
)]
async fn show_approval_policy(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Answer<ApprovalPolicy>, Problem> {
    let policy = app.approvals.policy().await?;
    Ok(Answer(ApprovalPolicy::of(policy, problem::language(&headers))))
}

/// Decides which decisions take two. As soon as one does, changing the policy takes two as well; and
/// it begins only where there is somebody else who could approve.
#[utoipa::path(
    put, path = "/v1/approval-policy", tag = "operators", request_body = SetApprovalPolicy,
    security(("operator_key" = ["administer"])),
    extensions(("x-second-person" = json!("policy"))),
    responses((status = 200, description = "The policy as it is now.", body = ApprovalPolicy)),
)]
async fn set_approval_policy(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Checked(wanted): Checked<SetApprovalPolicy>,
) -> Result<Answer<ApprovalPolicy>, Problem> {
    let required = wanted.read().map_err(Problem::from)?;
    let begins = app.approvals.policy().await?.required.is_empty() && !required.is_empty();
    if begins && !app.operators.has_another_admin(&operator).await? {
        return Err(Problem::new(Kind::WrongState)
            .detail(Text::fixed(
                "还没有另一位管理员可以审批，开启后任何人都无法通过审批",
                "there is no other administrator who could approve: nothing would ever be done",
            ))
            .what_to_do(Text::fixed(
                "请先邀请两位管理员（POST /v1/invitations）各自领取密钥，再由其中一位开启；同一人新建的密钥不算另一人，邀请人也不算",
                "invite two administrators (POST /v1/invitations), who take their keys themselves, \
                 and have one of them begin it: keys that one person makes are that person's, and who \
                 invited somebody does not count",
            )));
    }
    let policy = app.approvals.set_policy(&operator, required).await?;
    Ok(Answer(ApprovalPolicy::of(policy, problem::language(&headers))))
}

/// What a problem says, for whoever approved.
fn trouble(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Says {
        title: String,
        detail: Option<String>,
    }
    let says: Says = serde_json::from_slice(body).ok()?;
    Some(says.detail.unwrap_or(says.title))
}

impl Meaning for RefuseRequest {
    fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        if let Some(note) = &self.note {
            faults.characters("/note", note, 0..=LONGEST_NOTE);
        }
        faults
    }
}

impl SetApprovalPolicy {
    fn read(&self) -> Result<BTreeSet<Decision>, Faults> {
        let mut faults = Faults::new();
        let mut required = BTreeSet::new();
        for (place, name) in self.required.iter().enumerate() {
            match Decision::CHOICES.into_iter().find(|choice| choice.as_str() == name) {
                Some(decision) => {
                    required.insert(decision);
                }
                None => {
                    let known = Decision::CHOICES.map(Decision::as_str).join(", ");
                    faults.push(
                        format!("/required/{place}"),
                        Text::new(format!("应为 {known} 之一"), format!("is one of {known}")),
                    );
                }
            }
        }
        faults.or(required)
    }
}

impl Meaning for SetApprovalPolicy {
    fn faults(&self) -> Faults {
        self.read().err().unwrap_or_default()
    }
}
