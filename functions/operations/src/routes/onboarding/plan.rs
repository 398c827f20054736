//! The plan of a component's onboardings.

use axum::{Extension, extract::State};
use platform::{
    fault::Faults,
    onboarding::{KeptPlan, Plan, ReleaseWhen, TrialPart},
    operators::Operator,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{Checked, ComponentPath, IfMatch, Meaning, Path},
    problem::Problem,
    routes::{
        domains::{SetBusinessDomains, SetServerDomains},
        privacy::WriteGuideline,
        profile::AddCategories,
        releases::SubmitReview,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show_onboarding_plan, put_onboarding_plan))
}

/// What a mini program is given on its way to its first release. What is left out is a step left
/// out; each part is what its own route takes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "automatic": true,
    "server_domains": { "domains": { "requestdomain": ["https://api.example.com"] } },
    "business_domains": { "domains": ["https://m.example.com"] },
    "privacy": {
        "owner": { "email": "service@example.com", "notice_method": "弹窗" },
        "statements": [{ "key": "UserInfo", "purpose": "展示头像和昵称" }],
    },
    "testers": ["wxid_tester"],
    "categories": { "categories": [{ "first": 8, "second": 40 }] },
    "trial": {
        "template_id": 12, "user_version": "3.2.0", "user_desc": "首个版本",
        "ext": { "ext": { "shop": "{{shop}}", "title": "{{name}}" } },
    },
    "review": { "version_desc": "首个版本" },
    "release": "on-approval",
}))]
pub(crate) struct WriteOnboardingPlan {
    /// Mini programs that authorize or are registered for the first time begin by themselves.
    #[serde(default)]
    automatic: bool,
    /// As `PUT …/server-domains` takes them.
    server_domains: Option<SetServerDomains>,
    /// As `PUT …/business-domains` takes them.
    business_domains: Option<SetBusinessDomains>,
    /// As `PUT …/privacy/guideline/development` takes it.
    privacy: Option<WriteGuideline>,
    /// WeChat ids of people who may use the trial version, 50 at most.
    #[schema(max_items = 50)]
    testers: Option<Vec<String>>,
    /// As `POST …/categories` takes them.
    categories: Option<AddCategories>,
    /// As `PUT …/trial` takes it, with variables.
    trial: Option<OnboardingTrial>,
    /// As `POST …/review` takes it; needs `trial`. Where it is left out, an operator submits.
    review: Option<SubmitReview>,
    /// How the approved version goes online; left out, the onboarding ends with the approval.
    release: Option<OnboardingRelease>,
}

/// Code to upload for each mini program.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnboardingTrial {
    /// The template, by its number.
    template_id: i64,
    /// The version's name, 64 characters at most.
    #[schema(max_length = 64, example = "3.2.0")]
    user_version: String,
    /// A word about the version, 180 characters at most.
    #[serde(default)]
    #[schema(max_length = 180)]
    user_desc: String,
    /// The settings, WeChat's `ext_json` as an object, with variables such as `{{shop}}` in it:
    /// those of each mini program, and `appid`, `name` and `principal`. `extAppid` is added.
    #[serde(default)]
    #[schema(value_type = Object)]
    ext: Map<String, Value>,
}

/// How an approved version goes online.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnboardingRelease {
    /// An operator releases it.
    ByHand,
    /// As soon as it is approved.
    OnApproval,
}

/// The plan of a component's onboardings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnboardingPlanView {
    /// Goes up by one with every change; 0 where there is no plan yet.
    version: u64,
    /// The plan. Onboardings that have begun keep the one that they began with.
    #[schema(value_type = WriteOnboardingPlan)]
    plan: Plan,
    /// When it was changed last.
    #[schema(format = DateTime)]
    changed_at: Option<String>,
    /// Who changed it last.
    changed_by: Option<String>,
}

/// Shows the plan of a component's onboardings; an empty one where there is none yet.
#[utoipa::path(
    get, path = "/v1/components/{component}/onboarding-plan", tag = "onboarding",
    params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The plan.", body = OnboardingPlanView)),
)]
async fn show_onboarding_plan(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Tagged<OnboardingPlanView>, Problem> {
    let plan = app.platform.onboardings.plan(&path.component).await?;
    Ok(Tagged(plan.into()))
}

/// Replaces the plan of a component's onboardings. Everything that is wrong with it is named at
/// once, by the rules of each part's own route.
#[utoipa::path(
    put, path = "/v1/components/{component}/onboarding-plan", tag = "onboarding",
    params(ComponentPath, IfMatch), request_body = WriteOnboardingPlan,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The plan as it is now.", body = OnboardingPlanView)),
)]
async fn put_onboarding_plan(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<ComponentPath>,
    condition: Condition,
    Checked(wanted): Checked<WriteOnboardingPlan>,
) -> Result<Tagged<OnboardingPlanView>, Problem> {
    let what = format!("/v1/components/{}/onboarding-plan", path.component);
    let onboardings = &app.platform.onboardings;
    let before = onboardings.plan(&path.component).await?;
    let version = before.version;
    condition.check(&app, &what, &OnboardingPlanView::from(before)).await?;
    let plan = Plan::from(wanted);
    let put = onboardings.put_plan(&path.component, version, plan, &operator.name).await?;
    condition.changed(&app, &what).await;
    Ok(Tagged(put.into()))
}

impl Meaning for WriteOnboardingPlan {
    fn faults(&self) -> Faults {
        Plan::from(self.clone()).check()
    }
}

impl From<WriteOnboardingPlan> for Plan {
    fn from(wanted: WriteOnboardingPlan) -> Self {
        Plan {
            automatic: wanted.automatic,
            server_domains: wanted.server_domains.map(Into::into),
            business_domains: wanted.business_domains.map(Into::into),
            privacy: wanted.privacy.map(Into::into),
            testers: wanted.testers,
            categories: wanted.categories.map(Into::into),
            trial: wanted.trial.map(|trial| TrialPart {
                template_id: trial.template_id,
                user_version: trial.user_version,
                user_desc: trial.user_desc,
                ext: trial.ext,
            }),
            review: wanted.review.map(Into::into),
            release: wanted.release.map(|release| match release {
                OnboardingRelease::ByHand => ReleaseWhen::ByHand,
                OnboardingRelease::OnApproval => ReleaseWhen::OnApproval,
            }),
        }
    }
}

impl From<KeptPlan> for OnboardingPlanView {
    fn from(kept: KeptPlan) -> Self {
        OnboardingPlanView {
            version: kept.version,
            plan: kept.plan,
            changed_at: kept.changed_at.map(|at| at.to_string()),
            changed_by: kept.changed_by,
        }
    }
}
