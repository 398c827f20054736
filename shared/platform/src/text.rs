//! Words for people, in both languages of the product.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One thing to say, in Chinese and in English. Which of them is shown, the reader decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Chinese.
    pub zh: Cow<'static, str>,
    /// English: lower case, without a full stop, so that it reads well after a colon.
    pub en: Cow<'static, str>,
}

impl Text {
    /// Words that are always the same.
    pub const fn fixed(zh: &'static str, en: &'static str) -> Self {
        Text { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    /// Words made for the occasion.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Text { zh: Cow::Owned(zh.into()), en: Cow::Owned(en.into()) }
    }
}

/// Logs and error chains are English.
impl std::fmt::Display for Text {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.en)
    }
}
