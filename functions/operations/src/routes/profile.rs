//! How a mini program presents itself: name, avatar, introduction, searchability.

mod categories;
mod views;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use platform::profile::{Crop, NameCheck, NameOrder, NameState, ProfileRecord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(in crate::routes) use self::categories::AddCategories;
use self::views::{MaterialView, NameCheckView, ProfileView};
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{File, IfMatch, Json, MiniProgramPath, Path, Query},
    problem::{self, Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_profile))
        .routes(routes!(check_name))
        .routes(routes!(set_name))
        .routes(routes!(set_avatar))
        .routes(routes!(set_introduction))
        .routes(routes!(show_searchability, set_searchability))
        .routes(routes!(keep_material))
        .merge(categories::router())
}

/// Where the profile is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProfileQuery {
    /// False shows what is on record, and asks nobody; true, which it is where nothing is said, asks
    /// WeChat and puts it on record.
    fresh: Option<bool>,
}

/// A name to be looked up.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NameQuery {
    /// The name, 1 to 30 characters.
    #[param(example = "城南面馆")]
    name: String,
}

/// A name to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "城南面馆", "license": "MEDIA_ID" }))]
pub(crate) struct SetName {
    /// The name, 1 to 30 characters, without 小程序.
    #[schema(min_length = 1, max_length = 30)]
    name: String,
    /// A person's identity card: a `media_id` of `materials`.
    id_card: Option<String>,
    /// An organisation's licence: a `media_id` of `materials`.
    license: Option<String>,
    /// Other proofs, such as a trade mark's certificate: `media_id`s of `materials`.
    #[serde(default)]
    #[schema(max_items = 5)]
    other_materials: Vec<String>,
}

/// What of the picture is cut out. All four, or none for the largest square in the middle.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CropQuery {
    /// The left edge, as a fraction of the width, 0 to 1.
    x1: Option<f64>,
    /// The upper edge, as a fraction of the height, 0 to 1.
    y1: Option<f64>,
    /// The right edge, greater than the left one.
    x2: Option<f64>,
    /// The lower edge, greater than the upper one.
    y2: Option<f64>,
}

/// An introduction.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "introduction": "招牌牛肉面，现点现做，到店自取或外卖。" }))]
pub(crate) struct SetIntroduction {
    /// 4 to 120 characters.
    #[schema(min_length = 2, max_length = 120)]
    introduction: String,
}

/// Whether the mini program can be found by searching.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "searchable": true }))]
pub(crate) struct SetSearchability {
    /// True if it can.
    searchable: bool,
}

/// Whether the mini program can be found by searching, as WeChat says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Searchability {
    /// True if it can; null where WeChat answers with something that nobody has met.
    searchable: Option<bool>,
}

/// Shows the profile: what WeChat says, which changes are left, and what is being reviewed.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/profile", tag = "profile",
    params(MiniProgramPath, ProfileQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The profile.", body = ProfileView)),
)]
async fn show_profile(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<ProfileQuery>,
) -> Result<Tagged<ProfileView>, Problem> {
    let profiles = &app.platform.profiles;
    let record = match query.fresh {
        Some(false) => {
            let account = app.platform.mini_programs.find(&path.component, &path.appid).await?;
            account.ok_or_else(|| Problem::new(Kind::NotFound).field("appid"))?;
            profiles.record(&path.component, &path.appid).await?
        }
        _ => profiles.show(&path.component, &path.appid).await?,
    };
    Ok(Tagged(record.into()))
}

/// The profile as a request's condition knows it: the record, which each change and each look at WeChat
/// moves on.
async fn last_seen(app: &App, path: &MiniProgramPath) -> Result<ProfileView, Problem> {
    Ok(app.platform.profiles.record(&path.component, &path.appid).await?.into())
}

/// Asks WeChat whether a name could be given: as it is, with proofs, or not at all.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/profile/name-check",
    tag = "profile", params(MiniProgramPath, NameQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "What WeChat says.", body = NameCheckView)),
)]
async fn check_name(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<NameQuery>,
) -> Result<Answer<NameCheckView>, Problem> {
    let profiles = &app.platform.profiles;
    let check = profiles.check_name(&path.component, &path.appid, &query.name).await?;
    let language = problem::language(&headers);
    Ok(Answer(match check {
        NameCheck::Free => NameCheckView { usable: true, ..NameCheckView::default() },
        NameCheck::NeedsProof(wording) => NameCheckView {
            usable: true,
            needs_proof: true,
            wording: Some(wording).filter(|wording| !wording.is_empty()),
            ..NameCheckView::default()
        },
        NameCheck::Refused { errcode, cause, what_to_do } => NameCheckView {
            errcode: Some(errcode),
            cause: Some(cause.sentence(language)),
            what_to_do: Some(what_to_do.sentence(language)),
            ..NameCheckView::default()
        },
    }))
}

