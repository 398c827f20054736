//! The guideline: what is used of users' data and what for, and how to reach the owner.

use serde::{Deserialize, Serialize};
use serde_json::json;
use wechat::{
    AppId,
    endpoint::{
        GetPrivacySetting, GetPrivacySettingResponse, OwnerStatement, PrivacyStatement,
        SdkStatement, SetPrivacySetting, UploadPrivacyExtFile,
    },
};

use super::{Privacy, PrivacyInterfaces};
use crate::{document::Document, event::kind, fault::Faults, filing::is_mail, orders::OrderError};

/// Which version of a mini program a guideline belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuidelineVersion {
    /// The one that users see.
    Online,
    /// The one that goes online with the next release.
    Development,
}

impl GuidelineVersion {
    fn number(self) -> i64 {
        match self {
            GuidelineVersion::Online => 1,
            GuidelineVersion::Development => 2,
        }
    }
}

/// A guideline as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guideline {
    /// How to reach the owner, and how long data are kept.
    pub owner: Owner,
    /// What each kind of data is used for; for the version in development alone.
    pub statements: Vec<Statement>,
    /// What each plugin or SDK uses data for.
    pub sdks: Vec<Sdk>,
}

/// How to reach the owner, and how long data are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// An e-mail address.
    pub email: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// A QQ number.
    pub qq: Option<String>,
    /// A WeChat id.
    pub wechat_id: Option<String>,
    /// How users are told of a change.
    pub notice_method: String,
    /// For how many days data are kept; none for as long as necessary.
    pub days_kept: Option<u32>,
    /// A guideline as a file, from [`Privacy::upload`].
    pub file: Option<String>,
    /// Where data are kept; asked of owners outside mainland China.
    pub region: Option<String>,
}

/// What one kind of data is used for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// The kind, such as `UserInfo`, or words of one's own.
    pub key: String,
    /// What for.
    pub purpose: String,
}

/// What a plugin or an SDK uses data for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sdk {
    /// The SDK's name.
    pub name: String,
    /// Who provides it.
    pub provider: String,
    /// What it uses.
    pub statements: Vec<Statement>,
}

impl Guideline {
    /// Everything that is wrong with it.
    pub fn check(&self, version: GuidelineVersion) -> Faults {
        let mut faults = Faults::new();
        let owner = &self.owner;
        let ways = [&owner.email, &owner.phone, &owner.qq, &owner.wechat_id];
        let is_filled =
            |way: &&Option<String>| way.as_deref().is_some_and(|it| !it.trim().is_empty());
        faults.unless(
            ways.iter().any(is_filled),
            "/owner",
            "邮箱、电话、QQ、微信号至少填写一项",
            "names one of email, phone, qq and wechat_id at least",
        );
        if let Some(email) = &owner.email {
            let why = ("应为邮箱地址", "is an e-mail address");
            faults.unless(is_mail(email), "/owner/email", why.0, why.1);
        }
        faults.characters("/owner/notice_method", owner.notice_method.trim(), 1..=64);
        faults.visible("/owner/notice_method", &owner.notice_method, false);
        faults.unless(
            owner.days_kept != Some(0),
            "/owner/days_kept",
            "应为 1 以上的天数；不填表示按必要期限保存",
            "is 1 at least; left out, data are kept for as long as necessary",
        );
        match version {
            GuidelineVersion::Development => {
                faults.entries("/statements", self.statements.len(), 1..=100);
                statements(&mut faults, "/statements", &self.statements);
            }
            GuidelineVersion::Online => faults.unless(
                self.statements.is_empty() && self.sdks.is_empty(),
                "/statements",
                "线上版本只能修改 owner；其余内容请写入开发版，随下次发布生效",
                "of the version online only owner can be changed; write the rest to the one in \
                 development",
            ),
        }
        for (place, sdk) in self.sdks.iter().enumerate() {
            let at = format!("/sdks/{place}");
            faults.characters(format!("{at}/name"), &sdk.name, 1..=64);
            faults.characters(format!("{at}/provider"), &sdk.provider, 1..=64);
            faults.visible(format!("{at}/name"), &sdk.name, false);
            faults.visible(format!("{at}/provider"), &sdk.provider, false);
            faults.entries(format!("{at}/statements"), sdk.statements.len(), 1..=100);
            statements(&mut faults, &format!("{at}/statements"), &sdk.statements);
        }
        faults
    }
}

