//! What handlers take from a request. What does not fit becomes a [`Problem`] that names the field
//! and never repeats the value, which may be a secret in the wrong place.

use axum::{
    body::{Bytes, to_bytes},
    extract::{
        FromRequest, FromRequestParts, RawPathParams, Request,
        path::ErrorKind,
        rejection::{PathRejection, QueryRejection},
    },
};
use http::request::Parts;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::error::Category;
use utoipa::IntoParams;
use wechat::AppId;

use crate::problem::Problem;

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

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
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
        let mut json = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let inner = error.inner();
            match inner.classify() {
                Category::Data => Problem::wrong_field(field(&path, &inner.to_string())),
                _ => Problem::malformed_body(&format!(
                    "not JSON at line {} column {}",
                    inner.line(),
                    inner.column()
                )),
            }
        })?;
        json.end().map_err(|_| Problem::malformed_body("something follows the JSON object"))?;
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
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|axum::extract::Query(value)| Query(value)).map_err(|rejection| {
            let QueryRejection::FailedToDeserializeQueryString(error) = rejection else {
                return Problem::wrong_parameter(WrongField::unnamed());
            };
            let words = std::error::Error::source(&error).map(ToString::to_string);
            let words = words.unwrap_or_default();
            // `serde_path_to_error` puts the parameter's name in front.
            let (path, message) = words.split_once(": ").unwrap_or((".", &words));
            Problem::wrong_parameter(field(path, message))
        })
    }
}

/// A field that is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrongField {
    /// Its place, such as `review.items[0].title`.
    pub(crate) field: String,
    /// What is wrong with it, in serde's words without the value.
    pub(crate) why: Wrong,
}

/// How a field is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is not there.
    Missing,
    /// Nobody knows it.
    Unknown,
    /// It stands there twice.
    Repeated,
    /// It holds something else; what belongs there, as far as that is known.
    Expected(String),
}

impl WrongField {
    fn unnamed() -> Self {
        WrongField { field: String::new(), why: Wrong::Expected(String::new()) }
    }
}

/// Sorts serde's message by what is wrong, and joins the path with the name in it.
fn field(path: &str, message: &str) -> WrongField {
    let named = message.split('`').nth(1).unwrap_or_default();
    let path = path.trim_matches(['.', '?']).trim_end_matches('.');
    let within = |name: &str| match path {
        "" => name.to_owned(),
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    if message.starts_with("missing field") {
        WrongField { field: within(named), why: Wrong::Missing }
    } else if message.starts_with("unknown field") {
        WrongField { field: within(named), why: Wrong::Unknown }
    } else if message.starts_with("duplicate field") {
        WrongField { field: within(named), why: Wrong::Repeated }
    } else {
        let expected = message.split_once(", expected ").map(|(_, expected)| {
            // serde_json adds the place, which a caller does not see as we do.
            expected.split(" at line ").next().unwrap_or_default().to_owned()
        });
        let why = Wrong::Expected(expected.unwrap_or_default());
        WrongField { field: path.to_owned(), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_named_and_its_value_is_not_repeated() {
        let wrong = |path, message| {
            let wrong = field(path, message);
            (wrong.field, wrong.why)
        };
        assert_eq!(
            wrong(".", "missing field `name` at line 1 column 2"),
            ("name".to_owned(), Wrong::Missing)
        );
        assert_eq!(
            wrong("extra", "unknown field `extra`, expected `name` or `role` at line 1 column 9"),
            ("extra".to_owned(), Wrong::Unknown)
        );
        assert_eq!(
            wrong("domains[0]", "invalid type: integer `1`, expected a string at line 1 column 9"),
            ("domains[0]".to_owned(), Wrong::Expected("a string".to_owned()))
        );
        assert_eq!(
            wrong("limit", "invalid digit found in string"),
            ("limit".to_owned(), Wrong::Expected(String::new()))
        );
    }
}
