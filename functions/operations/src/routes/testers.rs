//! People who may use the trial version.

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::AppId;

use super::timestamp;
use crate::{
    App,
    extract::{Json, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_testers, bind_tester))
        .routes(routes!(unbind_tester))
}

/// The testers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TesterList {
    /// Everybody but the administrator, who always is one.
    testers: Vec<Tester>,
}

/// Somebody who may use the trial version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tester {
    /// What WeChat calls this person; by it a tester is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_str: Option<String>,
    /// The WeChat id; missing where the person was bound outside this platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    wechat_id: Option<String>,
    /// When the person was bound through this platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    bound_at: Option<String>,
}

/// A person to be let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BindTester {
    /// The person's WeChat id, which is not the nickname.
    #[schema(min_length = 1, max_length = 64)]
    wechat_id: String,
}

/// A tester in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TesterPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// The tester's `user_str`.
    user_str: String,
}

/// Lists the testers.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/testers", tag = "testers",
    params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The testers.", body = TesterList)),
)]
async fn list_testers(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<TesterList>, Problem> {
    let testers = app.platform.testers.list(&path.component, &path.appid).await?;
    Ok(Answer(TesterList { testers: testers.into_iter().map(Tester::from).collect() }))
}

/// Lets a person use the trial version. Somebody who may already stays so.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/testers", tag = "testers",
    params(MiniProgramPath), request_body = BindTester,
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "The tester.", body = Tester)),
)]
async fn bind_tester(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<BindTester>,
) -> Result<(StatusCode, Answer<Tester>), Problem> {
    let testers = &app.platform.testers;
    let tester = testers.bind(&path.component, &path.appid, &wanted.wechat_id).await?;
    Ok((StatusCode::CREATED, Answer(tester.into())))
}

/// Takes the trial version away from a person.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/testers/{user_str}",
    tag = "testers", params(TesterPath),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "The person is a tester no longer.")),
)]
async fn unbind_tester(
    State(app): State<App>,
    Path(path): Path<TesterPath>,
) -> Result<StatusCode, Problem> {
    app.platform.testers.unbind(&path.component, &path.appid, &path.user_str).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<platform::settings::Tester> for Tester {
    fn from(tester: platform::settings::Tester) -> Self {
        Tester {
            user_str: tester.user_str,
            wechat_id: tester.wechat_id,
            bound_at: tester.bound_at.map(timestamp),
        }
    }
}
