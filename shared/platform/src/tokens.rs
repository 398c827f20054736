//! Access tokens: one item for each (component, app), renewed by whoever needs it, once.
//!
//! The protocol, in the order in which it happens:
//!
//! 1. A caller reads the item, strongly consistent, and takes the token with the item's version.
//! 2. If the token is about to expire, the caller takes the *lease* by a conditional write: version
//!    unchanged, lease free. Whoever does not get it waits and reads again; it never calls WeChat.
//! 3. The holder calls WeChat, whose time limit is well inside the lease's.
//! 4. It stores access *and* refresh token in one conditional write: version and holder unchanged.
//!    A holder that slept too long is fenced off here.
//! 5. A caller whose token WeChat refuses *invalidates the version it used*, so that a token which
//!    somebody renewed meanwhile is left alone; then it asks again, once.
//!
//! A write whose acknowledgement was lost is recognized by `refreshed_by`, the id of the lease.

mod bearer;
mod cursor;
mod due;
mod grant;
mod heal;
mod item;
mod mode;
mod refresh;
mod schedule;
mod share;
mod watch;

pub use grant::Granted;
pub(crate) use item::digest;
pub use item::{MINUTES, TokenItem, TokenState};
pub use mode::Mode;
pub use schedule::{Progress, Work};
pub use share::{Part, Share};
pub(crate) use watch::Watch;

use std::{fmt, sync::Arc, time::Duration};

use jiff::SignedDuration;
use secrecy::SecretString;
use wechat::AppId;

use crate::{
    attention::Attention,
    breaker::{Breakers, Cause, Open},
    clock::Clock,
    random::Random,
    reconcile::Runs,
    sealed::{Owner, UnsealError},
    secrets::{ComponentError, Secrets},
    storage::{StorageError, Table},
    ticket::{TicketError, Tickets},
};

/// A token with less life than this is renewed before it is handed out.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// How long a lease lasts: WeChat's time limit twice, and room for storage.
const LEASE: Duration = Duration::from_secs(25);
/// How far clocks of two functions may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(10);

/// Whose token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The component itself.
    Component(AppId),
    /// A merchant's account, for which the component acts.
    Merchant {
        /// The component.
        component: AppId,
        /// The merchant's account.
        appid: AppId,
    },
}

/// A token, and the version of the item that it came from.
#[derive(Debug, Clone)]
pub struct Token {
    /// The access token.
    pub secret: SecretString,
    /// To be named when WeChat refuses the token.
    pub version: u64,
    /// When WeChat said that it ends, in seconds.
    pub expires_at: i64,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Storage failed; try again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The component is not configured.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// There is no ticket to ask WeChat with.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// WeChat did not give a token.
    #[error(transparent)]
    WeChat(#[from] wechat::Error),
    /// The merchant never authorized this component.
    #[error("{0} has not authorized this platform; send it the authorization link")]
    NotAuthorized(AppId),
    /// The merchant withdrew its authorization.
    #[error("{0} has withdrawn its authorization; send it the authorization link again")]
    Revoked(AppId),
    /// The refresh token is lost, and only the merchant can give a new one.
    #[error("{0} must authorize again: WeChat accepts its refresh token no longer")]
    NeedsAuthorization(AppId),
    /// Another system renews the component's tokens, so that this one must not.
    #[error("{0} is in shadow mode: another system renews its tokens")]
    Shadow(AppId),
    /// What is stored does not open.
    #[error("token of {0}: {1}")]
    Unseal(Subject, UnsealError),
    /// Its refresh token is being looked for in WeChat's list; try again.
    #[error("WeChat does not accept the refresh token of {0}; the right one is being looked for")]
    Healing(AppId),
    /// Somebody else is renewing it and has not finished in time; try again.
    #[error("token of {0} is being renewed; try again in a few seconds")]
    Busy(Subject),
    /// WeChat refuses the component as a whole, and is not asked at the moment.
    #[error("{}: {}; {}", .0.component, .0.words(), .0.what_to_do())]
    Halted(Box<Open>),
}

/// The tokens of every component and merchant. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    /// The table `tokens`.
    pub table: Table,
    /// Tickets, for component tokens.
    pub tickets: Tickets,
    /// Credentials and sealing keys.
    pub secrets: Secrets,
    /// WeChat.
    pub wechat: wechat::Client,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Lease ids and nonces.
    pub random: Arc<dyn Random>,
    /// When not to ask.
    pub breakers: Breakers,
    /// Which merchants must authorize again.
    pub attention: Attention,
    /// Scans of WeChat's list, one for all who need it.
    pub runs: Runs,
    /// Leases of others, as this process saw them.
    pub(crate) watch: Watch,
}

