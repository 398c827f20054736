//! What handlers take from a request. What does not fit becomes a [`Problem`] that names the field
//! and never repeats the value, which may be a secret in the wrong place.

use axum::{
    body::{Bytes, to_bytes},
    extract::{
        FromRequest, FromRequestParts, RawPathParams, Request, path::ErrorKind,
        rejection::PathRejection,
    },
};
use http::{Method, request::Parts};
use platform::{
    fault::{Fault, Faults},
    text::Text,
};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Value, error::Category};
use utoipa::IntoParams;
use wechat::{AppId, InvalidAppId};

use crate::{Operation, problem::Problem, rest::Rest};

/// A JSON body. Unknown members are refused by the types themselves. No body at all is `{}`, unless it
/// would replace what is there.
pub(crate) struct Json<T>(pub(crate) T);

/// A JSON body whose values were looked at too.
pub(crate) struct Checked<T>(pub(crate) T);

/// A body with rules that its description cannot state: they are looked at together with its shape,
/// so that all that is wrong is in one answer.
pub(crate) trait Meaning {
    /// What is wrong with the values, by pointers into the body.
    fn faults(&self) -> Faults;
}

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

impl MiniProgramPath {
    /// The path of one of its settings.
    pub(crate) fn within(&self, setting: &str) -> String {
        let MiniProgramPath { component, appid } = self;
        format!("/v1/components/{component}/mini-programs/{appid}/{setting}")
    }
}

/// What must be there still for a change to be made.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header that `Condition` reads")]
pub(crate) struct IfMatch {
    /// The `ETag` that a `GET` of the same path gave, or the last change's own answer; for what
    /// belongs to a release, that of `…/release`; for a part of the profile, that of `…/profile`. The
    /// change is made only if nothing else was made since.
    #[param(rename = "If-Match", example = "\"9b0e2d7c61f4a835\"")]
    if_match: Option<String>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(request, state, |_| Faults::new()).await.map(Json)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Meaning> FromRequest<S> for Checked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(request, state, T::faults).await.map(Checked)
    }
}

/// Reads a body; or tells everything that is wrong with its shape and, as far as it can be read
/// without that, with its meaning.
async fn read<S: Send + Sync, T: DeserializeOwned>(
    request: Request,
    state: &S,
    meaning: impl Fn(&T) -> Faults,
) -> Result<T, Problem> {
    let schema = request.extensions().get::<Operation>().map(|it| it.schema.clone());
    let replaces = request.method() == Method::PUT;
    // The pipeline has read the body already, and looked at its size, type and encoding.
    let body = Bytes::from_request(request, state).await;
    let body =
        body.map_err(|_| Problem::malformed_body(Text::fixed("无法读取", "cannot be read")))?;
    if body.is_empty() && replaces {
        // Nothing was said: that is no order to put nothing in the place of what is there.
        return Err(Problem::malformed_body(Text::fixed("缺少内容", "is missing")));
    }
    let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
    let whole = object(&body)?;
    let mut faults = schema.map_or_else(Faults::new, |schema| schema.body(&whole));
    if faults.is_empty() {
        // From the bytes, for only there members can be repeated.
        let mut json = serde_json::Deserializer::from_slice(&body);
        match serde_path_to_error::deserialize(&mut json) {
            Ok(value) => {
                let wrong = meaning(&value);
                return wrong.or(value).map_err(Problem::wrong_fields);
            }
            Err(error) => {
                let path = error.path().to_string();
                let Fault { pointer, why } = fault(&path, &error.into_inner().to_string());
                faults.push(pointer, why);
            }
        }
    }
    let mut rest = Rest::of(whole, &faults);
    if let Some(value) = rest.read(&mut faults, fault) {
        rest.add(meaning(&value), &mut faults);
    }
    Err(Problem::wrong_fields(faults))
}

/// A body as an object of JSON.
fn object(body: &[u8]) -> Result<Value, Problem> {
    let not_json = Text::fixed("不是 JSON", "not JSON");
    if body.trim_ascii_start().first() != Some(&b'{') {
        // A list would otherwise be read as the members in their order.
        return Err(Problem::malformed_body(match serde_json::from_slice::<IgnoredAny>(body) {
            Ok(_) => Text::fixed("不是 JSON 对象", "not a JSON object"),
            Err(_) => not_json,
        }));
    }
    serde_json::from_slice(body).map_err(|error| {
        Problem::malformed_body(match error.classify() {
            Category::Syntax if error.to_string().starts_with("trailing characters") => {
                Text::fixed("JSON 对象之后还有内容", "something follows the JSON object")
            }
            _ => {
                let (line, column) = (error.line(), error.column());
                Text::new(
                    format!("第 {line} 行第 {column} 列起不是 JSON"),
                    format!("not JSON at line {line} column {column}"),
                )
            }
        })
    })
}

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        // The pipeline has read it already, within its limit.
        let body = to_bytes(request.into_body(), usize::MAX).await;
        body.map(File)
            .map_err(|_| Problem::malformed_body(Text::fixed("无法读取", "cannot be read")))
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
            let Fault { pointer, why } = fault(path, message);
            Problem::wrong_parameters(Faults::one(pointer, why))
        })
    }
}

/// What serde says is wrong, sorted by its message; the value is not repeated.
pub(crate) fn fault(path: &str, message: &str) -> Fault {
    let named = message.split('`').nth(1).unwrap_or_default();
    let path = path.trim_matches(['.', '?']).trim_end_matches('.');
    let place = pointer(path);
    let within = match place.ends_with(&format!("/{named}")) {
        true => place.clone(),
        false => format!("{place}/{named}"),
    };
    let (pointer, why) = if message.starts_with("missing field") {
        (within, Text::fixed("缺少此字段", "it is missing"))
    } else if message.starts_with("unknown field") {
        (within, Text::fixed("没有这个字段", "there is no such field"))
    } else if message.starts_with("duplicate field") {
        (within, Text::fixed("出现了不止一次", "stands there more than once"))
    } else {
        (place, expected(message))
    };
    Fault { pointer, why }
}

/// What belongs there, as far as serde's message tells.
fn expected(message: &str) -> Text {
    if message.starts_with(&InvalidAppId.to_string()) {
        return Text::fixed(
            "应为 AppID：6 至 32 个字母、数字、_ 或 -，如 wx570bc396a51b8ff8",
            "is an appid: 6 to 32 letters, digits, _ or -, such as wx570bc396a51b8ff8",
        );
    }
    if let Some((_, names)) = message.split_once(", expected ").filter(|it| it.1.contains('`')) {
        let names: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
        return Text::new(
            format!("应为 {} 之一", names.join("、")),
            format!("is one of {}", names.join(", ")),
        );
    }
    Text::fixed("类型或取值不对", "has the wrong type or value")
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
                "has the wrong type or value",
            ),
            (
                "role",
                "unknown variant `boss`, expected one of `viewer`, `admin` at line 1 column 9",
                "/role",
                "is one of viewer, admin",
            ),
            (
                "appids[1]",
                "an appid has 6 to 32 letters, digits, '_' or '-', such as wx570bc396a51b8ff8",
                "/appids/1",
                "is an appid: 6 to 32 letters, digits, _ or -, such as wx570bc396a51b8ff8",
            ),
            ("limit", "invalid digit found in string", "/limit", "has the wrong type or value"),
        ] {
            let fault = fault(path, message);
            assert_eq!((&*fault.pointer, &*fault.why.en), (pointer, why));
        }
    }
}
