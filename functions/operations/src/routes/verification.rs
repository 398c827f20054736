//! WeChat's verification of owners (微信认证) on their behalf, alone or together with the filing.

mod body;
mod views;

use axum::{Json as Answer, extract::State, http::HeaderMap};
use platform::{document::Kind as FileKind, verification::Statement};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    body::BeginVerification,
    views::{IdentityList, VerificationView},
};
use super::{
    filing::{Media, document},
    releases::known,
};
use crate::{
    App,
    extract::{File, Json, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_verification, begin_verification))
        .routes(routes!(refresh_verification))
        .routes(routes!(upload_verification_material))
        .routes(routes!(list_verification_identities))
}

/// Shows how the verification stands, as last known, and what to do.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/verification",
    tag = "verification", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The verification.", body = VerificationView)),
)]
async fn show_verification(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<VerificationView>, Problem> {
    known(&app, &path.component, &path.appid).await?;
    let current = app.platform.verifications.show(&path.component, &path.appid).await?;
    Ok(VerificationView::answer(current, &headers))
}

/// Asks WeChat how everything stands that was begun here.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/verification/refresh",
    tag = "verification", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The verification.", body = VerificationView)),
)]
async fn refresh_verification(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<VerificationView>, Problem> {
    let current = app.platform.verifications.ask(&path.component, &path.appid).await?;
    Ok(VerificationView::answer(current, &headers))
}

/// Begins a verification, or sends a corrected statement where the last one was sent back. With
/// `filing` it is verification and ICP filing in one.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/verification",
    tag = "verification", params(MiniProgramPath), request_body = BeginVerification,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is under way.", body = VerificationView)),
)]
async fn begin_verification(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<BeginVerification>,
) -> Result<Answer<VerificationView>, Problem> {
    let statement: Statement = wanted.into_wechats()?;
    let verifications = &app.platform.verifications;
    let current = verifications.begin(&path.component, &path.appid, statement).await?;
    Ok(VerificationView::answer(current, &headers))
}

/// Uploads a picture of a document, 2 MB at most.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/verification/materials",
    tag = "verification", params(MiniProgramPath),
    request_body(content(("image/png"), ("image/jpeg"), ("image/gif"))),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The document.", body = Media)),
)]
async fn upload_verification_material(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    File(bytes): File,
) -> Result<Answer<Media>, Problem> {
    let document = document(bytes, &[FileKind::Png, FileKind::Jpeg, FileKind::Gif])?;
    let verifications = &app.platform.verifications;
    let media_id = verifications.upload(&path.component, &path.appid, document).await?;
    Ok(Answer(Media::named(media_id)))
}

/// Asks WeChat for the professions that a person may be verified with.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/verification/identities",
    tag = "verification", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The professions.", body = IdentityList)),
)]
async fn list_verification_identities(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<IdentityList>, Problem> {
    let verifications = &app.platform.verifications;
    let shown = verifications.identities(&path.component, &path.appid).await?;
    Ok(Answer(shown.into()))
}
