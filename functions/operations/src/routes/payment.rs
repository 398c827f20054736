//! Payment settings of a mini program: entered by administrators, shown without what is secret, and
//! handed over to the company's payment service alone.

mod credentials;
mod upload;

use axum::{Extension, Json as Answer, extract::State, http::StatusCode};
use platform::{
    fault::Faults,
    operators::Operator,
    payment::{PaymentSettings, PaymentWish},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::upload::{CertificateUpload, Upload};
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{Checked, IfMatch, Meaning, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_payment, set_payment, remove_payment))
        .routes(routes!(upload_payment_certificate, remove_payment_certificate))
        .routes(routes!(rotate_payment_key))
        .merge(credentials::router())
}

/// Payment settings to be entered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPayment {
    /// The merchant number at WeChat Pay: 8 to 10 digits.
    #[schema(pattern = "^[0-9]{8,10}$", example = "1900009191")]
    mchid: String,
    /// The key of API v2: 32 letters and digits. The one there stays where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9A-Za-z]{32}$",
        example = "8f14e45fceea167a5a36dedd4bea2543")]
    api_v2_key: Option<SecretString>,
    /// The key of API v3: 32 letters and digits. The one there stays where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9A-Za-z]{32}$",
        example = "c9f0f895fb98ab9159f51fd0297e236d")]
    api_v3_key: Option<SecretString>,
}

/// Payment settings, without what is secret in them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Payment {
    /// The merchant number.
    #[schema(example = "1900009191")]
    mchid: String,
    /// The key of API v2; null where none was entered.
    api_v2_key: Option<ApiKey>,
    /// The key of API v3; null where none was entered.
    api_v3_key: Option<ApiKey>,
    /// The certificate; null where none was uploaded.
    certificate: Option<Certificate>,
    /// Goes up by one with every change.
    version: u64,
    /// When they were changed last.
    #[schema(format = DateTime)]
    updated_at: String,
    /// The id of the key that changed them last.
    updated_by: String,
}

/// An API key that was entered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    /// Its last four characters.
    #[schema(example = "2543")]
    ending: String,
    /// When it was entered.
    #[schema(format = DateTime)]
    set_at: String,
}

/// A certificate that was uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Certificate {
    /// Its serial number, as the merchant platform shows it.
    #[schema(example = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1")]
    serial_number: String,
    /// Who issued it.
    issuer: String,
    /// From when it is good.
    #[schema(format = DateTime)]
    not_before: String,
    /// Until when it is good. From thirty days before, it stands in `/v1/attention`.
    #[schema(format = DateTime)]
    not_after: String,
    /// When it was uploaded.
    #[schema(format = DateTime)]
    set_at: String,
}

/// Seals the payment secrets anew under a new data key. The secrets stay as they are.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/payment/data-key", tag = "payment",
    params(MiniProgramPath), security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The settings.", body = Payment)),
)]
async fn rotate_payment_key(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(MiniProgramPath { component, appid }): Path<MiniProgramPath>,
) -> Result<Answer<Payment>, Problem> {
    let payments = &app.platform.payments;
    let settings = payments.rotate_key(&operator.key, &component, &appid).await?;
    Ok(Answer(settings.into()))
}

/// Shows the payment settings, without what is secret in them.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/payment", tag = "payment",
    params(MiniProgramPath), security(("operator_key" = ["read"])),
    responses((status = 200, description = "The settings.", body = Payment)),
)]
async fn show_payment(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Tagged<Payment>, Problem> {
    Ok(Tagged(payment(&app, &path).await?))
}

async fn payment(app: &App, path: &MiniProgramPath) -> Result<Payment, Problem> {
    Ok(app.platform.payments.find(&path.component, &path.appid).await?.into())
}

/// Enters the merchant number and the API keys. Another merchant number than the one there is
/// refused, for its keys and its certificate would be lost: remove the settings first.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/payment", tag = "payment",
    params(MiniProgramPath, IfMatch), request_body = SetPayment,
    security(("operator_key" = ["administer"])),
    extensions(("x-second-person" = json!("payment-keys"))),
    responses((status = 200, description = "The settings as they are now.", body = Payment)),
)]
async fn set_payment(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Checked(wanted): Checked<SetPayment>,
) -> Result<Tagged<Payment>, Problem> {
    let what = path.within("payment");
    condition.guard(&app, &what, payment(&app, &path)).await?;
    let (wish, payments) = (wanted.into(), &app.platform.payments);
    let set = payments.set(&operator.key, &path.component, &path.appid, wish).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(set.into()))
}