impl Tokens {
    /// A token that lives for at least five more minutes, renewed if need be.
    pub async fn access_token(&self, subject: &Subject) -> Result<Token, TokenError> {
        let item = self.read(subject).await?;
        if let Some(token) = self.usable(subject, item.as_ref(), MARGIN)? {
            return Ok(token);
        }
        self.refresh(subject, MARGIN).await
    }

    /// The token that is there, if it still lives. Nothing is renewed.
    pub(crate) async fn at_hand(&self, subject: &Subject) -> Result<Option<Token>, TokenError> {
        let item = self.read(subject).await?;
        self.usable(subject, item.as_ref(), SignedDuration::ZERO)
    }

    /// WeChat refused the token of `version`: nobody shall be given it again. A newer token is
    /// left alone.
    pub async fn invalidate(&self, subject: &Subject, version: u64) -> Result<(), StorageError> {
        self.expire(subject, version).await
    }

    /// The token of `item`, if it lives for longer than `margin`.
    fn usable(
        &self,
        subject: &Subject,
        item: Option<&TokenItem>,
        margin: SignedDuration,
    ) -> Result<Option<Token>, TokenError> {
        let Some(item) = item else { return Ok(None) };
        subject.check(item.state)?;
        let Some(sealed) = &item.access_token else { return Ok(None) };
        if item.access_expires_at <= (self.clock.now() + margin).as_second() {
            return Ok(None);
        }
        let secret = sealed
            .open(&self.secrets.sealing(), &subject.owner())
            .map_err(|error| TokenError::Unseal(subject.clone(), error))?;
        Ok(Some(Token { secret, version: item.version, expires_at: item.access_expires_at }))
    }
}

impl TokenError {
    /// It is no merchant's fault: the component as a whole gets no tokens.
    pub fn concerns_component(&self) -> bool {
        match self {
            TokenError::Component(_)
            | TokenError::Ticket(_)
            | TokenError::Halted(_)
            | TokenError::Shadow(_) => true,
            TokenError::WeChat(error) => error.as_wechat().and_then(Cause::of).is_some(),
            _ => false,
        }
    }
}

impl Subject {
    /// A merchant of a component.
    pub fn merchant(component: &AppId, appid: &AppId) -> Self {
        Subject::Merchant { component: component.clone(), appid: appid.clone() }
    }

    /// The component, or the merchant's component.
    pub fn component(&self) -> &AppId {
        match self {
            Subject::Component(component) | Subject::Merchant { component, .. } => component,
        }
    }

    /// The account that the token acts for.
    pub fn appid(&self) -> &AppId {
        match self {
            Subject::Component(appid) | Subject::Merchant { appid, .. } => appid,
        }
    }

    /// Whose sealed values these are.
    pub fn owner(&self) -> Owner {
        match self {
            Subject::Component(component) => Owner::component(component),
            Subject::Merchant { component, appid } => Owner::within(component, appid.as_str()),
        }
    }

    fn check(&self, state: TokenState) -> Result<(), TokenError> {
        match state {
            TokenState::Active => Ok(()),
            TokenState::Revoked => Err(TokenError::Revoked(self.appid().clone())),
            TokenState::NeedsAuthorization => {
                Err(TokenError::NeedsAuthorization(self.appid().clone()))
            }
            TokenState::Shadow => Err(TokenError::Shadow(self.component().clone())),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Component(component) => write!(formatter, "component {component}"),
            Subject::Merchant { component, appid } => write!(formatter, "{appid} of {component}"),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
