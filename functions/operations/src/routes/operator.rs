//! Who is signed in.

use axum::{Extension, Json as Answer};
use platform::operators::Operator;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::keys::RoleName;
use crate::App;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show_operator))
}

/// The operator behind a key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperatorView {
    /// The id of the key.
    #[schema(example = "01JD3W0A8M5S9V6T4Q2K7X1B3C")]
    id: String,
    /// What the key is called.
    #[schema(example = "李雷")]
    name: String,
    /// What the operator may do.
    role: RoleName,
}

/// Shows whose key it is that the request was signed in with.
#[utoipa::path(
    get, path = "/v1/operator", tag = "operators",
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The operator.", body = OperatorView)),
)]
async fn show_operator(Extension(operator): Extension<Operator>) -> Answer<OperatorView> {
    let Operator { key: id, name, role, .. } = operator;
    Answer(OperatorView { id, name, role: role.into() })
}
