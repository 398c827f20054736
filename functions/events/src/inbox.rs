//! One item of the inbox: what follows from it, and how that is noted.

use platform::{
    actor::Actor,
    inbox::{Received, Route, State},
    tokens::Mode,
};

use crate::{App, account, authorization, failure::Failure};

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
    let work = async {
        match &item.route {
            Route::Events => authorization::take_in(&app.platform, &item).await,
            Route::Messages(appid) => account::take_in(&app.platform, &item, appid).await,
        }
    };
    let result = Actor::WeChat.does(work).await;
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
