//! S3, as far as the system uses it: two private buckets, reached by presigned addresses. One forgets
//! after a day; the other keeps what it was given (versions, and Object Lock by default).
//!
//! A signature is calculated here from its description alone, not by the crate that makes it, so
//! that a mistake cannot stand on both sides. What S3 would let pass and nobody should send is
//! refused too: a `PUT` whose length or type is not signed.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{body::Body, response::Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use platform::clock::Clock;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::{REGION, SECRET_KEY};

/// The name of the bucket of uploads on this machine.
pub const BUCKET: &str = "uploads";
/// The name of the bucket of anchors on this machine.
pub const AUDIT_BUCKET: &str = "audit";
/// `template.yaml` has the bucket forget objects after a day.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// No address is good for longer, in seconds.
const LONGEST_GOOD: i64 = 7 * 24 * 3600;
/// Which headers of a `PUT` have to be signed.
const SIGNED: [&str; 3] = ["content-length", "content-type", "host"];
/// By what S3 knows that a body came whole. It takes nothing into a locked bucket without it.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// The objects of the buckets. Uploads are held in memory only; what is locked is kept in files, where
/// there is a directory. Clones share them.
#[derive(Clone)]
pub struct Objects {
    clock: Arc<dyn Clock>,
    objects: Arc<Mutex<BTreeMap<String, Object>>>,
    locked: Arc<Mutex<Locked>>,
}

/// A bucket whose objects stay, in all their versions.
struct Locked {
    directory: Option<PathBuf>,
    /// By name, the newest version last.
    versions: BTreeMap<String, Vec<Bytes>>,
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
    /// What is locked is kept in a directory of its own below `directory`.
    pub(super) fn open(clock: Arc<dyn Clock>, directory: Option<&Path>) -> io::Result<Objects> {
        let locked = Locked::open(directory.map(|directory| directory.join(AUDIT_BUCKET)))?;
        Ok(Objects { clock, objects: Arc::default(), locked: Arc::new(Mutex::new(locked)) })
    }

    /// The names of all uploads, in order.
    pub fn names(&self) -> Vec<String> {
        self.objects().keys().cloned().collect()
    }

    /// What is locked, by name, each in all its versions, the newest last.
    pub fn locked(&self) -> BTreeMap<String, Vec<Bytes>> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner).versions.clone()
    }

    /// Puts another version of an object into the locked bucket, as whoever may write there could.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub fn put_locked(&self, name: &str, body: Bytes) -> io::Result<()> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner).put(name, body)
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
        let name = match name {
            Some((BUCKET, name)) => name,
            Some((AUDIT_BUCKET, name)) => return self.answer_locked(method, name, headers, body),
            _ => {
                let words = "The specified bucket does not exist";
                return Err(Refusal::new(404, "NoSuchBucket", words));
            }
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

    fn answer_locked(
        &self,
        method: &Method,
        name: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response, Refusal> {
        let mut locked = self.locked.lock().unwrap_or_else(PoisonError::into_inner);
        match *method {
            Method::PUT => {
                let Some(given) = headers.get(CHECKSUM) else {
                    let words = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put \
                                 Object requests with Object Lock parameters";
                    return Err(Refusal::new(400, "InvalidRequest", words));
                };
                if given.as_bytes() != STANDARD.encode(Sha256::digest(&body)).as_bytes() {
                    let words = "The SHA256 you specified did not match the calculated checksum.";
                    return Err(Refusal::new(400, "BadDigest", words));
                }
                locked.put(name, body).map_err(|error| {
                    Refusal::new(500, "InternalError", format!("the file: {error}"))
                })?;
                Ok(Response::new(Body::empty()))
            }
            Method::GET => match locked.versions.get(name).and_then(|versions| versions.last()) {
                Some(body) => Ok(Response::new(Body::from(body.clone()))),
                None => {
                    let words = "The specified key does not exist.";
                    Err(Refusal::new(404, "NoSuchKey", words))
                }
            },
            // `template.yaml` gives nobody the right to it.
            _ => Err(Refusal::new(403, "AccessDenied", "Access Denied")),
        }
    }

    fn objects(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Object>> {
        // A panic elsewhere leaves the map whole: each change is one insert or remove.
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Locked {
    fn open(directory: Option<PathBuf>) -> io::Result<Locked> {
        let mut locked = Locked { directory, versions: BTreeMap::new() };
        let Some(directory) = locked.directory.clone() else { return Ok(locked) };
        fs::create_dir_all(&directory)?;
        let mut files = Vec::new();
        for file in fs::read_dir(&directory)? {
            let file = file?;
            if let Ok(name) = file.file_name().into_string() {
                files.push((name, file.path()));
            }
        }
        files.sort_unstable();
        for (file, path) in files {
            // The name, with its slashes as `@`, and the number of the version.
            let Some((name, _)) = file.rsplit_once('.') else { continue };
            let body = Bytes::from(fs::read(path)?);
            locked.versions.entry(name.replace('@', "/")).or_default().push(body);
        }
        Ok(locked)
    }

    fn put(&mut self, name: &str, body: Bytes) -> io::Result<()> {
        let versions = self.versions.entry(name.to_owned()).or_default();
        if let Some(directory) = &self.directory {
            let file = format!("{}.{:06}", name.replace('/', "@"), versions.len() + 1);
            fs::write(directory.join(file), &body)?;
        }
        versions.push(body);
        Ok(())
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
    let others = names.iter().filter(|name| **name != CHECKSUM).copied();
    if *method == Method::PUT && !others.eq(SIGNED) {
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
    match parameter("X-Amz-Signature")? == signature(date, &scope, &canonical) {
        true => Ok(()),
        false => Err(Refusal::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        )),
    }
}

/// The signature over a request in its canonical form.
pub(super) fn signature(date: &str, scope: &str, canonical: &str) -> String {
    let canonical = hexadecimal(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for part in scope.split('/') {
        key = mac(&key, part).finalize().into_bytes().to_vec();
    }
    hexadecimal(&mac(&key, &to_sign).finalize().into_bytes())
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
