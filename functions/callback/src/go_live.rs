//! Replies to the test accounts of WeChat's check before a platform goes live (全网发布检测). They
//! are wanted within five seconds; what takes longer, `events` does.

use platform::inbox::Route;
use secrecy::ExposeSecret;
use wechat::{
    crypto::encrypted_reply,
    message::{
        go_live::{Step, step, test_account},
        parse_account, text_reply,
    },
};

use crate::{App, push::Verified};

/// The encrypted reply to a push, where a test account asks for one.
pub(crate) fn reply(
    app: &App,
    push: &Verified,
    message: &str,
    route: &Route,
    nonce: &str,
) -> Option<String> {
    let Route::Messages(appid) = route else { return None };
    let account = test_account(appid.as_str())?;
    let message = parse_account(message.as_bytes()).ok()?;
    let Step::Reply { content } = step(account.kind, &message)? else { return None };
    let user = message.from_user_name?;
    let now = app.clock.now().as_second();
    let reply = text_reply(&user, account.user_name, now, &content);
    let component = &push.component;
    Some(encrypted_reply(
        &component.keys[push.decrypted.key_index],
        component.tokens[push.token_index].expose_secret(),
        now,
        nonce,
        app.random.bytes(),
        reply.as_bytes(),
        component.appid.as_str(),
    ))
}
