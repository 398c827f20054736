//! Filings as they are shown.

use axum::{Json as Answer, http::HeaderMap};
use jiff::Timestamp;
use platform::{
    filing::{Choice, FaceCheck, FaceState, Filing, FilingState, Remark},
    records::Current,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wechat::endpoint::GetOnlineIcpOrderResponse;

use crate::{App, problem};

/// How a filing stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilingView {
    /// Goes up by one with every change; 0 where WeChat was never asked.
    version: u64,
    /// How it stands: `unknown`, `not-filed`, `applying`, `in-review`, `rejected`, `at-authority`,
    /// `rejected-by-authority`, `filed`, `canceling` or `other`.
    #[schema(value_type = String, example = "rejected")]
    state: FilingState,
    /// The state in the caller's language.
    #[schema(example = "平台审核驳回。")]
    text: String,
    /// What to do now, in the caller's language.
    what_to_do: Option<String>,
    /// WeChat's own number for the state.
    #[schema(example = 3)]
    wechat_status: Option<i64>,
    /// What has to be corrected, field by field.
    remarks: Vec<RemarkView>,
    /// The last face check.
    face_check: Option<FaceCheckView>,
    /// When it came to stand so.
    #[schema(format = DateTime)]
    since: Option<String>,
    /// When it was last applied for through this platform.
    #[schema(format = DateTime)]
    applied_at: Option<String>,
    /// When WeChat was last asked.
    #[schema(format = DateTime)]
    asked_at: Option<String>,
}

/// Something that has to be corrected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RemarkView {
    /// The field, as WeChat calls it.
    #[schema(example = "主体负责人证件照片")]
    field: String,
    /// What is wrong with it.
    #[schema(example = "照片不清晰")]
    error: String,
    /// What WeChat suggests.
    suggestion: String,
}

/// A face check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaceCheckView {
    /// WeChat's id of it.
    task_id: String,
    /// `waiting`, `passed` or `failed`.
    #[schema(value_type = String, example = "waiting")]
    state: FaceState,
    /// What the administrator opens, where WeChat told it; otherwise WeChat notifies him.
    url: Option<String>,
    /// It serves WeChat's verification too.
    along_with_auth: bool,
    /// Until when the administrator may show his face.
    #[schema(format = DateTime)]
    waits_until: String,
    /// Until when an application may name it.
    #[schema(format = DateTime)]
    good_until: String,
}

/// What may be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Choices {
    /// In WeChat's order.
    options: Vec<ChoiceView>,
}

/// Something to choose.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChoiceView {
    /// What is sent.
    #[schema(example = "330000")]
    code: String,
    /// Its name.
    #[schema(example = "浙江省")]
    name: String,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
    /// The kind of owner that a document is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_type: Option<i64>,
    /// What lies in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    within: Vec<ChoiceView>,
}

/// The filing in force, with WeChat's fields.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilingInForce {
    /// Who filed.
    #[schema(value_type = Object)]
    subject: Value,
    /// What is filed.
    #[schema(value_type = Object)]
    applets: Value,
}

impl FilingView {
    pub(super) fn answer(app: &App, current: Current<Filing>, headers: &HeaderMap) -> Answer<Self> {
        let language = problem::language(headers);
        let now = app.platform.clock.now();
        let Current { version, record } = current;
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        Answer(FilingView {
            version,
            state: record.state(),
            text: record.state().words().sentence(language),
            what_to_do: record.what_to_do(now).map(|words| words.sentence(language)),
            wechat_status: record.status,
            remarks: record.remarks.into_iter().map(RemarkView::from).collect(),
            face_check: record.face.map(FaceCheckView::from),
            since: time(record.since),
            applied_at: time(record.applied_at),
            asked_at: time(record.asked_at),
        })
    }
}

impl From<Remark> for RemarkView {
    fn from(remark: Remark) -> Self {
        let Remark { field, error, suggestion } = remark;
        RemarkView { field, error, suggestion }
    }
}

impl From<FaceCheck> for FaceCheckView {
    fn from(face: FaceCheck) -> Self {
        FaceCheckView {
            waits_until: face.waits_until().to_string(),
            good_until: face.is_good_until().to_string(),
            task_id: face.task_id,
            state: face.state,
            url: face.url,
            along_with_auth: face.along_with_auth,
        }
    }
}

impl From<Vec<Choice>> for Choices {
    fn from(choices: Vec<Choice>) -> Self {
        Choices { options: choices.into_iter().map(ChoiceView::from).collect() }
    }
}

impl From<Choice> for ChoiceView {
    fn from(choice: Choice) -> Self {
        ChoiceView {
            code: choice.code,
            name: choice.name,
            remark: choice.remark.filter(|remark| !remark.is_empty()),
            subject_type: choice.subject_type,
            within: choice.within.into_iter().map(ChoiceView::from).collect(),
        }
    }
}

impl From<GetOnlineIcpOrderResponse> for FilingInForce {
    fn from(shown: GetOnlineIcpOrderResponse) -> Self {
        let masked = |mut value: Value| {
            mask(&mut value);
            value
        };
        FilingInForce {
            subject: masked(serde_json::json!(shown.icp_subject)),
            applets: masked(serde_json::json!(shown.icp_applets)),
        }
    }
}

/// Shows numbers of persons in part: whoever knows them, knows them again.
fn mask(value: &mut Value) {
    const PERSONAL: [&str; 4] = ["certificate_number", "mobile", "emergency_contact", "email"];
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if PERSONAL.contains(&name.as_str()) => {
                        *text = in_part(text);
                    }
                    inner => mask(inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

fn in_part(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 7 {
        return "***".chars().take(letters.len()).collect();
    }
    let (first, last) = (&letters[..3], &letters[letters.len() - 2..]);
    let hidden = "*".repeat(letters.len() - 5);
    first.iter().chain(&hidden.chars().collect::<Vec<_>>()).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_of_persons_are_shown_in_part() {
        let mut shown = json!({
            "base_info": { "name": "城南面馆" },
            "principal_info": { "mobile": "13800001234", "certificate_number": "11010519491231002X" },
        });
        mask(&mut shown);
        assert_eq!(shown["principal_info"]["mobile"], "138******34");
        assert_eq!(shown["principal_info"]["certificate_number"], "110*************2X");
        assert_eq!(shown["base_info"]["name"], "城南面馆");
    }
}
