//! Self-tests: WeChat's check before a platform goes live (全网发布检测), played by ourselves.

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use platform::{
    AppId,
    operators::Operator,
    self_test::{Outcome, Report, Step, TestState},
    text::{Language, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, Json, Path},
    problem::{self, Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(request_self_test)).routes(routes!(show_self_test))
}

/// What is to be tested.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestSelfTest {
    /// Where the deployment is: scheme and host. This one, where it is left out.
    #[serde(default)]
    #[schema(max_length = 2048, example = "https://fleet.example.com")]
    base_url: Option<String>,
}

/// A self-test in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SelfTestPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The test's id.
    id: String,
}

/// A self-test, as far as it has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SelfTest {
    /// Its id.
    id: String,
    /// How it stands.
    state: SelfTestState,
    /// What is tested.
    base_url: String,
    /// Who asked for it: a key's id.
    requested_by: String,
    /// When it was asked for.
    #[schema(format = DateTime)]
    started_at: String,
    /// What was found, a step for each push; empty until all were sent.
    steps: Vec<SelfTestStep>,
}

/// How a self-test stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SelfTestState {
    /// It goes on for a few seconds; ask again.
    Running,
    /// Every step passed.
    Passed,
    /// At least one step did not, and says what to do.
    Failed,
}

/// A step of a self-test.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SelfTestStep {
    /// Which of WeChat's five pairs of test accounts; null for what concerns none.
    #[schema(minimum = 1, maximum = 5)]
    pair: Option<u8>,
    /// The test account.
    appid: Option<String>,
    /// What was tried, in the caller's language.
    what: String,
    /// How it stands.
    state: SelfTestState,
    /// How long the answer took. WeChat waits for 5000.
    milliseconds: u64,
    /// What came of it, in the caller's language.
    result: String,
    /// What to do about it, in the caller's language; null where nothing is to be done.
    what_to_do: Option<String>,
}

/// Tests whether a deployment would pass WeChat's check before a platform goes live: the ticket, the
/// authorization events, and all messages of all five pairs of test accounts are pushed with the real
/// cryptography, and each answer is looked at. What is tested is this deployment, or the one at
/// `base_url`, which must be a public address.
#[utoipa::path(
    post, path = "/v1/components/{component}/self-tests", tag = "components",
    params(ComponentPath), request_body = RequestSelfTest,
    security(("operator_key" = ["administer"])),
    responses((status = 202, description = "It is under way; ask for it by its id.",
        body = SelfTest)),
)]
async fn request_self_test(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(path): Path<ComponentPath>,
    Json(wanted): Json<RequestSelfTest>,
) -> Result<impl IntoResponse, Problem> {
    let component = &path.component;
    let base_url = wanted.base_url.as_deref().map(str::trim);
    let report = app.platform.self_tests.request(&operator.key, component, base_url).await?;
    let location = format!("/v1/components/{component}/self-tests/{}", report.id);
    let location = HeaderValue::try_from(location).expect("ids are letters and digits");
    let answer = Answer(SelfTest::of(report, problem::language(&headers)));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], answer))
}

/// Shows a self-test, as far as it has come. It is kept for ninety days.
#[utoipa::path(
    get, path = "/v1/components/{component}/self-tests/{id}", tag = "components",
    params(SelfTestPath), security(("operator_key" = ["read"])),
    responses((status = 200, description = "The self-test.", body = SelfTest)),
)]
async fn show_self_test(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<SelfTestPath>,
) -> Result<Answer<SelfTest>, Problem> {
    let report = app.platform.self_tests.find(&path.component, &path.id).await?;
    let report = report.ok_or_else(|| {
        Problem::new(Kind::NotFound)
            .field("id")
            .detail(Text::fixed("没有这次自检", "there is no such self-test"))
    })?;
    Ok(Answer(SelfTest::of(report, problem::language(&headers))))
}

impl SelfTest {
    fn of(report: Report, language: Language) -> Self {
        let step = |step: Step| {
            let (result, what_to_do) = step.outcome.words();
            SelfTestStep {
                pair: step.pair,
                appid: step.appid,
                what: step.probe.words().sentence(language),
                state: match step.outcome {
                    Outcome::Passed => SelfTestState::Passed,
                    Outcome::Waiting => SelfTestState::Running,
                    _ => SelfTestState::Failed,
                },
                milliseconds: step.milliseconds,
                result: result.sentence(language),
                what_to_do: what_to_do.map(|text| text.sentence(language)),
            }
        };
        SelfTest {
            id: report.id,
            state: match report.state {
                TestState::Running => SelfTestState::Running,
                TestState::Passed => SelfTestState::Passed,
                TestState::Failed => SelfTestState::Failed,
            },
            base_url: report.base_url,
            requested_by: report.requested_by,
            started_at: report.started_at.to_string(),
            steps: report.steps.into_iter().map(step).collect(),
        }
    }
}
