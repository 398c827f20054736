//! Plugins that a mini program uses, and applications for one that it owns.

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::{
    AppId,
    endpoint::{PluginApplication, PluginInUse, PluginStatus},
};

use super::timestamp;
use crate::{
    App,
    extract::{Json, MiniProgramPath, Path, Query},
    problem::Problem,
};

/// Applications on a page, unless the request says otherwise.
const PAGE: i64 = 20;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_plugins, apply_for_plugin))
        .routes(routes!(update_plugin, unbind_plugin))
        .routes(routes!(list_plugin_applications, forget_refused_applications))
        .routes(routes!(agree_to_application))
        .routes(routes!(refuse_applications))
}

/// The plugins of a mini program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PluginsList {
    /// Those that it uses or has asked for.
    plugins: Vec<Plugin>,
}

/// A plugin that a mini program uses or has asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plugin {
    /// The plugin's appid.
    #[schema(example = "wx069ba97219f66d99")]
    plugin_appid: String,
    /// `applying`, `granted`, `refused`, `expired`, or `unknown` for what WeChat invents next.
    #[schema(example = "granted")]
    state: &'static str,
    /// Its name.
    name: String,
    /// Its picture's address.
    avatar: Option<String>,
    /// The version in use.
    #[schema(example = "1.2.0")]
    user_version: Option<String>,
}

/// A plugin to be asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyForPlugin {
    /// The plugin's appid.
    #[schema(value_type = String, example = "wx069ba97219f66d99")]
    plugin_appid: AppId,
    /// A word to the plugin's owner.
    #[schema(min_length = 1, max_length = 200, example = "会员卡")]
    reason: String,
}

/// The version of a plugin to be used.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdatePlugin {
    /// Its name.
    #[schema(min_length = 1, max_length = 64, example = "1.2.0")]
    user_version: String,
}

/// Why applications are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefuseApplications {
    /// A word to those who asked.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// Applications for the plugin that an account owns.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PluginApplications {
    /// The applications.
    applications: Vec<Application>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
}

/// A mini program that has asked for the plugin.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Application {
    /// The mini program.
    #[schema(example = "wxf8b4f85f3a794e77")]
    appid: String,
    /// `applying`, `granted`, `refused`, `expired`, or `unknown`.
    #[schema(example = "applying")]
    state: &'static str,
    /// Its name.
    name: String,
    /// What it wants the plugin for.
    reason: Option<String>,
    /// The page that it would use the plugin on.
    page: Option<String>,
    /// When it asked.
    #[schema(format = DateTime)]
    applied_at: Option<String>,
}

/// A plugin in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PluginPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// The plugin's appid.
    #[param(value_type = String, example = "wx069ba97219f66d99")]
    plugin_appid: AppId,
}

/// Somebody who asked for a plugin, in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ApplicantPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The plugin's own account.
    #[param(value_type = String, example = "wx069ba97219f66d99")]
    appid: AppId,
    /// The mini program that asked.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    applicant: AppId,
}

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApplicationsQuery {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// Lists the plugins that the mini program uses or has asked for.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/plugins", tag = "plugins",
    params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The plugins.", body = PluginsList)),
)]
async fn list_plugins(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<PluginsList>, Problem> {
    let plugins = app.platform.plugins.list(&path.component, &path.appid).await?;
    Ok(Answer(PluginsList { plugins: plugins.into_iter().map(Plugin::from).collect() }))
}

/// Asks the owner of a plugin whether the mini program may use it. One that was asked for is left
/// as it is.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/plugins", tag = "plugins",
    params(MiniProgramPath), request_body = ApplyForPlugin,
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "How the application stands.", body = Plugin)),
)]
async fn apply_for_plugin(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<ApplyForPlugin>,
) -> Result<(StatusCode, Answer<Plugin>), Problem> {
    let (component, appid) = (&path.component, &path.appid);
    let plugins = &app.platform.plugins;
    let plugin = plugins.apply(component, appid, &wanted.plugin_appid, &wanted.reason).await?;
    Ok((StatusCode::CREATED, Answer(plugin.into())))
}

