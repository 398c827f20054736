//! Drafts and the template library.

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::AppId;

use super::timestamp;
use crate::{
    App,
    extract::{ComponentPath, Json, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_drafts))
        .routes(routes!(list_templates, add_template))
        .routes(routes!(delete_template))
}

/// What developers have uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftList {
    /// The newest upload of each development mini program.
    drafts: Vec<Draft>,
}

/// An upload.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Draft {
    /// Its number at WeChat.
    draft_id: i64,
    /// The developer's version.
    user_version: String,
    /// The developer's description.
    user_desc: String,
    /// Who uploaded it.
    developer: Option<String>,
    /// The development mini program's appid.
    source_miniprogram_appid: Option<String>,
    /// When it was uploaded.
    #[schema(format = DateTime)]
    created_at: Option<String>,
}

/// The template library.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateList {
    /// Its templates; WeChat keeps 200 at most.
    templates: Vec<Template>,
}

/// A template.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Template {
    /// Its number at WeChat.
    template_id: i64,
    /// The developer's version.
    user_version: String,
    /// The developer's description.
    user_desc: String,
    /// Who uploaded it.
    developer: Option<String>,
    /// The development mini program's appid.
    source_miniprogram_appid: Option<String>,
    /// When it came into the library.
    #[schema(format = DateTime)]
    created_at: Option<String>,
}

/// A draft to be put into the library.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddTemplate {
    /// Its number at WeChat.
    draft_id: i64,
}

/// A template in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TemplatePath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The template's number at WeChat.
    template_id: i64,
}

/// Lists the drafts.
#[utoipa::path(
    get, path = "/v1/components/{component}/drafts", tag = "templates", params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The drafts.", body = DraftList)),
)]
async fn list_drafts(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<DraftList>, Problem> {
    let drafts = app.platform.templates.drafts(&path.component).await?;
    Ok(Answer(DraftList { drafts: drafts.into_iter().map(Draft::from).collect() }))
}

/// Lists the library.
#[utoipa::path(
    get, path = "/v1/components/{component}/templates", tag = "templates", params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The templates.", body = TemplateList)),
)]
async fn list_templates(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<TemplateList>, Problem> {
    let templates = app.platform.templates.list(&path.component).await?;
    Ok(Answer(TemplateList { templates: templates.into_iter().map(Template::from).collect() }))
}

/// Puts a draft into the library, and answers which template it became.
#[utoipa::path(
    post, path = "/v1/components/{component}/templates", tag = "templates", params(ComponentPath),
    request_body = AddTemplate,
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "The template.", body = Template)),
)]
async fn add_template(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Json(wanted): Json<AddTemplate>,
) -> Result<(StatusCode, Answer<Template>), Problem> {
    let template = app.platform.templates.add(&path.component, wanted.draft_id).await?;
    Ok((StatusCode::CREATED, Answer(template.into())))
}

/// Takes a template out of the library. Versions that were made from it stay.
#[utoipa::path(
    delete, path = "/v1/components/{component}/templates/{template_id}", tag = "templates",
    params(TemplatePath),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It is gone.")),
)]
async fn delete_template(
    State(app): State<App>,
    Path(path): Path<TemplatePath>,
) -> Result<StatusCode, Problem> {
    app.platform.templates.delete(&path.component, path.template_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<wechat::endpoint::Draft> for Draft {
    fn from(draft: wechat::endpoint::Draft) -> Self {
        Draft {
            draft_id: draft.draft_id,
            user_version: draft.user_version,
            user_desc: draft.user_desc,
            developer: draft.developer,
            source_miniprogram_appid: draft.source_miniprogram_appid,
            created_at: draft.create_time.map(timestamp),
        }
    }
}

impl From<wechat::endpoint::Template> for Template {
    fn from(template: wechat::endpoint::Template) -> Self {
        Template {
            template_id: template.template_id,
            user_version: template.user_version,
            user_desc: template.user_desc,
            developer: template.developer,
            source_miniprogram_appid: template.source_miniprogram_appid,
            created_at: template.create_time.map(timestamp),
        }
    }
}
