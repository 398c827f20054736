//! What follows when a grant is done: its result, and the order that its push brings after all.

use tokio::time::sleep;
use wechat::{AppId, endpoint::ListedAuthorizer, message::go_live::test_account};

use super::{
    GrantError, Granted, Grants, Source,
    item::GrantItem,
    order::{Incoming, Verdict, weigh},
    record::{ATTEMPTS, PAUSE},
    standing::{InDoubt, Standing},
};
use crate::{
    mini_programs::{AuthorizationState, Change},
    storage::Transaction,
    tokens::Subject,
};

impl Grants {
    /// The result of a grant that is done. Its provisional order is replaced if `source` is a
    /// push. A push that names another account than a lost answer was made up for by counts: that
    /// account is taken in.
    pub(super) async fn settle(
        &self,
        component: &AppId,
        mut item: GrantItem,
        source: &Source,
    ) -> Result<Granted, GrantError> {
        let push = source.push();
        if let Some((named, create_time)) = push
            && item.appid.as_ref().is_some_and(|appid| appid != named)
        {
            return self.take_in_of(component, named, create_time).await;
        }
        if let Some((_, create_time)) = push
            && item.provisional
        {
            let newest = self.newest_after_all(component, &item, create_time).await?;
            let granted = match newest {
                Some(appid) => Some(self.take_in_of(component, appid, create_time).await?),
                None => None,
            };
            self.replace_order(component, &item, create_time).await?;
            if let Some(granted) = granted {
                return Ok(granted);
            }
            (item.order, item.provisional) = (create_time, false);
        }
        Option::from(item)
            .ok_or_else(|| self.table.error("read a grant", "it names no account").into())
    }

    /// By its redirect alone nobody knew a grant to be newer than another; now that the push tells
    /// its time, it may turn out to be: the account whose it is.
    async fn newest_after_all<'a>(
        &self,
        component: &AppId,
        item: &'a GrantItem,
        create_time: i64,
    ) -> Result<Option<&'a AppId>, GrantError> {
        let Some(appid) = item.appid.as_ref().filter(|_| !item.current) else { return Ok(None) };
        if test_account(appid.as_str()).is_some() {
            return Ok(None);
        }
        let row = self.mini_programs.row(component, appid).await?;
        let (key, order) = (item.pk.as_str(), create_time);
        let is_newest =
            match weigh(row.as_ref(), Incoming::Granted { key, order, provisional: false }) {
                Verdict::Newer => true,
                Verdict::Older => false,
                Verdict::Doubtful => {
                    let grant = InDoubt { appid, refresh: None, order, provisional: false };
                    self.standing(component, row.as_ref(), grant).await? != Standing::Over
                }
            };
        Ok(is_newest.then_some(appid))
    }

    /// Takes in the grant of `create_time` with the tokens that WeChat shows.
    async fn take_in_of(
        &self,
        component: &AppId,
        appid: &AppId,
        create_time: i64,
    ) -> Result<Granted, GrantError> {
        let listed = self.listed(component, appid).await?;
        let listed = ListedAuthorizer {
            authorizer_appid: appid.clone(),
            refresh_token: listed.and_then(|row| row.refresh_token),
            auth_time: Some(create_time),
        };
        Box::pin(self.take_in(component, &listed)).await
    }

    async fn replace_order(
        &self,
        component: &AppId,
        item: &GrantItem,
        order: i64,
    ) -> Result<(), GrantError> {
        let Some(appid) = &item.appid else { return Ok(()) };
        for _ in 0..ATTEMPTS {
            let mut writes = vec![self.grant_settled(&item.pk, order)?];
            let row = self.mini_programs.row(component, appid).await?;
            let row = row.filter(|row| {
                row.authorization.state == AuthorizationState::Authorized
                    && row.authorization.provisional
                    && row.grant.as_deref() == Some(&item.pk)
            });
            if let Some(row) = &row {
                let change = Change::Settled { order };
                writes.push(self.mini_programs.change(component, appid, Some(row), change)?.0);
                writes.push(self.tokens.reordered(&Subject::merchant(component, appid), order)?);
            }
            match self.table.transact(writes).await? {
                Transaction::Written => return Ok(()),
                // Somebody else has replaced it.
                Transaction::Refused(refused) if refused.iter().any(|(place, _)| *place == 0) => {
                    return Ok(());
                }
                Transaction::Refused(_) => sleep(PAUSE).await,
            }
        }
        Err(GrantError::Busy)
    }
}
