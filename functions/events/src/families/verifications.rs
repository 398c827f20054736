//! WeChat's verifications of owners, alone and together with the filing.

use wechat::message::{WxaAuth, WxaAuthAndIcp, WxaVerifyExpiry};

use super::forwarded;
use crate::{
    failure::Failure,
    origin::{Origin, account},
};

/// A verification went on a step.
pub(crate) async fn stepped(origin: Origin<'_>, event: &WxaAuth) -> Result<(), Failure> {
    let appid = account(&event.appid)?;
    let verifications = &origin.platform.verifications;
    let noted = verifications.note_event(origin.component(), &appid, event, origin.create_time);
    noted.await.map_err(Failure::from)
}

/// A verification is about to expire.
pub(crate) async fn expires(origin: Origin<'_>, event: &WxaVerifyExpiry) -> Result<(), Failure> {
    let appid = account(&event.appid)?;
    let verifications = &origin.platform.verifications;
    let noted = verifications.note_expiry(origin.component(), &appid, event).await;
    noted.map_err(Failure::from)
}

/// Verification and filing in one went on a step. The event names the procedure alone; one that was
/// not begun here is told to others.
pub(crate) async fn procedure_stepped(
    origin: Origin<'_>,
    event: &WxaAuthAndIcp,
) -> Result<(), Failure> {
    let verifications = &origin.platform.verifications;
    let (component, procedure) = (origin.component(), event.procedure_id.as_str());
    let owner = verifications.owner(component, procedure).await.map_err(Failure::passing)?;
    match owner {
        Some(appid) => {
            let asked = verifications.ask_procedure(component, &appid, procedure).await;
            asked.map(drop).map_err(Failure::from)
        }
        None => forwarded::tell(origin, None, "notify_3rd_wxa_auth_and_icp").await,
    }
}
