//! Authorizations: a merchant grants, grants again, or withdraws.
//!
//! One authorization reaches us several times: by the merchant's redirect, by the push
//! `authorized` or `updateauthorized`, and after a registration by one more push. All of them are
//! one command, keyed by the authorization code, which WeChat exchanges once:
//!
//! 1. Whoever comes first takes the lease of the code's item and exchanges the code; everybody
//!    else waits for the result and takes it.
//! 2. The result is stored before anything else happens, in one transaction: the tokens, the
//!    account's record, the grant's own item, and the event for the bus.
//! 3. If WeChat's answer was lost (a timeout, a crash), the code is spent. What WeChat shows of
//!    the account stands in for the answer.
//!
//! What is newer counts (see `order`), and a withdrawal leaves a tombstone, so that neither a
//! late `unauthorized` ends a newer grant nor a late grant revives an account.

mod item;
mod obtain;
mod order;
mod record;
mod settle;
mod standing;
mod take_in;

use std::{sync::Arc, time::Duration};

use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use wechat::{AppId, message::go_live::test_account};

pub(crate) use self::item::key_of_listed;
use self::item::{GrantItem, Lease, State};
use crate::{
    call::CallError,
    clock::Clock,
    mini_programs::{MiniPrograms, missing_permission_sets},
    outbox::Outbox,
    random::Random,
    storage::{StorageError, Table},
    tokens::{Subject, TokenError, Tokens},
};

/// Whoever waits for somebody else's exchange looks again after this long.
const LOOK_AGAIN: Duration = Duration::from_millis(120);
/// And gives up after this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// How an authorization code reached us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The merchant's browser came back with it.
    Redirect,
    /// The push `authorized` or `updateauthorized`.
    Authorized {
        /// WeChat's `CreateTime`, seconds.
        create_time: i64,
        /// The account that it names.
        appid: AppId,
    },
    /// The push of a registration that succeeded.
    Registration {
        /// WeChat's `CreateTime`, seconds.
        create_time: i64,
        /// The account that it names.
        appid: AppId,
    },
}

/// A grant that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The account.
    pub appid: AppId,
    /// The permission sets that it granted, by number.
    pub permission_sets: Vec<i64>,
    /// Those that the platform needs and did not get.
    pub missing_permission_sets: Vec<i64>,
    /// It was the newest when it was stored; nothing came of it otherwise, nor of a test account's.
    pub is_current: bool,
    /// When it happened, in seconds.
    pub order: i64,
    /// The order is not yet WeChat's `CreateTime`.
    pub is_provisional: bool,
}

/// What came of a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// The account's tokens are gone.
    Recorded,
    /// It was known, or the account has authorized again since.
    Late,
    /// WeChat says that the authorization stands.
    Stands,
}

/// A grant or a withdrawal that did not get done.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// Storage failed; try again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// WeChat could not be asked, or refused.
    #[error(transparent)]
    Call(#[from] CallError),
    /// WeChat does not know the code any more (61009, 61010), and nothing shows what it was for.
    /// The merchant must authorize again, or a push that names the account comes later.
    #[error("the authorization code is used, expired or wrong: {0}")]
    CodeRefused(wechat::ApiError),
    /// WeChat does not know the code any more, and the account has withdrawn since.
    #[error("{0} has withdrawn its authorization since")]
    Withdrawn(AppId),
    /// Somebody else is exchanging the code and has not finished in time; try again.
    #[error("the authorization is being taken in; try again in a few seconds")]
    Busy,
}

/// Takes in authorizations. Cheap to clone.
#[derive(Clone)]
pub struct Grants {
    /// The table `fleet`.
    pub table: Table,
    /// Where tokens go.
    pub tokens: Tokens,
    /// Where accounts are recorded.
    pub mini_programs: MiniPrograms,
    /// Where others are told.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Lease ids.
    pub random: Arc<dyn Random>,
}

