//! The checks that every call goes through before its own: method, token, address, body.

use http::Method as HttpMethod;
use serde_json::{Map, Value};

use crate::{
    call::Call,
    endpoint::{Empty, Endpoint, Field, Kind, Method, TokenKind},
    form::{self, Form},
    reply::{Refusal, refuse},
    state::{TokenState, World},
};

/// Who calls.
#[derive(Debug, Default, Clone)]
pub(crate) struct Caller {
    pub(crate) component: String,
    pub(crate) merchant: String,
}

/// Finds the caller by the token in the query.
pub(crate) fn caller(
    endpoint: &Endpoint,
    call: &Call,
    world: &World,
    now: i64,
) -> Result<Caller, Refusal> {
    if endpoint.token == TokenKind::Nobody {
        return Ok(Caller::default());
    }
    let value = presented_token(endpoint, call)?;
    let Some(token) = world.tokens.get(value) else {
        return refuse(40001, "invalid credential, access_token is invalid or not latest");
    };
    match token.state(now) {
        TokenState::Good => {}
        TokenState::Expired => return refuse(42001, "access_token expired"),
        TokenState::Replaced => {
            return refuse(40001, "invalid credential, access_token is invalid or not latest");
        }
    }
    match (&token.merchant, endpoint.token) {
        (Some(_), TokenKind::Component) => {
            refuse(61014, "must use component token for component api")
        }
        (None, TokenKind::Merchant) => {
            refuse(61015, "must use biz account token for not component api")
        }
        (None, _) => Ok(Caller { component: token.component.clone(), merchant: String::new() }),
        (Some(appid), _) => {
            let grant = world.merchants.get(appid).and_then(|it| it.grants.get(&token.component));
            let Some(grant) = grant.filter(|grant| grant.authorized) else {
                return refuse(61003, "component is not authorized by this account");
            };
            let needed = endpoint.permission_sets;
            if !needed.is_empty() && !needed.iter().any(|set| grant.permission_sets.contains(set)) {
                return refuse(61007, "api is unauthorized to component");
            }
            Ok(Caller { component: token.component.clone(), merchant: appid.clone() })
        }
    }
}

/// The token in the query. `access_token` is right everywhere but on `/sns/` paths; component
/// calls also take the older `component_access_token`.
fn presented_token<'a>(endpoint: &Endpoint, call: &'a Call) -> Result<&'a str, Refusal> {
    let short = call.query.get("access_token");
    let long = call.query.get("component_access_token");
    let login = endpoint.path.starts_with("/sns/");
    let presented = match endpoint.token {
        TokenKind::Component if login => long,
        TokenKind::Component | TokenKind::Either => short.or(long),
        _ => short,
    };
    match presented.filter(|value| !value.is_empty()) {
        Some(value) => Ok(value),
        None if login => refuse(41021, "missing component_access_token"),
        None => refuse(41001, "access_token missing"),
    }
}

/// Refuses the wrong method.
pub(crate) fn method(endpoint: &Endpoint, call: &Call) -> Result<(), Refusal> {
    match (endpoint.method, call.method == HttpMethod::POST) {
        (Method::Get, true) => refuse(43001, "require GET method"),
        (Method::Post, false) => refuse(43002, "require POST method"),
        _ => Ok(()),
    }
}

/// Refuses names in the query that the call does not know, so that a misspelling shows.
pub(crate) fn query(endpoint: &Endpoint, call: &Call) -> Result<(), Refusal> {
    let tokens: &[&str] = match endpoint.token {
        TokenKind::Nobody => &[],
        TokenKind::Component | TokenKind::Either => &["access_token", "component_access_token"],
        TokenKind::Merchant => &["access_token"],
    };
    match call.query.names().find(|name| !tokens.contains(name) && !endpoint.query.contains(name)) {
        Some(name) => refuse(40097, format!("invalid args: query parameter {name} is unknown")),
        None => Ok(()),
    }
}

/// Reads the body: a form where a file is uploaded, otherwise JSON.
pub(crate) fn body(endpoint: &Endpoint, call: &Call) -> Result<Form, Refusal> {
    let Some(field) = endpoint.file else {
        return Ok(Form { texts: json(endpoint, call)?, file: None });
    };
    let content_type = call.header(http::header::CONTENT_TYPE).unwrap_or_default();
    let Some(form) = form::read(content_type, &call.body) else {
        return refuse(41005, "media data missing");
    };
    if form.file.as_ref().is_none_or(|file| file.field != field) {
        return refuse(41005, "media data missing");
    }
    object(&form.texts, endpoint.fields, "")?;
    Ok(form)
}

