//! ICP filing (小程序备案), without which nothing goes online for the first time.

mod body;
mod views;

use axum::{Json as Answer, extract::State, http::HeaderMap};
use platform::{
    document::{Document, Kind as FileKind},
    filing::List,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::{AppId, endpoint::IcpCancelType};

pub(super) use self::body::{FilingApplication, same};
pub(super) use self::views::RemarkView;
use self::views::{Choices, FilingInForce, FilingView};
use super::releases::known;
use crate::{
    App,
    extract::{File, Json, MiniProgramPath, Path, Query},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_filing, apply_for_filing, cancel_filing))
        .routes(routes!(refresh_filing))
        .routes(routes!(withdraw_filing))
        .routes(routes!(show_filing_in_force))
        .routes(routes!(begin_face_check))
        .routes(routes!(upload_filing_media))
        .routes(routes!(list_filing_options))
}

/// A face check to be begun.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginFaceCheck {
    /// It shall serve WeChat's verification too, and comes with a link; it is good for a day then,
    /// and for three days otherwise.
    #[serde(default)]
    along_with_auth: bool,
}

/// A filing to be cancelled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelFiling {
    /// What goes offline.
    what: CancelWhat,
}

/// What of a filing is cancelled.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CancelWhat {
    /// The owner, and so everything that the owner has filed.
    Subject,
    /// The mini program.
    MiniProgram,
    /// The mini program's filing at WeChat; another provider's stays.
    WechatMiniProgram,
}

/// What a document is for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MediaQuery {
    /// The field of WeChat's application.
    #[param(example = "icp_subject.principal_info.certificate_photo_front")]
    field: String,
    /// The kind of document, where it is one of identity.
    certificate_type: Option<i64>,
}

/// A document at WeChat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Media {
    /// What the document is named by.
    media_id: String,
}

/// One of WeChat's lists in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OptionsPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// `subject-types`, `certificate-types`, `service-content-types`, `approval-types` or
    /// `districts`.
    #[param(example = "districts")]
    list: String,
}

/// Shows how the filing stands, as last known, and what to do.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/filing",
    tag = "filing", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The filing.", body = FilingView)),
)]
async fn show_filing(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<FilingView>, Problem> {
    known(&app, &path.component, &path.appid).await?;
    let current = app.platform.filings.show(&path.component, &path.appid).await?;
    Ok(FilingView::answer(&app, current, &headers))
}

/// Asks WeChat how the filing and the face check stand.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/filing/refresh",
    tag = "filing", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The filing.", body = FilingView)),
)]
async fn refresh_filing(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<FilingView>, Problem> {
    let current = app.platform.filings.ask(&path.component, &path.appid).await?;
    Ok(FilingView::answer(&app, current, &headers))
}

/// Applies for the filing, or again after it was sent back. Everything that is wrong is listed at
/// once, by us or by WeChat. Of what is sent nothing is kept here.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/filing",
    tag = "filing", params(MiniProgramPath), request_body = FilingApplication,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is in review.", body = FilingView)),
)]
async fn apply_for_filing(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<FilingApplication>,
) -> Result<Answer<FilingView>, Problem> {
    let application = wanted.into_wechats()?;
    let filings = &app.platform.filings;
    let current = filings.apply(&path.component, &path.appid, application).await?;
    Ok(FilingView::answer(&app, current, &headers))
}

/// Takes the application back that is being reviewed or was sent back.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/filing/application",
    tag = "filing", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "Nothing is applied for.", body = FilingView)),
)]
async fn withdraw_filing(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<FilingView>, Problem> {
    let current = app.platform.filings.withdraw(&path.component, &path.appid).await?;
    Ok(FilingView::answer(&app, current, &headers))
}

/// Cancels the filing in force: what was filed goes offline.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/filing",
    tag = "filing", params(MiniProgramPath), request_body = CancelFiling,
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "It is being cancelled.", body = FilingView)),
)]
async fn cancel_filing(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<CancelFiling>,
) -> Result<Answer<FilingView>, Problem> {
    let what = match wanted.what {
        CancelWhat::Subject => IcpCancelType::Subject,
        CancelWhat::MiniProgram => IcpCancelType::MiniProgram,
        CancelWhat::WechatMiniProgram => IcpCancelType::WeChatMiniProgram,
    };
    let current = app.platform.filings.cancel(&path.component, &path.appid, what).await?;
    Ok(FilingView::answer(&app, current, &headers))
}

/// Asks WeChat for the filing in force. Numbers of identity and of telephones are shown in part.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/filing/in-force",
    tag = "filing", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The filing in force.", body = FilingInForce)),
)]
async fn show_filing_in_force(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<FilingInForce>, Problem> {
    let shown = app.platform.filings.in_force(&path.component, &path.appid).await?;
    Ok(Answer(shown.into()))
}

/// Has the administrator show his face, which WeChat notifies him of. While a check waits or is
/// good, that one is answered.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/filing/face-check",
    tag = "filing", params(MiniProgramPath), request_body = BeginFaceCheck,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It waits for the administrator.", body = FilingView)),
)]
async fn begin_face_check(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<BeginFaceCheck>,
) -> Result<Answer<FilingView>, Problem> {
    let filings = &app.platform.filings;
    let begun = filings.begin_face_check(&path.component, &path.appid, wanted.along_with_auth);
    Ok(FilingView::answer(&app, begun.await?, &headers))
}

/// Uploads a document of the application: a picture of 2 MB, or an MP4, at most.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/filing/media",
    tag = "filing", params(MiniProgramPath, MediaQuery),
    request_body(content(("image/png"), ("image/jpeg"), ("video/mp4"))),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The document.", body = Media)),
)]
async fn upload_filing_media(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<MediaQuery>,
    File(bytes): File,
) -> Result<Answer<Media>, Problem> {
    let wanted = [FileKind::Png, FileKind::Jpeg, FileKind::Mp4];
    let document = document(bytes, &wanted)?;
    let (filings, MediaQuery { field, certificate_type }) = (&app.platform.filings, query);
    let MiniProgramPath { component, appid } = path;
    let media_id = filings.upload(&component, &appid, document, &field, certificate_type).await?;
    Ok(Answer(Media { media_id }))
}

/// Asks WeChat for what an application may choose from.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/filing/options/{list}",
    tag = "filing", params(OptionsPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "What may be chosen.", body = Choices)),
)]
async fn list_filing_options(
    State(app): State<App>,
    Path(path): Path<OptionsPath>,
) -> Result<Answer<Choices>, Problem> {
    let list = match path.list.as_str() {
        "subject-types" => List::SubjectTypes,
        "certificate-types" => List::CertificateTypes,
        "service-content-types" => List::ServiceContentTypes,
        "approval-types" => List::ApprovalTypes,
        "districts" => List::Districts,
        _ => return Err(Problem::new(Kind::NotFound).field("list")),
    };
    let choices = app.platform.filings.choices(&path.component, &path.appid, list).await?;
    Ok(Answer(choices.into()))
}

/// A file that WeChat takes here.
pub(super) fn document(bytes: bytes::Bytes, wanted: &[FileKind]) -> Result<Document, Problem> {
    let read = Document::read(bytes, wanted);
    read.map_err(|why| Problem::new(Kind::InvalidField).detail(why))
}

impl Media {
    /// What a document is named by.
    pub(super) fn named(media_id: String) -> Self {
        Media { media_id }
    }
}
