//! Service categories.

use axum::{Json as Answer, extract::State, http::StatusCode};
use jiff::Timestamp;
use platform::{
    AppId,
    onboarding::CategoriesPart,
    profile::{CategoryOrder, CategoryTree, DocumentOrder},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::views::ProfileView;
use crate::{
    App,
    extract::{Json, MiniProgramPath, Path, Query},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_categories, add_categories))
        .routes(routes!(list_available_categories))
        .routes(routes!(change_category, delete_category))
}

/// Whose categories.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AvailableQuery {
    /// A kind of owner; this mini program's own where it is left out.
    #[param(inline)]
    owner: Option<Owner>,
}

/// Kinds of owners.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CategoryOwner)]
pub(crate) enum Owner {
    /// A person.
    Person,
    /// A company.
    Company,
    /// Media.
    Media,
    /// Government.
    Government,
    /// Others.
    Other,
}

/// The categories that there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AvailableCategories {
    /// Of both levels, in WeChat's order.
    categories: Vec<AvailableCategory>,
}

/// A category that there is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AvailableCategory {
    /// Its number.
    #[schema(example = 39)]
    id: i64,
    /// Its name.
    #[schema(example = "在线教育")]
    name: String,
    /// 1 or 2.
    #[schema(example = 2)]
    level: Option<i64>,
    /// The number of the category above; 0 for one of the first level.
    #[schema(example = 8)]
    parent: Option<i64>,
    /// The documents that it takes: one of each of these lists.
    documents: Vec<Vec<AvailableDocument>>,
    /// A remark of WeChat's.
    remark: Option<String>,
}

/// A document that a category takes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AvailableDocument {
    /// Its name, to be repeated in the order.
    #[schema(example = "《办学许可证》")]
    name: String,
    /// An example of it.
    example: Option<String>,
}

/// Categories to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "categories": [{
    "first": 8, "second": 39,
    "documents": [{ "name": "《办学许可证》", "media_id": "MEDIA_ID", "permanent": true }],
}] }))]
pub(crate) struct AddCategories {
    /// The categories, one to twenty.
    #[schema(min_items = 1, max_items = 20)]
    categories: Vec<WantedCategory>,
    /// Why more than the usual five are needed; asked for by WeChat with 53310.
    #[schema(max_length = 300)]
    reason: Option<String>,
}

/// A category to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedCategory {
    /// The first level's number.
    first: i64,
    /// The second level's number.
    second: i64,
    /// Its documents, as `categories/available` names them.
    #[serde(default)]
    documents: Vec<WantedDocument>,
}

/// A document that is shown.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedDocument {
    /// Its name.
    name: String,
    /// Its picture: a `media_id` of `materials`.
    media_id: String,
    /// Until when it is good.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// It is good for ever.
    #[serde(default)]
    permanent: bool,
}

/// Other documents for a category.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "documents": [{ "name": "《办学许可证》", "media_id": "MEDIA_ID", "permanent": true }],
}))]
pub(crate) struct ChangeCategory {
    /// All of its documents.
    documents: Vec<WantedDocument>,
}

/// A category of a mini program in the path.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct CategoryPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// The first level's number.
    #[param(example = 8)]
    first: i64,
    /// The second level's number.
    #[param(example = 39)]
    second: i64,
}

/// Lists the categories of a mini program with their reviews, and the changes that are left.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/categories", tag = "profile",
    params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The profile with them.", body = ProfileView)),
)]
async fn list_categories(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<ProfileView>, Problem> {
    let record = app.platform.profiles.categories(&path.component, &path.appid).await?;
    Ok(Answer(record.into()))
}

/// Lists the categories that there are, with the documents that they take.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/categories/available",
    tag = "profile", params(MiniProgramPath, AvailableQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The categories.", body = AvailableCategories)),
)]
async fn list_available_categories(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<AvailableQuery>,
) -> Result<Answer<AvailableCategories>, Problem> {
    let owner = query.owner.map(|owner| match owner {
        Owner::Person => 0,
        Owner::Company => 1,
        Owner::Media => 2,
        Owner::Government => 3,
        Owner::Other => 4,
    });
    let profiles = &app.platform.profiles;
    let tree = profiles.category_tree(&path.component, &path.appid, owner).await?;
    Ok(Answer(tree.into()))
}

