//! Tags and variables: what operators write on mini programs, one or many at a time.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json as Answer, extract::State, http::StatusCode};
use platform::{
    AppId,
    fault::Faults,
    mini_programs::{MAX_TAGS, Tagged, Variables, check_tag},
    roster::Entry,
    text::Text,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{Checked, ComponentPath, Meaning, Path},
    problem::{Kind, Problem},
    routes::segments::QueryView,
};

/// Mini programs that one request may be about.
const MOST: usize = 200;
/// Those of a query that one request writes on.
const MOST_THAT_MATCH: usize = 2000;
/// Mini programs that are written on at once.
const AT_ONCE: usize = 16;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(tag_mini_programs)).routes(routes!(set_variables))
}

/// Tags to be added to, and removed from, mini programs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "appids": ["wxf8b4f85f3a794e77"], "add": ["restaurant"] }))]
pub(crate) struct TagMiniPrograms {
    /// The mini programs, 200 at most. Instead of `query`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 200, example = json!(["wxf8b4f85f3a794e77"]))]
    appids: Vec<AppId>,
    /// All that match this. Of those that do not have the tags as they are wanted yet, 2000 get
    /// them with one request; `left` tells whether it is to be sent once more.
    #[serde(default)]
    #[schema(example = json!(null))]
    query: Option<QueryView>,
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
    /// Mini programs that match and whose turn has not come.
    left: usize,
}

/// Adds tags to many mini programs and removes others: to those that are named, or to all that match
/// a query. Safe to repeat.
#[utoipa::path(
    post, path = "/v1/components/{component}/tags", tag = "mini-programs",
    params(ComponentPath), request_body = TagMiniPrograms,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "What became of it.", body = Labelled)),
)]
async fn tag_mini_programs(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Checked(wanted): Checked<TagMiniPrograms>,
) -> Result<(StatusCode, Answer<Labelled>), Problem> {
    app.platform.secrets.component(&path.component).await?;
    let query = wanted.query.map(platform::segments::Query::from);
    let mut running = JoinSet::new();
    let mut labelled = Labelled::default();
    let appids = match query {
        None => wanted.appids,
        Some(query) => {
            let segments = &app.platform.segments;
            let all = segments.all_members(&path.component, &query).await?;
            labelled.those_to_do(&all, &wanted.add, &wanted.remove)
        }
    };
    for appid in appids {
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
    Checked(wanted): Checked<SetVariables>,
) -> Result<(StatusCode, Answer<Labelled>), Problem> {
    use platform::mini_programs::LabelError;

    app.platform.secrets.component(&path.component).await?;
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

impl Meaning for TagMiniPrograms {
    fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        too_many("/appids", self.appids.len(), &mut faults);
        for (name, tags) in [("add", &self.add), ("remove", &self.remove)] {
            for (place, tag) in tags.iter().enumerate() {
                faults.read(format!("/{name}/{place}"), check_tag(tag));
            }
        }
        match (&self.query, self.appids.is_empty()) {
            (Some(_), false) => faults.add(
                "/query",
                "appids 和 query 只能填写其中之一",
                "give appids or a query, and not both",
            ),
            (None, true) => faults.add(
                "/appids",
                "请填写 appids，或用 query 选出小程序",
                "give appids, or a query that finds the mini programs",
            ),
            _ => {}
        }
        let has_tags = !self.add.is_empty() || !self.remove.is_empty();
        faults.unless(
            has_tags,
            "/add",
            "请填写要加上或去掉的标签",
            "give tags that are to be added or removed",
        );
        let query = self.query.clone().map(platform::segments::Query::from);
        for fault in query.iter().flat_map(|query| query.check("/query")) {
            faults.push(fault.pointer, fault.why);
        }
        faults
    }
}

impl Meaning for SetVariables {
    fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        too_many("/variables", self.variables.len(), &mut faults);
        for (appid, variables) in &self.variables {
            let checked = platform::mini_programs::check_variables(variables);
            faults.read(format!("/variables/{appid}"), checked);
        }
        faults
    }
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

    /// Those of `all` that are to be written on, as many as one request does; the others are
    /// counted.
    fn those_to_do(&mut self, all: &[Arc<Entry>], add: &[String], remove: &[String]) -> Vec<AppId> {
        let mut to_do = Vec::new();
        for entry in all {
            let kept = entry.tags.iter().filter(|tag| !remove.contains(*tag));
            let mut tags: Vec<&String> = kept.chain(add).collect();
            tags.sort();
            tags.dedup();
            if tags.len() > MAX_TAGS {
                self.too_many.push(entry.appid.clone());
            } else if !tags.iter().copied().eq(&entry.tags) {
                to_do.push(entry.appid.clone());
            }
        }
        self.left = to_do.len().saturating_sub(MOST_THAT_MATCH);
        to_do.truncate(MOST_THAT_MATCH);
        to_do
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
