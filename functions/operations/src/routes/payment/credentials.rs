//! Payment credentials, for the company's payment service.

use axum::{Extension, Json as Answer, extract::State};
use platform::{operators::Operator, payment::PaymentError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{MiniProgramPath, Path, Query},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(get_payment_credentials))
}

/// The counter of how often credentials were handed over; an alarm of its own is worth while.
const METRIC: &str = "PaymentCredentialsRead";

/// Whom the credentials are encrypted to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CredentialsQuery {
    /// The payment service's public key: X25519, 32 bytes in base64url.
    #[param(
        pattern = "^[A-Za-z0-9_-]{43}=?$",
        example = "OUjP4K0d22ldeA5ZB3GV2mxWUGsCcyl5SrAryoCBXE0"
    )]
    public_key: String,
}

/// Credentials, encrypted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentCredentials {
    /// How they are encrypted: HPKE (RFC 9180) in base mode.
    #[schema(example = "HPKE-v1 DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM")]
    scheme: &'static str,
    /// What `info` is in it. It names the mini program; compare it with the one you asked for.
    #[schema(
        example = "wechat-fleet/payment-credentials/v1/wx570bc396a51b8ff8/wxf8b4f85f3a794e77"
    )]
    info: String,
    /// The encapsulated key (32 bytes), then ciphertext and tag, in base64. Inside is a JSON object:
    /// `mchid`, `api_v2_key`, `api_v3_key`, `certificate` with `p12` (base64), `password`,
    /// `serial_number` and `not_after`, and `version`.
    sealed: String,
}

/// Hands a merchant's payment credentials over to the company's payment service, encrypted to its
/// public key. Each time goes into the audit log, on the bus and into the metric
/// `PaymentCredentialsRead`.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/payment-credentials",
    tag = "payment", params(MiniProgramPath, CredentialsQuery),
    security(("operator_key" = ["payment:read"])),
    responses((status = 200, description = "The credentials.", body = PaymentCredentials)),
)]
async fn get_payment_credentials(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<CredentialsQuery>,
) -> Result<Answer<PaymentCredentials>, Problem> {
    let recipient = query.public_key.parse().map_err(PaymentError::PublicKey)?;
    let payments = &app.platform.payments;
    let (component, appid) = (&path.component, &path.appid);
    let envelope = payments.credentials(&operator.key, component, appid, &recipient).await?;
    let dimension = ("Component", component.as_str());
    app.metrics.count(app.platform.clock.now(), METRIC, dimension, 1);
    Ok(Answer(PaymentCredentials {
        scheme: "HPKE-v1 DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM",
        info: envelope.info,
        sealed: envelope.sealed,
    }))
}
