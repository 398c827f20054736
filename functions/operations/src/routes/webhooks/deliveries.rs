//! What was sent to a webhook, and sending it again.

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebhookPath,
    views::{DeliveryList, DeliveryView, StateName},
};
use crate::{
    App,
    extract::{Path, Query},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_deliveries))
        .routes(routes!(redeliver))
        .routes(routes!(redeliver_dead))
        .routes(routes!(test_webhook))
}

/// Which part of a history.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveriesQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<StateName>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// A delivery in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DeliveryPath {
    /// The webhook's id.
    id: String,
    /// The delivery's id.
    delivery: String,
}

/// What came of sending all dead deliveries again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RedeliveredView {
    /// How many are on their way again.
    redelivered: usize,
    /// There may be more: send the request again.
    more: bool,
}

/// Lists what was sent to a webhook in the last thirty days, the newest first.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(WebhookPath, DeliveriesQuery),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "Deliveries.", body = DeliveryList)),
)]
async fn list_deliveries(
    State(app): State<App>,
    Path(path): Path<WebhookPath>,
    Query(query): Query<DeliveriesQuery>,
) -> Result<Answer<DeliveryList>, Problem> {
    let state = query.state.map(Into::into);
    let cursor = query.cursor.as_deref().filter(|cursor| !cursor.is_empty());
    let page = app.platform.webhooks.deliveries(&path.id, state, cursor).await?;
    Ok(Answer(DeliveryList {
        deliveries: page.deliveries.into_iter().map(DeliveryView::from).collect(),
        next_cursor: page.next,
    }))
}

/// Sends one delivery again, with the same `webhook-id` and a new series of attempts.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/deliveries/{delivery}/redeliver", tag = "webhooks",
    params(DeliveryPath),
    security(("operator_key" = ["administer"])),
    responses((status = 202, description = "It is on its way again.", body = DeliveryView)),
)]
async fn redeliver(
    State(app): State<App>,
    Path(path): Path<DeliveryPath>,
) -> Result<(StatusCode, Answer<DeliveryView>), Problem> {
    let delivery = app.platform.webhooks.redeliver(&path.id, &path.delivery).await?;
    Ok((StatusCode::ACCEPTED, Answer(delivery.into())))
}

/// Sends everything again that is dead; 500 deliveries or so a request.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/redeliver", tag = "webhooks", params(WebhookPath),
    security(("operator_key" = ["administer"])),
    responses((status = 202, description = "They are on their way.", body = RedeliveredView)),
)]
async fn redeliver_dead(
    State(app): State<App>,
    Path(path): Path<WebhookPath>,
) -> Result<(StatusCode, Answer<RedeliveredView>), Problem> {
    let done = app.platform.webhooks.redeliver_dead(&path.id).await?;
    let view = RedeliveredView { redelivered: done.count, more: done.more };
    Ok((StatusCode::ACCEPTED, Answer(view)))
}

/// Sends a `webhook.ping` to a webhook, whatever its filter. What came of it stands among the
/// deliveries a moment later.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/test", tag = "webhooks", params(WebhookPath),
    security(("operator_key" = ["administer"])),
    responses((status = 202, description = "The ping is on its way.", body = DeliveryView)),
)]
async fn test_webhook(
    State(app): State<App>,
    Path(path): Path<WebhookPath>,
) -> Result<(StatusCode, Answer<DeliveryView>), Problem> {
    let delivery = app.platform.webhooks.ping(&path.id).await?;
    Ok((StatusCode::ACCEPTED, Answer(delivery.into())))
}
