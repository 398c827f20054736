//! What WeChat answers.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value};

use crate::clock;

/// What a handler answers.
pub(crate) type Answer = Result<Reply, Refusal>;

/// A success.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Fields beside `errcode` 0 and `errmsg` "ok".
    Fields(Map<String, Value>),
    /// Fields without an errcode, as the token calls answer.
    Bare(Map<String, Value>),
    /// A picture.
    Picture { bytes: Vec<u8>, content_type: &'static str, file_name: &'static str },
}

/// An error of WeChat's.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) errcode: i64,
    pub(crate) errmsg: String,
}

/// Nothing but success.
pub(crate) fn done() -> Answer {
    Ok(Reply::Fields(Map::new()))
}

/// Success with fields; `value` must be an object.
pub(crate) fn fields(value: Value) -> Answer {
    Ok(Reply::Fields(object(value)))
}

/// Success without an errcode; `value` must be an object.
pub(crate) fn bare(value: Value) -> Answer {
    Ok(Reply::Bare(object(value)))
}

/// An error.
pub(crate) fn refuse<T>(errcode: i64, errmsg: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { errcode, errmsg: errmsg.into() })
}

/// The fields of a JSON object.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Puts an answer on the wire. HTTP 200 whatever it is; errors end with the request's `rid`.
/// A few of WeChat's answers call themselves plain text although they are JSON.
pub(crate) fn render(answer: Answer, rid: &str, plain: bool, now: i64) -> Response<Bytes> {
    let fields = match answer {
        Ok(Reply::Picture { bytes, content_type, file_name }) => {
            let mut response = respond(StatusCode::OK, content_type, bytes, now);
            let disposition = format!("attachment; filename=\"{file_name}\"");
            if let Ok(disposition) = HeaderValue::from_str(&disposition) {
                response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
            }
            return response;
        }
        Ok(Reply::Bare(fields)) => fields,
        Ok(Reply::Fields(mut fields)) => {
            fields.insert("errcode".to_owned(), 0.into());
            fields.insert("errmsg".to_owned(), "ok".into());
            fields
        }
        Err(Refusal { errcode, errmsg }) => {
            let mut fields = Map::new();
            fields.insert("errcode".to_owned(), errcode.into());
            fields.insert("errmsg".to_owned(), format!("{errmsg} rid: {rid}").into());
            fields
        }
    };
    let kind = if plain { "text/plain" } else { "application/json; encoding=utf-8" };
    respond(StatusCode::OK, kind, Value::Object(fields).to_string(), now)
}

/// What WeChat answers on a path that it does not have.
pub(crate) fn not_found(now: i64) -> Response<Bytes> {
    let page = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n\
                <center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n\
                </body>\r\n</html>\r\n";
    respond(StatusCode::NOT_FOUND, "text/html", page, now)
}

/// A response with WeChat's `Date`.
pub(crate) fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
    now: i64,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
    if let Ok(date) = HeaderValue::from_str(&clock::http_date(now)) {
        headers.insert(header::DATE, date);
    }
    response
}