impl Meaning for SetPayment {
    fn faults(&self) -> Faults {
        PaymentWish::from(self.clone()).faults()
    }
}

impl From<SetPayment> for PaymentWish {
    fn from(wanted: SetPayment) -> Self {
        let SetPayment { mchid, api_v2_key, api_v3_key } = wanted;
        PaymentWish { mchid, api_v2_key, api_v3_key }
    }
}

/// Forgets the payment settings: number, keys and certificate.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/payment", tag = "payment",
    params(MiniProgramPath, IfMatch), security(("operator_key" = ["administer"])),
    extensions(("x-second-person" = json!("payment-keys"))),
    responses((status = 204, description = "There are none any more.")),
)]
async fn remove_payment(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
) -> Result<StatusCode, Problem> {
    let what = path.within("payment");
    condition.guard(&app, &what, payment(&app, &path)).await?;
    app.platform.payments.remove(&operator.key, &path.component, &path.appid).await?;
    condition.changed(&app, &what).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Uploads the merchant's certificate, `apiclient_cert.p12`, in the place of the one before. It must
/// open with the merchant number, name that merchant, and be good now.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/payment/certificate",
    tag = "payment", params(MiniProgramPath, IfMatch),
    request_body(content = CertificateUpload, content_type = "multipart/form-data"),
    security(("operator_key" = ["administer"])),
    extensions(("x-second-person" = json!("payment-keys"))),
    responses((status = 200, description = "The settings as they are now.", body = Payment)),
)]
async fn upload_payment_certificate(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Upload(file): Upload,
) -> Result<Tagged<Payment>, Problem> {
    let what = path.within("payment");
    condition.guard(&app, &what, payment(&app, &path)).await?;
    let (component, appid) = (&path.component, &path.appid);
    let payments = &app.platform.payments;
    let set = payments.set_certificate(&operator.key, component, appid, &file).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(set.into()))
}

/// Forgets the certificate.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/payment/certificate",
    tag = "payment", params(MiniProgramPath, IfMatch),
    security(("operator_key" = ["administer"])),
    extensions(("x-second-person" = json!("payment-keys"))),
    responses((status = 204, description = "There is none any more.")),
)]
async fn remove_payment_certificate(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
) -> Result<StatusCode, Problem> {
    let what = path.within("payment");
    condition.guard(&app, &what, payment(&app, &path)).await?;
    let payments = &app.platform.payments;
    payments.remove_certificate(&operator.key, &path.component, &path.appid).await?;
    condition.changed(&app, &what).await;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PaymentSettings> for Payment {
    fn from(settings: PaymentSettings) -> Self {
        let key = |key: platform::payment::ApiKeyView| ApiKey {
            ending: key.ending,
            set_at: key.set_at.to_string(),
        };
        let certificate = |certificate: platform::payment::CertificateView| Certificate {
            not_before: certificate.facts.not_before().to_string(),
            not_after: certificate.facts.not_after().to_string(),
            serial_number: certificate.facts.serial_number,
            issuer: certificate.facts.issuer,
            set_at: certificate.set_at.to_string(),
        };
        Payment {
            mchid: settings.mchid,
            api_v2_key: settings.api_v2_key.map(key),
            api_v3_key: settings.api_v3_key.map(key),
            certificate: settings.certificate.map(certificate),
            version: settings.version,
            updated_at: settings.updated_at.to_string(),
            updated_by: settings.updated_by,
        }
    }
}
