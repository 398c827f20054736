//! Decisions about an account's name, categories and interfaces, and its violations.

use serde::Deserialize;

use super::Fields;
use crate::lenient;

/// A new name was decided about.
#[derive(Debug, Clone, Deserialize)]
pub struct WxaNicknameAudit {
    /// 2 refused, 3 in force.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub ret: Option<i64>,
    /// The name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub nickname: String,
    /// Why it was refused.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub reason: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// A category was decided about.
#[derive(Debug, Clone, Deserialize)]
pub struct WxaCategoryAudit {
    /// 2 refused, 3 in force.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub ret: Option<i64>,
    /// The first level's number.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub first: Option<i64>,
    /// The second level's number.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub second: Option<i64>,
    /// Why it was refused.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub reason: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// A privacy interface was decided about.
#[derive(Debug, Clone, Deserialize)]
pub struct WxaPrivacyApply {
    /// The decision.
    pub result_info: PrivacyApplyResult,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// The decision about a privacy interface.
#[derive(Debug, Clone, Deserialize)]
pub struct PrivacyApplyResult {
    /// The interface, such as `wx.choosePoi`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub api_name: String,
    /// When it was asked for, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub apply_time: Option<i64>,
    /// The application's number.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub audit_id: Option<i64>,
    /// When it was decided, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub audit_time: Option<i64>,
    /// Why it was refused.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub reason: Option<String>,
    /// 2 refused, 3 granted.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub status: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// A violation was recorded.
#[derive(Debug, Clone, Deserialize)]
pub struct WxaIllegalRecord {
    /// The record's number.
    #[serde(default, deserialize_with = "lenient::text")]
    pub illegal_record_id: String,
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// When it was recorded, in seconds of Unix time. Not the message's `CreateTime`.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub create_time: Option<i64>,
    /// What is wrong.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub illegal_reason: Option<String>,
    /// Where it is wrong.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub illegal_content: Option<String>,
    /// The address of the rule.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub rule_url: Option<String>,
    /// The name of the rule.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub rule_name: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// An appeal against a violation went on a step.
#[derive(Debug, Clone, Deserialize)]
pub struct WxaAppealRecord {
    /// The appeal's number.
    #[serde(default, deserialize_with = "lenient::text")]
    pub appeal_record_id: String,
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// When it was made, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub appeal_time: Option<i64>,
    /// The how many-th it is.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub appeal_count: Option<i64>,
    /// 0 by the merchant, 1 by the platform.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub appeal_from: Option<i64>,
    /// 1 open, 2 accepted, 3 refused, 4 withdrawn.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub appeal_status: Option<i64>,
    /// When it was decided, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub audit_time: Option<i64>,
    /// Why it was decided so.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub audit_reason: Option<String>,
    /// What the violation is.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub punish_description: Option<String>,
    /// What is wrong, and what was said to it.
    #[serde(default, deserialize_with = "lenient::list")]
    pub material: Vec<Material>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// One thing that is wrong, and what was said to it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Material {
    /// What is wrong.
    pub illegal_material: Option<IllegalMaterial>,
    /// What was said to it.
    pub appeal_material: Option<AppealMaterial>,
}

/// What is wrong.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IllegalMaterial {
    /// In words.
    #[serde(deserialize_with = "lenient::text")]
    pub content: String,
    /// Its address.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub content_url: Option<String>,
}

/// What was said in an appeal.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AppealMaterial {
    /// In words.
    #[serde(deserialize_with = "lenient::text")]
    pub reason: String,
    /// Media ids of the proof.
    #[serde(deserialize_with = "lenient::list")]
    pub proof_material_id: Vec<String>,
}
