//! Invitations: how a person comes to a key that nobody else has seen.

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use jiff::Timestamp;
use platform::{
    audit::{AuditOutcome, Intent},
    fault::Faults,
    operators::{Invitation, InvitationToken, Operator, RevokeError, Role, TakeError},
    text::Text,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    keys::{LONGEST_NAME, NewKey, RoleName},
    timestamp,
};
use crate::{
    App,
    extract::{Checked, Json, Meaning, Path, Query},
    pipeline::{Approved, refused, source_of},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_invitations, create_invitation))
        .routes(routes!(revoke_invitation))
}

/// What whoever was invited may do without a key.
pub(super) fn open() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(take_invitation))
}

/// What a person may do.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PersonRole {
    /// Looks.
    Viewer,
    /// Changes mini programs.
    Releaser,
    /// Also makes and revokes keys and reads the audit log.
    Admin,
}

/// Somebody to be invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateInvitation {
    /// What the person is called. 1 to 80 characters.
    #[schema(min_length = 1, max_length = 80, example = "韩梅梅")]
    name: String,
    /// What they may do.
    role: PersonRole,
    /// Until when their key is good; for ever where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    key_expires_at: Option<Timestamp>,
}

/// An invitation. Its secret is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SentInvitation {
    /// Its id.
    id: String,
    /// What the person is called.
    name: String,
    /// What they may do.
    role: RoleName,
    /// How it stands: `open`, `taken`, `revoked`, `expired`.
    #[schema(example = "open")]
    state: &'static str,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// The id of the key that made it.
    created_by: String,
    /// Until when it can be taken.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Until when the key will be good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    key_expires_at: Option<String>,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    taken_at: Option<String>,
    /// The id of the key that was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

/// An invitation that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewInvitation {
    /// The link to send to the person, told once. What is secret stands behind the `#`, which
    /// browsers send to nobody.
    #[schema(
        example = "https://fleet.example.com/console/invitation#wi_01JZ8G5T0000000000000000AB_…"
    )]
    link: String,
    /// What is kept of it.
    invitation: SentInvitation,
}

/// A part of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SentInvitations {
    /// The invitations, the oldest first.
    invitations: Vec<SentInvitation>,
    /// Where the next part begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Where in the list to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvitationsQuery {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// An invitation in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct InvitationPath {
    /// Its id.
    id: String,
}

/// What an invitation's link carries.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeInvitation {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String, min_length = 1, max_length = 256,
        example = "wi_01JZ8G5T0000000000000000AB_…")]
    token: SecretString,
}

/// Lists the invitations.
#[utoipa::path(
    get, path = "/v1/invitations", tag = "operators", params(InvitationsQuery),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The invitations.", body = SentInvitations)),
)]
async fn list_invitations(
    State(app): State<App>,
    Query(query): Query<InvitationsQuery>,
) -> Result<Answer<SentInvitations>, Problem> {
    let (found, next_cursor) = app.operators.invitations(query.cursor.as_deref(), 100).await?;
    let now = app.platform.clock.now().as_second();
    let invitations = found.into_iter().map(|it| SentInvitation::of(it, now)).collect();
    Ok(Answer(SentInvitations { invitations, next_cursor }))
}

/// Invites a person, who takes a key by the link in the answer: once, within 72 hours. Nobody else sees
/// that key.
#[utoipa::path(
    post, path = "/v1/invitations", tag = "operators", request_body = CreateInvitation,
    security(("operator_key" = ["administer"])),
    extensions(("x-second-person" = json!("operators"))),
    responses((status = 201, description = "The invitation, and its link.", body = NewInvitation)),
)]
async fn create_invitation(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    approved: Option<Extension<Approved>>,
    Checked(wanted): Checked<CreateInvitation>,
) -> Result<impl IntoResponse, Problem> {
    if wanted.key_expires_at.is_some_and(|until| until <= app.platform.clock.now()) {
        let why = Text::fixed("到期时间已过", "this moment is over");
        return Err(Faults::one("/key_expires_at", why).into());
    }
    let (name, role) = (wanted.name.trim(), wanted.role.into());
    let approved = approved.is_some();
    let made = app.operators.invite(&operator, approved, name, role, wanted.key_expires_at).await?;
    let public = &app.platform.addresses.public;
    let link = format!("{public}console/invitation#{}", made.token.reveal().expose_secret());
    let location = HeaderValue::try_from(format!("/v1/invitations/{}", made.record.id))
        .expect("an id is letters and digits");
    let now = app.platform.clock.now().as_second();
    let answer = NewInvitation { link, invitation: SentInvitation::of(made.record, now) };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Answer(answer)))
}

