//! What is set at WeChat for a platform and its mini programs: templates, domains, testers, codes. Each is
//! checked here before WeChat is asked, so that a mistake is named by its field and costs none of
//! the changes that WeChat counts.

mod codes;
mod domains;
mod templates;
mod testers;

pub use codes::{CodeKind, CodeOrder, Codes};
pub use domains::{BusinessDomains, Domains, Refused};
pub use templates::Templates;
pub use testers::{Tester, Testers};

use crate::{call::CallError, confirm_files::ConfirmFileError, storage::StorageError, text::Text};

/// A setting that was not made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// What was asked for cannot be right.
    #[error("{field}: {}", .why.en)]
    Invalid {
        /// The field of the request.
        field: String,
        /// What is wrong with it and what belongs there.
        why: Text,
    },
    /// WeChat took a part of it only.
    #[error("WeChat did not accept {} domains", .0.len())]
    PartlyRefused(Vec<Refused>),
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
    fn invalid(field: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        SettingsError::Invalid { field: field.into(), why: Text::new(zh, en) }
    }
}
