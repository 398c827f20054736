//! A platform that another system runs moves here without losing a token, and back.
//!
//! A component is in one of two modes ([`Mode`]). In *shadow mode* the other system renews the
//! tokens, and nothing is minted here: no component token, no merchant's token, no exchange of an
//! authorization code, for each would put an end to what the other system holds. What WeChat
//! pushes is kept all the same; what would need a token waits. The way here:
//!
//! 1. Shadow mode, before the platform secret names the component.
//! 2. An *import*, with a component token that the other system lends: accounts, profiles and
//!    refresh tokens as WeChat shows them. It can be repeated, and says what has changed.
//! 3. The other system stops, and the *cut-over* makes the component active, in one write. A
//!    reconciliation with WeChat's list follows, for the other system may have renewed since the
//!    import; whatever is used before it comes by is healed as any stale refresh token is. What is
//!    online and in review is read last, in small portions over a whole cycle, so that the first
//!    renewals do not come at once.
//!
//! The way back is shadow mode again, in one write too; the other system finds the refresh tokens
//! in WeChat's list, and the access tokens that are left here are put away.

mod document;
mod follow_up;
mod import;

pub use import::{Finding, FindingKind, Import, Lent};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wechat::{ApiError, AppId};

pub use crate::tokens::Mode;
use crate::{
    clock::Clock,
    mini_programs::MiniPrograms,
    releases::Releases,
    storage::{StorageError, Table, Transaction},
    ticket::{self, TicketError, Tickets},
    tokens::Tokens,
};

/// A cut-over wants an import that is no older.
const IMPORT_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Merchants that are worked on at once.
const AT_ONCE: usize = 32;
/// The item with the mode, and the one with the import.
const MODE: &str = "mode";
const IMPORT: &str = "import";

/// Moves platforms. Cheap to clone.
#[derive(Clone)]
pub struct Adoption {
    /// The table `fleet`.
    pub table: Table,
    /// Tickets, without which nothing can be cut over.
    pub tickets: Tickets,
    /// Tokens.
    pub tokens: Tokens,
    /// Merchants' accounts.
    pub mini_programs: MiniPrograms,
    /// What is online and in review.
    pub releases: Releases,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A component's mode, and how far what follows from it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeRecord {
    /// Who renews the tokens.
    pub mode: Mode,
    /// Since when; none for a component that was never in shadow mode.
    pub since: Option<Timestamp>,
    /// The operator's key by whose order.
    pub by: Option<String>,
    /// What is still to be done.
    pub phase: Phase,
    /// The reconciliation that follows a cut-over.
    pub reconciliation: Option<String>,
    /// Merchants in WeChat's list when it was read after a cut-over.
    pub merchants: i64,
    /// Mini programs whose versions were read.
    pub releases_read: i64,
    /// Mini programs whose versions could not be read.
    pub releases_failed: i64,
    /// The account after which to go on.
    after: Option<String>,
}

/// What is still to be done after a change of mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing.
    Settled,
    /// The records are compared with WeChat's list.
    Reconciling,
    /// What is online and in review is read.
    ReadingReleases,
    /// Merchants' access tokens are put away.
    PuttingAway,
}

/// Why a cut-over is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// WeChat's ticket never came here.
    NoTicket,
    /// The newest ticket is older than WeChat accepts, in seconds.
    OldTicket(i64),
    /// Nothing was imported since the component is in shadow mode.
    NoImport,
    /// The import is not finished.
    UnfinishedImport,
    /// The import is too old.
    OldImport(Timestamp),
    /// So many merchants have no refresh token.
    WithoutRefreshToken(i64),
}

/// What cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum AdoptionError {
    /// Storage failed; try again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// WeChat could not be asked, or refused.
    #[error(transparent)]
    WeChat(#[from] wechat::Error),
    /// What is stored does not open.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// The cut-over is refused.
    #[error("the component cannot be made active yet: {0:?}")]
    Refused(Vec<Reason>),
    /// WeChat does not take the token that was lent.
    #[error("WeChat does not take the component token that was lent: {0}")]
    LentTokenRefused(ApiError),
    /// Only in shadow mode is there anything to import.
    #[error("{0} is active: its merchants are reconciled, not imported")]
    Active(AppId),
    /// Somebody else is changing the same thing.
    #[error("somebody else is changing the same; try again")]
    Busy,
}

