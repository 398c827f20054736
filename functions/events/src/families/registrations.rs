//! Registrations on behalf of merchants.

use platform::grants::Source;
use wechat::message::FastRegistration;

use super::grants::exchange;
use crate::{
    failure::Failure,
    origin::{Origin, account},
};

/// A registration ended. If it succeeded, the event brings the code of the new account.
pub(crate) async fn ended(origin: Origin<'_>, event: &FastRegistration) -> Result<(), Failure> {
    let (Some(code), Some(appid)) = (&event.auth_code, &event.appid) else {
        // It failed; or an `authorized` event brings the code.
        return Ok(());
    };
    let source = Source::Registration { create_time: origin.create_time, appid: account(appid)? };
    exchange(origin, code, source).await
}
