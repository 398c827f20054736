//! The transactions in which a grant or a withdrawal is stored, complete or not at all. Each is
//! conditional on the record that was read; if that changed meanwhile, it is read and weighed
//! again.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use wechat::{AppId, message::go_live::test_account};

use super::{
    GrantError, Grants, Withdrawal,
    item::{Done, GrantItem, State},
    obtain::Obtained,
    order::{Incoming, Verdict, weigh},
    standing::{InDoubt, Standing},
};
use crate::{
    attention::Need,
    event::kind,
    mini_programs::{AuthorizationState, Change, Row},
    storage::{StorageError, Transaction},
    tokens::{self, Subject},
};

/// How long it is tried to store what WeChat gives once.
const PERSISTENCE: Duration = Duration::from_secs(12);
/// How often a write is tried that somebody else's came before.
pub(super) const ATTEMPTS: usize = 6;
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// A grant that is to be stored.
#[derive(Clone, Copy)]
pub(super) struct New<'a> {
    pub(super) key: &'a str,
    pub(super) obtained: &'a Obtained,
    pub(super) order: i64,
    pub(super) provisional: bool,
}

/// An authorization: by which grant, and its order.
type Replaced = (Option<String>, i64);

impl Grants {
    /// Stores a grant: tokens, record, the grant's item and the event. What WeChat gave it gives
    /// once, so that a failure of storage is tried again for as long as there is time.
    pub(super) async fn store(
        &self,
        component: &AppId,
        new: New<'_>,
    ) -> Result<GrantItem, GrantError> {
        let give_up = Instant::now() + PERSISTENCE;
        let mut told = None;
        loop {
            match self.store_once(component, new, &mut told).await {
                Ok(Some(item)) => return Ok(item),
                // The record changed meanwhile.
                Ok(None) if Instant::now() < give_up => {}
                Ok(None) => return Err(GrantError::Busy),
                Err(error) if error.is_final() || Instant::now() >= give_up => return Err(error),
                Err(error) => {
                    tracing::warn!(%component, grant = new.key, %error, "grant not stored yet");
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// The grant's item when it is done, by us or by somebody else; nothing if the record changed
    /// under our hands. `told` is what WeChat said, and of which authorization here: while that is
    /// what stands, WeChat is not asked again. For a renewal between the two may exchange the
    /// refresh token by which it was told.
    async fn store_once(
        &self,
        component: &AppId,
        new: New<'_>,
        told: &mut Option<(Replaced, Standing)>,
    ) -> Result<Option<GrantItem>, GrantError> {
        let appid = &new.obtained.appid;
        let row = self.mini_programs.row(component, appid).await?;
        let incoming =
            Incoming::Granted { key: new.key, order: new.order, provisional: new.provisional };
        let known = row.as_ref().map(|row| &row.authorization);
        // A withdrawal that came before any grant leaves a record without one.
        let is_first = row.as_ref().is_none_or(|row| row.grant.is_none());
        let standing = match weigh(row.as_ref(), incoming) {
            // One of WeChat's own is no merchant: the grant is known, and nothing comes of it.
            _ if test_account(appid.as_str()).is_some() => Standing::Over,
            Verdict::Newer => Standing::Stands,
            Verdict::Older => Standing::Over,
            Verdict::Doubtful => {
                let replaced = row.as_ref().map(|it| (it.grant.clone(), it.authorization.order));
                let standing = match told.take() {
                    Some((of, standing)) if replaced.as_ref() == Some(&of) => standing,
                    _ => {
                        let refresh = new.obtained.refresh.as_ref();
                        let New { order, provisional, .. } = new;
                        let grant = InDoubt { appid, refresh, order, provisional };
                        self.standing(component, row.as_ref(), grant).await?
                    }
                };
                *told = replaced.map(|replaced| (replaced, standing));
                standing
            }
        };
        let current = standing != Standing::Over;
        // Tokens and record agree on one order, which never goes back.
        let order = known.map_or(new.order, |known| known.order.max(new.order));
        let done = self.grant_done(
            new.key,
            Done {
                appid,
                order: new.order,
                provisional: new.provisional,
                permission_sets: &new.obtained.permission_sets,
                current,
            },
        )?;
        let mut writes = vec![done];
        let mut events = Vec::new();
        if current {
            let subject = Subject::merchant(component, appid);
            let there = self.tokens.read(&subject).await?;
            // Tokens that somebody stored while the code was being exchanged may be newer than the
            // code's: then only WeChat knows the refresh token, and the access token is renewed.
            let overtaken = standing == Standing::Renewed
                || there.as_ref().is_some_and(|there| self.tokens.may_be_younger(there));
            let shown = match overtaken {
                true => self.shown(component, appid).await?.refresh,
                false => None,
            };
            let granted = tokens::Granted {
                access: new.obtained.access.as_ref().filter(|_| !overtaken),
                expires_in: new.obtained.expires_in,
                refresh: shown.as_ref().or(new.obtained.refresh.as_ref()),
                order,
                seen: there.map_or(0, |there| there.version),
            };
            writes.push(self.tokens.granted(&subject, &granted)?);
            let attention = &self.tokens.attention;
            writes.push(attention.unmark(component, appid, Need::Authorization)?);
            let (sets, now) = (&new.obtained.permission_sets, self.clock.now());
            writes.push(attention.permissions(component, appid, sets, now)?);
            let change = Change::Granted {
                key: new.key,
                order,
                provisional: new.provisional || order != new.order,
                permission_sets: &new.obtained.permission_sets,
            };
            let (write, version) =
                self.mini_programs.change(component, appid, row.as_ref(), change)?;
            writes.push(write);
            writes.push(self.mini_programs.tell_roster(component, appid, version)?);
            let event = self.outbox.event(
                kind::MERCHANT_AUTHORIZED,
                component,
                Some(appid),
                version,
                json!({ "permission_sets": new.obtained.permission_sets, "first": is_first }),
            );
            writes.push(self.outbox.entry(&event)?);
            events.push(event);
        }
        match self.table.transact(writes).await? {
            Transaction::Written => {
                tracing::info!(%component, %appid, order, current, "grant stored");
                self.outbox.publish(&events).await;
                Ok(self.done(new.key).await?)
            }
            // The item is done already: by an earlier write of ours whose acknowledgement was
            // lost, or by somebody who took the lease over.
            Transaction::Refused(refused) if refused.iter().any(|(place, _)| *place == 0) => {
                Ok(self.done(new.key).await?)
            }
            Transaction::Refused(_) => Ok(None),
        }
    }

    async fn done(&self, key: &str) -> Result<Option<GrantItem>, StorageError> {
        let item = self.read_grant(key).await?;
        Ok(item.filter(|item| item.state == State::Done))
    }

    /// The account withdrew at `create_time` (seconds). Safe to repeat; late news of it does not
    /// end a newer grant.
    pub async fn unauthorized(
        &self,
        component: &AppId,
        appid: &AppId,
        create_time: i64,
    ) -> Result<Withdrawal, GrantError> {
        for _ in 0..ATTEMPTS {
            let row = self.mini_programs.row(component, appid).await?;
            match weigh(row.as_ref(), Incoming::Withdrawn(create_time)) {
                Verdict::Newer => {}
                Verdict::Older => return Ok(Withdrawal::Late),
                Verdict::Doubtful => match self.mini_programs.ask(component, appid).await {
                    Ok(_) => return Ok(Withdrawal::Stands),
                    Err(error) if error.is_gone() => {}
                    Err(error) => return Err(error.into()),
                },
            }
            if self.withdraw(component, appid, row.as_ref(), create_time, create_time).await? {
                return Ok(Withdrawal::Recorded);
            }
            sleep(PAUSE).await;
        }
        Err(GrantError::Busy)
    }

    /// WeChat says by name that the account has granted nothing (61003), which nobody told us: the
    /// grant of `order`, which was on record before WeChat was asked, has ended. The tombstone takes
    /// that grant's order, for our clock is none to order grants by: one ahead of WeChat's would
    /// make the next grant look old.
    pub(crate) async fn found_gone(
        &self,
        component: &AppId,
        appid: &AppId,
        order: i64,
    ) -> Result<Withdrawal, GrantError> {
        let row = self.mini_programs.row(component, appid).await?;
        let is_the_same = |row: &Row| {
            let stands = &row.authorization;
            stands.state == AuthorizationState::Authorized && stands.order == order
        };
        if !row.as_ref().is_none_or(is_the_same) {
            return Ok(Withdrawal::Late);
        }
        let now = self.clock.now().as_second();
        match self.withdraw(component, appid, row.as_ref(), order, now).await? {
            true => Ok(Withdrawal::Recorded),
            false => Ok(Withdrawal::Late),
        }
    }

    /// Writes the tombstone; false if the record changed under our hands.
    async fn withdraw(
        &self,
        component: &AppId,
        appid: &AppId,
        row: Option<&Row>,
        order: i64,
        at: i64,
    ) -> Result<bool, GrantError> {
        let known = row.map(|row| &row.authorization);
        let order = known.map_or(order, |known| known.order.max(order));
        let change = Change::Withdrawn { order, at };
        let (write, version) = self.mini_programs.change(component, appid, row, change)?;
        let revoked = self.tokens.revoked(&Subject::merchant(component, appid), order)?;
        let told = self.mini_programs.tell_roster(component, appid, version)?;
        let mut writes = vec![write, revoked, told];
        // What else is marked has its own record.
        for need in Need::ENDED_BY_WITHDRAWAL {
            writes.push(self.tokens.attention.unmark(component, appid, need)?);
        }
        let mut events = Vec::new();
        // A later withdrawal of what is withdrawn is no news.
        if known.is_none_or(|known| known.state == AuthorizationState::Authorized) {
            let event = self.outbox.event(
                kind::MERCHANT_UNAUTHORIZED,
                component,
                Some(appid),
                version,
                json!({}),
            );
            writes.push(self.outbox.entry(&event)?);
            events.push(event);
        }
        if let Transaction::Refused(_) = self.table.transact(writes).await? {
            return Ok(false);
        }
        tracing::info!(%component, %appid, order, "authorization withdrawn");
        self.outbox.publish(&events).await;
        Ok(true)
    }
}
