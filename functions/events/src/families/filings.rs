//! ICP filings. Their events come to either address, and only make us ask.

use platform::AppId;
use wechat::message::{ApplyIcpFilingResult, IcpFilingVerifyResult};

use crate::{
    failure::Failure,
    origin::{Origin, account},
};

/// The administrator showed his face, or did not. `appid` is the one of the address.
pub(crate) async fn face_shown(
    origin: Origin<'_>,
    appid: Option<&AppId>,
    event: &IcpFilingVerifyResult,
) -> Result<(), Failure> {
    let appid = whose(appid, event.verify_appid.as_deref())?;
    let filings = &origin.platform.filings;
    filings.ask_face(origin.component(), &appid, &event.task_id).await?;
    origin.onboarding_goes_on(&appid).await
}

/// WeChat or the authority decided.
pub(crate) async fn decided(
    origin: Origin<'_>,
    appid: Option<&AppId>,
    event: &ApplyIcpFilingResult,
) -> Result<(), Failure> {
    let appid = whose(appid, event.authorizer_appid.as_deref())?;
    origin.platform.filings.ask(origin.component(), &appid).await?;
    origin.onboarding_goes_on(&appid).await
}

/// The mini program that the event names, or the one of the address.
fn whose(address: Option<&AppId>, named: Option<&str>) -> Result<AppId, Failure> {
    match (named, address) {
        (Some(named), _) => account(named),
        (None, Some(address)) => Ok(address.clone()),
        (None, None) => Err(Failure::unreadable("the event names no mini program")),
    }
}
