//! Registrations on behalf of merchants.

use platform::{AppId, grants::Source, mini_programs::MiniProgramError, registrations::Outcome};
use wechat::message::{FastRegistration, TrialConversion, TrialRegistration};

use super::grants::exchange;
use crate::{
    failure::Failure,
    origin::{Origin, account},
};

/// A registration ended. If it succeeded, the event brings the code of the new account.
pub(crate) async fn ended(origin: Origin<'_>, event: &FastRegistration) -> Result<(), Failure> {
    note(origin, &Outcome::of_registration(event, origin.create_time)).await?;
    let (Some(code), Some(appid)) = (&event.auth_code, &event.appid) else {
        // It failed; or an `authorized` event brings the code.
        return Ok(());
    };
    let source = Source::Registration { create_time: origin.create_time, appid: account(appid)? };
    exchange(origin, code, source).await
}

/// The registration of a trial mini program ended. The `authorized` event brings its code.
pub(crate) async fn trial_ended(
    origin: Origin<'_>,
    event: &TrialRegistration,
) -> Result<(), Failure> {
    note(origin, &Outcome::of_trial(event, origin.create_time)).await
}

/// A trial mini program became an ordinary one, or did not.
pub(crate) async fn converted(origin: Origin<'_>, event: &TrialConversion) -> Result<(), Failure> {
    note(origin, &Outcome::of_conversion(event, origin.create_time)).await?;
    match &event.appid {
        // It has another owner now.
        Some(appid) if event.status == 0 => show_again(origin, &account(appid)?).await,
        _ => Ok(()),
    }
}

/// How a registration ended. One that was begun elsewhere has no record here.
async fn note(origin: Origin<'_>, outcome: &Outcome) -> Result<(), Failure> {
    let component = origin.component();
    let noted = origin.platform.registrations.note(component, outcome).await;
    if noted.map_err(Failure::passing)?.is_none() {
        tracing::info!(%component, "a registration that was begun elsewhere");
    }
    Ok(())
}

/// Reads an account's profile once more, for WeChat has changed it.
async fn show_again(origin: Origin<'_>, appid: &AppId) -> Result<(), Failure> {
    match origin.platform.mini_programs.refresh_profile(origin.component(), appid).await {
        Ok(_) | Err(MiniProgramError::NotAuthorized(_)) => Ok(()),
        Err(error) => Err(Failure::passing(error)),
    }
}
