//! Pictures and videos that a reviewer is shown with a submission.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use wechat::{AppId, endpoint::UploadMedia};

use super::{ReleaseError, Releases};
use crate::{
    document::{Document, Kind},
    fault::Faults,
};

/// What a reviewer may be shown.
const WANTED: [Kind; 4] = [Kind::Png, Kind::Jpeg, Kind::Gif, Kind::Mp4];
/// How long WeChat keeps an upload.
const KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A picture or a video that WeChat keeps for the reviewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewMedia {
    /// What it is named by in the preview of a submission.
    pub media_id: String,
    /// What it is.
    pub kind: Kind,
    /// Until when WeChat keeps it.
    pub expires_at: Timestamp,
}

impl Releases {
    /// Puts a picture (PNG, JPEG or GIF of 2 MB at most) or a video (MP4 of 10 MB at most) into
    /// WeChat's keeping, to be named in the preview of a submission by its media id. Again, it is
    /// kept twice, which harms nobody.
    pub async fn keep_review_media(
        &self,
        component: &AppId,
        appid: &AppId,
        file: Bytes,
    ) -> Result<ReviewMedia, ReleaseError> {
        let document = Document::read(file, &WANTED).map_err(|why| Faults::one("", why))?;
        let kind = document.kind;
        let request = UploadMedia { media: document.upload(self.random.as_ref()) };
        let kept = self.caller.merchant(component, appid, &request).await?;
        let expires_at = self.clock.now() + KEPT;
        Ok(ReviewMedia { media_id: kept.media_id, kind, expires_at })
    }
}
