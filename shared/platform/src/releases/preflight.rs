//! Everything that WeChat wants before it takes a review, asked beforehand: each check says what it
//! is, how it stands and what to do. A question that fails makes its own check unknown, no other.

mod checks;

use serde::Serialize;
use wechat::{
    AppId,
    endpoint::{
        ApiGetAuthorizerInfo, GetAccountBasicInfo, GetCategory, GetCodePrivacyInfo,
        GetEffectiveDomain, GetIcpEntranceInfo, GetLatestAuditStatus, GetPrivacySetting,
        GetVersionInfo, QueryQuota,
    },
};

use super::{ReleaseError, Releases};
use crate::text::Text;

/// What was found before a submission.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preflight {
    /// No check failed. What is unknown or only a warning does not count.
    pub ready: bool,
    /// The checks, in the order in which things are usually put right.
    pub checks: Vec<Check>,
}

/// One thing that WeChat wants.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Its name, always the same.
    pub id: &'static str,
    /// How it stands.
    pub status: Status,
    /// What it is.
    pub title: Text,
    /// What was found, where that is not clear from the status.
    pub finding: Option<Text>,
    /// What to do about it; none if nothing has to be done.
    pub what_to_do: Option<Text>,
    /// Where that is done or described.
    pub link: Option<String>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Pass,
    /// It may lead to a rejection, or passes by itself.
    Warn,
    /// WeChat will not take the review.
    Fail,
    /// WeChat could not be asked.
    Unknown,
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
                let checks = vec![checks::not_authorized(&error.to_string(), link)];
                return Ok(Preflight { ready: false, checks });
            }
            Err(error) => return Err(error),
        }
        let standing = self.show(component, appid).await?;
        let call = &self.caller;
        let profile = ApiGetAuthorizerInfo {
            component_appid: component.as_str(),
            authorizer_appid: appid.as_str(),
        };
        let guideline = GetPrivacySetting { privacy_ver: Some(2) };

        let (authorization, account, categories, guideline) = tokio::join!(
            call.component(component, &profile),
            call.merchant(component, appid, &GetAccountBasicInfo {}),
            call.merchant(component, appid, &GetCategory {}),
            call.merchant(component, appid, &guideline),
        );
        let (filing, domains, versions) = tokio::join!(
            call.merchant(component, appid, &GetIcpEntranceInfo {}),
            call.merchant(component, appid, &GetEffectiveDomain {}),
            call.merchant(component, appid, &GetVersionInfo {}),
        );
        let (detection, quota, latest) = tokio::join!(
            call.merchant(component, appid, &GetCodePrivacyInfo {}),
            call.merchant(component, appid, &QueryQuota {}),
            call.merchant(component, appid, &GetLatestAuditStatus {}),
        );

        let mut checks = vec![
            checks::authorized(),
            checks::permission(&authorization, link),
            checks::account_status(&authorization),
        ];
        checks.extend(checks::profile(&account));
        checks.extend([
            checks::category(&categories),
            checks::guideline(&guideline),
            checks::filing(&filing),
            checks::domains(&domains),
            checks::trial(&standing, &versions),
            checks::detection(&detection),
            checks::quota(&quota),
            checks::idle(&standing, &latest),
        ]);
        let ready = checks.iter().all(|check| check.status != Status::Fail);
        Ok(Preflight { ready, checks })
    }
}
