//! The board: where every mini program is on its way to its first release.

use axum::{Json as Answer, extract::State as Extract, http::HeaderMap};
use platform::{
    AppId,
    onboarding::{Board, Count, Filter, Listed, MAX_ROWS, Stage, State, Step, Whom},
    text::Language,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::views::{OnboardingStage, OnboardingState, OnboardingWhom};
use crate::{
    App,
    extract::{ComponentPath, Path, Query},
    problem::{self, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list_onboardings))
}

/// What is looked for, where to begin, and how much of it to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OnboardingsQuery {
    /// Those in this column.
    stage: Option<OnboardingStage>,
    /// Those that stand so.
    state: Option<OnboardingState>,
    /// Those that wait for somebody, or that somebody has to mend something for.
    whom: Option<OnboardingWhom>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 200; 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A part of the board. All words are in the caller's language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnboardingBoard {
    /// The onboardings, in the order of their appids.
    onboardings: Vec<OnboardingRow>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
    /// Every column with how many there are, whatever is looked for; with the first part alone.
    stages: Option<Vec<OnboardingColumn>>,
}

/// An onboarding in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnboardingRow {
    /// The mini program.
    #[schema(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// Its name, as last known.
    #[schema(example = "城南面馆")]
    name: Option<String>,
    /// The column in which it stands.
    #[schema(value_type = OnboardingStage)]
    stage: Stage,
    /// The column in words.
    #[schema(example = "备案")]
    stage_text: String,
    /// How it stands.
    #[schema(value_type = OnboardingState)]
    state: State,
    /// The state in words.
    #[schema(example = "等待中")]
    state_text: String,
    /// The step that it is at; null where it has ended.
    #[schema(value_type = Option<String>, example = "filing")]
    step: Option<Step>,
    /// What the step is called.
    #[schema(example = "ICP 备案")]
    step_title: Option<String>,
    /// Who has to do something; null where it goes on by itself.
    #[schema(value_type = Option<OnboardingWhom>)]
    whom: Option<Whom>,
    /// The same in words.
    #[schema(example = "运营人员")]
    whom_text: Option<String>,
    /// Why it does not go on.
    #[schema(example = "ICP 备案：未备案。")]
    why: Option<String>,
    /// What to do.
    #[schema(example = "请先发起人脸核验。")]
    what_to_do: Option<String>,
    /// WeChat's code, where one is the reason.
    errcode: Option<i64>,
    /// Since when it stands so.
    #[schema(format = DateTime)]
    since: String,
    /// When it began.
    #[schema(format = DateTime)]
    began_at: String,
}

/// A column of the board.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnboardingColumn {
    /// Its name.
    #[schema(value_type = OnboardingStage)]
    stage: Stage,
    /// What it is called.
    #[schema(example = "备案")]
    title: String,
    /// How many onboardings are in it.
    count: usize,
    /// How many of them wait for the merchant or an operator.
    waiting: usize,
    /// In how many of them something has to be mended.
    failed: usize,
}

/// Lists the onboardings of a component: where each is, what it waits for, and since when; with the
/// first part, how many there are in each column. WeChat is not asked.
#[utoipa::path(
    get, path = "/v1/components/{component}/onboardings", tag = "onboarding",
    params(ComponentPath, OnboardingsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The board.", body = OnboardingBoard)),
)]
async fn list_onboardings(
    Extract(app): Extract<App>,
    headers: HeaderMap,
    Path(path): Path<ComponentPath>,
    Query(query): Query<OnboardingsQuery>,
) -> Result<Answer<OnboardingBoard>, Problem> {
    let filter = Filter {
        stage: query.stage.map(Stage::from),
        state: query.state.map(State::from),
        whom: query.whom.map(Whom::from),
    };
    let limit = query.limit.unwrap_or(50).clamp(1, MAX_ROWS);
    let onboardings = &app.platform.onboardings;
    let cursor = query.cursor.as_deref();
    let board = onboardings.board(&path.component, filter, cursor, limit).await?;
    Ok(Answer(OnboardingBoard::of(board, problem::language(&headers))))
}

impl OnboardingBoard {
    fn of(board: Board, language: Language) -> Self {
        let column = |stage: Stage, count: Count| OnboardingColumn {
            stage,
            title: stage.title().read(language).to_owned(),
            count: count.all,
            waiting: count.waiting,
            failed: count.failed,
        };
        OnboardingBoard {
            onboardings: board
                .items
                .into_iter()
                .map(|it| OnboardingRow::of(it, language))
                .collect(),
            next_cursor: board.next,
            stages: board.counts.map(|counts| {
                let of =
                    |stage: Stage| column(stage, counts.get(&stage).copied().unwrap_or_default());
                Stage::ALL.into_iter().map(of).collect()
            }),
        }
    }
}

impl OnboardingRow {
    fn of(listed: Listed, language: Language) -> Self {
        let Listed { appid, name, row } = listed;
        OnboardingRow {
            appid,
            name,
            stage: row.stage,
            stage_text: row.stage.title().read(language).to_owned(),
            state: row.state,
            state_text: row.state.words().read(language).to_owned(),
            step: row.step,
            step_title: row.step.map(|step| step.title().read(language).to_owned()),
            whom: row.whom,
            whom_text: row.whom.map(|whom| whom.words().read(language).to_owned()),
            why: row.why.map(|why| why.sentence(language)),
            what_to_do: row.what_to_do.map(|words| words.sentence(language)),
            errcode: row.errcode,
            since: row.since.to_string(),
            began_at: row.began_at.to_string(),
        }
    }
}
