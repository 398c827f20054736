//! What is searched, and what was found.

use maud::Markup;
use platform::text::{Language, Text};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    App,
    pieces::{Tone, badge},
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
};

/// Rows that the API answers at once, at most.
pub(super) const MOST: usize = 200;

/// How releases stand, and the colour of each.
pub(super) static STAGES: [(&str, Tone, Text); 10] = [
    ("untouched", Tone::Plain, Text::fixed("未上传", "nothing uploaded")),
    ("committed", Tone::Plain, Text::fixed("已上传，未提审", "uploaded, not submitted")),
    ("preparing", Tone::Busy, Text::fixed("准备提审", "being prepared")),
    ("in-review", Tone::Busy, Text::fixed("审核中", "in review")),
    ("delayed", Tone::Warn, Text::fixed("审核延后", "delayed")),
    ("approved", Tone::Good, Text::fixed("审核通过，未上线", "approved, not online")),
    ("rejected", Tone::Bad, Text::fixed("被驳回", "rejected")),
    ("withdrawn", Tone::Plain, Text::fixed("已撤回", "withdrawn")),
    ("failed", Tone::Bad, Text::fixed("未能提交", "not submitted")),
    ("released", Tone::Good, Text::fixed("已上线", "released")),
];

/// A view that is saved: a segment.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::screens) struct View {
    pub(in crate::screens) id: String,
    pub(in crate::screens) name: String,
    query: Map<String, Value>,
}

#[derive(Deserialize)]
struct Views {
    segments: Vec<View>,
}

/// What is searched: a view, and what was typed besides.
#[derive(Debug, Clone, Default)]
pub(in crate::screens) struct Wanted {
    pub(super) view: Option<String>,
    pub(super) text: String,
    pub(super) tag: String,
    pub(super) stage: String,
    pub(super) views: Vec<View>,
    /// A query that is given whole, instead.
    query: Option<String>,
}

/// What was found.
#[derive(Deserialize)]
pub(in crate::screens) struct Found {
    pub(super) mini_programs: Vec<Row>,
    pub(in crate::screens) count: usize,
    pub(super) next_cursor: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<TagCount>,
}

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) appid: String,
    pub(super) name: String,
    pub(super) principal: String,
    pub(super) tags: Vec<String>,
    pub(super) authorized: bool,
    pub(super) missing_permission_sets: Vec<i64>,
    pub(super) online: Option<String>,
    pub(super) trial: Option<String>,
    pub(super) review: Option<Review>,
    pub(super) stage: String,
    pub(super) changed_outside: bool,
}

#[derive(Deserialize)]
pub(super) struct Review {
    pub(super) state: String,
    pub(super) user_version: String,
}

#[derive(Deserialize)]
pub(super) struct TagCount {
    pub(super) tag: String,
    pub(super) count: usize,
}

/// The saved views.
pub(in crate::screens) async fn views(
    app: &App,
    signed: &Signed,
    component: &str,
) -> Result<Vec<View>, Trouble> {
    let path = ["components", component, "segments"];
    Ok(app.api.get::<Views>(&signed.caller, &path, &[]).await?.segments)
}

/// How releases stand, in a word.
pub(super) fn stage_badge(stage: &str, language: Language) -> Markup {
    match STAGES.iter().find(|(known, ..)| *known == stage) {
        Some((_, tone, words)) => badge(*tone, words.read(language)),
        None => badge(Tone::Plain, stage),
    }
}

impl Found {
    pub(in crate::screens) async fn read(
        app: &App,
        signed: &Signed,
        component: &str,
        wanted: &Wanted,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Self, Trouble> {
        let limit = limit.to_string();
        let target = wanted.target();
        let mut asked: Vec<(&str, &str)> =
            target.iter().map(|(name, value)| (*name, value.as_str())).collect();
        asked.push(("limit", &limit));
        asked.extend(cursor.map(|cursor| ("cursor", cursor)));
        let path = ["components", component, "mini-programs", "search"];
        app.api.get(&signed.caller, &path, &asked).await
    }
}

impl Row {
    /// Its name, or its appid while it has none.
    pub(super) fn shown(&self) -> &str {
        if self.name.is_empty() { &self.appid } else { &self.name }
    }
}

impl View {
    /// What its members have in common, in a few words.
    pub(in crate::screens) fn told(&self, language: Language) -> String {
        told(&self.query, language)
    }
}

impl Wanted {
    /// What the search of the page says.
    pub(super) fn typed(query: &Fields, views: &[View]) -> Self {
        let text = |name: &str| query.text(name).trim().to_owned();
        let view = query.get("view").filter(|id| views.iter().any(|view| view.id == *id));
        Wanted {
            view: view.map(str::to_owned),
            text: text("text"),
            tag: text("tag"),
            stage: text("stage"),
            views: views.to_vec(),
            query: None,
        }
    }

    /// What a rollout is ordered for.
    pub(in crate::screens) fn chosen(fields: &Fields) -> Self {
        let filled = |name: &str| fields.get(name).filter(|it| !it.is_empty()).map(str::to_owned);
        match filled("segment") {
            Some(segment) => Wanted { view: Some(segment), ..Wanted::default() },
            None => Wanted { query: filled("query"), ..Wanted::default() },
        }
    }

    pub(super) fn is_everything(&self) -> bool {
        self.view.is_none() && self.query.is_none() && !self.is_typed()
    }

    fn is_typed(&self) -> bool {
        [&self.text, &self.tag, &self.stage].iter().any(|it| !it.is_empty())
    }

