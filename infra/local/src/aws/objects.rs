//! S3, as far as the system uses it: one private bucket, reached by presigned addresses.
//!
//! A signature is calculated here from its description alone, not by the crate that makes it, so
//! that a mistake cannot stand on both sides. What S3 would let pass and nobody should send is
//! refused too: a `PUT` whose length or type is not signed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use platform::clock::Clock;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::{REGION, SECRET_KEY};

/// The bucket's name on this machine.
pub const BUCKET: &str = "uploads";
/// `template.yaml` has the bucket forget objects after a day.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// No address is good for longer, in seconds.
const LONGEST_GOOD: i64 = 7 * 24 * 3600;
/// Which headers of a `PUT` have to be signed.
const SIGNED: [&str; 3] = ["content-length", "content-type", "host"];

/// The objects of the bucket, held in memory only. Clones share them.
#[derive(Clone)]
pub struct Objects {
    clock: Arc<dyn Clock>,
    objects: Arc<Mutex<BTreeMap<String, Object>>>,
}

#[derive(Clone)]
struct Object {
    content_type: HeaderValue,
    body: Bytes,
    stored_at: Timestamp,
}

/// An error as S3 writes it.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Objects {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Objects {
        Objects { clock, objects: Arc::default() }
    }

    /// The names of all objects, in order.
    pub fn names(&self) -> Vec<String> {
        self.objects().keys().cloned().collect()
    }

    pub(super) fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response, Refusal> {
        let now = self.clock.now();
        check(method, uri, headers, now)?;
        let name = uri.path().strip_prefix('/').and_then(|path| path.split_once('/'));
        let Some((BUCKET, name)) = name else {
            return Err(Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist"));
        };
        let mut objects = self.objects();
        objects.retain(|_, object| now.duration_since(object.stored_at) < KEPT);
        let mut answer = Response::new(Body::empty());
        match *method {
            Method::PUT => {
                let content_type = headers.get(header::CONTENT_TYPE).cloned();
                let content_type =
                    content_type.unwrap_or(HeaderValue::from_static("binary/octet-stream"));
                objects.insert(name.to_owned(), Object { content_type, body, stored_at: now });
            }
            Method::GET => {
                let Some(Object { content_type, body, .. }) = objects.get(name).cloned() else {
                    let words = "The specified key does not exist.";
                    return Err(Refusal::new(404, "NoSuchKey", words));
                };
                answer.headers_mut().insert(header::CONTENT_TYPE, content_type);
                *answer.body_mut() = Body::from(body);
            }
            Method::DELETE => {
                objects.remove(name);
                *answer.status_mut() = StatusCode::NO_CONTENT;
            }
            _ => {
                let words = "The specified method is not allowed against this resource.";
                return Err(Refusal::new(405, "MethodNotAllowed", words));
            }
        }
        Ok(answer)
    }

    fn objects(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Object>> {
        // A panic elsewhere leaves the map whole: each change is one insert or remove.
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Refusal { status, code, message: message.into() }
    }

    pub(super) fn into_response(self) -> Response {
        let Refusal { status, code, message } = self;
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        let mut answer = Response::new(Body::from(body));
        *answer.status_mut() = status;
        let xml = HeaderValue::from_static("application/xml");
        answer.headers_mut().insert(header::CONTENT_TYPE, xml);
        answer
    }
}

/// Whether an address is good for this request, now.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
fn check(method: &Method, uri: &Uri, headers: &HeaderMap, now: Timestamp) -> Result<(), Refusal> {
    let denied = |words: &str| Refusal::new(403, "AccessDenied", words);
    let raw = uri.query().unwrap_or_default();
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(raw.as_bytes()).into_owned().collect();
    let parameter = |name: &str| {
        let value = query.get(name).map(String::as_str);
        value.ok_or_else(|| denied("Access Denied"))
    };
    let malformed = |name: &str| {
        let words = format!("{name} is not as it should be");
        Refusal::new(400, "AuthorizationQueryParametersError", words)
    };

    if parameter("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
        return Err(malformed("X-Amz-Algorithm"));
    }
    let date = parameter("X-Amz-Date")?;
    let signed_at = DateTime::strptime("%Y%m%dT%H%M%SZ", date)
        .and_then(|date| date.to_zoned(TimeZone::UTC))
        .map_err(|_| malformed("X-Amz-Date"))?
        .timestamp();
    let scope = format!("{}/{REGION}/s3/aws4_request", date.get(..8).unwrap_or_default());
    match parameter("X-Amz-Credential")?.split_once('/') {
        Some((_, of)) if of == scope => {}
        _ => return Err(malformed("X-Amz-Credential")),
    }
    let good_for = parameter("X-Amz-Expires")?.parse().ok();
    let good_for: i64 = good_for
        .filter(|seconds| (1..=LONGEST_GOOD).contains(seconds))
        .ok_or_else(|| malformed("X-Amz-Expires"))?;
    if now.as_second() > signed_at.as_second() + good_for {
        return Err(denied("Request has expired"));
    }
    let signed_headers = parameter("X-Amz-SignedHeaders")?;
    let names: Vec<&str> = signed_headers.split(';').collect();
    if *method == Method::PUT && names != SIGNED {
        return Err(denied("There were headers present in the request which were not signed"));
    }

    let mut pairs: Vec<&str> =
        raw.split('&').filter(|pair| !pair.starts_with("X-Amz-Signature=")).collect();
    pairs.sort_unstable();
    let header = |name: &&str| {
        let value = headers.get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        format!("{name}:{}\n", value.trim())
    };
    let canonical = format!(
        "{method}\n{}\n{}\n{}\n{signed_headers}\nUNSIGNED-PAYLOAD",
        uri.path(),
        pairs.join("&"),
        names.iter().map(header).collect::<String>(),
    );
    let canonical = hexadecimal(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for part in scope.split('/') {
        key = mac(&key, part).finalize().into_bytes().to_vec();
    }
    let signature = hexadecimal(&mac(&key, &to_sign).finalize().into_bytes());
    match parameter("X-Amz-Signature")? == signature {
        true => Ok(()),
        false => Err(Refusal::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        )),
    }
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