fn statements(faults: &mut Faults, at: &str, statements: &[Statement]) {
    for (place, statement) in statements.iter().enumerate() {
        faults.characters(format!("{at}/{place}/key"), statement.key.trim(), 1..=64);
        faults.visible(format!("{at}/{place}/key"), &statement.key, false);
        faults.characters(format!("{at}/{place}/purpose"), statement.purpose.trim(), 1..=512);
        faults.visible(format!("{at}/{place}/purpose"), &statement.purpose, true);
        let again = statements[..place].iter().any(|before| before.key == statement.key);
        let why = ("同一类信息只能声明一次", "stands there more than once");
        faults.unless(!again, format!("{at}/{place}/key"), why.0, why.1);
    }
}

impl Privacy {
    /// The guideline of a version, as WeChat shows it.
    pub async fn guideline(
        &self,
        component: &AppId,
        appid: &AppId,
        version: GuidelineVersion,
    ) -> Result<GetPrivacySettingResponse, OrderError> {
        let request = GetPrivacySetting { privacy_ver: Some(version.number()) };
        Ok(self.caller.merchant(component, appid, &request).await?)
    }

    /// Writes the guideline of a version, whole. What is written for the one in development takes
    /// effect with its release; the owner's part of the one online at once. Safe to repeat.
    pub async fn write_guideline(
        &self,
        component: &AppId,
        appid: &AppId,
        version: GuidelineVersion,
        guideline: &Guideline,
    ) -> Result<(), OrderError> {
        guideline.check(version).into_result::<OrderError>()?;
        let owner = &guideline.owner;
        let days = owner.days_kept.map(|days| format!("{days}天"));
        let list = of_wechat(&guideline.statements);
        let inner: Vec<Vec<PrivacyStatement<'_>>> =
            guideline.sdks.iter().map(|sdk| of_wechat(&sdk.statements)).collect();
        let sdks: Vec<SdkStatement<'_>> = guideline
            .sdks
            .iter()
            .zip(&inner)
            .map(|(sdk, list)| SdkStatement {
                sdk_name: &sdk.name,
                sdk_biz_name: &sdk.provider,
                sdk_list: list,
            })
            .collect();
        let request = SetPrivacySetting {
            privacy_ver: Some(version.number()),
            owner_setting: OwnerStatement {
                contact_email: owner.email.as_deref(),
                contact_phone: owner.phone.as_deref(),
                contact_qq: owner.qq.as_deref(),
                contact_weixin: owner.wechat_id.as_deref(),
                notice_method: &owner.notice_method,
                store_expire_timestamp: days.as_deref(),
                ext_file_media_id: owner.file.as_deref(),
                store_region: owner.region.as_deref(),
            },
            setting_list: (version == GuidelineVersion::Development).then_some(list.as_slice()),
            sdk_privacy_info_list: &sdks,
        };
        self.caller.merchant(component, appid, &request).await?;
        let keys: Vec<&str> = guideline.statements.iter().map(|it| it.key.as_str()).collect();
        let told = |_: &mut PrivacyInterfaces, _| {
            let details = json!({ "guideline": version, "keys": keys });
            Ok::<_, OrderError>(vec![(kind::PRIVACY_GUIDELINE_CHANGED, details)])
        };
        self.records.change(component, appid, told).await.map(drop)
    }

    /// Uploads a text that belongs to a guideline and answers its id.
    pub async fn upload(
        &self,
        component: &AppId,
        appid: &AppId,
        document: Document,
    ) -> Result<String, OrderError> {
        let request = UploadPrivacyExtFile { file: document.upload(self.random.as_ref()) };
        Ok(self.caller.merchant(component, appid, &request).await?.ext_file_media_id)
    }
}

fn of_wechat(statements: &[Statement]) -> Vec<PrivacyStatement<'_>> {
    let mut list = Vec::with_capacity(statements.len());
    for Statement { key, purpose } in statements {
        list.push(PrivacyStatement { privacy_key: key.trim(), privacy_text: purpose.trim() });
    }
    list
}
