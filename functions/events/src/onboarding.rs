//! What follows from an authorization that is stored: lists show the account, and its onboarding
//! begins or goes on.

use platform::{
    Platform, call::CallError, event::Event, mini_programs::MiniProgramError, tokens::TokenError,
};

/// A merchant authorized the platform, for the first time or again. Safe to repeat.
pub(crate) async fn authorized(platform: &Platform, event: &Event) -> Result<(), String> {
    let component = &event.component;
    let appid = event.appid.as_ref().ok_or("the event names no merchant")?;
    let shown = platform.mini_programs.refresh_profile(component, appid).await;
    let is_first = event.details.get("first").is_some_and(|first| first == true);
    let onboardings = &platform.onboardings;
    let moved = match (&shown, is_first) {
        // The import and the cut-over read profiles, and onboard nobody.
        (Err(MiniProgramError::Call(CallError::Token(TokenError::Shadow(_)))), _) => return Ok(()),
        (Ok(account), true) if !account.profile.is_mini_program => Ok(()),
        // What cannot be read now, its first step reads.
        (_, true) => onboardings.begin_first(component, appid).await.map(drop),
        (_, false) => onboardings.look_soon(component, appid).await,
    };
    moved.map_err(|error| error.to_string())?;
    match shown {
        // What it grants the next time is told again.
        Err(error) if error.is_gone() => Ok(()),
        shown => shown.map(drop).map_err(|error| error.to_string()),
    }
}
