//! How much is left of what WeChat counts: changes and reviews by our own counters, set right by
//! WeChat's numbers where it tells them.

use wechat::{
    AppId,
    endpoint::{GetAccountBasicInfo, QueryQuota, WxopenGetCategory},
};

use super::SettingsError;
use crate::{
    call::{CallError, Caller},
    counters::{Counters, Quota},
    mini_programs::{AuthorizationState, MAX_PAGE, MiniPrograms},
    tokens::Subject,
};

/// Quotas. Cheap to clone.
#[derive(Clone)]
pub struct Quotas {
    /// How WeChat is called.
    pub caller: Caller,
    /// What WeChat counts.
    pub counters: Counters,
    /// Of which one is needed to ask about the component.
    pub mini_programs: MiniPrograms,
}

impl Quotas {
    /// What is counted for a mini program. WeChat is asked for its own numbers; where it does not
    /// answer, the counters stand as they were.
    pub async fn of_mini_program(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Vec<Quota>, SettingsError> {
        let whose = Subject::merchant(component, appid);
        let (account, categories) = tokio::join!(
            self.caller.merchant(component, appid, &GetAccountBasicInfo {}),
            self.caller.merchant(component, appid, &WxopenGetCategory {}),
        );
        if let Some(account) = answered(account)? {
            self.counters.account_told(&whose, &account).await?;
        }
        if let Some(categories) = answered(categories)? {
            self.counters.categories_told(&whose, &categories).await?;
        }
        Ok(self.counters.show(&whose).await?)
    }

    /// What is counted for a component and all its mini programs together. WeChat tells it to any
    /// one of them.
    pub async fn of_component(&self, component: &AppId) -> Result<Vec<Quota>, SettingsError> {
        if let Some(appid) = self.somebody(component).await?
            && let Some(quota) =
                answered(self.caller.merchant(component, &appid, &QueryQuota {}).await)?
        {
            self.counters.reviews_told(component, &quota).await?;
        }
        Ok(self.counters.show(&Subject::Component(component.clone())).await?)
    }

    /// A mini program that WeChat can be asked about for the component, if there is one.
    async fn somebody(&self, component: &AppId) -> Result<Option<AppId>, SettingsError> {
        let page =
            self.mini_programs.list(component, None, MAX_PAGE).await.map_err(|error| {
                self.counters.table.error("list mini programs", error.to_string())
            })?;
        let standing = page
            .items
            .into_iter()
            .find(|it| it.authorization.state == AuthorizationState::Authorized);
        Ok(standing.map(|it| it.appid))
    }
}

/// What WeChat answered, or nothing if it did not. A merchant that has not authorized is told so.
fn answered<T>(answer: Result<T, CallError>) -> Result<Option<T>, SettingsError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CallError::WeChat(error)) => {
            tracing::info!(%error, "counters stand as they were");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
