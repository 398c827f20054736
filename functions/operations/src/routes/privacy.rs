//! Privacy: the guideline that users are shown, the interfaces that have to be applied for, and what
//! WeChat finds of them in the code.

mod views;

use axum::{Json as Answer, extract::State, http::StatusCode};
use platform::{
    document::Kind as FileKind,
    fault::Faults,
    privacy::{GuidelineVersion, InterfaceOrder},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::AppId;

pub(in crate::routes) use self::views::WriteGuideline;
use self::views::{DetectionView, GuidelineView, InterfaceList};
use super::filing::document;
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{Checked, File, IfMatch, Json, Meaning, MiniProgramPath, Path},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_privacy_guideline, write_privacy_guideline))
        .routes(routes!(upload_privacy_file))
        .routes(routes!(list_privacy_interfaces, apply_for_privacy_interface))
        .routes(routes!(show_privacy_detection))
}

/// A guideline in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct GuidelinePath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// `online` or `development`.
    #[param(example = "development")]
    version: String,
}

/// An interface to be applied for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyForInterface {
    /// The interface, case-sensitive.
    #[schema(example = "wx.choosePoi")]
    interface: String,
    /// What for, 300 characters at most.
    #[schema(example = "顾客选择收货地点")]
    purpose: String,
    /// Pages that help the reviewer.
    #[serde(default)]
    #[schema(example = json!(["https://www.example.com/help"]))]
    pages: Vec<String>,
    /// Addresses of pictures, ten at most.
    #[serde(default)]
    #[schema(example = json!(["https://www.example.com/map.png"]))]
    pictures: Vec<String>,
    /// Addresses of MP4 videos, one at most.
    #[serde(default)]
    #[schema(example = json!(["https://www.example.com/map.mp4"]))]
    videos: Vec<String>,
}

/// An application for an interface.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InterfaceApplied {
    /// WeChat's number of it.
    audit_id: i64,
}

/// A file at WeChat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrivacyFile {
    /// What it is named by, as `owner.file` of a guideline.
    file: String,
}

/// Asks WeChat for the guideline of a version.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/privacy/guideline/{version}",
    tag = "privacy", params(GuidelinePath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The guideline.", body = GuidelineView)),
)]
async fn show_privacy_guideline(
    State(app): State<App>,
    Path(path): Path<GuidelinePath>,
) -> Result<Tagged<GuidelineView>, Problem> {
    Ok(Tagged(guideline(&app, &path).await?))
}

async fn guideline(app: &App, path: &GuidelinePath) -> Result<GuidelineView, Problem> {
    let GuidelinePath { component, appid, .. } = path;
    Ok(app.platform.privacy.guideline(component, appid, path.version()?).await?.into())
}

/// Writes the guideline of a version, whole. Of the one online only the owner's part can be
/// written, and is in force at once; the one in development takes effect with its release.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/privacy/guideline/{version}",
    tag = "privacy", params(GuidelinePath, IfMatch), request_body = WriteGuideline,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "What WeChat shows now.", body = GuidelineView)),
)]
async fn write_privacy_guideline(
    State(app): State<App>,
    Path(path): Path<GuidelinePath>,
    condition: Condition,
    Json(wanted): Json<WriteGuideline>,
) -> Result<Tagged<GuidelineView>, Problem> {
    let GuidelinePath { component, appid, version } = &path;
    let what =
        format!("/v1/components/{component}/mini-programs/{appid}/privacy/guideline/{version}");
    condition.guard(&app, &what, guideline(&app, &path)).await?;
    let (privacy, version) = (&app.platform.privacy, path.version()?);
    privacy.write_guideline(component, appid, version, &wanted.into()).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(guideline(&app, &path).await?))
}

/// Uploads a text that belongs to a guideline, UTF-8, 100 KB at most.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/privacy/files",
    tag = "privacy", params(MiniProgramPath),
    request_body(content = String, content_type = "text/plain"),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The file.", body = PrivacyFile)),
)]
async fn upload_privacy_file(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    File(bytes): File,
) -> Result<Answer<PrivacyFile>, Problem> {
    let document = document(bytes, &[FileKind::Text])?;
    let file = app.platform.privacy.upload(&path.component, &path.appid, document).await?;
    Ok(Answer(PrivacyFile { file }))
}

/// Asks WeChat for the interfaces that have to be applied for, and how applications stand.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/privacy/interfaces",
    tag = "privacy", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The interfaces.", body = InterfaceList)),
)]
async fn list_privacy_interfaces(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<InterfaceList>, Problem> {
    let shown = app.platform.privacy.ask(&path.component, &path.appid).await?;
    Ok(Answer(shown.into()))
}

/// Applies for an interface.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/privacy/interfaces",
    tag = "privacy", params(MiniProgramPath), request_body = ApplyForInterface,
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "It is being reviewed.", body = InterfaceApplied)),
)]
async fn apply_for_privacy_interface(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Checked(wanted): Checked<ApplyForInterface>,
) -> Result<(StatusCode, Answer<InterfaceApplied>), Problem> {
    let order = wanted.into();
    let audit_id = app.platform.privacy.apply(&path.component, &path.appid, &order).await?;
    Ok((StatusCode::CREATED, Answer(InterfaceApplied { audit_id })))
}

/// Asks WeChat what it found in the code that was committed last.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/privacy/detection",
    tag = "privacy", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "What was found.", body = DetectionView)),
)]
async fn show_privacy_detection(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<DetectionView>, Problem> {
    let found = app.platform.privacy.detection(&path.component, &path.appid).await?;
    Ok(Answer(found.into()))
}

impl Meaning for ApplyForInterface {
    fn faults(&self) -> Faults {
        InterfaceOrder::from(self.clone()).check()
    }
}

impl From<ApplyForInterface> for InterfaceOrder {
    fn from(wanted: ApplyForInterface) -> Self {
        let ApplyForInterface { interface, purpose, pages, pictures, videos } = wanted;
        InterfaceOrder { interface, purpose, pages, pictures, videos }
    }
}

impl GuidelinePath {
    fn version(&self) -> Result<GuidelineVersion, Problem> {
        match self.version.as_str() {
            "online" => Ok(GuidelineVersion::Online),
            "development" => Ok(GuidelineVersion::Development),
            _ => Err(Problem::new(Kind::NotFound).field("version")),
        }
    }
}