    /// As a page's address says it.
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        [
            ("view", self.view.as_deref().unwrap_or_default()),
            ("text", &self.text),
            ("tag", &self.tag),
            ("stage", &self.stage),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }

    /// The page of it.
    pub(super) fn address(&self, page: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(self.pairs()).finish();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
    }

    /// As the API is asked for it: a segment as it is, or a query.
    pub(super) fn target(&self) -> Vec<(&'static str, String)> {
        match (&self.view, &self.query) {
            (Some(view), _) if !self.is_typed() => vec![("segment", view.clone())],
            (_, Some(query)) => vec![("query", query.clone())],
            _ => vec![("query", self.query().to_string())],
        }
    }

    /// What mini programs have in common: what the view says, and in its place what was typed.
    pub(super) fn query(&self) -> Value {
        let view = self.view.as_ref().and_then(|id| self.views.iter().find(|view| view.id == *id));
        let mut query = view.map(|view| view.query.clone()).unwrap_or_default();
        if !self.text.is_empty() {
            query.insert("text".into(), self.text.clone().into());
        }
        if !self.tag.is_empty() {
            let tags = query.entry("tags").or_insert_with(|| json!({}));
            let all = tags["all"].as_array().cloned().unwrap_or_default();
            let with = all.into_iter().chain([Value::from(self.tag.clone())]);
            tags["all"] = with.collect();
        }
        if !self.stage.is_empty() {
            query.insert("stages".into(), json!([self.stage]));
        }
        Value::Object(query)
    }

    /// What the view says, in a few words.
    pub(super) fn told(&self, language: Language) -> Option<String> {
        let view = self.views.iter().find(|view| Some(&view.id) == self.view.as_ref())?;
        Some(view.told(language)).filter(|told| !told.is_empty())
    }
}

/// A query in a few words.
fn told(query: &Map<String, Value>, language: Language) -> String {
    let mut all = Vec::new();
    let list = |value: &Value| -> String {
        let words: Vec<String> = value
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
            .collect();
        words.join(", ")
    };
    let mut say = |words: Text, value: String| {
        if !value.is_empty() {
            all.push(format!("{} {value}", words.read(language)));
        }
    };
    let at = |pointer: &str| {
        let whole = pointer.split('/').skip(1);
        let mut value = &Value::Null;
        for (depth, part) in whole.enumerate() {
            value = if depth == 0 { query.get(part).unwrap_or(&Value::Null) } else { &value[part] };
        }
        value
    };
    say(Text::fixed("含有", "contains"), at("/text").as_str().unwrap_or_default().to_owned());
    say(Text::fixed("标签全有", "all tags"), list(at("/tags/all")));
    say(Text::fixed("标签有其一", "any tag"), list(at("/tags/any")));
    say(Text::fixed("没有标签", "no tag"), list(at("/tags/none")));
    say(Text::fixed("主体", "principal"), list(at("/principals")));
    say(Text::fixed("类目", "category"), list(at("/categories")));
    say(Text::fixed("线上是", "online"), list(at("/version/is")));
    say(Text::fixed("线上不是", "not online"), list(at("/version/not")));
    let stages = at("/stages").as_array().into_iter().flatten().filter_map(Value::as_str);
    let stages: Vec<&str> = stages
        .map(|stage| {
            let known = STAGES.iter().find(|(known, ..)| *known == stage);
            known.map_or(stage, |(.., words)| words.read(language))
        })
        .collect();
    say(Text::fixed("状态", "releases"), stages.join(", "));
    let count = |name: &str| at(name).as_array().map_or(0, Vec::len);
    let some = |count: usize| if count > 0 { count.to_string() } else { String::new() };
    say(Text::fixed("指定的小程序", "named"), some(count("/appids")));
    say(Text::fixed("除外", "except"), some(count("/except")));
    say(Text::fixed("权限集", "permission sets"), list(at("/permission_sets")));
    match at("/authorized").as_bool() {
        Some(true) => say(Text::fixed("已授权", "authorized"), "✓".into()),
        Some(false) => say(Text::fixed("未授权", "not authorized"), "✓".into()),
        None => {}
    }
    all.join(match language {
        Language::Chinese => "；",
        Language::English => "; ",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        let query = json!({ "tags": { "all": ["restaurant"] }, "version": { "not": ["3.2.0"] } });
        View { id: "v1".into(), name: "餐饮".into(), query: query.as_object().cloned().unwrap() }
    }

    fn wanted(query: &str) -> Wanted {
        Wanted::typed(&Fields::parse(query.as_bytes()), &[view()])
    }

    #[test]
    fn a_view_as_it_is_goes_by_its_id_and_one_with_more_typed_as_a_query() {
        assert_eq!(wanted("view=v1").target(), [("segment", "v1".to_owned())]);
        let more = wanted("view=v1&text=%E9%9D%A2%E9%A6%86&tag=north&stage=approved");
        let query = json!({
            "tags": { "all": ["restaurant", "north"] }, "version": { "not": ["3.2.0"] },
            "text": "面馆", "stages": ["approved"],
        });
        assert_eq!(more.query(), query);
        assert_eq!(more.target()[0].0, "query");
        assert!(wanted("view=gone").is_everything(), "a view that was deleted is none");
        assert!(!wanted("tag=a").is_everything());
    }

    #[test]
    fn a_view_says_what_it_holds() {
        assert_eq!(view().told(Language::Chinese), "标签全有 restaurant；线上不是 3.2.0");
        assert_eq!(view().told(Language::English), "all tags restaurant; not online 3.2.0");
    }
}
