//! Events of the message-and-event address, by what they are about: each family moves its record.

use platform::{AppId, Platform, inbox::Received};
use wechat::message::{self, AccountContent, AccountEvent, go_live::test_account};

use crate::{
    failure::Failure,
    families::{Work, filings, forwarded, privacy, profiles, punishments, reviews},
    go_live,
    origin::Origin,
};

/// Does what follows from an event of a merchant's account. From a user's message nothing does,
/// unless it is one of WeChat's test accounts that has sent it.
pub(crate) async fn take_in(
    platform: &Platform,
    item: &Received,
    appid: &AppId,
) -> Result<(), Failure> {
    let text = item.text().map_err(Failure::passing)?;
    let message = message::parse_account(text.as_bytes()).map_err(Failure::unreadable)?;
    if let Some(account) = test_account(appid.as_str()) {
        let work = go_live::work_off(platform, &item.component, account, &message);
        return Box::pin(work).await;
    }
    let AccountContent::Event(event) = message.content else { return Ok(()) };
    let origin = Origin::new(platform, item, message.create_time);
    let work: Work<'_> = match &event {
        AccountEvent::WeappAuditSuccess(_)
        | AccountEvent::WeappAuditFail(_)
        | AccountEvent::WeappAuditDelay(_) => Box::pin(reviews::decided(origin, appid)),
        AccountEvent::WxaNicknameAudit(event) => {
            Box::pin(profiles::name_decided(origin, appid, event))
        }
        AccountEvent::WxaCategoryAudit(event) => {
            Box::pin(profiles::category_decided(origin, appid, event))
        }
        AccountEvent::WxaPrivacyApply(_) => Box::pin(privacy::decided(origin, appid)),
        AccountEvent::WxaIllegalRecord(_) | AccountEvent::WxaAppealRecord(_) => {
            Box::pin(punishments::changed(origin, appid))
        }
        AccountEvent::NotifyIcpFilingVerifyResult(result) => {
            Box::pin(filings::face_shown(origin, Some(appid), result))
        }
        AccountEvent::NotifyApplyIcpFilingResult(result) => {
            Box::pin(filings::decided(origin, Some(appid), result))
        }
        event => Box::pin(forwarded::of_account(origin, appid, event)),
    };
    work.await
}
