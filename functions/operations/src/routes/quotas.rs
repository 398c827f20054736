//! How much is left of what WeChat counts.

use axum::{Json as Answer, extract::State, http::HeaderMap};
use jiff::Timestamp;
use platform::{
    counters::{Period, Quota},
    text::Language,
    tokens::Subject,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, MiniProgramPath, Path, Query},
    problem::{self, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_component_quotas))
        .routes(routes!(show_mini_program_quotas))
}

/// Whether WeChat is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuotasQuery {
    /// `false`: what is on record, and WeChat is not asked.
    fresh: Option<bool>,
}

/// Everything that WeChat counts for an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaList {
    /// One entry for each thing and period.
    quotas: Vec<QuotaView>,
}

/// Something that WeChat counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaView {
    /// What it is; stable.
    #[schema(example = "withdrawals")]
    counted: &'static str,
    /// The same in words.
    #[schema(example = "撤回审核")]
    title: String,
    /// `day`, `month`, `year` or `life`: when it begins again, by Beijing time.
    #[schema(value_type = String, example = "day")]
    period: Period,
    /// How many were used in the present period.
    #[schema(minimum = 0, example = 2)]
    used: i64,
    /// How many there may be; null while WeChat has not told.
    #[schema(example = 5)]
    most: Option<i64>,
    /// How many are left; null while WeChat has not told how many there are.
    #[schema(example = 3)]
    left: Option<i64>,
    /// When the next period begins; null where nothing ever comes back.
    #[schema(format = DateTime)]
    renews_at: Option<String>,
    /// When nothing will be left if it goes on as it did since the period began; null where it lasts
    /// until the next, and in the first tenth of a period.
    #[schema(format = DateTime)]
    runs_out_at: Option<String>,
    /// When WeChat told its own numbers last; null where only this platform counts.
    #[schema(format = DateTime)]
    told_at: Option<String>,
}

/// Shows what WeChat counts for all mini programs of a component together: reviews, hurried
/// reviews, changes of the platform's own domains.
#[utoipa::path(
    get, path = "/v1/components/{component}/quotas", tag = "quotas",
    params(ComponentPath, QuotasQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The quotas.", body = QuotaList)),
)]
async fn show_component_quotas(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<ComponentPath>,
    Query(query): Query<QuotasQuery>,
) -> Result<Answer<QuotaList>, Problem> {
    let quotas = match query.fresh {
        Some(false) => app.platform.counters.show(&Subject::Component(path.component)).await?,
        _ => app.platform.quotas.of_component(&path.component).await?,
    };
    Ok(Answer(QuotaList::of(quotas, app.platform.clock.now(), problem::language(&headers))))
}

/// Shows what WeChat counts for a mini program: withdrawals, changes of domains and of the
/// profile, codes.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/quotas", tag = "quotas",
    params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The quotas.", body = QuotaList)),
)]
async fn show_mini_program_quotas(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<QuotaList>, Problem> {
    let quotas = app.platform.quotas.of_mini_program(&path.component, &path.appid).await?;
    Ok(Answer(QuotaList::of(quotas, app.platform.clock.now(), problem::language(&headers))))
}

impl QuotaList {
    fn of(quotas: Vec<Quota>, now: Timestamp, language: Language) -> Self {
        let view = |quota: Quota| QuotaView {
            counted: quota.counted.name(),
            title: quota.counted.words().read(language).to_owned(),
            period: quota.period,
            used: quota.used,
            most: quota.most,
            left: quota.left(),
            renews_at: quota.renews_at.map(|at| at.to_string()),
            runs_out_at: quota.runs_out_at(now).map(|at| at.to_string()),
            told_at: quota.told_at.map(|at| at.to_string()),
        };
        QuotaList { quotas: quotas.into_iter().map(view).collect() }
    }
}
