//! What waits for a second person, and which decisions do.

use std::collections::BTreeSet;

use axum::{
    Extension, Json as Answer,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use platform::{
    approvals::{
        Approval, ApprovalError, Decision, Dependence, KeptAnswer, Party, Policy, State as Stands,
    },
    fault::Faults,
    operators::{Operator, Source},
    text::{Language, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{keys::RoleName, timestamp};
use crate::{
    App,
    extract::{Checked, Meaning, Path, Query},
    pipeline::Performer,
    problem::{self, Kind, Problem},
    reference,
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

/// A request that takes two.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalRequest {
    /// Its id.
    id: String,
    /// How it stands: `waiting`, `performing`, `performed`, `unknown` (approved, and nobody saw the
    /// end of it: look at what it was about, and ask anew), `refused`, `withdrawn`, `expired`.
    #[schema(example = "waiting")]
    state: &'static str,
    /// What kind of decision it is, as the policy calls it.
    #[schema(example = "release")]
    decision: &'static str,
    /// The operation, as this description calls it.
    #[schema(example = "release")]
    operation: String,
    /// The same in words.
    title: String,
    /// The request's method.
    #[schema(example = "POST")]
    method: String,
    /// The request's path and query.
    target: String,
    /// The component that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    /// The mini program that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    appid: Option<String>,
    /// What is asked for, without anything that could be a secret.
    request: String,
    /// SHA-256 of the request.
    request_digest: String,
    /// Who asked.
    requested_by: PartyView,
    /// When.
    #[schema(format = DateTime)]
    requested_at: String,
    /// Until when it waits.
    #[schema(format = DateTime)]
    until: String,
    /// Who approved, refused or withdrew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<PartyView>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    decided_at: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The status that the request was answered with when it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// What went wrong then.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

/// Somebody who asked or decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartyView {
    /// The id of the key.
    key_id: String,
    /// What the key is called.
    name: String,
    /// Its role.
    role: RoleName,
}

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

/// Which decisions take two.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalPolicy {
    /// Those that do.
    #[schema(example = json!(["release", "rollback"]))]
    required: Vec<&'static str>,
    /// All that could, in words.
    choices: Vec<DecisionView>,
    /// The id of the key that changed it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    changed_at: Option<String>,
}

/// A kind of decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionView {
    /// Its name.
    #[schema(example = "release")]
    decision: &'static str,
    /// What it is.
    title: String,
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
    let concluded = app.approvals.conclude(&approval.id, &answer, trouble.as_deref()).await?;
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

impl ApprovalPolicy {
    fn of(policy: Policy, language: Language) -> Self {
        let choices = Decision::CHOICES.map(|decision| DecisionView {
            decision: decision.as_str(),
            title: decision.title().read(language).to_owned(),
        });
        ApprovalPolicy {
            required: policy.required.into_iter().map(Decision::as_str).collect(),
            choices: choices.into(),
            changed_by: policy.changed_by,
            changed_at: policy.changed_at.map(timestamp),
        }
    }
}

impl ApprovalRequest {
    /// The approval as it stands at `now`, in seconds.
    pub(crate) fn of(approval: Approval, now: i64, language: Language) -> Self {
        let state = match approval.state(now) {
            Stands::Waiting => "waiting",
            Stands::Performing => "performing",
            Stands::Performed => "performed",
            Stands::Unknown => "unknown",
            Stands::Refused => "refused",
            Stands::Withdrawn => "withdrawn",
            Stands::Expired => "expired",
        };
        ApprovalRequest {
            state,
            decision: approval.decision.as_str(),
            title: reference::name(&approval.operation).read(language).to_owned(),
            operation: approval.operation,
            id: approval.id,
            method: approval.method,
            target: approval.target,
            component: approval.component,
            appid: approval.appid,
            request: approval.summary,
            request_digest: approval.digest,
            requested_by: approval.requested_by.into(),
            requested_at: timestamp(approval.requested_at),
            until: timestamp(approval.until),
            decided_by: approval.decided_by.map(PartyView::from),
            decided_at: approval.decided_at.map(timestamp),
            note: approval.note,
            status: approval.status,
            trouble: approval.trouble,
        }
    }
}

impl From<Party> for PartyView {
    fn from(party: Party) -> Self {
        PartyView { key_id: party.key, name: party.name, role: party.role.into() }
    }
}

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        let not_allowed = |zh: &'static str, en: &'static str| {
            Problem::new(Kind::NotAllowed).detail(Text::fixed(zh, en))
        };
        match error {
            ApprovalError::NotFound(_) => Problem::new(Kind::NotFound)
                .field("id")
                .detail(Text::fixed("没有这个审批", "there is no such request for approval")),
            ApprovalError::Decided(state) => {
                let (zh, en) = match state {
                    Stands::Waiting | Stands::Performing => ("正在执行", "it is being done"),
                    Stands::Performed => ("已经批准并执行", "it was approved and done"),
                    Stands::Unknown => {
                        ("已经批准，结果未知", "it was approved; its outcome is not known")
                    }
                    Stands::Refused => ("已经被拒绝", "it was refused"),
                    Stands::Withdrawn => ("已经撤回", "it was withdrawn"),
                    Stands::Expired => ("已经过期", "nobody decided in time"),
                };
                Problem::new(Kind::WrongState).detail(Text::fixed(zh, en))
            }
            ApprovalError::NotAnother(why) => {
                let why = match why {
                    Dependence::SameKey => Text::fixed(
                        "这是您自己提出的申请，需由另一人审批",
                        "you asked for it yourself: it takes another person",
                    ),
                    Dependence::SamePerson => Text::fixed(
                        "两个密钥出自同一人，不能互相审批",
                        "both keys come from one person, who cannot approve alone",
                    ),
                    Dependence::SameName => Text::fixed(
                        "两个密钥的名称相同，不能互相审批",
                        "both keys have the same name",
                    ),
                    Dependence::Invited => Text::fixed(
                        "邀请人与被邀请人不能互相审批（邀请本身经过第二人审批的除外）",
                        "who invited somebody and who was invited do not approve each other, \
                         unless a second person had approved the invitation",
                    ),
                };
                Problem::new(Kind::NotAllowed).detail(why).what_to_do(Text::fixed(
                    "请由另一位以邀请或单点登录加入的人审批",
                    "have somebody approve it who took their key by an invitation, or who signed in \
                     with the company's directory",
                ))
            }
            ApprovalError::RoleTooLow(least) => Problem::new(Kind::NotAllowed).detail(Text::new(
                format!("审批人的角色至少应与申请人相同：{least}"),
                format!("whoever approves has at least the role of whoever asked: {least}"),
            )),
            ApprovalError::NotYours => {
                not_allowed("只有申请人可以这样做", "only whoever asked may do this")
            }
            ApprovalError::Gone => Problem::new(Kind::NotFound)
                .detail(Text::fixed("没有保存的内容", "nothing of it is kept, or not any more"))
                .what_to_do(Text::fixed("请重新提出申请", "ask for it anew")),
            ApprovalError::Unseal(error) => Problem::new(Kind::Internal).internal(error),
            ApprovalError::Storage(error) => error.into(),
        }
    }
}
