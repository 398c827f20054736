//! How a mini program presents itself: WeChat decided about a name or a category.

use platform::AppId;
use wechat::message::{WxaCategoryAudit, WxaNicknameAudit};

use crate::{failure::Failure, origin::Origin};

/// WeChat decided about a name.
pub(crate) async fn name_decided(
    origin: Origin<'_>,
    appid: &AppId,
    event: &WxaNicknameAudit,
) -> Result<(), Failure> {
    let profiles = &origin.platform.profiles;
    let noted = profiles.note_name_event(origin.component(), appid, event).await;
    noted.map_err(Failure::passing)?;
    origin.onboarding_goes_on(appid).await
}

/// WeChat decided about a category.
pub(crate) async fn category_decided(
    origin: Origin<'_>,
    appid: &AppId,
    event: &WxaCategoryAudit,
) -> Result<(), Failure> {
    let profiles = &origin.platform.profiles;
    let noted = profiles.note_category_event(origin.component(), appid, event).await;
    noted.map_err(Failure::passing)?;
    origin.onboarding_goes_on(appid).await
}
