//! Guidelines and interfaces as they are written and shown.

use platform::privacy::{Detection, Guideline, Owner, Sdk, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wechat::endpoint::{GetPrivacySettingResponse, PrivacyInterface, PrivacyInterfaceStatus};

use crate::routes::timestamp;

/// A guideline to be written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteGuideline {
    /// How to reach the owner, and how long data are kept.
    owner: OwnerBody,
    /// What each kind of data is used for; of the version in development alone.
    #[serde(default)]
    statements: Vec<StatementBody>,
    /// What each plugin or SDK uses data for.
    #[serde(default)]
    sdks: Vec<SdkBody>,
}

/// How to reach the owner, one way at least, and how long data are kept.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnerBody {
    /// An e-mail address.
    #[schema(example = "service@example.com")]
    #[serde(default)]
    email: Option<String>,
    /// A telephone number.
    #[serde(default)]
    phone: Option<String>,
    /// A QQ number.
    #[serde(default)]
    qq: Option<String>,
    /// A WeChat id.
    #[serde(default)]
    wechat_id: Option<String>,
    /// How users are told of a change.
    #[schema(example = "弹窗")]
    notice_method: String,
    /// For how many days data are kept; left out, for as long as necessary.
    #[serde(default)]
    #[schema(example = 180)]
    days_kept: Option<u32>,
    /// A guideline as a file, from `privacy/files`.
    #[serde(default)]
    file: Option<String>,
    /// Where data are kept; asked of owners outside mainland China.
    #[serde(default)]
    region: Option<String>,
}

/// What one kind of data is used for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementBody {
    /// The kind, or words of one's own.
    #[schema(example = "UserInfo")]
    key: String,
    /// What for.
    #[schema(example = "展示头像和昵称")]
    purpose: String,
}

/// What a plugin or an SDK uses data for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SdkBody {
    /// The SDK's name.
    name: String,
    /// Who provides it.
    provider: String,
    /// What it uses.
    statements: Vec<StatementBody>,
}

/// A guideline as WeChat shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuidelineView {
    /// Whether there is code of that version.
    code_exists: Option<bool>,
    /// What the code uses of its users' data.
    #[schema(example = json!(["UserInfo"]))]
    used: Vec<String>,
    /// What the code uses and the guideline does not state: a review is refused for it.
    undeclared: Vec<String>,
    /// What each kind of data is used for.
    statements: Vec<StatementBody>,
    /// How to reach the owner, and how long data are kept.
    owner: Option<OwnerBody>,
    /// When it was changed; null where it never was.
    #[schema(format = DateTime)]
    changed_at: Option<String>,
}

/// Interfaces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InterfaceList {
    /// In WeChat's order.
    interfaces: Vec<InterfaceView>,
}

/// An interface that has to be applied for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InterfaceView {
    /// Its name.
    #[schema(example = "wx.choosePoi")]
    interface: String,
    /// Its name in Chinese.
    name: String,
    /// What it does, in Chinese.
    description: String,
    /// `may-apply`, `may-not-apply`, `applying`, `refused`, `granted` or `unknown`.
    #[schema(example = "may-apply")]
    state: &'static str,
    /// The application's number.
    audit_id: Option<i64>,
    /// When it was applied for.
    #[schema(format = DateTime)]
    applied_at: Option<String>,
    /// Why it was refused, or why it cannot be applied for.
    reason: Option<String>,
    /// Where WeChat describes it.
    link: String,
}

/// What WeChat found in the code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DetectionView {
    /// It still looks; ask again in a minute.
    running: bool,
    /// Interfaces that the code uses and the mini program may not.
    without_permission: Vec<String>,
    /// Interfaces that the code uses and does not declare in `requiredPrivateInfos`.
    undeclared: Vec<String>,
}

impl From<WriteGuideline> for Guideline {
    fn from(body: WriteGuideline) -> Self {
        let owner = body.owner;
        Guideline {
            owner: Owner {
                email: owner.email,
                phone: owner.phone,
                qq: owner.qq,
                wechat_id: owner.wechat_id,
                notice_method: owner.notice_method,
                days_kept: owner.days_kept,
                file: owner.file,
                region: owner.region,
            },
            statements: statements(body.statements),
            sdks: body
                .sdks
                .into_iter()
                .map(|sdk| Sdk {
                    name: sdk.name,
                    provider: sdk.provider,
                    statements: statements(sdk.statements),
                })
                .collect(),
        }
    }
}

fn statements(bodies: Vec<StatementBody>) -> Vec<Statement> {
    let one = |body: StatementBody| Statement { key: body.key, purpose: body.purpose };
    bodies.into_iter().map(one).collect()
}

impl From<GetPrivacySettingResponse> for GuidelineView {
    fn from(shown: GetPrivacySettingResponse) -> Self {
        let stated = |key: &String| shown.setting_list.iter().any(|it| it.privacy_key == *key);
        GuidelineView {
            code_exists: shown.code_exist,
            undeclared: shown.privacy_list.iter().filter(|key| !stated(key)).cloned().collect(),
            used: shown.privacy_list.clone(),
            statements: shown
                .setting_list
                .into_iter()
                .map(|it| StatementBody { key: it.privacy_key, purpose: it.privacy_text })
                .collect(),
            owner: shown.owner_setting.map(|owner| OwnerBody {
                email: owner.contact_email,
                phone: owner.contact_phone,
                qq: owner.contact_qq,
                wechat_id: owner.contact_weixin,
                notice_method: owner.notice_method.unwrap_or_default(),
                days_kept: owner
                    .store_expire_timestamp
                    .and_then(|days| days.trim_end_matches('天').trim().parse().ok()),
                file: owner.ext_file_media_id,
                region: owner.store_region,
            }),
            changed_at: shown.update_time.filter(|time| *time > 0).map(timestamp),
        }
    }
}

impl From<Vec<PrivacyInterface>> for InterfaceList {
    fn from(shown: Vec<PrivacyInterface>) -> Self {
        InterfaceList { interfaces: shown.into_iter().map(InterfaceView::from).collect() }
    }
}

impl From<PrivacyInterface> for InterfaceView {
    fn from(shown: PrivacyInterface) -> Self {
        let state = match shown.status {
            Some(PrivacyInterfaceStatus::ToApply) | None => "may-apply",
            Some(PrivacyInterfaceStatus::NoPermission) => "may-not-apply",
            Some(PrivacyInterfaceStatus::Applying) => "applying",
            Some(PrivacyInterfaceStatus::Failed) => "refused",
            Some(PrivacyInterfaceStatus::Granted) => "granted",
            Some(PrivacyInterfaceStatus::Unknown(_)) => "unknown",
        };
        InterfaceView {
            interface: shown.api_name,
            name: shown.api_ch_name,
            description: shown.api_desc,
            state,
            audit_id: shown.audit_id,
            applied_at: shown.apply_time.map(timestamp),
            reason: shown.fail_reason,
            link: shown.api_link,
        }
    }
}

impl From<Detection> for DetectionView {
    fn from(detection: Detection) -> Self {
        match detection {
            Detection::Running => DetectionView {
                running: true,
                without_permission: Vec::new(),
                undeclared: Vec::new(),
            },
            Detection::Done(found) => DetectionView {
                running: false,
                without_permission: found.without_auth_list,
                undeclared: found.without_conf_list,
            },
        }
    }
}
