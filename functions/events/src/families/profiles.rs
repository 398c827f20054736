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
    profiles.note_name_event(origin.component(), appid, event).await.map_err(Failure::passing)
}

/// WeChat decided about a category.
pub(crate) async fn category_decided(
    origin: Origin<'_>,
    appid: &AppId,
    event: &WxaCategoryAudit,
) -> Result<(), Failure> {
    let profiles = &origin.platform.profiles;
    profiles.note_category_event(origin.component(), appid, event).await.map_err(Failure::passing)
}
