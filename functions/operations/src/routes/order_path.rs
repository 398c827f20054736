//! The page that WeChat's order centre (订单中心) opens.

use axum::{Json as Answer, extract::State, http::StatusCode};
use platform::{
    AppId,
    fault::Faults,
    order_path::{OrderPage, OrderPageOrder, OrderPageState, OrderPath},
    records::Current,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::releases::known;
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{Checked, ComponentPath, IfMatch, Json, Meaning, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_order_path, apply_for_order_path))
        .routes(routes!(refresh_order_path))
        .routes(routes!(apply_for_order_paths))
}

/// A page, and how the reviewer gets there.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyForOrderPath {
    /// The page, without a leading slash or a query.
    #[schema(example = "pages/orders/index")]
    path: String,
    /// Addresses of pictures, ten at most.
    #[serde(default)]
    #[schema(example = json!(["https://www.example.com/orders.png"]))]
    pictures: Vec<String>,
    /// The address of a video.
    #[serde(default)]
    #[schema(example = "https://www.example.com/orders.mp4")]
    video: Option<String>,
    /// An account for the reviewer.
    #[serde(default)]
    test_account: Option<String>,
    /// Its password. It goes to WeChat and is kept nowhere here.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    test_password: Option<SecretString>,
    /// A word to the reviewer.
    #[serde(default)]
    remark: Option<String>,
}

/// One page for many mini programs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyForOrderPaths {
    /// The mini programs, a hundred at most.
    #[schema(value_type = Vec<String>, example = json!(["wxf8b4f85f3a794e77"]))]
    appids: Vec<AppId>,
    /// The page.
    page: ApplyForOrderPath,
}

/// What was applied for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderPathsApplied {
    /// The mini programs. WeChat tells afterwards of each whether it took the application.
    #[schema(value_type = Vec<String>)]
    appids: Vec<AppId>,
}

/// The order page of a mini program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderPathView {
    /// Goes up by one with every change; 0 where WeChat was never asked.
    version: u64,
    /// The page in force.
    live: Option<OrderPageView>,
    /// The page that was last applied for, unless it is in force.
    review: Option<OrderPageView>,
    /// When WeChat was last asked.
    #[schema(format = DateTime)]
    asked_at: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderPageView {
    /// The page.
    #[schema(example = "pages/orders/index")]
    path: String,
    /// `in-review`, `refused`, `in-force` or `not-taken`.
    #[schema(value_type = String, example = "in-review")]
    state: OrderPageState,
    /// When it was applied for.
    #[schema(format = DateTime)]
    applied_at: Option<String>,
    /// WeChat's number of the review.
    audit_id: Option<i64>,
    /// Why it was refused.
    reason: Option<String>,
}

impl Meaning for ApplyForOrderPath {
    fn faults(&self) -> Faults {
        OrderPageOrder::from(self.clone()).check()
    }
}

/// Shows the order page, as last known.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/order-path",
    tag = "order-path", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The page.", body = OrderPathView)),
)]
async fn show_order_path(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Tagged<OrderPathView>, Problem> {
    known(&app, &path.component, &path.appid).await?;
    Ok(Tagged(order_path(&app, &path).await?))
}

async fn order_path(app: &App, path: &MiniProgramPath) -> Result<OrderPathView, Problem> {
    Ok(app.platform.order_paths.show(&path.component, &path.appid).await?.into())
}

/// Asks WeChat for the page in force and the one in review.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/order-path/refresh",
    tag = "order-path", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The page.", body = OrderPathView)),
)]
async fn refresh_order_path(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<OrderPathView>, Problem> {
    let current = app.platform.order_paths.ask(&path.component, &path.appid).await?;
    Ok(Answer(current.into()))
}

/// Applies for an order page. Mini programs that sell need one before a review.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/order-path",
    tag = "order-path", params(MiniProgramPath, IfMatch), request_body = ApplyForOrderPath,
    security(("operator_key" = ["release"])),
    responses((status = 202, description = "It was applied for.", body = OrderPathView)),
)]
async fn apply_for_order_path(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Checked(wanted): Checked<ApplyForOrderPath>,
) -> Result<(StatusCode, Tagged<OrderPathView>), Problem> {
    let order_paths = &app.platform.order_paths;
    known(&app, &path.component, &path.appid).await?;
    let what = path.within("order-path");
    condition.guard(&app, &what, order_path(&app, &path)).await?;
    let current = order_paths.apply(&path.component, &path.appid, &wanted.into()).await?;
    condition.changed(&app, &what).await;
    Ok((StatusCode::ACCEPTED, Tagged(current.into())))
}

/// Applies for one order page in up to a hundred mini programs.
#[utoipa::path(
    post, path = "/v1/components/{component}/order-paths",
    tag = "order-path", params(ComponentPath), request_body = ApplyForOrderPaths,
    security(("operator_key" = ["release"])),
    responses((status = 202, description = "It was applied for.", body = OrderPathsApplied)),
)]
async fn apply_for_order_paths(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Json(wanted): Json<ApplyForOrderPaths>,
) -> Result<(StatusCode, Answer<OrderPathsApplied>), Problem> {
    let ApplyForOrderPaths { appids, page } = wanted;
    app.platform.order_paths.apply_in_many(&path.component, &appids, &page.into()).await?;
    Ok((StatusCode::ACCEPTED, Answer(OrderPathsApplied { appids })))
}

impl From<ApplyForOrderPath> for OrderPageOrder {
    fn from(body: ApplyForOrderPath) -> Self {
        OrderPageOrder {
            path: body.path,
            pictures: body.pictures,
            video: body.video,
            test_account: body.test_account,
            test_password: body.test_password,
            remark: body.remark,
        }
    }
}

impl From<Current<OrderPath>> for OrderPathView {
    fn from(current: Current<OrderPath>) -> Self {
        let Current { version, record } = current;
        OrderPathView {
            version,
            live: record.live.map(OrderPageView::from),
            review: record.review.map(OrderPageView::from),
            asked_at: record.asked_at.map(|time| time.to_string()),
        }
    }
}

impl From<OrderPage> for OrderPageView {
    fn from(page: OrderPage) -> Self {
        OrderPageView {
            path: page.path,
            state: page.state,
            applied_at: page.applied_at.map(|time| time.to_string()),
            audit_id: page.audit_id,
            reason: page.reason,
        }
    }
}
