//! The slow step of WeChat's check before a platform goes live (全网发布检测): exchange the code that
//! a test account sends, and with the token that this gives send the code back.

use std::time::Duration;

use platform::{AppId, Platform, call::CallError};
use secrecy::ExposeSecret;
use wechat::{
    endpoint::{ApiQueryAuth, MessageCustomSend},
    message::{
        AccountMessage,
        go_live::{Step, TestAccount, step},
    },
    token::AuthorizerToken,
};

use crate::failure::Failure;

/// The message is sent so many times at most: the code is used up, and nobody gets another token.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// Does what a message of a test account asks for.
pub(crate) async fn work_off(
    platform: &Platform,
    component: &AppId,
    account: &TestAccount,
    message: &AccountMessage,
) -> Result<(), Failure> {
    let Some(Step::ExchangeAndSend { authorization_code }) = step(account.kind, message) else {
        return Ok(());
    };
    let code = authorization_code.expose_secret();
    let appid: AppId = account.appid.parse().map_err(Failure::unreadable)?;
    let self_tests = &platform.self_tests;
    if let Some(test) = self_tests.test_of_code(component, &appid, code) {
        let shown = self_tests.show_code(component, &appid, &test, code).await;
        return shown.map_err(Failure::passing);
    }
    let user = message.from_user_name.as_deref();
    let user = user.ok_or_else(|| Failure::unreadable("the message names no sender"))?;
    let request = ApiQueryAuth { component_appid: component.as_str(), authorization_code: code };
    let granted = platform.caller.component(component, &request).await.map_err(|error| {
        // Used up or past its time: WeChat plays the check again with another.
        match matches!(error.errcode(), Some(61009 | 61010)) {
            true => Failure::unreadable(error),
            false => Failure::passing(error),
        }
    })?;
    let token = granted.authorization_info.authorizer_access_token;
    let token = token.ok_or_else(|| {
        Failure::unreadable(format!("{appid} grants nothing; tick its message permission set"))
    })?;
    let content = format!("{code}_from_api");
    send(platform, &AuthorizerToken(token), &MessageCustomSend::text(user, &content))
        .await
        .map_err(Failure::unreadable)
}

/// Sends the message; once more where nobody knows whether it arrived, for twice does no harm.
async fn send(
    platform: &Platform,
    token: &AuthorizerToken,
    message: &MessageCustomSend<'_>,
) -> Result<(), CallError> {
    let mut attempt = 1;
    loop {
        match platform.tokens.wechat.send(token, message).await {
            Ok(_) => return Ok(()),
            Err(error) if attempt < ATTEMPTS && error.errcode().is_none_or(|code| code == -1) => {
                tokio::time::sleep(PAUSE).await;
                attempt += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