impl Default for ModeRecord {
    fn default() -> Self {
        ModeRecord {
            mode: Mode::Active,
            since: None,
            by: None,
            phase: Phase::Settled,
            reconciliation: None,
            merchants: 0,
            releases_read: 0,
            releases_failed: 0,
            after: None,
        }
    }
}

impl Adoption {
    /// The mode of a component.
    pub async fn show(&self, component: &AppId) -> Result<ModeRecord, StorageError> {
        let stored = self.read::<ModeRecord>(component, MODE).await?;
        Ok(stored.map(|stored| stored.document).unwrap_or_default())
    }

    /// Changes the mode; what has it already stays as it is, and an older order that is still under
    /// way comes to nothing. What follows is done by [`Adoption::go_on`]. `some_must_authorize`
    /// accepts, for a cut-over, that merchants without a refresh token authorize again.
    pub async fn switch(
        &self,
        component: &AppId,
        mode: Mode,
        by: &str,
        some_must_authorize: bool,
    ) -> Result<ModeRecord, AdoptionError> {
        let stored = self.read::<ModeRecord>(component, MODE).await?;
        let (version, known) =
            stored.map_or_else(Default::default, |stored| (stored.version, stored.document));
        if known.mode == mode {
            // Whoever has read this version to write the other mode finds it gone.
            if version > 0 && !self.save(component, MODE, version, &known).await? {
                return Err(AdoptionError::Busy);
            }
            return Ok(known);
        }
        if mode == Mode::Active {
            let reasons = self.reasons_against(component, &known, some_must_authorize).await?;
            if !reasons.is_empty() {
                return Err(AdoptionError::Refused(reasons));
            }
        }
        let record = ModeRecord {
            mode,
            since: Some(self.clock.now()),
            by: Some(by.to_owned()),
            phase: match mode {
                Mode::Active => Phase::Reconciling,
                Mode::Shadow => Phase::PuttingAway,
            },
            ..ModeRecord::default()
        };
        let mut writes = vec![self.document_write(component, MODE, version, &record)?];
        writes.extend(self.tokens.switch(component, mode)?);
        match self.table.transact(writes).await? {
            Transaction::Written => {
                tracing::info!(%component, ?mode, by, "mode changed");
                Ok(record)
            }
            Transaction::Refused(_) => Err(AdoptionError::Busy),
        }
    }

    async fn reasons_against(
        &self,
        component: &AppId,
        shadow: &ModeRecord,
        some_must_authorize: bool,
    ) -> Result<Vec<Reason>, AdoptionError> {
        let now = self.clock.now();
        let mut reasons = Vec::new();
        match self.tickets.newest(component).await {
            Ok(ticket) => {
                let age = now.duration_since(ticket.created);
                if age >= ticket::LIFE {
                    reasons.push(Reason::OldTicket(age.as_secs()));
                }
            }
            Err(TicketError::Never(_)) => reasons.push(Reason::NoTicket),
            Err(error) => return Err(error.into()),
        }
        // An older import says nothing of what the other system has renewed since; and only an
        // import puts away the access tokens that were ours before.
        let import = self.latest_import(component).await?;
        let import = import.filter(|import| Some(import.started_at) >= shadow.since);
        reasons.extend(match &import {
            None => Some(Reason::NoImport),
            Some(import) => match import.finished_at {
                None => Some(Reason::UnfinishedImport),
                Some(at) if now.duration_since(at) >= IMPORT_LIFE => Some(Reason::OldImport(at)),
                Some(_) => None,
            },
        });
        let without = import.map_or(0, |import| import.without_refresh_token);
        if without > 0 && !some_must_authorize {
            reasons.push(Reason::WithoutRefreshToken(without));
        }
        Ok(reasons)
    }
}
