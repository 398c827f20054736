//! Headers that every answer has.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// WeChat looks at where the browser comes from, and sees the origin with this policy.
const REFERRER: &str = "strict-origin-when-cross-origin";
/// No scripts, no frames, nothing from elsewhere.
const CONTENT: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                       base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds what is missing: pages are never kept, and load nothing but our style sheet.
pub(crate) async fn guard(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CONTENT),
        (header::REFERRER_POLICY, REFERRER),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        let name: HeaderName = name;
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
