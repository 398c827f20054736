//! How often WeChat may still be called today, and what it remembers of a refused call.

use axum::{Json as Answer, extract::State, http::StatusCode};
use platform::{settings::Remembered, tokens::Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::{
    AppId,
    endpoint::{OpenapiQuotaGetResponse, RateLimit},
};

use crate::{
    App,
    extract::{ComponentPath, MiniProgramPath, Path, Query},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_component_calls, reset_component_calls))
        .routes(routes!(show_mini_program_calls, reset_mini_program_calls))
        .routes(routes!(show_component_request))
        .routes(routes!(show_mini_program_request))
}

/// Which of WeChat's paths is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallsQuery {
    /// The path without host and query.
    #[param(min_length = 1, max_length = 128, example = "/wxa/commit")]
    path: String,
}

/// Calls of one of WeChat's paths.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallQuota {
    /// How many there may be today.
    #[schema(example = 10000)]
    daily_limit: i64,
    /// How many there were.
    #[schema(example = 42)]
    used: i64,
    /// How many are left.
    #[schema(example = 9958)]
    left: i64,
    /// How fast calls may follow each other.
    rate: Option<CallRate>,
    /// How fast the platform's calls on behalf of others may follow each other.
    component_rate: Option<CallRate>,
}

/// So many calls in so many seconds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallRate {
    /// Calls.
    calls: Option<i64>,
    /// Seconds.
    seconds: Option<i64>,
}

/// A call that WeChat refused, without anything that may be secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedCall {
    /// When it came in.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// How long it took, in milliseconds.
    milliseconds: Option<i64>,
    /// The address that it came from.
    client_ip: Option<String>,
    /// The names of its query's parameters; values are not shown.
    query: Vec<String>,
    /// The names of what was sent; values are not shown.
    sent: Vec<String>,
    /// WeChat's code in the answer.
    errcode: Option<i64>,
}

/// A request of the component in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ComponentRequestPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The `rid` of the refusal.
    #[param(example = "6740c6b1-0c4a5b6d-7e8f9a0b")]
    rid: String,
}

/// A request of a mini program in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MiniProgramRequestPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// The `rid` of the refusal.
    #[param(example = "6740c6b1-0c4a5b6d-7e8f9a0b")]
    rid: String,
}

/// Shows how often one of WeChat's paths may be called today with the component's token.
#[utoipa::path(
    get, path = "/v1/components/{component}/calls", tag = "quotas",
    params(ComponentPath, CallsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The calls.", body = CallQuota)),
)]
async fn show_component_calls(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Query(query): Query<CallsQuery>,
) -> Result<Answer<CallQuota>, Problem> {
    let whose = Subject::Component(path.component);
    Ok(Answer(app.platform.calls.quota(&whose, &query.path).await?.into()))
}

/// Sets the component's counters of today's calls to zero. WeChat allows it ten times a month.
#[utoipa::path(
    delete, path = "/v1/components/{component}/calls", tag = "quotas", params(ComponentPath),
    security(("operator_key" = ["administer"])),
    responses((status = 204, description = "They are zero.")),
)]
async fn reset_component_calls(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<StatusCode, Problem> {
    app.platform.calls.reset(&Subject::Component(path.component)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows how often one of WeChat's paths may be called today with the mini program's token.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/calls", tag = "quotas",
    params(MiniProgramPath, CallsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The calls.", body = CallQuota)),
)]
async fn show_mini_program_calls(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<CallsQuery>,
) -> Result<Answer<CallQuota>, Problem> {
    let whose = Subject::merchant(&path.component, &path.appid);
    Ok(Answer(app.platform.calls.quota(&whose, &query.path).await?.into()))
}

/// Sets the mini program's counters of today's calls to zero. WeChat allows it ten times a month.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/calls", tag = "quotas",
    params(MiniProgramPath),
    security(("operator_key" = ["administer"])),
    responses((status = 204, description = "They are zero.")),
)]
async fn reset_mini_program_calls(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<StatusCode, Problem> {
    app.platform.calls.reset(&Subject::merchant(&path.component, &path.appid)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows what WeChat remembers of a call with the component's token that it refused, for seven
/// days.
#[utoipa::path(
    get, path = "/v1/components/{component}/requests/{rid}", tag = "quotas",
    params(ComponentRequestPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The call.", body = RefusedCall)),
)]
async fn show_component_request(
    State(app): State<App>,
    Path(path): Path<ComponentRequestPath>,
) -> Result<Answer<RefusedCall>, Problem> {
    let whose = Subject::Component(path.component);
    Ok(Answer(app.platform.calls.remembered(&whose, &path.rid).await?.into()))
}

/// Shows what WeChat remembers of a call with the mini program's token that it refused, for seven
/// days.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/requests/{rid}", tag = "quotas",
    params(MiniProgramRequestPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The call.", body = RefusedCall)),
)]
async fn show_mini_program_request(
    State(app): State<App>,
    Path(path): Path<MiniProgramRequestPath>,
) -> Result<Answer<RefusedCall>, Problem> {
    let whose = Subject::merchant(&path.component, &path.appid);
    Ok(Answer(app.platform.calls.remembered(&whose, &path.rid).await?.into()))
}

impl From<OpenapiQuotaGetResponse> for CallQuota {
    fn from(answer: OpenapiQuotaGetResponse) -> Self {
        let rate =
            |rate: RateLimit| CallRate { calls: rate.call_count, seconds: rate.refresh_second };
        CallQuota {
            daily_limit: answer.quota.daily_limit,
            used: answer.quota.used,
            left: answer.quota.remain,
            rate: answer.rate_limit.map(rate),
            component_rate: answer.component_rate_limit.map(rate),
        }
    }
}

impl From<Remembered> for RefusedCall {
    fn from(call: Remembered) -> Self {
        RefusedCall {
            at: call.at.map(|at| at.to_string()),
            milliseconds: call.milliseconds,
            client_ip: call.client_ip,
            query: call.query,
            sent: call.sent,
            errcode: call.errcode,
        }
    }
}