/// Gives the mini program a name. WeChat allows two changes in a calendar year; the one in force
/// costs none. Names that need proof are reviewed.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/profile/name",
    tag = "profile", params(MiniProgramPath, IfMatch), request_body = SetName,
    security(("operator_key" = ["release"])),
    responses(
        (status = 200, description = "It is in force.", body = ProfileView),
        (status = 202, description = "It is in review, or WeChat has not answered, about which it \
            is asked by itself.", body = ProfileView),
    ),
)]
async fn set_name(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Json(wanted): Json<SetName>,
) -> Result<(StatusCode, Tagged<ProfileView>), Problem> {
    let what = path.within("profile");
    condition.guard(&app, &what, last_seen(&app, &path)).await?;
    let order = NameOrder {
        name: wanted.name,
        id_card: wanted.id_card,
        license: wanted.license,
        other_materials: wanted.other_materials,
    };
    let record = app.platform.profiles.set_name(&path.component, &path.appid, &order).await?;
    condition.changed(&app, &what).await;
    let waits = |record: &ProfileRecord| {
        let name = record.name.as_ref();
        name.is_some_and(|it| matches!(it.state, NameState::Asking | NameState::InReview))
    };
    let status = if waits(&record) { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Tagged(record.into())))
}

/// Sets the avatar: a PNG, JPEG, GIF or BMP of 2 MB at most as the body. The same picture again,
/// cut alike, costs none of the month's changes.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/profile/avatar",
    tag = "profile", params(MiniProgramPath, CropQuery, IfMatch),
    request_body(description = "The picture; what is in it tells what it is.", content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"),
        (Vec<u8> = "image/bmp"),
    )),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is in force.", body = ProfileView)),
)]
async fn set_avatar(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<CropQuery>,
    condition: Condition,
    File(file): File,
) -> Result<Tagged<ProfileView>, Problem> {
    let what = path.within("profile");
    condition.guard(&app, &what, last_seen(&app, &path)).await?;
    let crop = match (query.x1, query.y1, query.x2, query.y2) {
        (None, None, None, None) => None,
        (x1, y1, x2, y2) => Some(Crop {
            x1: x1.unwrap_or(0.0),
            y1: y1.unwrap_or(0.0),
            x2: x2.unwrap_or(1.0),
            y2: y2.unwrap_or(1.0),
        }),
    };
    let profiles = &app.platform.profiles;
    let record = profiles.set_avatar(&path.component, &path.appid, file, crop).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(record.into()))
}

/// Sets the introduction. WeChat allows five changes a month; the one in force costs none.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/profile/introduction",
    tag = "profile", params(MiniProgramPath, IfMatch), request_body = SetIntroduction,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is in force.", body = ProfileView)),
)]
async fn set_introduction(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Json(wanted): Json<SetIntroduction>,
) -> Result<Tagged<ProfileView>, Problem> {
    let what = path.within("profile");
    condition.guard(&app, &what, last_seen(&app, &path)).await?;
    let profiles = &app.platform.profiles;
    let record =
        profiles.set_introduction(&path.component, &path.appid, &wanted.introduction).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(record.into()))
}

/// Asks WeChat whether the mini program can be found by searching.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/profile/searchability",
    tag = "profile", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "Whether it can.", body = Searchability)),
)]
async fn show_searchability(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Tagged<Searchability>, Problem> {
    Ok(Tagged(searchability(&app, &path).await?))
}

async fn searchability(app: &App, path: &MiniProgramPath) -> Result<Searchability, Problem> {
    let searchable = app.platform.profiles.searchable(&path.component, &path.appid).await?;
    Ok(Searchability { searchable })
}

/// Decides whether the mini program can be found by searching.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/profile/searchability",
    tag = "profile", params(MiniProgramPath, IfMatch), request_body = SetSearchability,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is so.", body = Searchability)),
)]
async fn set_searchability(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Json(wanted): Json<SetSearchability>,
) -> Result<Tagged<Searchability>, Problem> {
    let what = path.within("profile/searchability");
    condition.guard(&app, &what, searchability(&app, &path)).await?;
    let profiles = &app.platform.profiles;
    profiles.set_searchable(&path.component, &path.appid, wanted.searchable).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(Searchability { searchable: Some(wanted.searchable) }))
}

/// Puts a proof or a document into WeChat's keeping, for three days: a PNG, JPEG, GIF or BMP of
/// 2 MB at most as the body. Names and categories are asked for with its `media_id`.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/materials",
    tag = "profile", params(MiniProgramPath),
    request_body(description = "The picture; what is in it tells what it is.", content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"),
        (Vec<u8> = "image/bmp"),
    )),
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "WeChat keeps it.", body = MaterialView)),
)]
async fn keep_material(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    File(file): File,
) -> Result<(StatusCode, Answer<MaterialView>), Problem> {
    let kept = app.platform.profiles.keep_material(&path.component, &path.appid, file).await?;
    Ok((StatusCode::CREATED, Answer(kept.into())))
}
