//! Identifiers that WeChat hands out, parsed once into types that cannot be wrong.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The appid of a component or of an account that it manages, such as `wx570bc396a51b8ff8`.
///
/// Real appids are `wx` and sixteen hexadecimal digits. This type asks for less, so that a shape
/// that WeChat has not shown yet is not refused, and for enough that an appid is safe as a part of
/// a key, a path or a log line: 6 to 32 ASCII letters, digits, `_` or `-`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppId(String);

/// What is wrong with a string that should have been an [`AppId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an appid has 6 to 32 letters, digits, '_' or '-', such as wx570bc396a51b8ff8")]
pub struct InvalidAppId;

impl AppId {
    /// The appid as WeChat writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppId {
    type Err = InvalidAppId;

    fn from_str(text: &str) -> Result<Self, InvalidAppId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if (6..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(AppId(text.to_owned()))
        } else {
            Err(InvalidAppId)
        }
    }
}

impl TryFrom<String> for AppId {
    type Error = InvalidAppId;

    fn try_from(text: String) -> Result<Self, InvalidAppId> {
        text.parse()
    }
}

impl From<AppId> for String {
    fn from(appid: AppId) -> String {
        appid.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for AppId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for AppId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
