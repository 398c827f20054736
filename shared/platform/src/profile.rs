//! How a mini program presents itself: name, avatar, introduction, whether it can be found, service
//! categories. WeChat counts the changes and reviews some of them.
//!
//! * What cannot be right costs none of the changes: it is refused before WeChat is called, with
//!   everything that is wrong.
//! * Each change is counted before WeChat is asked for it, by WeChat's own numbers.
//! * What is in force already is a success without a call. So an order may be sent again, also after
//!   an answer was lost: WeChat is asked first what became of it.
//! * A name is followed by its event and by its query, a category by its event and by the list.
//! * What WeChat showed last, and what it reviews, stands in one record a mini program.

mod avatar;
mod categories;
mod introduction;
mod name;
mod picture;
mod record;
mod review;
mod searchability;
mod shown;
mod store;

pub use avatar::Crop;
pub use categories::{CategoryOrder, CategoryTree, DocumentOrder};
pub use name::{NameCheck, NameOrder};
pub use picture::Material;
pub use record::{Category, NameReview, NameState, ProfileRecord};
pub use shown::{Changes, Shown};

use std::sync::Arc;

use wechat::AppId;

use crate::{
    call::{CallError, Caller},
    clock::Clock,
    counters::{Counted, CounterError, Counters, UsedUp},
    fault::Faults,
    mini_programs::MiniPrograms,
    outbox::Outbox,
    random::Random,
    storage::{StorageError, Table},
    text::Text,
    tokens::Subject,
};

/// Profiles of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Profiles {
    /// The table `fleet`.
    pub table: Table,
    /// Calls to WeChat.
    pub caller: Caller,
    /// What WeChat counts.
    pub counters: Counters,
    /// The accounts, which lists are made of.
    pub mini_programs: MiniPrograms,
    /// Events on their way out.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
}

/// A profile that was not changed or read.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// What was asked for cannot be right.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// WeChat counts the changes, and none is left.
    #[error(transparent)]
    UsedUp(#[from] UsedUp),
    /// Things are not in a state for this.
    #[error("{state}; {what_to_do}")]
    WrongState {
        /// How they stand.
        state: Text,
        /// What would help.
        what_to_do: Text,
    },
    /// There is no such thing at WeChat.
    #[error("{0}")]
    NotFound(Text),
    /// Somebody else is at it.
    #[error("the profile of {0} is being changed by somebody else; try again")]
    Busy(AppId),
    /// WeChat could not be asked, or refused.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl ProfileError {
    fn wrong_state(state: Text, what_to_do: Text) -> Self {
        ProfileError::WrongState { state, what_to_do }
    }

    fn is_outcome_unknown(&self) -> bool {
        matches!(self, ProfileError::Call(error) if error.is_outcome_unknown())
    }
}

impl From<CounterError> for ProfileError {
    fn from(error: CounterError) -> Self {
        match error {
            CounterError::UsedUp(used_up) => ProfileError::UsedUp(used_up),
            CounterError::Storage(error) => ProfileError::Storage(error),
        }
    }
}

impl Profiles {
    /// What is on record: what WeChat showed last, and what it reviews. WeChat is not asked.
    pub async fn record(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<ProfileRecord, ProfileError> {
        Ok(self.read(component, appid).await?.record)
    }

    /// What WeChat shows now, which is put on record; and what became of reviews.
    pub async fn show(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<ProfileRecord, ProfileError> {
        let shown = self.ask(component, appid).await?;
        let name = self.ask_about_name(component, appid).await?;
        self.note(component, appid, |record, now| {
            let mut told = record.take_in(shown.clone(), now);
            told.extend(name.as_ref().and_then(|answer| record.decide_name_by(answer, now)));
            told
        })
        .await
    }

    /// Whether a change is left, so that nothing is begun that could not be finished.
    async fn change_left(&self, whose: &Subject, counted: Counted) -> Result<(), ProfileError> {
        let quota = self.counters.of(whose, counted).await?;
        match quota.left() {
            Some(0) => Err(UsedUp(quota).into()),
            _ => Ok(()),
        }
    }

    /// What WeChat shows, where it was never asked before: a record that says nothing else would
    /// answer a change with nothing.
    async fn first_look(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Shown>, ProfileError> {
        match self.read(component, appid).await?.record.shown {
            Some(_) => Ok(None),
            None => Ok(Some(self.ask(component, appid).await?)),
        }
    }

    /// Has the lists show what was changed. What fails here is made up for by the next authorization
    /// or review, for the change itself is done.
    async fn show_in_lists(&self, component: &AppId, appid: &AppId) {
        if let Err(error) = self.mini_programs.refresh_profile(component, appid).await {
            tracing::warn!(%component, %appid, %error, "lists show the profile as it was");
        }
    }
}