/// Adds categories. Those that take documents are reviewed. The order is compared with WeChat's own
/// list of categories before it costs one of the month's changes; those that are there stay.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/categories", tag = "profile",
    params(MiniProgramPath), request_body = AddCategories,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The profile with them.", body = ProfileView)),
)]
async fn add_categories(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<AddCategories>,
) -> Result<Answer<ProfileView>, Problem> {
    let CategoriesPart { categories, reason } = wanted.into();
    let (profiles, reason) = (&app.platform.profiles, reason.as_deref());
    let record = profiles.add_categories(&path.component, &path.appid, &categories, reason).await?;
    Ok(Answer(record.into()))
}

/// Shows other documents for a category that was rejected.
#[utoipa::path(
    put,
    path = "/v1/components/{component}/mini-programs/{appid}/categories/{first}/{second}",
    tag = "profile", params(CategoryPath), request_body = ChangeCategory,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The profile with it.", body = ProfileView)),
)]
async fn change_category(
    State(app): State<App>,
    Path(path): Path<CategoryPath>,
    Json(wanted): Json<ChangeCategory>,
) -> Result<Answer<ProfileView>, Problem> {
    let order = CategoryOrder {
        first: path.first,
        second: path.second,
        documents: wanted.documents.into_iter().map(DocumentOrder::from).collect(),
    };
    let profiles = &app.platform.profiles;
    let record = profiles.change_category(&path.component, &path.appid, &order).await?;
    Ok(Answer(record.into()))
}

/// Takes a category away; one that is gone already is a success.
#[utoipa::path(
    delete,
    path = "/v1/components/{component}/mini-programs/{appid}/categories/{first}/{second}",
    tag = "profile", params(CategoryPath),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It is gone.")),
)]
async fn delete_category(
    State(app): State<App>,
    Path(path): Path<CategoryPath>,
) -> Result<StatusCode, Problem> {
    let CategoryPath { component, appid, first, second } = path;
    app.platform.profiles.delete_category(&component, &appid, first, second).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<AddCategories> for CategoriesPart {
    fn from(wanted: AddCategories) -> Self {
        let order = |category: WantedCategory| CategoryOrder {
            first: category.first,
            second: category.second,
            documents: category.documents.into_iter().map(DocumentOrder::from).collect(),
        };
        CategoriesPart {
            categories: wanted.categories.into_iter().map(order).collect(),
            reason: wanted.reason,
        }
    }
}

impl From<WantedDocument> for DocumentOrder {
    fn from(document: WantedDocument) -> Self {
        DocumentOrder {
            name: document.name,
            media_id: document.media_id,
            expires_at: document.expires_at,
            permanent: document.permanent,
        }
    }
}

impl From<CategoryTree> for AvailableCategories {
    fn from(tree: CategoryTree) -> Self {
        let categories = tree.0.into_iter().map(|node| {
            let qualify = node.qualify.filter(|_| node.sensitive_type == Some(1));
            let remark = qualify.as_ref().and_then(|qualify| qualify.remark.clone());
            let lists = qualify.into_iter().flat_map(|qualify| qualify.exter_list);
            AvailableCategory {
                id: node.id,
                name: node.name.unwrap_or_default(),
                level: node.level,
                parent: node.father,
                documents: lists
                    .map(|any| any.inner_list.into_iter().map(AvailableDocument::from).collect())
                    .collect(),
                remark: remark.filter(|remark| !remark.is_empty()),
            }
        });
        AvailableCategories { categories: categories.collect() }
    }
}

impl From<wechat::endpoint::QualificationDocument> for AvailableDocument {
    fn from(document: wechat::endpoint::QualificationDocument) -> Self {
        AvailableDocument {
            name: document.name,
            example: document.url.filter(|url| !url.is_empty()),
        }
    }
}
