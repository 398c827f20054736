//! What a body is sent as.

use std::str::FromStr;

/// The longest content type, in characters.
const LONGEST: usize = 255;
/// What stands in a parameter's value beside letters and digits: what a boundary is made of
/// (RFC 2046), without what would have to be quoted otherwise, and quotes.
const IN_VALUES: &[u8] = b"'()+_,-./:=?\"";
/// What stands in a name beside letters and digits.
const IN_NAMES: &[u8] = b"!#$&^_.+-";

/// A content type, such as `multipart/form-data; boundary=x`: good as a header as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType(String);

/// A text that is no content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a content type is such as video/mp4 or multipart/form-data; boundary=x")]
pub struct MalformedContentType;

impl ContentType {
    /// The content type as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContentType {
    type Err = MalformedContentType;

    fn from_str(text: &str) -> Result<Self, MalformedContentType> {
        let mut parts = text.split(';');
        let kind = parts.next().and_then(|kind| kind.split_once('/'));
        let is_kind = kind.is_some_and(|(kind, below)| is_name(kind) && is_name(below));
        let are_parameters = parts.all(|parameter| {
            let parameter = parameter.strip_prefix(' ').unwrap_or(parameter).split_once('=');
            parameter.is_some_and(|(name, value)| is_name(name) && consists(value, IN_VALUES))
        });
        match is_kind && are_parameters && text.len() <= LONGEST {
            true => Ok(ContentType(text.to_owned())),
            false => Err(MalformedContentType),
        }
    }
}

fn is_name(text: &str) -> bool {
    consists(text, IN_NAMES)
}

fn consists(text: &str, more: &[u8]) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
    !text.is_empty() && text.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_a_kind_and_parameters() {
        for right in [
            "video/mp4",
            "application/vnd.ms-excel",
            "image/svg+xml; charset=utf-8",
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "multipart/form-data;boundary=\"x:y\"",
        ] {
            assert_eq!(right.parse::<ContentType>().unwrap().as_str(), right);
        }
        for wrong in [
            "",
            "video",
            "video/",
            "/mp4",
            "video/mp4;",
            "video/mp4; x",
            "video/mp4;  x=1",
            " video/mp4",
            "video/mp4\r\nx-amz-acl: public-read",
            "video/mp4; x=a b",
            "视频/mp4",
            &format!("video/{}", "x".repeat(250)),
        ] {
            assert_eq!(wrong.parse::<ContentType>(), Err(MalformedContentType), "{wrong:?}");
        }
    }
}