/// Revokes an invitation that was not taken: nobody takes it any more. It stays in the list.
#[utoipa::path(
    delete, path = "/v1/invitations/{id}", tag = "operators", params(InvitationPath),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The invitation as it is now.", body = SentInvitation)),
)]
async fn revoke_invitation(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<InvitationPath>,
) -> Result<Answer<SentInvitation>, Problem> {
    match app.operators.revoke_invitation(&operator, &path.id).await {
        Ok(record) if record.taken_at.is_some() => Err(Problem::new(Kind::WrongState)
            .field("id")
            .detail(Text::fixed("邀请已被领取", "it was taken"))
            .what_to_do(Text::fixed(
                "请吊销领取的密钥：DELETE /v1/keys/{id}",
                "revoke the key that was taken: DELETE /v1/keys/{id}",
            ))),
        Ok(record) => Ok(Answer(SentInvitation::of(record, app.platform.clock.now().as_second()))),
        Err(RevokeError::Storage(error)) => Err(error.into()),
        Err(RevokeError::NotFound(_) | RevokeError::FirstKey) => Err(Problem::new(Kind::NotFound)
            .field("id")
            .detail(Text::fixed("没有这个邀请", "there is no such invitation"))),
    }
}

/// Takes the key of an invitation: once, without another key. The answer is the only place where the
/// key is ever told.
#[utoipa::path(
    post, path = "/v1/invitations/acceptance", tag = "operators", request_body = TakeInvitation,
    security(()),
    responses(
        (status = 201, description = "The key.", body = NewKey),
        (status = 400, description = "The request is malformed.",
            content_type = "application/problem+json", body = crate::problem::ProblemDetails),
        (status = 404, description = "There is no such invitation.",
            content_type = "application/problem+json", body = crate::problem::ProblemDetails),
        (status = 409, description = "It was taken, was revoked, or its time is over.",
            content_type = "application/problem+json", body = crate::problem::ProblemDetails),
        (status = 422, description = "A field is wrong.",
            content_type = "application/problem+json", body = crate::problem::ProblemDetails),
        (status = 429, description = "Too many requests, or wrong secrets.",
            content_type = "application/problem+json", body = crate::problem::ProblemDetails),
    ),
)]
async fn take_invitation(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
    Json(wanted): Json<TakeInvitation>,
) -> Result<impl IntoResponse, Problem> {
    let source = source_of(&app, &headers, &extensions);
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.map(|agent| agent.chars().take(200).collect());
    let unknown = || {
        Problem::new(Kind::NotFound)
            .field("token")
            .detail(Text::fixed(
                "没有这个邀请，或链接不完整",
                "there is no such invitation, or a part of the link is missing",
            ))
            .what_to_do(Text::fixed(
                "请完整打开收到的链接，或请管理员重新邀请",
                "open the whole link, or have an administrator invite you anew",
            ))
    };
    let token: InvitationToken =
        wanted.token.expose_secret().trim().parse().map_err(|_| unknown())?;
    let made = app.operators.take(&token, &source).await.map_err(|error| match error {
        TakeError::Unknown => unknown(),
        TakeError::Over(_) => Problem::new(Kind::WrongState)
            .field("token")
            .detail(Text::fixed(
                "邀请已被领取、撤销或已过期",
                "the invitation was taken, was revoked, or its time is over",
            ))
            .what_to_do(Text::fixed(
                "请管理员重新邀请；如果不是您领取的，请立即告诉管理员",
                "have an administrator invite you anew; if it was not you who took it, say so at once",
            )),
        TakeError::Waiting(error) => refused(error),
        TakeError::Storage(error) => error.into(),
    })?;
    // It is on record with what it came to: before, nobody was known.
    let record = &made.record;
    let operator = Operator::from(record.clone());
    let intent = Intent {
        operation: "take_invitation".to_owned(),
        summary: serde_json::json!({ "invitation": record.person }).to_string(),
        source_ip: source.address(),
        user_agent: agent,
        ..Intent::by(&operator)
    };
    let outcome = AuditOutcome::of(201);
    let audit = &app.platform.audit;
    let written = async { audit.conclude(&audit.intend(&intent).await?, &outcome).await }.await;
    if let Err(error) = written {
        tracing::error!(%error, key = record.id, "that an invitation was taken is not on record");
    }
    Ok((StatusCode::CREATED, Answer(NewKey::from(made))))
}

impl Meaning for CreateInvitation {
    fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        let name = self.name.trim();
        faults.characters("/name", name, 1..=LONGEST_NAME);
        faults.visible("/name", name, false);
        faults
    }
}

impl SentInvitation {
    fn of(record: Invitation, now: i64) -> Self {
        let state = match (record.taken_at, record.revoked_at) {
            (Some(_), _) => "taken",
            (None, Some(_)) => "revoked",
            (None, None) if record.is_open(now) => "open",
            (None, None) => "expired",
        };
        SentInvitation {
            id: record.id,
            name: record.name,
            role: record.role.into(),
            state,
            created_at: timestamp(record.created_at),
            created_by: record.created_by,
            expires_at: timestamp(record.until),
            key_expires_at: record.key_until.map(timestamp),
            taken_at: record.taken_at.map(timestamp),
            key_id: record.key,
            revoked_at: record.revoked_at.map(timestamp),
        }
    }
}

impl From<PersonRole> for Role {
    fn from(role: PersonRole) -> Role {
        match role {
            PersonRole::Viewer => Role::Viewer,
            PersonRole::Releaser => Role::Releaser,
            PersonRole::Admin => Role::Admin,
        }
    }
}
