//! Users of a mini program, logged in without the mini program's secret.

use axum::{Json as Answer, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::endpoint::ComponentJsCode2Session;

use super::length;
use crate::{
    App,
    extract::{Json, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(open_session))
}

/// Longer than any code of `wx.login`.
const LONGEST_CODE: usize = 256;

/// Who wants to log in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenSession {
    /// What `wx.login` gave the page. Good once, within five minutes.
    #[schema(value_type = String, example = "0a3rVn000aXYZT1abc100WxYz03rVn0d")]
    code: SecretString,
}

/// A user, logged in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Who the user is to this mini program.
    openid: String,
    /// What the user's data are encrypted and signed with. It is kept nowhere here; keep it on
    /// your server and never send it to the page.
    session_key: String,
    /// Who the user is to all accounts of one open-platform account; only where the mini program
    /// is bound to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<String>,
}

/// Logs a user in by the code of `wx.login`. A code is good once: after an unknown outcome the page
/// asks for another.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/sessions", tag = "sessions",
    params(MiniProgramPath), request_body = OpenSession,
    security(("operator_key" = ["session:write"])),
    responses((status = 200, description = "The user.", body = Session)),
)]
async fn open_session(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<OpenSession>,
) -> Result<Answer<Session>, Problem> {
    let code = wanted.code.expose_secret();
    length("code", code, 1, LONGEST_CODE)?;
    let request = ComponentJsCode2Session {
        appid: path.appid.as_str(),
        js_code: code,
        component_appid: path.component.as_str(),
    };
    let session = app.platform.caller.component(&path.component, &request).await?;
    Ok(Answer(Session {
        openid: session.openid,
        session_key: session.session_key.expose_secret().to_owned(),
        unionid: session.unionid,
    }))
}
