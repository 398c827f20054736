//! Reviews of code.

use platform::AppId;

use crate::{failure::Failure, origin::Origin};

/// WeChat decided about a review, or delays it. The event names neither review nor version, so that
/// WeChat is asked.
pub(crate) async fn decided(origin: Origin<'_>, appid: &AppId) -> Result<(), Failure> {
    let noted = origin.platform.releases.note_review_event(origin.component(), appid).await;
    noted.map_err(Failure::passing)?;
    origin.onboarding_goes_on(appid).await
}
