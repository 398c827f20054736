//! One item of the inbox: what follows from it, and how that is noted.

use platform::{
    AppId, Platform,
    grants::{GrantError, Source},
    inbox::{Received, Route, State},
    mini_programs::MiniProgramError,
    registrations::Outcome,
    tokens::Mode,
};
use secrecy::SecretString;
use wechat::message::{self, AccountContent, AccountEvent, Info};

use crate::App;

/// Why an item could not be worked off.
struct Failure {
    why: String,
    /// Trying again would change nothing.
    is_final: bool,
}

/// Does what follows from the item `key`. An error means that not even the failure was noted.
pub(crate) async fn work_off(app: &App, key: &str) -> Result<(), String> {
    let inbox = &app.platform.inbox;
    let item = inbox.read(key).await.map_err(|error| error.to_string())?;
    let Some(item) = item else {
        tracing::info!(inbox = key, "item is gone, it expired");
        return Ok(());
    };
    if item.state != State::Received {
        return Ok(());
    }
    let result = match &item.route {
        Route::Events => authorization_event(&app.platform, &item).await,
        Route::Messages(appid) => account_message(&app.platform, &item, appid).await,
    };
    match result {
        Ok(()) => {
            tracing::info!(inbox = key, name = item.name, "item is worked off");
            inbox.finish(&item).await.map_err(|error| error.to_string())
        }
        // What wants a token waits until the component is active.
        Err(Failure { why, is_final: false }) if is_in_shadow(app, &item).await? => {
            tracing::info!(inbox = key, name = item.name, why, "item waits for the cut-over");
            inbox.wait(&item).await.map_err(|error| error.to_string())
        }
        Err(Failure { why, is_final }) => {
            let state = inbox.fail(&item, &why, is_final).await;
            let state = state.map_err(|error| error.to_string())?;
            tracing::warn!(inbox = key, name = item.name, ?state, why, "item failed");
            if state == State::Dead {
                let now = app.platform.clock.now();
                let dimension = ("Component", item.component.as_str());
                app.metrics.count(now, "DeadItems", dimension, 1);
            }
            Ok(())
        }
    }
}

async fn is_in_shadow(app: &App, item: &Received) -> Result<bool, String> {
    let mode = app.platform.tokens.mode(&item.component).await;
    Ok(mode.map_err(|error| error.to_string())? == Mode::Shadow)
}

/// An event about an authorization, a registration or a verification.
async fn authorization_event(platform: &Platform, item: &Received) -> Result<(), Failure> {
    let text = item.text().map_err(Failure::passing)?;
    let event = message::parse_authorization(text.as_bytes()).map_err(Failure::unreadable)?;
    let component = &item.component;
    // WeChat's time orders events; one that has none came when it came.
    let create_time = event.create_time.unwrap_or_else(|| item.received_at.as_second());
    match event.info {
        Info::Authorized(authorized) | Info::UpdateAuthorized(authorized) => {
            let appid = account(&authorized.authorizer_appid)?;
            let source = Source::Authorized { create_time, appid };
            exchange(platform, component, &authorized.authorization_code, source).await
        }
        Info::Unauthorized(unauthorized) => {
            let appid = account(&unauthorized.authorizer_appid)?;
            let withdrawal = platform.grants.unauthorized(component, &appid, create_time).await;
            withdrawal.map(drop).map_err(Failure::from)
        }
        Info::NotifyThirdFastRegister(registration) => {
            let outcome = Outcome::of_registration(&registration, create_time);
            note_registration(platform, component, &outcome).await?;
            let (Some(code), Some(appid)) = (registration.auth_code, registration.appid) else {
                // It failed; or an `authorized` event brings the code.
                return Ok(());
            };
            let source = Source::Registration { create_time, appid: account(&appid)? };
            exchange(platform, component, &code, source).await
        }
        // The `authorized` event brings its code.
        Info::NotifyThirdFastRegisterBetaApp(trial) => {
            let outcome = Outcome::of_trial(&trial, create_time);
            note_registration(platform, component, &outcome).await
        }
        Info::NotifyThirdFastVerifyBetaApp(conversion) => {
            let outcome = Outcome::of_conversion(&conversion, create_time);
            note_registration(platform, component, &outcome).await?;
            match conversion.appid {
                // It has another owner now.
                Some(appid) if conversion.status == 0 => {
                    show_again(platform, component, &account(&appid)?).await
                }
                _ => Ok(()),
            }
        }
        // Kept and shown; nothing follows from it by itself.
        _ => Ok(()),
    }
}

/// How a registration ended. One that was begun elsewhere has no record here.
async fn note_registration(
    platform: &Platform,
    component: &AppId,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let noted = platform.registrations.note(component, outcome).await;
    if noted.map_err(Failure::passing)?.is_none() {
        tracing::info!(%component, "a registration that was begun elsewhere");
    }
    Ok(())
}

/// Reads an account's profile once more, for WeChat has changed it.
async fn show_again(platform: &Platform, component: &AppId, appid: &AppId) -> Result<(), Failure> {
    match platform.mini_programs.refresh_profile(component, appid).await {
        Ok(_) | Err(MiniProgramError::NotAuthorized(_)) => Ok(()),
        Err(error) => Err(Failure::passing(error)),
    }
}

fn account(appid: &str) -> Result<AppId, Failure> {
    appid.parse().map_err(|error| Failure::unreadable(format!("the event's account: {error}")))
}

async fn exchange(
    platform: &Platform,
    component: &AppId,
    code: &SecretString,
    source: Source,
) -> Result<(), Failure> {
    match platform.grants.exchange(component, code, &source).await {
        Ok(_) => Ok(()),
        // It was withdrawn before it could be taken in, which leaves nothing to do.
        Err(GrantError::Withdrawn(appid)) => {
            tracing::info!(%component, %appid, "authorization was withdrawn meanwhile");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// An event or a message of a merchant's account.
async fn account_message(
    platform: &Platform,
    item: &Received,
    appid: &AppId,
) -> Result<(), Failure> {
    let text = item.text().map_err(Failure::passing)?;
    let message = message::parse_account(text.as_bytes()).map_err(Failure::unreadable)?;
    let AccountContent::Event(event) = message.content else { return Ok(()) };
    match event {
        AccountEvent::WeappAuditSuccess(_)
        | AccountEvent::WeappAuditFail(_)
        | AccountEvent::WeappAuditDelay(_) => platform
            .releases
            .note_review_event(&item.component, appid)
            .await
            .map(drop)
            .map_err(Failure::passing),
        AccountEvent::WxaNicknameAudit(event) => platform
            .profiles
            .note_name_event(&item.component, appid, &event)
            .await
            .map_err(Failure::passing),
        AccountEvent::WxaCategoryAudit(event) => platform
            .profiles
            .note_category_event(&item.component, appid, &event)
            .await
            .map_err(Failure::passing),
        _ => Ok(()),
    }
}

impl Failure {
    /// It says nothing that we understand, and will not the next time.
    fn unreadable(why: impl ToString) -> Self {
        Failure { why: why.to_string(), is_final: true }
    }

    fn passing(why: impl ToString) -> Self {
        Failure { why: why.to_string(), is_final: false }
    }
}

impl From<GrantError> for Failure {
    fn from(error: GrantError) -> Self {
        Failure { is_final: error.is_final(), why: error.to_string() }
    }
}
