//! Everything that WeChat wants before it takes a review, asked beforehand: each check says what it
//! is, how it stands and what to do. A question that fails makes its own check unknown, no other.

mod account;
mod code;

pub(in crate::releases) use account::filing;

use serde::Serialize;
use wechat::{
    AppId,
    endpoint::{
        ApiGetAuthorizerInfo, GetAccountBasicInfo, GetCategory, GetCodePrivacyInfo,
        GetEffectiveDomain, GetIcpEntranceInfo, GetLatestAuditStatus, GetOrderPathInfo,
        GetPrivacySetting, GetVersionInfo, QueryQuota,
    },
};

use super::{ReleaseError, Releases};
use crate::{
    call::CallError,
    check::{Check, Status},
};

/// How privacy interfaces are applied for and declared.
const INTERFACES: &str = "https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/";

/// What WeChat answered to one question.
type Answer<T> = Result<T, CallError>;

/// What was found before a submission.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preflight {
    /// No check failed. What is unknown or only a warning does not count.
    pub ready: bool,
    /// The checks, in the order in which things are usually put right.
    pub checks: Vec<Check>,
}

impl Releases {
    /// Asks WeChat for everything that a review needs. Four questions at a time; changes nothing.
    pub async fn preflight(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Preflight, ReleaseError> {
        let link = format!("{}authorize/{component}", self.addresses.public);
        match self.authorized(component, appid).await {
            Ok(()) => {}
            Err(ReleaseError::NotAuthorized(error)) => {
                let checks = vec![account::not_authorized(&error.to_string(), link)];
                return Ok(Preflight { ready: false, checks });
            }
            Err(error) => return Err(error),
        }
        let standing = self.show(component, appid).await?;
        let call = &self.caller;
        let authorizer = ApiGetAuthorizerInfo {
            component_appid: component.as_str(),
            authorizer_appid: appid.as_str(),
        };
        let guideline = GetPrivacySetting { privacy_ver: Some(2) };

        let (authorization, profile, categories, guideline) = tokio::join!(
            call.component(component, &authorizer),
            call.merchant(component, appid, &GetAccountBasicInfo {}),
            call.merchant(component, appid, &GetCategory {}),
            call.merchant(component, appid, &guideline),
        );
        let (filing, domains, versions) = tokio::join!(
            call.merchant(component, appid, &GetIcpEntranceInfo {}),
            call.merchant(component, appid, &GetEffectiveDomain {}),
            call.merchant(component, appid, &GetVersionInfo {}),
        );
        let (detection, quota, latest, live_path, new_path) = tokio::join!(
            call.merchant(component, appid, &GetCodePrivacyInfo {}),
            call.merchant(component, appid, &QueryQuota {}),
            call.merchant(component, appid, &GetLatestAuditStatus {}),
            call.merchant(component, appid, &GetOrderPathInfo { info_type: 0 }),
            call.merchant(component, appid, &GetOrderPathInfo { info_type: 1 }),
        );
        if let Ok(quota) = &quota {
            self.counters.reviews_told(component, quota).await?;
        }

        let mut checks = vec![
            account::authorized(),
            account::permission(&authorization, link.clone()),
            account::account_status(&authorization),
        ];
        checks.extend(account::profile(&profile));
        checks.extend([
            account::category(&categories),
            account::guideline(&guideline),
            account::filing(&filing),
            code::domains(&domains),
            code::trial(&standing, &versions),
            code::detection(&detection),
            code::order_path(&live_path, &new_path),
            code::quota(&quota),
            code::idle(&standing, &latest),
        ]);
        let wants_permission =
            checks.iter().any(|it| it.id == "permission" && it.status == Status::Fail);
        let here =
            format!("{}v1/components/{component}/mini-programs/{appid}/", self.addresses.public);
        for check in checks.iter_mut().filter(|check| check.status != Status::Pass) {
            check.link.get_or_insert_with(|| match check.id {
                // What cannot be asked for want of a permission can be after another authorization.
                _ if wants_permission && check.status == Status::Unknown => link.clone(),
                "server-domains" => format!("{here}server-domains"),
                "trial" => format!("{here}trial"),
                "review-idle" => format!("{here}review"),
                "review-quota" => format!("{here}quotas"),
                "privacy-detection" => INTERFACES.to_owned(),
                _ => account::CONSOLE.to_owned(),
            });
        }
        let ready = checks.iter().all(|check| check.status != Status::Fail);
        Ok(Preflight { ready, checks })
    }
}
