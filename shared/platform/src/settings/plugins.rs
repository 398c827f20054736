//! Plugins: those that a mini program uses, and, where it owns one, who may use it.

use wechat::{
    AppId,
    endpoint::{
        DevPluginAgree, DevPluginApplyList, DevPluginDelete, DevPluginRefuse, PluginApplication,
        PluginApply, PluginInUse, PluginList, PluginUnbind, PluginUpdate,
    },
};

use super::SettingsError;
use crate::{call::Caller, fault::Faults, text::Text};

/// `wxa/plugin`: it was asked for, or is in use.
const ASKED_ALREADY: i64 = 89_237;
/// `wxa/plugin`: it is not in use.
const NOT_IN_USE: i64 = 89_244;
/// Ours, not WeChat's, on a reason, in characters.
const LONGEST_REASON: usize = 200;
/// The longest name of a version.
const LONGEST_VERSION: usize = 64;

/// Plugins. Cheap to clone.
#[derive(Clone)]
pub struct Plugins {
    /// How WeChat is called.
    pub caller: Caller,
}

impl Plugins {
    /// The plugins that the mini program uses or has asked for.
    pub async fn list(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Vec<PluginInUse>, SettingsError> {
        Ok(self.caller.merchant(component, appid, &PluginList {}).await?.plugin_list)
    }

    /// Asks the owner of a plugin whether the mini program may use it. One that was asked for, or
    /// is in use, is left as it is; an unknown outcome shows in the list.
    pub async fn apply(
        &self,
        component: &AppId,
        appid: &AppId,
        plugin: &AppId,
        reason: &str,
    ) -> Result<PluginInUse, SettingsError> {
        let mut faults = Faults::new();
        faults.characters("/reason", reason.trim(), 1..=LONGEST_REASON);
        faults.visible("/reason", reason, true);
        faults.into_result::<SettingsError>()?;
        let request = PluginApply { plugin_appid: plugin.as_str(), reason: reason.trim() };
        let applied = self.caller.merchant(component, appid, &request).await;
        match applied {
            Err(error) if error.errcode() != Some(ASKED_ALREADY) && !error.is_outcome_unknown() => {
                Err(error.into())
            }
            outcome => {
                let there = self.find(component, appid, plugin).await?;
                match (there, outcome) {
                    (Some(there), _) => Ok(there),
                    (None, Err(error)) => Err(error.into()),
                    (None, Ok(())) => Err(SettingsError::NotFound(Text::fixed(
                        "微信已接受申请，但列表中还看不到，请稍后刷新",
                        "WeChat took the application, but does not list it yet; look again shortly",
                    ))),
                }
            }
        }
    }

    /// Uses another version of a plugin.
    pub async fn update(
        &self,
        component: &AppId,
        appid: &AppId,
        plugin: &AppId,
        user_version: &str,
    ) -> Result<(), SettingsError> {
        let mut faults = Faults::new();
        faults.characters("/user_version", user_version.trim(), 1..=LONGEST_VERSION);
        faults.into_result::<SettingsError>()?;
        let user_version = user_version.trim();
        let request = PluginUpdate { plugin_appid: plugin.as_str(), user_version };
        Ok(self.caller.merchant(component, appid, &request).await?)
    }

    /// Stops using a plugin, or takes the application back. One that is not there counts as
    /// stopped.
    pub async fn unbind(
        &self,
        component: &AppId,
        appid: &AppId,
        plugin: &AppId,
    ) -> Result<(), SettingsError> {
        let request = PluginUnbind { plugin_appid: plugin.as_str() };
        match self.caller.merchant(component, appid, &request).await {
            Err(error) if error.errcode() == Some(NOT_IN_USE) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// Who has asked to use the plugin that this account owns: a page, from 1, of `number`.
    pub async fn applications(
        &self,
        component: &AppId,
        appid: &AppId,
        page: i64,
        number: i64,
    ) -> Result<Vec<PluginApplication>, SettingsError> {
        let request = DevPluginApplyList { page, num: number };
        Ok(self.caller.merchant(component, appid, &request).await?.apply_list)
    }

    /// Lets a mini program use the plugin that this account owns.
    pub async fn agree(
        &self,
        component: &AppId,
        appid: &AppId,
        applicant: &AppId,
    ) -> Result<(), SettingsError> {
        let request = DevPluginAgree { appid: applicant.as_str() };
        Ok(self.caller.merchant(component, appid, &request).await?)
    }

    /// Refuses every application that waits: WeChat knows no other way.
    pub async fn refuse_all(
        &self,
        component: &AppId,
        appid: &AppId,
        reason: &str,
    ) -> Result<(), SettingsError> {
        let mut faults = Faults::new();
        faults.characters("/reason", reason.trim(), 1..=LONGEST_REASON);
        faults.visible("/reason", reason, true);
        faults.into_result::<SettingsError>()?;
        let request = DevPluginRefuse { reason: reason.trim() };
        Ok(self.caller.merchant(component, appid, &request).await?)
    }

    /// Forgets the applications that were refused more than a day ago.
    pub async fn forget_refused(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<(), SettingsError> {
        Ok(self.caller.merchant(component, appid, &DevPluginDelete {}).await?)
    }

    async fn find(
        &self,
        component: &AppId,
        appid: &AppId,
        plugin: &AppId,
    ) -> Result<Option<PluginInUse>, SettingsError> {
        let list = self.list(component, appid).await?;
        Ok(list.into_iter().find(|it| it.appid == plugin.as_str()))
    }
}
