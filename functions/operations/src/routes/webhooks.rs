//! Webhooks: where events are sent, and what became of them.

mod deliveries;
mod views;

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use jiff::SignedDuration;
use platform::{
    operators::Operator,
    text::Text,
    webhooks::{Changes, NewSecret, Wish},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::views::{FilterView, NewWebhook, Webhook, WebhookList};
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{IfMatch, Json, Path},
    problem::{Kind, Problem},
};

/// Both secrets of a rotation are in use for so many hours, unless the request says otherwise.
const OVERLAP: i64 = 24;
/// The longest overlap, in hours.
const LONGEST_OVERLAP: i64 = 168;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(show_webhook, change_webhook, delete_webhook))
        .routes(routes!(rotate_webhook_secret))
        .merge(deliveries::router())
}

/// A webhook to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateWebhook {
    /// Where events are sent: `https://`, a public name, port 443 or 8443.
    #[schema(max_length = 2048, example = "https://hooks.example.com/wechat")]
    url: String,
    /// What operators call it. Up to 200 characters.
    #[serde(default)]
    #[schema(max_length = 200, example = "order system")]
    description: String,
    /// Which events are sent; all where it is left out.
    #[serde(default)]
    filter: FilterView,
    /// False makes it paused: what happens is kept for thirty days and sent when it is active.
    #[serde(default = "yes")]
    active: bool,
}

/// What of a webhook is to become different. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeWebhook {
    /// Where events are sent, also those that wait to be sent again.
    #[serde(default)]
    #[schema(max_length = 2048)]
    url: Option<String>,
    /// What operators call it.
    #[serde(default)]
    #[schema(max_length = 200)]
    description: Option<String>,
    /// Which events are sent from now on; the whole filter.
    #[serde(default)]
    filter: Option<FilterView>,
    /// True resumes, false pauses.
    #[serde(default)]
    active: Option<bool>,
}

/// How a secret is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateSecret {
    /// For so many hours messages are signed with both secrets. 0 to 168; 24 where it is left out.
    #[serde(default = "overlap")]
    #[schema(minimum = 0, maximum = 168, default = 24)]
    overlap_hours: i64,
}

/// A webhook in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct WebhookPath {
    /// The webhook's id.
    id: String,
}

fn yes() -> bool {
    true
}

fn overlap() -> i64 {
    OVERLAP
}

/// Lists the webhooks, the oldest first. There are 50 at most.
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "webhooks",
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The webhooks.", body = WebhookList)),
)]
async fn list_webhooks(State(app): State<App>) -> Result<Answer<WebhookList>, Problem> {
    let targets = app.platform.webhooks.targets().await?;
    Ok(Answer(WebhookList { webhooks: targets.into_iter().map(Webhook::from).collect() }))
}

/// Makes a webhook. The answer is the only place where its signing secret is ever told. Messages
/// are signed as Standard Webhooks says: any library of it verifies them.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "webhooks", request_body = CreateWebhook,
    security(("operator_key" = ["administer"])),
    responses((status = 201, description = "The webhook was made.", body = NewWebhook)),
)]
async fn create_webhook(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Json(wanted): Json<CreateWebhook>,
) -> Result<impl IntoResponse, Problem> {
    let wish = Wish {
        url: wanted.url.trim().to_owned(),
        description: wanted.description.trim().to_owned(),
        kinds: wanted.filter.kinds,
        components: wanted.filter.components,
        appids: wanted.filter.appids,
        active: wanted.active,
    };
    let made = app.platform.webhooks.create_target(&operator.key, wish).await?;
    let location = format!("/v1/webhooks/{}", made.target.id);
    let location = HeaderValue::try_from(location).expect("an id is letters and digits");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Answer(NewWebhook::from(made))))
}

/// Shows a webhook.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "webhooks", params(WebhookPath),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The webhook.", body = Webhook)),
)]
async fn show_webhook(
    State(app): State<App>,
    Path(path): Path<WebhookPath>,
) -> Result<Tagged<Webhook>, Problem> {
    Ok(Tagged(app.platform.webhooks.target(&path.id).await?.into()))
}

/// Changes a webhook, pauses or resumes it.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "webhooks", params(WebhookPath, IfMatch),
    request_body = ChangeWebhook,
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The webhook as it is now.", body = Webhook)),
)]
async fn change_webhook(
    State(app): State<App>,
    Path(path): Path<WebhookPath>,
    condition: Condition,
    Json(wanted): Json<ChangeWebhook>,
) -> Result<Tagged<Webhook>, Problem> {
    let (kinds, components, appids) = match wanted.filter {
        Some(filter) => (Some(filter.kinds), Some(filter.components), Some(filter.appids)),
        None => (None, None, None),
    };
    let changes = Changes {
        url: wanted.url.map(|url| url.trim().to_owned()),
        description: wanted.description.map(|description| description.trim().to_owned()),
        kinds,
        components,
        appids,
        active: wanted.active,
    };
    let what = unchanged(&app, &condition, &path).await?;
    let changed = app.platform.webhooks.change_target(&path.id, changes).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(changed.into()))
}

/// Forgets a webhook. What was not delivered to it is never sent.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "webhooks", params(WebhookPath, IfMatch),
    security(("operator_key" = ["administer"])),
    responses((status = 204, description = "It is gone.")),
)]
async fn delete_webhook(
    State(app): State<App>,
    Path(path): Path<WebhookPath>,
    condition: Condition,
) -> Result<StatusCode, Problem> {
    unchanged(&app, &condition, &path).await?;
    app.platform.webhooks.delete_target(&path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses where the webhook is not any more what the request wants; answers the path that shows
/// it.
async fn unchanged(
    app: &App,
    condition: &Condition,
    path: &WebhookPath,
) -> Result<String, Problem> {
    let what = format!("/v1/webhooks/{}", path.id);
    let current = async { Ok(Webhook::from(app.platform.webhooks.target(&path.id).await?)) };
    condition.guard(app, &what, current).await?;
    Ok(what)
}

/// Gives a webhook a new signing secret, told in this answer alone. For some hours messages carry
/// the signatures of both.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/secret", tag = "webhooks", params(WebhookPath),
    request_body = RotateSecret,
    security(("operator_key" = ["administer"])),
    extensions(("x-second-person" = json!("secret-rotation"))),
    responses((status = 200, description = "The webhook and its new secret.", body = NewWebhook)),
)]
async fn rotate_webhook_secret(
    State(app): State<App>,
    Path(path): Path<WebhookPath>,
    Json(wanted): Json<RotateSecret>,
) -> Result<Answer<NewWebhook>, Problem> {
    if !(0..=LONGEST_OVERLAP).contains(&wanted.overlap_hours) {
        return Err(Problem::new(Kind::InvalidField)
            .field("overlap_hours")
            .detail(Text::fixed("应为 0 至 168 小时", "it has 0 to 168 hours")));
    }
    let overlap = SignedDuration::from_hours(wanted.overlap_hours);
    let made: NewSecret = app.platform.webhooks.rotate_secret(&path.id, overlap).await?;
    Ok(Answer(made.into()))
}
