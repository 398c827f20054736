use secrecy::SecretString;
use serde::Deserialize;

use super::Fields;
use crate::lenient;

/// How the registration of a mini program on a merchant's behalf ended. An ordinary `authorized`
/// event for the same mini program arrives too, before or after.
#[derive(Debug, Clone, Deserialize)]
pub struct FastRegistration {
    /// 0 registered; anything else is a reason why not, 100001 (not confirmed within 24 hours)
    /// for one.
    #[serde(deserialize_with = "lenient::integer")]
    pub status: i64,
    /// The new mini program; `None` where there is none.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// The code to exchange, with [`ApiQueryAuth`](crate::endpoint::ApiQueryAuth); `None` where
    /// there is no mini program.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub auth_code: Option<SecretString>,
    /// WeChat's words for the status.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub msg: Option<String>,
    /// What was asked for.
    #[serde(default)]
    pub info: Option<RegistrationDetails>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// What a registration asked for: an enterprise, a person, or, in the flows in force since 2026,
/// a task.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct RegistrationDetails {
    /// The enterprise.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub name: Option<String>,
    /// The enterprise's number, or the task's.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub code: Option<String>,
    /// 1 unified credit code, 2 organisation code, 3 registration number.
    #[serde(deserialize_with = "lenient::integer_if_any")]
    pub code_type: Option<i64>,
    /// The legal person's WeChat id.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub legal_persona_wechat: Option<String>,
    /// The legal person's name.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub legal_persona_name: Option<String>,
    /// The person's WeChat id, where the mini program is a person's.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub wxuser: Option<String>,
    /// The person's name, where the mini program is a person's.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub idname: Option<String>,
    /// The platform's telephone number.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub component_phone: Option<String>,
    /// The task, as the call that began it named it.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub taskid: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// How the making of a trial mini program ended. Its code comes with the `authorized` event.
#[derive(Debug, Clone, Deserialize)]
pub struct TrialRegistration {
    /// 0 made; anything else is a reason why not.
    #[serde(deserialize_with = "lenient::integer")]
    pub status: i64,
    /// The new mini program.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// WeChat's words for the status.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub msg: Option<String>,
    /// What was asked for.
    #[serde(default)]
    pub info: Option<TrialDetails>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// What was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TrialDetails {
    /// What the call that began it answered.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub unique_id: Option<String>,
    /// The mini program's name.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub name: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// How the conversion of a trial mini program into an ordinary one ended.
#[derive(Debug, Clone, Deserialize)]
pub struct TrialConversion {
    /// 0 converted; anything else is a reason why not.
    #[serde(deserialize_with = "lenient::integer")]
    pub status: i64,
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// WeChat's words for the status.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub msg: Option<String>,
    /// What was asked for.
    #[serde(default)]
    pub info: Option<RegistrationDetails>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// A step in the conversion of a trial mini program through an official account. On the wire it
/// is wrapped in `ApplyAuthorizationInfoNoitfy`, spelled that way.
#[derive(Debug, Clone, Deserialize)]
pub struct TrialConversionByOfficialAccount {
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// The official account.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub mp_appid: Option<String>,
    /// 0 is success.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub status: Option<i64>,
    /// WeChat's words for the status.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub msg: Option<String>,
    /// When it was done, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub operation_time: Option<i64>,
    /// What the next step has to carry.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub ticket: Option<SecretString>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// Names and telephone numbers of persons stay inside.
impl std::fmt::Debug for RegistrationDetails {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RegistrationDetails")
            .field("code_type", &self.code_type)
            .field("taskid", &self.taskid)
            .finish_non_exhaustive()
    }
}
