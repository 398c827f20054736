//! Files that were uploaded.

use serde::{Deserialize, Serialize};

/// Seconds an upload is kept.
const MEDIA_LIFE: i64 = 3 * 86_400;

/// One upload. Its bytes are of no use to anybody here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Media {
    /// `png`, `jpeg`, …
    pub(crate) kind: String,
    pub(crate) kept: i64,
    /// The kind of certificate that it was uploaded as, for a filing.
    #[serde(default)]
    pub(crate) certificate_type: Option<i64>,
}

impl Media {
    pub(crate) fn is_picture(&self) -> bool {
        matches!(self.kind.as_str(), "png" | "jpeg" | "gif" | "bmp")
    }

    pub(crate) fn is_kept(&self, now: i64) -> bool {
        now < self.kept + MEDIA_LIFE
    }
}
