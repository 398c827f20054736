//! An authorization that no code has brought, because its push and its redirect were lost: WeChat
//! lists it, and shows it when asked.

use jiff::Timestamp;
use wechat::{AppId, endpoint::ListedAuthorizer};

use super::{
    GrantError, Granted, Grants, Source,
    item::{self, Lease, State},
    obtain::Obtained,
    record,
};
use crate::authorizers;

impl Grants {
    /// Takes in the authorization that WeChat lists as `listed`. Safe to repeat. It counts only if
    /// nothing newer is known of the account; a push that comes later after all settles its order.
    pub(crate) async fn take_in(
        &self,
        component: &AppId,
        listed: &ListedAuthorizer,
    ) -> Result<Granted, GrantError> {
        let appid = &listed.authorizer_appid;
        let asked_at = self.clock.now();
        let order = listed.auth_time.unwrap_or_else(|| asked_at.as_second());
        let key = item::key_of_listed(component, appid, order);
        let holder = self.random.identifier(asked_at);
        match self.take_grant(&key, &Source::Redirect, &holder, None).await? {
            Lease::Ours(_) => {}
            Lease::Theirs(Some(item)) if item.state == State::Done => {
                return self.settle(component, item, &Source::Redirect).await;
            }
            Lease::Theirs(_) => return Err(GrantError::Busy),
        }
        let shown = match self.mini_programs.ask(component, appid).await {
            Err(error) if error.is_gone() => return Err(GrantError::Withdrawn(appid.clone())),
            result => result?,
        };
        let current = shown.authorization_info;
        let obtained = Obtained {
            appid: appid.clone(),
            access: None,
            expires_in: 0,
            permission_sets: current.permission_sets(),
            refresh: current
                .authorizer_refresh_token
                .filter(authorizers::is_filled)
                .or_else(|| authorizers::refresh_token(listed).cloned()),
            seen_at: Timestamp::from_second(order).unwrap_or(asked_at),
        };
        let new = record::New { key: &key, obtained: &obtained, order, provisional: true };
        let item = self.store(component, new).await?;
        self.settle(component, item, &Source::Redirect).await
    }
}
