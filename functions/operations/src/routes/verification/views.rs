//! Verifications as they are shown.

use axum::{Json as Answer, http::HeaderMap};
use jiff::Timestamp;
use platform::{
    records::Current,
    text::Language,
    verification::{Procedure, Task, TaskState, Verification},
};
use serde::Serialize;
use utoipa::ToSchema;
use wechat::endpoint::AuthIdentity;

use crate::{problem, routes::filing::RemarkView};

/// How the verification of an owner stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerificationView {
    /// Goes up by one with every change; 0 where nothing was begun here.
    version: u64,
    /// The newer of the two; null where nothing was begun here.
    latest: Option<VerificationState>,
    /// The last verification alone.
    task: Option<TaskView>,
    /// The last verification and filing in one.
    procedure: Option<ProcedureView>,
    /// Until when the owner is verified, once WeChat has reminded of it.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// WeChat's words about that.
    expiry_words: Option<String>,
}

/// How something stands, and what to do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerificationState {
    /// `waits-for-administrator`, `waits-for-payment`, `in-review`, `sent-back`, `verified`,
    /// `failed`, `filing-in-review` or `filing-rejected`.
    #[schema(value_type = String, example = "waits-for-administrator")]
    state: TaskState,
    /// The state in the caller's language.
    #[schema(example = "等待管理员确认。")]
    text: String,
    /// What to do now, in the caller's language.
    what_to_do: Option<String>,
}

/// A verification alone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskView {
    /// How it stands.
    #[serde(flatten)]
    state: VerificationState,
    /// WeChat's id of it.
    task_id: String,
    /// What the administrator opens within 24 hours.
    url: Option<String>,
    /// When it was begun.
    #[schema(format = DateTime)]
    begun_at: String,
    /// WeChat's number for the administrator's part.
    task_status: Option<i64>,
    /// WeChat's number for the reviewers' part.
    apply_status: Option<i64>,
    /// The order's number in WeChat's console.
    order_id: Option<String>,
    /// Why it was sent back or failed.
    reason: Option<String>,
    /// The company that reviews.
    reviewer: Option<String>,
    /// How to reach it.
    reviewer_contact: Option<String>,
    /// When WeChat was last asked.
    #[schema(format = DateTime)]
    asked_at: Option<String>,
}

/// Verification and filing in one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProcedureView {
    /// How it stands.
    #[serde(flatten)]
    state: VerificationState,
    /// WeChat's id of it.
    procedure_id: String,
    /// Where the merchant pays within 24 hours, if he does.
    pay_url: Option<String>,
    /// When it was begun.
    #[schema(format = DateTime)]
    begun_at: String,
    /// WeChat's number for it.
    status: Option<i64>,
    /// The order's number in WeChat's console.
    order_id: Option<String>,
    /// Why the verification was sent back or failed.
    reason: Option<String>,
    /// What has to be corrected in the filing, field by field.
    remarks: Vec<RemarkView>,
    /// When WeChat was last asked.
    #[schema(format = DateTime)]
    asked_at: Option<String>,
}

/// Professions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityList {
    /// In groups.
    identities: Vec<Identity>,
}

/// A profession, or a group of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Identity {
    /// Its number.
    id: i64,
    /// Its name.
    #[schema(example = "律师")]
    name: String,
    /// The documents that it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    requirement: Option<String>,
    /// What is in the group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    within: Vec<Identity>,
}

impl VerificationView {
    pub(super) fn answer(current: Current<Verification>, headers: &HeaderMap) -> Answer<Self> {
        let language = problem::language(headers);
        let Current { version, record } = current;
        Answer(VerificationView {
            version,
            latest: record.latest().map(|(state, _)| VerificationState::of(state, language)),
            task: record.task.map(|task| TaskView::of(task, language)),
            procedure: record.procedure.map(|procedure| ProcedureView::of(procedure, language)),
            expires_at: time(record.expires_at),
            expiry_words: record.expiry_words,
        })
    }
}

impl VerificationState {
    fn of(state: TaskState, language: Language) -> Self {
        VerificationState {
            state,
            text: state.words().sentence(language),
            what_to_do: state.what_to_do().map(|words| words.sentence(language)),
        }
    }
}

impl TaskView {
    fn of(task: Task, language: Language) -> Self {
        let (reviewer, reviewer_contact) =
            task.reviewer.clone().map_or((None, None), |it| (it.name, it.contact));
        TaskView {
            state: VerificationState::of(task.state(), language),
            task_id: task.task_id,
            url: task.url,
            begun_at: task.begun_at.to_string(),
            task_status: task.task_status,
            apply_status: task.apply_status,
            order_id: task.order_id,
            reason: task.reason,
            reviewer,
            reviewer_contact,
            asked_at: time(task.asked_at),
        }
    }
}

impl ProcedureView {
    fn of(procedure: Procedure, language: Language) -> Self {
        ProcedureView {
            state: VerificationState::of(procedure.state(), language),
            procedure_id: procedure.procedure_id,
            pay_url: procedure.pay_url,
            begun_at: procedure.begun_at.to_string(),
            status: procedure.status,
            order_id: procedure.order_id,
            reason: procedure.reason,
            remarks: procedure.remarks.into_iter().map(RemarkView::from).collect(),
            asked_at: time(procedure.asked_at),
        }
    }
}

impl From<Vec<AuthIdentity>> for IdentityList {
    fn from(shown: Vec<AuthIdentity>) -> Self {
        IdentityList { identities: shown.into_iter().map(Identity::from).collect() }
    }
}

impl From<AuthIdentity> for Identity {
    fn from(shown: AuthIdentity) -> Self {
        Identity {
            id: shown.node_id,
            name: shown.name,
            requirement: shown.leaf_info.and_then(|leaf| leaf.requirement),
            within: shown.node_list.into_iter().map(Identity::from).collect(),
        }
    }
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
