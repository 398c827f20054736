//! What a write must look like before anybody reads what it says: JSON, or, where the description of
//! the operation says so, a file.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, header, request::Parts},
};
use platform::text::Text;
use sha2::{Digest, Sha256};

use crate::{
    Operation,
    problem::{Kind, Problem},
};

/// The longest JSON, in bytes.
const LONGEST: usize = 1024 * 1024;
/// The longest file, in bytes: what API Gateway and Lambda carry, of which base64 takes a quarter.
const LONGEST_FILE: usize = 4 * 1024 * 1024;
/// The longest idempotency key.
const LONGEST_KEY: usize = 255;

/// Reads a body: not too long, of a content type that the operation takes, and JSON in UTF-8.
pub(super) async fn read(
    operation: &Operation,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Problem> {
    let header = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = header.unwrap_or_default();
    if operation.takes_files() {
        let body = to_bytes(body, LONGEST_FILE).await.map_err(|_| too_large(4))?;
        return match operation.takes(media_type(content_type).as_str()) {
            true => Ok(body),
            false => Err(wrong_content_type(operation)),
        };
    }
    let body = to_bytes(body, LONGEST).await.map_err(|_| too_large(1))?;
    if body.is_empty() {
        return Ok(body);
    }
    if !is_json(content_type) {
        return Err(Problem::new(Kind::WrongContentType).field("Content-Type"));
    }
    if std::str::from_utf8(&body).is_err() {
        return Err(Problem::malformed_body(Text::fixed("不是 UTF-8", "not UTF-8")));
    }
    Ok(body)
}

fn too_large(mebibytes: u8) -> Problem {
    Problem::new(Kind::TooLarge).what_to_do(Text::new(
        format!("请求体不得超过 {mebibytes} MiB"),
        format!("a body has {mebibytes} MiB at most"),
    ))
}

fn wrong_content_type(operation: &Operation) -> Problem {
    let taken = operation.files.join(", ");
    Problem::new(Kind::WrongContentType).field("Content-Type").what_to_do(Text::new(
        format!("请以下列 Content-Type 之一发送：{taken}"),
        format!("send it with one of these as Content-Type: {taken}"),
    ))
}

/// A content type without its parameters.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `application/json` or a kind of it, in UTF-8 if it names an encoding.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = media == "application/json"
        || (media.starts_with("application/") && media.ends_with("+json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}

/// The idempotency key of a request, if it has one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > LONGEST_KEY || !visible || values.next().is_some() {
        return Err(Problem::new(Kind::MalformedRequest).field("Idempotency-Key").detail(
            Text::fixed(
                "Idempotency-Key 应为 1 至 255 个可见 ASCII 字符，且只能出现一次",
                "an Idempotency-Key has 1 to 255 visible ASCII characters and stands there once",
            ),
        ));
    }
    Ok(Some(key.to_owned()))
}

/// SHA-256 over everything in a request that makes a difference.
pub(super) fn digest(parts: &Parts, body: &[u8]) -> String {
    let mut digest = Sha256::new();
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    for part in [parts.method.as_str().as_bytes(), target.as_bytes(), body] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_by_its_content_type() {
        for right in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/merge-patch+json",
        ] {
            assert!(is_json(right), "{right}");
        }
        for wrong in ["text/plain", "application/json; charset=gbk", "text/json", ""] {
            assert!(!is_json(wrong), "{wrong}");
        }
    }
}