/// Uses another version of a plugin.
#[utoipa::path(
    patch, path = "/v1/components/{component}/mini-programs/{appid}/plugins/{plugin_appid}",
    tag = "plugins", params(PluginPath), request_body = UpdatePlugin,
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "That version is in use.")),
)]
async fn update_plugin(
    State(app): State<App>,
    Path(path): Path<PluginPath>,
    Json(wanted): Json<UpdatePlugin>,
) -> Result<StatusCode, Problem> {
    let PluginPath { component, appid, plugin_appid } = &path;
    let version = &wanted.user_version;
    app.platform.plugins.update(component, appid, plugin_appid, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops using a plugin, or takes the application back.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/plugins/{plugin_appid}",
    tag = "plugins", params(PluginPath),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It is not in use any more.")),
)]
async fn unbind_plugin(
    State(app): State<App>,
    Path(path): Path<PluginPath>,
) -> Result<StatusCode, Problem> {
    let PluginPath { component, appid, plugin_appid } = &path;
    app.platform.plugins.unbind(component, appid, plugin_appid).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists who has asked for the plugin that this account owns.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/plugin-applications",
    tag = "plugins", params(MiniProgramPath, ApplicationsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The applications.", body = PluginApplications)),
)]
async fn list_plugin_applications(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<ApplicationsQuery>,
) -> Result<Answer<PluginApplications>, Problem> {
    let page = match query.cursor.as_deref().map(str::parse::<u32>) {
        None => 1,
        Some(Ok(page)) if page > 1 => i64::from(page),
        Some(_) => return Err(Problem::malformed_cursor()),
    };
    let plugins = &app.platform.plugins;
    let found = plugins.applications(&path.component, &path.appid, page, PAGE).await?;
    let next = i64::try_from(found.len()).is_ok_and(|count| count >= PAGE);
    Ok(Answer(PluginApplications {
        applications: found.into_iter().map(Application::from).collect(),
        next_cursor: next.then(|| (page + 1).to_string()),
    }))
}

/// Lets a mini program use the plugin that this account owns.
#[utoipa::path(
    post,
    path = "/v1/components/{component}/mini-programs/{appid}/plugin-applications/{applicant}/approval",
    tag = "plugins", params(ApplicantPath),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It may use the plugin.")),
)]
async fn agree_to_application(
    State(app): State<App>,
    Path(path): Path<ApplicantPath>,
) -> Result<StatusCode, Problem> {
    app.platform.plugins.agree(&path.component, &path.appid, &path.applicant).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses every application that waits: WeChat knows no other way.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/plugin-applications/refusal",
    tag = "plugins", params(MiniProgramPath), request_body = RefuseApplications,
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "They are refused.")),
)]
async fn refuse_applications(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<RefuseApplications>,
) -> Result<StatusCode, Problem> {
    app.platform.plugins.refuse_all(&path.component, &path.appid, &wanted.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets the applications that were refused more than a day ago.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/plugin-applications",
    tag = "plugins", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "They are forgotten.")),
)]
async fn forget_refused_applications(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<StatusCode, Problem> {
    app.platform.plugins.forget_refused(&path.component, &path.appid).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn state(status: PluginStatus) -> &'static str {
    match status {
        PluginStatus::Applying => "applying",
        PluginStatus::Granted => "granted",
        PluginStatus::Refused => "refused",
        PluginStatus::Expired => "expired",
        PluginStatus::Unknown(_) => "unknown",
    }
}

impl From<PluginInUse> for Plugin {
    fn from(plugin: PluginInUse) -> Self {
        Plugin {
            plugin_appid: plugin.appid,
            state: state(plugin.status),
            name: plugin.nickname,
            avatar: plugin.headimgurl,
            user_version: plugin.version,
        }
    }
}

impl From<PluginApplication> for Application {
    fn from(application: PluginApplication) -> Self {
        Application {
            appid: application.appid,
            state: state(application.status),
            name: application.nickname,
            reason: application.reason,
            page: application.apply_url,
            applied_at: application.create_time.map(timestamp),
        }
    }
}
