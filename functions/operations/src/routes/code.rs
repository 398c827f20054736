//! Mini-program codes.

use axum::{extract::State, response::Response};
use platform::settings::{CodeKind, CodeOrder};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::endpoint::EnvVersion;

use super::picture;
use crate::{
    App,
    extract::{Json, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(draw_code))
}

/// The kinds of codes, by WeChat's names.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Round, for a page with its query. 100,000 for a mini program's whole life, together with
    /// `createwxaqrcode`.
    GetWxaCode,
    /// Round, with a scene of 32 characters. As many as one likes.
    GetWxaCodeUnlimit,
    /// Square, for a page with its query.
    CreateWxaQrcode,
}

/// Which version a code opens.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Version {
    /// The one online.
    Release,
    /// The trial version.
    Trial,
    /// The one in development.
    Develop,
}

/// A colour.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Colour {
    /// Red.
    #[schema(maximum = 255)]
    r: u8,
    /// Green.
    #[schema(maximum = 255)]
    g: u8,
    /// Blue.
    #[schema(maximum = 255)]
    b: u8,
}

/// A code to be drawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "getwxacode", "path": "pages/index/index?table=7", "width": 430,
}))]
pub(crate) struct DrawCode {
    /// Which kind.
    kind: Kind,
    /// The page with its query, no slash in front: for `getwxacode` (1024 bytes) and
    /// `createwxaqrcode` (128).
    #[schema(example = "pages/index/index?table=7")]
    path: Option<String>,
    /// 1 to 32 digits, letters and ``!#$&'()*+,/:;=?@-._~``: for `getwxacodeunlimit`.
    scene: Option<String>,
    /// The page without a query, else the home page: for `getwxacodeunlimit`.
    page: Option<String>,
    /// Whether the page must be online, which it must unless this is false: for
    /// `getwxacodeunlimit`.
    check_path: Option<bool>,
    /// The width in pixels; 430 where it is left out.
    #[schema(minimum = 280, maximum = 1280)]
    width: Option<u32>,
    /// Whether WeChat chooses the colour.
    auto_color: Option<bool>,
    /// The colour of the lines.
    line_color: Option<Colour>,
    /// Whether the background is transparent.
    is_hyaline: Option<bool>,
    /// Which version it opens; the one online where it is left out.
    env_version: Option<Version>,
}

/// Draws a mini-program code.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/code", tag = "codes",
    params(MiniProgramPath), request_body = DrawCode,
    security(("operator_key" = ["release"])),
    responses(
        (status = 200, description = "The picture.", content(
            (Vec<u8> = "image/png"),
            (Vec<u8> = "image/jpeg"),
        )),
    ),
)]
async fn draw_code(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<DrawCode>,
) -> Result<Response, Problem> {
    let order = CodeOrder::from(wanted);
    let drawn = app.platform.codes.draw(&path.component, &path.appid, &order).await?;
    Ok(picture(drawn, &format!("{}-code", path.appid)))
}

impl From<DrawCode> for CodeOrder {
    fn from(wanted: DrawCode) -> Self {
        CodeOrder {
            kind: match wanted.kind {
                Kind::GetWxaCode => CodeKind::GetWxaCode,
                Kind::GetWxaCodeUnlimit => CodeKind::GetWxaCodeUnlimit,
                Kind::CreateWxaQrcode => CodeKind::CreateWxaQrcode,
            },
            path: wanted.path,
            scene: wanted.scene,
            page: wanted.page,
            check_path: wanted.check_path,
            width: wanted.width,
            auto_color: wanted.auto_color,
            line_color: wanted.line_color.map(|colour| [colour.r, colour.g, colour.b]),
            is_hyaline: wanted.is_hyaline,
            env_version: wanted.env_version.map(|version| match version {
                Version::Release => EnvVersion::Release,
                Version::Trial => EnvVersion::Trial,
                Version::Develop => EnvVersion::Develop,
            }),
        }
    }
}
