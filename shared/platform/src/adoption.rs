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
//! 3. The other system stops, and the *cut-over* makes the component active. WeChat's list is read
//!    once more, for the other system may have renewed since; only then is a merchant's token
//!    renewed here. What is online is read after that, in small portions over a whole cycle, so
//!    that the first renewals do not come at once.
//!
//! The way back is shadow mode again: merchants' tokens are put away, and the other system finds
//! the refresh tokens in WeChat's list.

mod import;
mod listed;
mod take_over;

pub use import::{Finding, FindingKind, Findings, Import, ImportPhase};

use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wechat::{
    ApiError, AppId, Endpoint, answer::Answer, endpoint::ApiGetAuthorizerListResponse,
    token::ComponentToken,
};

pub use crate::tokens::Mode;
use crate::{
    authorizers,
    call::CallError,
    clock::Clock,
    grants::{GrantError, Grants},
    mini_programs::MiniPrograms,
    releases::Releases,
    storage::{StorageError, Table, Transaction, number, text},
    ticket::{self, TicketError, Tickets},
    tokens::Tokens,
};

/// A cut-over wants an import that is no older.
const IMPORT_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Calls to WeChat under way at once.
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
    /// Authorizations.
    pub grants: Grants,
    /// What is online.
    pub releases: Releases,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A component's mode, and how far the change to it has come.
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
    /// Merchants in WeChat's list when it was read.
    pub total: i64,
    /// Merchants whose tokens changed hands.
    pub changed_hands: i64,
    /// Merchants that must authorize again, for WeChat shows no refresh token of theirs.
    pub needs_authorization: i64,
    /// Merchants that turned out to have withdrawn.
    pub withdrawn: i64,
    /// Mini programs whose version online was read.
    pub releases_read: i64,
    /// Mini programs whose version online could not be read.
    pub releases_failed: i64,
    /// How many of the list are done; or the minute of the cycle.
    position: i64,
    /// The account after which to go on.
    after: Option<String>,
}

/// What is still to be done after a change of mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing.
    Settled,
    /// WeChat's list is read, and merchants' tokens are taken over.
    TakingOver,
    /// Merchants that the list does not show are asked for, one by one.
    AskingForTheRest,
    /// What is online is read.
    ReadingReleases,
    /// Merchants' tokens are put away.
    HandingBack,
}

/// Who lends the component token that an import calls with.
pub enum Lender {
    /// The other system. The token is used and forgotten.
    OtherSystem(SecretString),
    /// Nobody: the component is active, and the token is our own.
    Nobody,
}

/// What an operator accepts with a cut-over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accepted {
    /// That there is no import, or an old one.
    pub import: bool,
    /// That some merchants must authorize again.
    pub refresh_tokens: bool,
}

/// Why a cut-over is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// WeChat's ticket never came here.
    NoTicket,
    /// The newest ticket is older than WeChat accepts, in seconds.
    OldTicket(i64),
    /// Nothing was imported.
    NoImport,
    /// The import is not finished.
    UnfinishedImport,
    /// The import is too old.
    OldImport(Timestamp),
    /// WeChat shows no refresh token for so many merchants.
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
    Call(#[from] CallError),
    /// A withdrawal could not be recorded.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// What is stored does not open.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// The cut-over is refused.
    #[error("the component cannot be made active yet: {0:?}")]
    Refused(Vec<Reason>),
    /// WeChat does not take the token that was lent.
    #[error("WeChat does not take the component token that was lent: {0}")]
    LentTokenRefused(ApiError),
    /// In shadow mode an import wants a token of the other system.
    #[error("the component is in shadow mode: lend a component token of the system that runs it")]
    LendToken,
    /// An active component has its own token.
    #[error("the component is active: it has a token of its own and needs none lent")]
    NothingToLend,
    /// Somebody else is changing the same thing.
    #[error("somebody else is changing the same; try again")]
    Busy,
}

/// Something kept as one document, with a version.
#[derive(Deserialize)]
struct Stored<T> {
    version: u64,
    document: T,
}

