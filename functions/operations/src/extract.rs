//! What handlers take from a request. What does not fit becomes a [`Problem`] that names the field
//! and never repeats the value, which may be a secret in the wrong place.

use axum::{
    body::{Bytes, to_bytes},
    extract::{
        FromRequest, FromRequestParts, RawPathParams, Request, path::ErrorKind,
        rejection::PathRejection,
    },
};
use http::request::Parts;
use platform::{fault::Faults, text::Text};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Value, error::Category};
use utoipa::IntoParams;
use wechat::AppId;

use crate::{Operation, problem::Problem};

/// A JSON body. Unknown members are refused by the types themselves. No body at all is `{}`.
pub(crate) struct Json<T>(pub(crate) T);

/// A file, as the body is. What is in it tells what it is, not its content type.
pub(crate) struct File(pub(crate) Bytes);

/// The parameters of the path.
pub(crate) struct Path<T>(pub(crate) T);

/// The parameters of the query.
pub(crate) struct Query<T>(pub(crate) T);

/// A component in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ComponentPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    pub(crate) component: AppId,
}

/// A mini program in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MiniProgramPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    pub(crate) component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    pub(crate) appid: AppId,
}

/// What must be there still for a change to be made.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header that `Condition` reads")]
pub(crate) struct IfMatch {
    /// `ETag` of an earlier answer: the change is made only if nothing else was made since.
    #[param(rename = "If-Match", example = "\"9b0e2d7c61f4a835\"")]
    if_match: Option<String>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let schema = request.extensions().get::<Operation>().map(|it| it.schema.clone());
        // The pipeline has read the body already, and looked at its size, type and encoding.
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| Problem::malformed_body("the body cannot be read"))?;
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        if body.trim_ascii_start().first() != Some(&b'{') {
            // A list would otherwise be read as the members in their order.
            let malformed = serde_json::from_slice::<IgnoredAny>(&body).is_err();
            return Err(match malformed {
                true => Problem::malformed_body("not JSON"),
                false => Problem::malformed_body("not a JSON object"),
            });
        }
        let whole: Value = serde_json::from_slice(&body).map_err(|error| {
            let words = match error.classify() {
                Category::Syntax if error.to_string().starts_with("trailing characters") => {
                    "something follows the JSON object".to_owned()
                }
                _ => format!("not JSON at line {} column {}", error.line(), error.column()),
            };
            Problem::malformed_body(&words)
        })?;
        if let Some(schema) = schema {
            schema.body(&whole).into_result().map_err(Problem::wrong_fields)?;
        }
        // What the description does not say: repeated members, forms of texts.
        let mut json = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            Problem::wrong_fields(fault(&path, &error.into_inner().to_string()))
        })?;
        Ok(Json(value))
    }
}

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        // The pipeline has read it already, within its limit.
        let body = to_bytes(request.into_body(), usize::MAX).await;
        body.map(File).map_err(|_| Problem::malformed_body("the body cannot be read"))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let rejection = match path {
            Ok(axum::extract::Path(value)) => return Ok(Path(value)),
            Err(rejection) => rejection,
        };
        if let PathRejection::FailedToDeserializePathParams(error) = rejection
            && let ErrorKind::ParseErrorAtKey { key, .. }
            | ErrorKind::InvalidUtf8InPathParam { key }
            | ErrorKind::DeserializeError { key, .. } = error.into_kind()
        {
            return Err(Problem::no_such_path(Some(&key)));
        }
        // A type that refuses a text does not say where it stood.
        let raw = RawPathParams::from_request_parts(parts, state).await.ok();
        let wrong = raw.iter().flatten().find(|(name, value)| {
            matches!(*name, "component" | "appid") && value.parse::<AppId>().is_err()
        });
        Err(Problem::no_such_path(wrong.map(|(name, _)| name)))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if let Some(operation) = parts.extensions.get::<Operation>() {
            let faults = operation.schema.query(parts.uri.query().unwrap_or_default());
            faults.into_result().map_err(Problem::wrong_parameters)?;
        }
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|axum::extract::Query(value)| Query(value)).map_err(|rejection| {
            let words = std::error::Error::source(&rejection)
                .and_then(std::error::Error::source)
                .map(ToString::to_string)
                .unwrap_or_default();
            // `serde_path_to_error` puts the parameter's name in front.
            let (path, message) = words.split_once(": ").unwrap_or((".", &words));
            Problem::wrong_parameters(fault(path, message))
        })
    }
}

/// What serde says is wrong, sorted by its message; the value is not repeated.
fn fault(path: &str, message: &str) -> Faults {
    let named = message.split('`').nth(1).unwrap_or_default();
    let path = path.trim_matches(['.', '?']).trim_end_matches('.');
    let place = pointer(path);
    let within = match place.ends_with(&format!("/{named}")) {
        true => place.clone(),
        false => format!("{place}/{named}"),
    };
    if message.starts_with("missing field") {
        Faults::one(within, Text::fixed("缺少此字段", "it is missing"))
    } else if message.starts_with("unknown field") {
        Faults::one(within, Text::fixed("没有这个字段", "there is no such field"))
    } else if message.starts_with("duplicate field") {
        Faults::one(within, Text::fixed("出现了不止一次", "stands there more than once"))
    } else {
        let expected = message.split_once(", expected ").map(|(_, expected)| {
            // serde_json adds the place, which a caller does not see as we do.
            expected.split(" at line ").next().unwrap_or_default()
        });
        let why = match expected {
            Some(expected) if !expected.is_empty() => Text::new(
                format!("类型或取值不对，应为 {expected}"),
                format!("has the wrong type or value: {expected} is wanted"),
            ),
            _ => Text::fixed("值无效", "its value is not valid"),
        };
        Faults::one(place, why)
    }
}

/// serde's `items[0].title` as a JSON pointer.
fn pointer(path: &str) -> String {
    let parts = path.split(['.', '[']).map(|part| part.trim_end_matches(']'));
    parts.filter(|part| !part.is_empty()).map(|part| format!("/{part}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_named_and_its_value_is_not_repeated() {
        let wrong = |path, message| {
            let faults = fault(path, message);
            (faults.list()[0].pointer.clone(), faults.list()[0].why.en.to_string())
        };
        for (path, message, pointer, why) in [
            (".", "missing field `name` at line 1 column 2", "/name", "it is missing"),
            (
                "extra",
                "unknown field `extra`, expected `name` or `role` at line 1 column 9",
                "/extra",
                "there is no such field",
            ),
            (
                "items[0].title",
                "invalid type: integer `1`, expected a string at line 1 column 9",
                "/items/0/title",
                "has the wrong type or value: a string is wanted",
            ),
            ("limit", "invalid digit found in string", "/limit", "its value is not valid"),
        ] {
            assert_eq!(wrong(path, message), (pointer.to_owned(), why.to_owned()));
        }
    }
}
