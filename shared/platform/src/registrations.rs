//! Mini programs that are registered on behalf of merchants, by the flows in force since 2026-04-30.
//!
//! WeChat begins a task and sends nothing to anybody: the person is brought the link by us, opens it
//! within a day, and an event tells the end. What that takes:
//!
//! * A registration must not happen twice. There is one at a time for each company, person or
//!   account, and its intent is written before WeChat is called. A task whose answer was lost has a
//!   link that nobody has, and so comes to nothing; where a call itself makes the mini program, the
//!   same ticket makes the same one.
//! * Events name the task, or, in their older shape, the company or the person. Both are kept as
//!   items that lead back to the registration, also after a renewal.
//! * A success is final, from whichever attempt. A failure counts for the attempt that it is about.
//! * Events get lost. Where WeChat can be asked, the clock asks; where it cannot, a day passes.
//! * What came to nothing needs a person, until it is renewed, registered anew, or acknowledged.
//!
//! `fastregistertransactionweapp` is no flow here: of what it answers and tells no source says enough
//! to follow it. It is declared in the crate `wechat`, and the relay passes it.

mod attempt;
mod begin;
mod check;
mod event;
mod invitation;
mod link;
mod order;
mod record;
mod stage;
mod store;

pub use event::Outcome;
pub use invitation::{Invitation, qr_png, qr_svg};
pub use link::{AgreeError, Offer, Offered};
pub use order::{Order, RegistrationKind, RegistrationWish, Ticket};
pub use record::{Registration, RegistrationState, RegistrationTrouble};
pub use stage::{Stage, Standing};

use std::sync::Arc;

use wechat::{AppId, endpoint::SetBetaWeappNickname};

use crate::{
    call::{CallError, Caller},
    clock::Clock,
    fault::Faults,
    grants::{GrantError, Grants},
    outbox::Outbox,
    random::Random,
    sealed::UnsealError,
    secrets::Secrets,
    storage::{StorageError, Table},
    text::Text,
};

/// Registrations a page of a list, at most.
pub const MAX_PAGE: usize = 100;
/// Rows that are looked through for one page of a list with a filter.
const LOOKED_THROUGH: usize = 1000;

/// Registrations of every component. Cheap to clone.
#[derive(Clone)]
pub struct Registrations {
    /// The table `fleet`.
    pub table: Table,
    /// Calls to WeChat.
    pub caller: Caller,
    /// Where new mini programs are taken in.
    pub grants: Grants,
    /// Where the sealing keys are.
    pub secrets: Secrets,
    /// Events on their way out.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
}

/// A registration that was not begun, renewed or read.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// There is none with this id.
    #[error("there is no registration {0}")]
    NotFound(String),
    /// What was asked for cannot be right.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// There is one under way for the same company, person or account: its id.
    #[error("the registration {0} is under way for the same owner")]
    Taken(String),
    /// It is not in a state for this.
    #[error("{state}; {what_to_do}")]
    WrongState {
        /// How it stands.
        state: Text,
        /// What would help.
        what_to_do: Text,
    },
    /// Somebody else is at it.
    #[error("the registration {0} is being changed by somebody else; try again")]
    Busy(String),
    /// WeChat could not be asked, or refused.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The new mini program was not taken in.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The ticket that is kept does not open.
    #[error("the ticket of the registration {0}: {1}")]
    Unseal(String, UnsealError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Which registrations of a component are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct RegistrationFilter {
    /// Those in this state.
    pub state: Option<RegistrationState>,
    /// Those of this flow.
    pub kind: Option<RegistrationKind>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistrationPage {
    /// The newest first.
    pub items: Vec<Registration>,
    /// The id that the next part begins after; none on the last. A part may be empty and not the
    /// last, where a filter lets little through.
    pub next: Option<String>,
}

impl Registrations {
    /// One registration, as last known.
    pub async fn find(
        &self,
        component: &AppId,
        id: &str,
    ) -> Result<Registration, RegistrationError> {
        Ok(self.read(component, id).await?.registration)
    }

    /// The registrations of a component, the newest first: those before `before` (an id), at most
    /// `limit`.
    pub async fn list(
        &self,
        component: &AppId,
        filter: RegistrationFilter,
        before: Option<&str>,
        limit: usize,
    ) -> Result<RegistrationPage, StorageError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let (mut items, mut before) = (Vec::new(), before.map(str::to_owned));
        let mut looked_through = 0;
        loop {
            let wanted = (limit - items.len()) as i32;
            let (rows, next) = self.rows(component, before.as_deref(), wanted).await?;
            looked_through += rows.len();
            let found = rows.into_iter().map(|row| row.registration);
            items.extend(found.filter(|registration| filter.wants(registration)));
            if next.is_none() || items.len() == limit || looked_through >= LOOKED_THROUGH {
                return Ok(RegistrationPage { items, next });
            }
            before = next;
        }
    }

    /// An operator has seen to it that a registration came to nothing, and lets it be: it needs
    /// nobody any more. One that is under way or has its mini program is left as it is. Safe to
    /// repeat.
    pub async fn acknowledge(
        &self,
        component: &AppId,
        id: &str,
    ) -> Result<Registration, RegistrationError> {
        let mut row = self.read(component, id).await?;
        if !row.registration.needs_a_person() {
            return Ok(row.registration);
        }
        row.registration.acknowledged_at = Some(self.clock.now());
        Ok(self.save(row, None).await?.registration)
    }

    /// Renames a trial mini program; WeChat adds `的体验小程序`.
    pub async fn rename_trial(
        &self,
        component: &AppId,
        appid: &AppId,
        name: &str,
    ) -> Result<(), RegistrationError> {
        let name = name.trim();
        if let Some((zh, en)) = order::trial_name_fault(name) {
            let mut faults = Faults::default();
            faults.add("/name", zh, en);
            return Err(faults.into());
        }
        self.caller.merchant(component, appid, &SetBetaWeappNickname { name }).await?;
        Ok(())
    }
}

impl RegistrationFilter {
    fn wants(self, registration: &Registration) -> bool {
        self.state.is_none_or(|state| state == registration.state)
            && self.kind.is_none_or(|kind| kind == registration.order.kind())
    }
}
