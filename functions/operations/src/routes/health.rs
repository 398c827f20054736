//! That the API answers, and how it is described.

use std::sync::Arc;

use axum::{
    Extension, Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{App, openapi::Served};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(health)).routes(routes!(description))
}

/// That the API answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The version of this software.
    version: &'static str,
}

/// Tells whether the API answers. Nothing else is asked.
#[utoipa::path(
    get, path = "/health", tag = "about", security(()),
    responses((status = 200, description = "It answers.", body = Health)),
)]
async fn health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Gives this description.
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "about", security(()),
    responses((status = 200, description = "An OpenAPI document.", content_type = "application/json")),
)]
async fn description(Extension(served): Extension<Arc<Served>>) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], served.document()).into_response()
}
