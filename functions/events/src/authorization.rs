//! Events of the authorization-event address, by what they are about: each family moves its record.

use platform::{Platform, actor::Actor, inbox::Received};
use wechat::message::{
    self, Info,
    go_live::{TestAccount, test_account},
};

use crate::{
    failure::Failure,
    families::{filings, forwarded, grants, order_paths, registrations, verifications},
    origin::Origin,
};

/// Does what follows from an event about an authorization, a registration or a verification.
pub(crate) async fn take_in(platform: &Platform, item: &Received) -> Result<(), Failure> {
    let text = item.text().map_err(Failure::passing)?;
    let event = message::parse_authorization(text.as_bytes()).map_err(Failure::unreadable)?;
    if let Some(account) = test_account_of(&event.info) {
        tracing::info!(appid = account.appid, "a test account is no merchant");
        return Ok(());
    }
    let origin = Origin::new(platform, item, event.create_time);
    match &event.info {
        Info::Authorized(authorized) | Info::UpdateAuthorized(authorized) => {
            Actor::Merchant.does(grants::authorized(origin, authorized)).await
        }
        Info::Unauthorized(unauthorized) => {
            Actor::Merchant.does(grants::unauthorized(origin, unauthorized)).await
        }
        Info::NotifyThirdFastRegister(registration) => {
            registrations::ended(origin, registration).await
        }
        Info::NotifyThirdFastRegisterBetaApp(trial) => {
            registrations::trial_ended(origin, trial).await
        }
        Info::NotifyThirdFastVerifyBetaApp(conversion) => {
            registrations::converted(origin, conversion).await
        }
        Info::Notify3rdWxaAuth(step) => verifications::stepped(origin, step).await,
        Info::Notify3rdWxaWxverify(expiry) => verifications::expires(origin, expiry).await,
        Info::Notify3rdWxaAuthAndIcp(step) => verifications::procedure_stepped(origin, step).await,
        Info::NotifyIcpFilingVerifyResult(result) => {
            filings::face_shown(origin, None, result).await
        }
        Info::NotifyApplyIcpFilingResult(result) => filings::decided(origin, None, result).await,
        Info::OrderPathApplyResultNotify(applied) => order_paths::applied(origin, applied).await,
        Info::OrderPathAuditResultNotify(audited) => order_paths::audited(origin, audited).await,
        // The intake keeps tickets; this one came to the inbox by a way of its own.
        Info::ComponentVerifyTicket(_) => Ok(()),
        info => forwarded::of_component(origin, info).await,
    }
}

/// The account of WeChat's check before a platform goes live that authorizes or withdraws. What it
/// says is kept in the inbox and becomes nothing: it is never among the merchants.
fn test_account_of(info: &Info) -> Option<&'static TestAccount> {
    match info {
        Info::Authorized(authorized) | Info::UpdateAuthorized(authorized) => {
            test_account(&authorized.authorizer_appid)
        }
        Info::Unauthorized(unauthorized) => test_account(&unauthorized.authorizer_appid),
        _ => None,
    }
}
