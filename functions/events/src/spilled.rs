//! A push that the inbox did not take when it came: verified again, and put where it belongs.

use platform::{inbox::Route, intake::Taken, spill::Spilled};
use wechat::{
    crypto::{self, PushQuery},
    message::Summary,
};

use crate::{App, inbox};

/// Puts the push into the inbox (or keeps its ticket) and works it off at once.
pub(crate) async fn take_in(app: &App, push: &Spilled) -> Result<(), String> {
    let component = &push.component;
    let known = app.platform.secrets.component(component).await;
    let known = known.map_err(|error| error.to_string())?;
    let query = PushQuery {
        msg_signature: &push.msg_signature,
        timestamp: &push.timestamp,
        nonce: &push.nonce,
    };
    let opened = crypto::open(&known.callback_keys(), &query, push.body.as_bytes());
    let opened = opened.map_err(|error| format!("spilled push: {error}"))?;
    let message = opened.decrypted.message();
    let summary = Summary::scan(message.as_bytes()).map_err(|error| error.to_string())?;
    let route = match &push.authorizer {
        None => Route::Events,
        Some(authorizer) => Route::Messages(authorizer.clone()),
    };
    let taken = app.platform.intake.keep(component, &route, message, &summary).await;
    match taken.map_err(|error| error.to_string())? {
        Taken::ToDo(key) => inbox::work_off(app, &key).await,
        Taken::Ticket(_) | Taken::Finished => Ok(()),
    }
}
