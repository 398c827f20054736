//! The open-platform account (开放平台帐号) that a mini program is bound to. Users of all accounts that
//! are bound to the same one have the same `unionid`.

use wechat::{
    AppId,
    endpoint::{OpenBind, OpenCreate, OpenGet, OpenUnbind},
};

use super::SettingsError;
use crate::{call::Caller, text::Text};

/// It is bound already.
const BOUND_ALREADY: i64 = 89_000;
/// It is bound to none, or not to that one.
const NOT_BOUND: i64 = 89_002;

/// Open-platform accounts. Cheap to clone.
#[derive(Clone)]
pub struct OpenAccounts {
    /// How WeChat is called.
    pub caller: Caller,
}

impl OpenAccounts {
    /// The account that the mini program is bound to, if there is one.
    pub async fn bound(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<AppId>, SettingsError> {
        match self.caller.merchant(component, appid, &OpenGet { appid: None }).await {
            Ok(answer) => Ok(Some(answer.open_appid)),
            Err(error) if error.errcode() == Some(NOT_BOUND) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes an account and binds the mini program to it. One that is bound already stays so; the
    /// answer is the account that it is bound to.
    pub async fn create(&self, component: &AppId, appid: &AppId) -> Result<AppId, SettingsError> {
        match self.caller.merchant(component, appid, &OpenCreate { appid: None }).await {
            Ok(answer) => Ok(answer.open_appid),
            Err(error) if error.errcode() == Some(BOUND_ALREADY) || error.is_outcome_unknown() => {
                match self.bound(component, appid).await? {
                    Some(there) => Ok(there),
                    None => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Binds the mini program to an account of the same owner. Refused where it is bound to another
    /// one: its users would silently get another `unionid`.
    pub async fn bind(
        &self,
        component: &AppId,
        appid: &AppId,
        open_appid: &AppId,
    ) -> Result<(), SettingsError> {
        match self.bound(component, appid).await? {
            Some(there) if there == *open_appid => return Ok(()),
            Some(there) => {
                return Err(SettingsError::wrong_state(
                    Text::new(
                        format!("小程序已绑定开放平台帐号 {there}"),
                        format!("the mini program is bound to the open-platform account {there}"),
                    ),
                    Text::fixed(
                        "请先解绑；解绑后用户的 unionid 会改变",
                        "unbind it first; its users then have another unionid",
                    ),
                ));
            }
            None => {}
        }
        let request = OpenBind { appid: None, open_appid: open_appid.as_str() };
        Ok(self.caller.merchant(component, appid, &request).await?)
    }

    /// Takes the mini program away from the account that it is bound to. Bound to none is fine.
    pub async fn unbind(&self, component: &AppId, appid: &AppId) -> Result<(), SettingsError> {
        let Some(there) = self.bound(component, appid).await? else { return Ok(()) };
        let request = OpenUnbind { appid: None, open_appid: there.as_str() };
        match self.caller.merchant(component, appid, &request).await {
            Err(error) if error.errcode() == Some(NOT_BOUND) => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}
