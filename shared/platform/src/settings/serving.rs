//! Whether a mini program serves its users, and from which base library on.

use wechat::{
    AppId,
    endpoint::{
        BaseLibraryShare, ChangeVisitStatus, GetVisitStatus, GetWeappSupportVersion,
        SetWeappSupportVersion, VisitAction,
    },
};

use super::{SettingsError, tell_changed};
use crate::{call::Caller, outbox::Outbox, text::Text, witness};

/// Serving. Cheap to clone.
#[derive(Clone)]
pub struct Serving {
    /// How WeChat is called.
    pub caller: Caller,
    /// Events on their way out.
    pub outbox: Outbox,
}

/// The oldest base library that a mini program runs on, and what its users have.
#[derive(Debug, Clone, PartialEq)]
pub struct SupportVersion {
    /// The oldest version, such as `2.19.4`; none where none was set.
    pub version: Option<String>,
    /// The versions that may be chosen, and how many users have each.
    pub users: Vec<BaseLibraryShare>,
}

impl Serving {
    /// Whether the mini program serves its users. It may be suspended by its owner's choice or as a
    /// punishment; WeChat does not say which.
    pub async fn is_serving(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<bool, SettingsError> {
        let answer = self.caller.merchant(component, appid, &GetVisitStatus {}).await?;
        Ok(answer.status == 1)
    }

    /// Suspends the service or resumes it. Safe to repeat. Resuming fails where WeChat itself has
    /// suspended the mini program.
    pub async fn set_serving(
        &self,
        component: &AppId,
        appid: &AppId,
        serving: bool,
    ) -> Result<(), SettingsError> {
        if self.is_serving(component, appid).await? == serving {
            return Ok(());
        }
        let action = if serving { VisitAction::Open } else { VisitAction::Close };
        self.caller.merchant(component, appid, &ChangeVisitStatus { action }).await?;
        if serving && !self.is_serving(component, appid).await? {
            return Err(SettingsError::wrong_state(
                Text::fixed(
                    "微信仍显示小程序暂停服务",
                    "WeChat shows the mini program suspended all the same",
                ),
                Text::fixed(
                    "可能是被微信处罚：请查看违规记录，并请管理员登录微信公众平台处理",
                    "it may be a punishment: look at the violations, and have the administrator \
                     see to it in WeChat's console",
                ),
            ));
        }
        witness::report("serving", Some(&!serving), Some(&serving));
        let what = if serving { "resumed" } else { "suspended" };
        tell_changed(&self.outbox, component, appid, what).await;
        Ok(())
    }

    /// The oldest base library that the mini program runs on.
    pub async fn support_version(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<SupportVersion, SettingsError> {
        let answer = self.caller.merchant(component, appid, &GetWeappSupportVersion {}).await?;
        let users = answer.uv_info.map(|users| users.items).unwrap_or_default();
        Ok(SupportVersion { version: answer.now_version.filter(|it| !it.is_empty()), users })
    }

    /// Sets the oldest base library. Users with an older one are asked to update WeChat.
    pub async fn set_support_version(
        &self,
        component: &AppId,
        appid: &AppId,
        version: &str,
    ) -> Result<(), SettingsError> {
        let parts: Vec<&str> = version.split('.').collect();
        let number = |part: &&str| {
            (1..=4).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit())
        };
        if parts.len() != 3 || !parts.iter().all(number) {
            return Err(SettingsError::invalid(
                "/version",
                "基础库版本号形如 2.19.4",
                "a version of the base library looks like 2.19.4",
            ));
        }
        self.caller.merchant(component, appid, &SetWeappSupportVersion { version }).await?;
        witness::report("support-version", None::<&String>, Some(&version));
        tell_changed(&self.outbox, component, appid, "support-version").await;
        Ok(())
    }
}