/// Reads UTF-8, JSON, an object, no escapes, each field known and of its type.
fn json(endpoint: &Endpoint, call: &Call) -> Result<Map<String, Value>, Refusal> {
    let posted = call.method == HttpMethod::POST;
    if !posted && call.body.is_empty() {
        return Ok(Map::new());
    }
    if call.body.is_empty() && endpoint.empty != Empty::Refused {
        return Ok(Map::new());
    }
    if call.body.is_empty() {
        return refuse(44002, "empty post data");
    }
    let Ok(text) = str::from_utf8(&call.body) else {
        return refuse(47001, "data format error: not UTF-8");
    };
    let Ok(Value::Object(body)) = serde_json::from_str::<Value>(text) else {
        return refuse(47001, "data format error");
    };
    if has_escapes(text) {
        return refuse(endpoint.escapes.0, endpoint.escapes.1);
    }
    if body.is_empty() && endpoint.empty == Empty::Wanted {
        return refuse(47001, "data format error: no body is wanted");
    }
    object(&body, endpoint.fields, "")?;
    Ok(body)
}

/// Whether a character beyond ASCII is written as `\uXXXX`. Escapes within a string that is itself
/// JSON (`\\uXXXX` here) are that string's business.
fn has_escapes(text: &str) -> bool {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        if escaped {
            let digits = text.get(at + 1..at + 5);
            let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            if byte == b'u' && code.is_some_and(|code| code >= 0x80) {
                return true;
            }
            escaped = false;
        } else {
            escaped = byte == b'\\';
        }
    }
    false
}

fn object(body: &Map<String, Value>, fields: &[Field], place: &str) -> Result<(), Refusal> {
    for name in body.keys() {
        if !fields.iter().any(|field| field.name == name) {
            return refuse(47001, format!("data format error: field {place}{name} is unknown"));
        }
    }
    for field in fields {
        match body.get(field.name) {
            None if field.required => return absent(field, place),
            None => {}
            Some(Value::String(text)) if text.is_empty() && field.required => {
                return absent(field, place);
            }
            Some(found) => value(found, field.kind, &format!("{place}{}", field.name))?,
        }
    }
    Ok(())
}

fn absent(field: &Field, place: &str) -> Result<(), Refusal> {
    let (errcode, errmsg) = field.missing;
    refuse(errcode, format!("{errmsg}: field {place}{} is missing", field.name))
}

fn value(found: &Value, kind: Kind, place: &str) -> Result<(), Refusal> {
    let wrong =
        |wanted: &str| refuse(47001, format!("data format error: field {place} must be {wanted}"));
    match kind {
        Kind::Text if !found.is_string() => wrong("a string"),
        Kind::TextOrNull if !found.is_string() && !found.is_null() => wrong("a string"),
        Kind::Integer if !found.is_i64() => wrong("an integer"),
        Kind::IntegerOrText
            if !found.is_i64()
                && found.as_str().is_none_or(|text| text.parse::<i64>().is_err()) =>
        {
            wrong("an integer")
        }
        Kind::NumberOrText
            if !found.is_number()
                && found.as_str().is_none_or(|text| text.parse::<f64>().is_err()) =>
        {
            wrong("a number")
        }
        Kind::Flag if !found.is_boolean() => wrong("a boolean"),
        Kind::Texts => match found.as_array() {
            Some(values) if values.iter().all(Value::is_string) => Ok(()),
            _ => wrong("an array of strings"),
        },
        Kind::Integers => match found.as_array() {
            Some(values) if values.iter().all(Value::is_i64) => Ok(()),
            _ => wrong("an array of integers"),
        },
        Kind::Object(fields) => match found.as_object() {
            Some(inner) => object(inner, fields, &format!("{place}.")),
            None => wrong("an object"),
        },
        Kind::Objects(fields) => {
            let Some(values) = found.as_array() else {
                return wrong("an array of objects");
            };
            for inner in values {
                match inner.as_object() {
                    Some(inner) => object(inner, fields, &format!("{place}."))?,
                    None => return wrong("an array of objects"),
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
