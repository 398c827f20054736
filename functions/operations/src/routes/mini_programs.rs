//! The merchants' accounts, from our own records, and what operators write on them.

mod labels;
mod reviews;

use axum::{Json as Answer, extract::State};
use platform::{
    AppId,
    mini_programs::{AuthorizationState, MAX_PAGE, MiniProgram, Variables},
    tokens::Subject,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{components::TokenHealth, timestamp};
use crate::{
    App,
    extract::{ComponentPath, MiniProgramPath, Path, Query},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_mini_programs))
        .routes(routes!(show_mini_program))
        .merge(labels::router())
        .merge(reviews::router())
}

/// Where in a list to begin, and how much of it to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200; 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// Accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MiniProgramList {
    /// In the order of their appids.
    mini_programs: Vec<Account>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
}

/// A merchant's account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// Its appid.
    #[schema(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// The name that users see; empty for an account that has none yet.
    name: String,
    /// The company or person that owns it.
    principal: String,
    /// The original id, `gh_…`.
    user_name: String,
    /// The address of the avatar.
    avatar: Option<String>,
    /// The introduction.
    introduction: Option<String>,
    /// Its categories, first and second class.
    categories: Vec<[String; 2]>,
    /// The platform may act for it.
    authorized: bool,
    /// When it was last authorized.
    #[schema(format = DateTime)]
    authorized_at: Option<String>,
    /// When the authorization was last withdrawn.
    #[schema(format = DateTime)]
    unauthorized_at: Option<String>,
    /// The permission sets that it granted.
    permission_sets: Vec<i64>,
    /// Those that the platform needs and did not get.
    missing_permission_sets: Vec<i64>,
    /// What operators sort it by.
    tags: Vec<String>,
}

/// A merchant's account with the state of its token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountHealth {
    /// The account.
    #[serde(flatten)]
    account: Account,
    /// What its settings (`ext_json`) are filled in with.
    #[schema(value_type = Object, example = json!({"shop": "8812"}))]
    variables: Variables,
    /// Its access token; null if there never was one.
    token: Option<TokenHealth>,
}

/// Lists the accounts of a component.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs", tag = "mini-programs",
    params(ComponentPath, ListQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The accounts.", body = MiniProgramList)),
)]
async fn list_mini_programs(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<MiniProgramList>, Problem> {
    let known = app.platform.secrets.component(&path.component).await?;
    let limit = query.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let mini_programs = &app.platform.mini_programs;
    let page = mini_programs.list(&known.appid, query.cursor.as_deref(), limit).await?;
    Ok(Answer(MiniProgramList {
        mini_programs: page.items.into_iter().map(Account::from).collect(),
        next_cursor: page.next,
    }))
}

/// Shows an account.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}", tag = "mini-programs",
    params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The account.", body = AccountHealth)),
)]
async fn show_mini_program(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<AccountHealth>, Problem> {
    let MiniProgramPath { component, appid } = path;
    app.platform.secrets.component(&component).await?;
    let account = app.platform.mini_programs.find(&component, &appid).await?;
    let account = account.ok_or_else(|| Problem::new(Kind::NotFound).field("appid"))?;
    let item = app.platform.tokens.read(&Subject::merchant(&component, &appid)).await?;
    let now = app.platform.clock.now();
    let token = item.map(|item| TokenHealth::of(item, now));
    let variables = account.variables.clone();
    Ok(Answer(AccountHealth { account: account.into(), variables, token }))
}

impl From<MiniProgram> for Account {
    fn from(account: MiniProgram) -> Self {
        let profile = account.profile;
        let categories = profile.categories.into_iter();
        let authorization = account.authorization;
        Account {
            appid: account.appid,
            name: profile.nick_name,
            principal: profile.principal_name,
            user_name: profile.user_name,
            avatar: profile.head_img,
            introduction: profile.signature,
            categories: categories.map(|category| [category.first, category.second]).collect(),
            authorized: authorization.state == AuthorizationState::Authorized,
            authorized_at: authorization.authorized_at.map(|at| timestamp(at.as_second())),
            unauthorized_at: authorization.unauthorized_at.map(|at| timestamp(at.as_second())),
            permission_sets: account.permission_sets,
            missing_permission_sets: account.missing_permission_sets,
            tags: account.tags,
        }
    }
}
