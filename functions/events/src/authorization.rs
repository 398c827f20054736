//! Events of the authorization-event address, by what they are about: each family moves its record.

use platform::{Platform, actor::Actor, inbox::Received};
use wechat::message::{
    self, Info,
    go_live::{TestAccount, test_account},
};

use crate::{
    failure::Failure,
    families::{Work, filings, forwarded, grants, order_paths, registrations, verifications},
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
    let work: Work<'_> = match &event.info {
        Info::Authorized(authorized) | Info::UpdateAuthorized(authorized) => {
            Box::pin(Actor::Merchant.does(grants::authorized(origin, authorized)))
        }
        Info::Unauthorized(unauthorized) => {
            Box::pin(Actor::Merchant.does(grants::unauthorized(origin, unauthorized)))
        }
        Info::NotifyThirdFastRegister(registration) => {
            Box::pin(registrations::ended(origin, registration))
        }
        Info::NotifyThirdFastRegisterBetaApp(trial) => {
            Box::pin(registrations::trial_ended(origin, trial))
        }
        Info::NotifyThirdFastVerifyBetaApp(conversion) => {
            Box::pin(registrations::converted(origin, conversion))
        }
        Info::Notify3rdWxaAuth(step) => Box::pin(verifications::stepped(origin, step)),
        Info::Notify3rdWxaWxverify(expiry) => Box::pin(verifications::expires(origin, expiry)),
        Info::Notify3rdWxaAuthAndIcp(step) => {
            Box::pin(verifications::procedure_stepped(origin, step))
        }
        Info::NotifyIcpFilingVerifyResult(result) => {
            Box::pin(filings::face_shown(origin, None, result))
        }
        Info::NotifyApplyIcpFilingResult(result) => {
            Box::pin(filings::decided(origin, None, result))
        }
        Info::OrderPathApplyResultNotify(applied) => {
            Box::pin(order_paths::applied(origin, applied))
        }
        Info::OrderPathAuditResultNotify(audited) => {
            Box::pin(order_paths::audited(origin, audited))
        }
        // The intake keeps tickets; this one came to the inbox by a way of its own.
        Info::ComponentVerifyTicket(_) => return Ok(()),
        info => Box::pin(forwarded::of_component(origin, info)),
    };
    work.await
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
