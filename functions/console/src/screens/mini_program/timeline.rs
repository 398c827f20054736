//! What happened to the mini program, when, and by whom.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use maud::html;
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Side, Whose};
use crate::{App, pieces, submitted::Fields, trouble::Trouble, visitor::Signed};

#[derive(Deserialize)]
struct Timeline {
    entries: Vec<Entry>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    at: String,
    kind: String,
    by: By,
    text: String,
}

/// Who brought something about.
#[derive(Deserialize)]
pub(super) struct By {
    kind: String,
    name: Option<String>,
}

impl By {
    pub(super) fn words(&self, language: Language) -> String {
        let words = match (self.kind.as_str(), &self.name) {
            (_, Some(name)) => return name.clone(),
            ("wechat", _) => Text::fixed("微信", "WeChat"),
            ("merchant", _) => Text::fixed("商家", "the merchant"),
            ("clock", _) => Text::fixed("系统自动", "by itself"),
            (other, _) => Text::new(other, other),
        };
        words.read(language).to_owned()
    }
}

/// `GET …/timeline`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let asked: Vec<(&str, &str)> =
        query.get("cursor").map(|cursor| ("cursor", cursor)).into_iter().collect();
    let path = whose.path(&["timeline"]);
    let (account, timeline) = tokio::join!(
        whose.account(&app, &signed),
        app.api.get::<Timeline>(&signed.caller, &path, &asked),
    );
    let (account, timeline) = (account?, timeline?);
    let nothing = Text::fixed("还没有发生过什么。", "Nothing has happened yet.");
    let content = html! {
        @if timeline.entries.is_empty() {
            (pieces::empty(language, &nothing, html! {}))
        } @else {
            ol.timeline { @for entry in &timeline.entries {
                li {
                    p { (entry.text) }
                    p.small { (pieces::time(&entry.at)) " · " (entry.by.words(language)) " · " code { (entry.kind) } }
                }
            } }
            (pieces::more(language, &signed.here, timeline.next_cursor.as_deref()))
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Timeline, content).await)
}