impl Grants {
    /// Takes in the authorization that `code` stands for. Safe to repeat, from any source and in
    /// any order: the code is exchanged once, and everybody gets what it was exchanged for.
    pub async fn exchange(
        &self,
        component: &AppId,
        code: &SecretString,
        source: &Source,
    ) -> Result<Granted, GrantError> {
        let key = item::key(component, code);
        if let Some(item) = self.read_grant(&key).await?
            && item.state == State::Done
        {
            return self.settle(component, item, source).await;
        }
        // Before the lease, which shall not be spent on waiting for somebody else's refresh.
        self.component_token(component).await?;
        let give_up = Instant::now() + PATIENCE;
        let holder = self.random.identifier(self.clock.now());
        let mut seen: Option<(String, Instant)> = None;
        while Instant::now() < give_up {
            let stale = seen.as_ref().filter(|(_, since)| since.elapsed() >= item::LEASE);
            let stale = stale.map(|(owner, _)| owner.as_str());
            match self.take_grant(&key, source, &holder, stale).await? {
                Lease::Ours(item) => {
                    return self.exchange_under_lease(component, code, item, source, &holder).await;
                }
                Lease::Theirs(Some(item)) if item.state == State::Done => {
                    return self.settle(component, item, source).await;
                }
                Lease::Theirs(item) => {
                    if let Some(owner) = item.and_then(|item| item.lease_owner)
                        && seen.as_ref().is_none_or(|(watched, _)| *watched != owner)
                    {
                        seen = Some((owner, Instant::now()));
                    }
                    let jitter = u64::from(self.random.bytes::<1>()[0]);
                    sleep(LOOK_AGAIN + Duration::from_millis(jitter / 2)).await;
                }
            }
        }
        Err(GrantError::Busy)
    }

    async fn exchange_under_lease(
        &self,
        component: &AppId,
        code: &SecretString,
        item: GrantItem,
        source: &Source,
        holder: &str,
    ) -> Result<Granted, GrantError> {
        let obtained = match self.obtain(component, code, &item).await {
            Ok(obtained) => obtained,
            Err(not) => {
                let why = not.error.to_string();
                tracing::warn!(%component, grant = item.pk, error = %not.error, "code not exchanged");
                self.give_grant_back(&item, holder, not.unexchanged, &why).await?;
                return Err(not.error);
            }
        };
        let (order, provisional) = match item.event_order {
            Some(order) => (order, false),
            None => (obtained.seen_at.as_second(), true),
        };
        let stored = record::New { key: &item.pk, obtained: &obtained, order, provisional };
        let item = self.store(component, stored).await?;
        self.settle(component, item, source).await
    }

    async fn component_token(&self, component: &AppId) -> Result<(), CallError> {
        let subject = Subject::Component(component.clone());
        self.tokens.access_token(&subject).await?;
        Ok(())
    }
}

impl Granted {
    /// It is one of WeChat's ten test accounts, which become no merchants.
    pub fn is_of_test_account(&self) -> bool {
        test_account(self.appid.as_str()).is_some()
    }
}

impl Source {
    /// What only a push knows: the account and the `CreateTime`.
    fn push(&self) -> Option<(&AppId, i64)> {
        match self {
            Source::Redirect => None,
            Source::Authorized { create_time, appid }
            | Source::Registration { create_time, appid } => Some((appid, *create_time)),
        }
    }
}

impl From<GrantItem> for Option<Granted> {
    fn from(item: GrantItem) -> Self {
        Some(Granted {
            appid: item.appid?,
            missing_permission_sets: missing_permission_sets(&item.permission_sets),
            permission_sets: item.permission_sets,
            is_current: item.current,
            order: item.order,
            is_provisional: item.provisional,
        })
    }
}

impl GrantError {
    /// Trying again changes nothing.
    pub fn is_final(&self) -> bool {
        matches!(self, GrantError::CodeRefused(_) | GrantError::Withdrawn(_))
    }
}

impl From<TokenError> for GrantError {
    fn from(error: TokenError) -> Self {
        GrantError::Call(error.into())
    }
}
