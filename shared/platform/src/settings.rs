//! What is set at WeChat for a platform and its mini programs: templates, domains, testers, codes,
//! plugins, whether they serve their users, which open-platform account they are bound to. Each is
//! checked here before WeChat is asked, so that a mistake is named by its field and costs none of
//! the changes that WeChat counts.

mod calls;
mod codes;
mod domains;
mod open_accounts;
mod plugins;
mod quotas;
mod serving;
mod templates;
mod testers;

pub use calls::{Calls, Remembered};
pub use codes::{CodeKind, CodeOrder, Codes};
pub use domains::{BusinessDomains, Domains, PlatformDomains, PlatformList, Refused, Set};
pub use open_accounts::OpenAccounts;
pub use plugins::Plugins;
pub use quotas::Quotas;
pub use serving::{Serving, SupportVersion};
pub use templates::Templates;
pub use testers::{Tester, Testers};

use serde_json::json;
use wechat::AppId;

use crate::{
    call::CallError,
    confirm_files::ConfirmFileError,
    counters::{CounterError, UsedUp},
    event::kind,
    fault::Faults,
    outbox::Outbox,
    storage::StorageError,
    text::Text,
};

/// A setting that was not made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// What was asked for cannot be right.
    #[error("{0}")]
    Invalid(Faults),
    /// WeChat counts it, and nothing is left of it.
    #[error(transparent)]
    UsedUp(UsedUp),
    /// WeChat took a part of it only.
    #[error("WeChat did not accept {} domains", .0.len())]
    PartlyRefused(Vec<Refused>),
    /// It does not fit how things stand.
    #[error("{state}; {what_to_do}")]
    WrongState {
        /// How things stand.
        state: Text,
        /// What would help.
        what_to_do: Text,
    },
    /// There is no such thing at WeChat.
    #[error("{}", .0.en)]
    NotFound(Text),
    /// WeChat could not be asked, or refused.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// WeChat's confirm file is not one that can be served.
    #[error(transparent)]
    ConfirmFile(#[from] ConfirmFileError),
}

impl SettingsError {
    /// One field of the request is wrong: a JSON pointer, or the name of a member.
    fn invalid(field: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let field = field.into();
        let pointer = if field.starts_with('/') { field } else { format!("/{field}") };
        SettingsError::Invalid(Faults::one(pointer, Text::new(zh, en)))
    }

    fn wrong_state(state: Text, what_to_do: Text) -> Self {
        SettingsError::WrongState { state, what_to_do }
    }
}

impl From<Faults> for SettingsError {
    fn from(faults: Faults) -> Self {
        SettingsError::Invalid(faults)
    }
}

impl From<CounterError> for SettingsError {
    fn from(error: CounterError) -> Self {
        match error {
            CounterError::UsedUp(used_up) => SettingsError::UsedUp(used_up),
            CounterError::Storage(error) => SettingsError::Storage(error),
        }
    }
}

/// Tells that a setting of a mini program was changed at WeChat. It is changed by then, so that an
/// event that cannot be kept is no error of the order.
async fn tell_changed(outbox: &Outbox, component: &AppId, appid: &AppId, what: &str) {
    // Settings have no version of their own: the later is the higher.
    let version = u64::try_from(outbox.clock.now().as_millisecond()).unwrap_or_default();
    let details = json!({ "what": what });
    let event = outbox.event(kind::SETTINGS_CHANGED, component, Some(appid), version, details);
    if let Err(error) = outbox.tell(event).await {
        tracing::error!(%component, %appid, what, %error, "a change of a setting is not told");
    }
}