impl Default for ModeRecord {
    fn default() -> Self {
        ModeRecord {
            mode: Mode::Active,
            since: None,
            by: None,
            phase: Phase::Settled,
            total: 0,
            changed_hands: 0,
            needs_authorization: 0,
            withdrawn: 0,
            releases_read: 0,
            releases_failed: 0,
            position: 0,
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

    /// Changes the mode; what has it already stays as it is. What follows is done by
    /// [`Adoption::go_on`]. From the moment of the write to shadow mode nothing is minted any more.
    pub async fn switch(
        &self,
        component: &AppId,
        mode: Mode,
        by: &str,
        accepted: Accepted,
    ) -> Result<ModeRecord, AdoptionError> {
        let stored = self.read::<ModeRecord>(component, MODE).await?;
        let (version, known) =
            stored.map_or_else(Default::default, |stored| (stored.version, stored.document));
        if known.mode == mode {
            return Ok(known);
        }
        if mode == Mode::Active {
            let reasons = self.reasons_against(component, accepted).await?;
            if !reasons.is_empty() {
                return Err(AdoptionError::Refused(reasons));
            }
        }
        let record = ModeRecord {
            mode,
            since: Some(self.clock.now()),
            by: Some(by.to_owned()),
            phase: match mode {
                Mode::Active => Phase::TakingOver,
                Mode::Shadow => Phase::HandingBack,
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
        accepted: Accepted,
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
        let import = self.read::<Import>(component, IMPORT).await?.map(|stored| stored.document);
        let reason = match &import {
            None => Some(Reason::NoImport),
            Some(import) => match import.finished_at {
                None => Some(Reason::UnfinishedImport),
                Some(at) if now.duration_since(at) >= IMPORT_LIFE => Some(Reason::OldImport(at)),
                Some(_) => None,
            },
        };
        reasons.extend(reason.filter(|_| !accepted.import));
        let without = import.map_or(0, |import| import.without_refresh_token);
        if without > 0 && !accepted.refresh_tokens {
            reasons.push(Reason::WithoutRefreshToken(without));
        }
        Ok(reasons)
    }

    /// One page of WeChat's list, from `offset` on.
    async fn list(
        &self,
        component: &AppId,
        lender: &Lender,
        offset: i64,
    ) -> Result<ApiGetAuthorizerListResponse, AdoptionError> {
        self.ask(component, lender, &authorizers::page(component, offset)).await
    }

    /// Sends a call with the lender's token.
    async fn ask<E: Endpoint<Token = ComponentToken>>(
        &self,
        component: &AppId,
        lender: &Lender,
        request: &E,
    ) -> Result<<E::Answer as Answer>::Value, AdoptionError> {
        let token = match lender {
            Lender::Nobody => {
                return Ok(self.mini_programs.caller.component(component, request).await?);
            }
            Lender::OtherSystem(token) => ComponentToken(token.clone()),
        };
        match self.tokens.wechat.send(&token, request).await {
            Ok(answer) => Ok(answer),
            // 40013: it is another component's; 61014: it is a merchant's.
            Err(wechat::Error::WeChat(refusal)) if is_about_token(&refusal) => {
                Err(AdoptionError::LentTokenRefused(refusal))
            }
            Err(error) => Err(CallError::WeChat(error).into()),
        }
    }

    async fn read<T: DeserializeOwned>(
        &self,
        component: &AppId,
        name: &str,
    ) -> Result<Option<Stored<T>>, StorageError> {
        self.table.read(&partition(component), name).await
    }

    /// Replaces a document if it still has this version; 0 if there was none.
    async fn save<T: Serialize>(
        &self,
        component: &AppId,
        name: &str,
        version: u64,
        document: &T,
    ) -> Result<bool, StorageError> {
        let writes = vec![self.document_write(component, name, version, document)?];
        Ok(self.table.transact(writes).await? == Transaction::Written)
    }

    fn document_write<T: Serialize>(
        &self,
        component: &AppId,
        name: &str,
        version: u64,
        document: &T,
    ) -> Result<TransactWriteItem, StorageError> {
        let document = AttributeValue::M(self.table.item(document)?);
        let update = Update::builder()
            .table_name(self.table.name())
            .key("pk", text(partition(component)))
            .key("sk", text(name))
            .update_expression("SET document = :document, version = :next")
            .condition_expression(match version {
                0 => "attribute_not_exists(pk)",
                _ => "version = :version",
            })
            .expression_attribute_values(":document", document)
            .expression_attribute_values(":next", number(version as i64 + 1));
        let update = match version {
            0 => update,
            version => update.expression_attribute_values(":version", number(version as i64)),
        };
        let update = update.build();
        let update = update.map_err(|error| self.table.error("build", error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// The refusals that mean the token and not the call.
fn is_about_token(refusal: &ApiError) -> bool {
    matches!(refusal.errcode, 40001 | 40013 | 40014 | 42001 | 61014)
}

fn partition(component: &AppId) -> String {
    format!("adoption#{component}")
}
