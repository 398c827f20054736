//! Tags and variables: what operators write on mini programs, one or many at a time.

use std::collections::BTreeMap;

use axum::{Json as Answer, extract::State, http::StatusCode};
use platform::{
    AppId,
    fault::Faults,
    mini_programs::{Tagged, Variables, check_tag},
    text::Text,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, Json, Path},
    problem::{Kind, Problem},
};

/// Mini programs that one request may be about.
const MOST: usize = 200;
/// Mini programs that are written on at once.
const AT_ONCE: usize = 16;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(tag_mini_programs)).routes(routes!(set_variables))
}

/// Tags to be added to, and removed from, mini programs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagMiniPrograms {
    /// The mini programs, 200 at most.
    #[schema(value_type = Vec<String>, max_items = 200, example = json!(["wxf8b4f85f3a794e77"]))]
    appids: Vec<AppId>,
    /// Tags to be added: 1 to 32 characters without spaces and commas.
    #[serde(default)]
    #[schema(example = json!(["restaurant"]))]
    add: Vec<String>,
    /// Tags to be removed.
    #[serde(default)]
    remove: Vec<String>,
}

/// Variables by mini program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetVariables {
    /// For each mini program, 200 at most, all of its variables: what is left out is forgotten.
    #[schema(value_type = Object, example = json!({"wxf8b4f85f3a794e77": {"shop": "8812"}}))]
    variables: BTreeMap<AppId, Variables>,
}

/// What became of it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Labelled {
    /// Mini programs on which it stands now.
    done: usize,
    /// Mini programs that there are none of.
    #[schema(value_type = Vec<String>)]
    unknown: Vec<AppId>,
    /// Mini programs that would have more than 50 tags; nothing was changed for them.
    #[schema(value_type = Vec<String>)]
    too_many: Vec<AppId>,
}

/// Adds tags to many mini programs and removes others. Safe to repeat.
#[utoipa::path(
    post, path = "/v1/components/{component}/tags", tag = "mini-programs",
    params(ComponentPath), request_body = TagMiniPrograms,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "What became of it.", body = Labelled)),
)]
async fn tag_mini_programs(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Json(wanted): Json<TagMiniPrograms>,
) -> Result<(StatusCode, Answer<Labelled>), Problem> {
    app.platform.secrets.component(&path.component).await?;
    let mut wrong = Faults::new();
    too_many("/appids", wanted.appids.len(), &mut wrong);
    for (name, tags) in [("add", &wanted.add), ("remove", &wanted.remove)] {
        for (place, tag) in tags.iter().enumerate() {
            if let Err(why) = check_tag(tag) {
                wrong.push(format!("/{name}/{place}"), why);
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let mut running = JoinSet::new();
    let mut labelled = Labelled::default();
    for appid in wanted.appids {
        if running.len() >= AT_ONCE {
            labelled.take(running.join_next().await)?;
        }
        let (programs, component) = (app.platform.mini_programs.clone(), path.component.clone());
        let (add, remove) = (wanted.add.clone(), wanted.remove.clone());
        running.spawn(async move {
            let tagged = programs.tag(&component, &appid, &add, &remove).await;
            tagged.map(|tagged| (appid, tagged))
        });
    }
    while !running.is_empty() {
        labelled.take(running.join_next().await)?;
    }
    labelled.sort();
    Ok((StatusCode::OK, Answer(labelled)))
}

/// Replaces the variables of many mini programs, with which settings (`ext_json`) are filled in.
/// Safe to repeat.
#[utoipa::path(
    post, path = "/v1/components/{component}/variables", tag = "mini-programs",
    params(ComponentPath), request_body = SetVariables,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "What became of it.", body = Labelled)),
)]
async fn set_variables(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Json(wanted): Json<SetVariables>,
) -> Result<(StatusCode, Answer<Labelled>), Problem> {
    use platform::mini_programs::LabelError;

    app.platform.secrets.component(&path.component).await?;
    let mut wrong = Faults::new();
    too_many("/variables", wanted.variables.len(), &mut wrong);
    for (appid, variables) in &wanted.variables {
        if let Err(why) = platform::mini_programs::check_variables(variables) {
            wrong.push(format!("/variables/{appid}"), why);
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let mut running = JoinSet::new();
    let mut labelled = Labelled::default();
    for (appid, variables) in wanted.variables {
        if running.len() >= AT_ONCE {
            labelled.take(running.join_next().await)?;
        }
        let (programs, component) = (app.platform.mini_programs.clone(), path.component.clone());
        running.spawn(async move {
            match programs.set_variables(&component, &appid, &variables).await {
                Ok(()) => Ok((appid, Tagged::Done)),
                Err(LabelError::Unknown(appid)) => Ok((appid, Tagged::Unknown)),
                Err(error) => Err(error),
            }
        });
    }
    while !running.is_empty() {
        labelled.take(running.join_next().await)?;
    }
    labelled.sort();
    Ok((StatusCode::OK, Answer(labelled)))
}

/// What one of the writes came to, as its task left it.
type Written =
    Result<Result<(AppId, Tagged), platform::mini_programs::LabelError>, tokio::task::JoinError>;

impl Labelled {
    fn take(&mut self, written: Option<Written>) -> Result<(), Problem> {
        let Some(written) = written else { return Ok(()) };
        let written = written.map_err(|error| Problem::new(Kind::Internal).internal(error))?;
        let (appid, tagged) = written?;
        match tagged {
            Tagged::Done => self.done += 1,
            Tagged::Unknown => self.unknown.push(appid),
            Tagged::TooMany => self.too_many.push(appid),
        }
        Ok(())
    }

    fn sort(&mut self) {
        self.unknown.sort();
        self.too_many.sort();
    }
}

fn too_many(pointer: &str, count: usize, wrong: &mut Faults) {
    if count > MOST {
        let why = Text::fixed("一次最多 200 个小程序", "there are 200 mini programs at most");
        wrong.push(pointer, why);
    }
}
