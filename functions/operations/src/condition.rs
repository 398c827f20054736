//! Conditional requests (RFC 9110): whoever changes something on the strength of what was there
//! names it by its tag, and is refused where somebody else was quicker.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use platform::{changes::LastChange, operators::Operator, text::Text};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    App,
    problem::{Kind, Problem},
};

/// An answer with the tag by which it is named.
pub(crate) struct Tagged<T>(pub(crate) T);

/// What a request wants to be there still, and who sends it.
pub(crate) struct Condition {
    wanted: Option<Vec<String>>,
    by: String,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let tag = tag(&self.0);
        let mut response = Json(self.0).into_response();
        let tag = HeaderValue::try_from(tag).ok();
        response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
        response
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Condition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let by = parts.extensions.get::<Operator>().map(|operator| operator.name.clone());
        Ok(Condition { wanted: wanted(&parts.headers)?, by: by.unwrap_or_default() })
    }
}

impl Condition {
    /// Refuses the request where `current` is not what it wants to be there; without a condition
    /// nobody is asked for that. `what` is the path that shows it.
    pub(crate) async fn guard<T: Serialize>(
        &self,
        app: &App,
        what: &str,
        current: impl Future<Output = Result<T, Problem>>,
    ) -> Result<(), Problem> {
        if self.wanted.is_none() {
            return Ok(());
        }
        match current.await {
            Ok(current) => self.check(app, what, &current).await,
            Err(problem) if problem.kind() == Kind::NotFound => Err(Problem::new(Kind::Changed)
                .detail(Text::fixed(
                    "要修改的内容已不存在",
                    "what was to be changed is not there",
                ))),
            Err(problem) => Err(problem),
        }
    }

    /// As [`Condition::guard`], where what is there is known already.
    pub(crate) async fn check(
        &self,
        app: &App,
        what: &str,
        current: &impl Serialize,
    ) -> Result<(), Problem> {
        let Some(wanted) = &self.wanted else { return Ok(()) };
        let tag = tag(current);
        if wanted.iter().any(|one| one == "*" || *one == tag) {
            return Ok(());
        }
        let changed = app.platform.changes.last(what).await?;
        let detail = match changed {
            Some(LastChange { by, at }) => {
                let at = at.strftime("%Y-%m-%dT%H:%M:%SZ");
                Text::new(
                    format!("内容已变更，最近一次由 {by} 于 {at} 修改"),
                    format!("it was changed meanwhile, last by {by} at {at}"),
                )
            }
            None => Text::fixed(
                "内容已在本平台之外变更",
                "it was changed meanwhile, and not through this platform",
            ),
        };
        Err(Problem::new(Kind::Changed).detail(detail))
    }

    /// The request has changed it. That nobody could write this down is no reason to fail.
    pub(crate) async fn changed(&self, app: &App, what: &str) {
        if let Err(error) = app.platform.changes.note(what, &self.by).await {
            tracing::warn!(%error, what, "who changed it is not known");
        }
    }
}

/// What a mere look at something moves on, and nobody changes.
const MOVING: [&str; 3] = ["version", "seen_at", "asked_at"];

/// The tag of an answer: the beginning of its digest, in quotes. Looks at it leave the tag as it is.
fn tag(value: &impl Serialize) -> String {
    let mut value = serde_json::to_value(value).expect("an answer is JSON");
    if let Some(members) = value.as_object_mut() {
        for name in MOVING {
            members.remove(name);
        }
    }
    let digest = Sha256::digest(value.to_string());
    let hexadecimal: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hexadecimal}\"")
}

fn wanted(headers: &HeaderMap) -> Result<Option<Vec<String>>, Problem> {
    const NAME: HeaderName = header::IF_MATCH;
    let mut wanted = Vec::new();
    for value in headers.get_all(NAME) {
        let tags = value.to_str().unwrap_or_default().split(',').map(str::trim);
        for tag in tags {
            let quoted = tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"');
            if tag != "*" && !quoted {
                return Err(Problem::new(Kind::MalformedRequest).field("If-Match").detail(
                    Text::fixed(
                        "If-Match 应为读取时返回的 ETag，带双引号",
                        "If-Match holds the ETag of an earlier answer, in its quotes",
                    ),
                ));
            }
            wanted.push(tag.to_owned());
        }
    }
    Ok((!wanted.is_empty()).then_some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_that_of_the_content() {
        assert_eq!(tag(&["a"]), tag(&["a"]));
        assert_ne!(tag(&["a"]), tag(&["b"]));
        assert_eq!(tag(&["a"]).len(), 18);
        let seen = |at: &str| serde_json::json!({ "name": "a", "seen_at": at, "version": at });
        assert_eq!(tag(&seen("1")), tag(&seen("2")), "it was looked at twice");
    }

    #[test]
    fn a_condition_is_one_tag_or_several() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
            wanted(&headers)
        };
        assert_eq!(read("\"a\", \"b\"").unwrap().unwrap(), ["\"a\"", "\"b\""]);
        assert_eq!(read("*").unwrap().unwrap(), ["*"]);
        assert!(read("a").is_err());
        assert!(wanted(&HeaderMap::new()).unwrap().is_none());
    }
}
