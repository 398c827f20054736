//! How approvals and their policy are shown.

use platform::{
    approvals::{Approval, Decision, Party, Policy},
    text::Language,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{keys::RoleName, timestamp};
use crate::reference;

/// A request that takes two.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalRequest {
    /// Its id.
    id: String,
    /// How it stands: `waiting`, `performing`, `performed`, `unknown` (approved, and nobody saw the
    /// end of it: look at what it was about, and ask anew), `refused`, `withdrawn`, `expired`.
    #[schema(example = "waiting")]
    state: &'static str,
    /// What kind of decision it is, as the policy calls it.
    #[schema(example = "release")]
    decision: &'static str,
    /// The operation, as this description calls it.
    #[schema(example = "release")]
    operation: String,
    /// The same in words.
    title: String,
    /// The request's method.
    #[schema(example = "POST")]
    method: String,
    /// The request's path and query.
    target: String,
    /// The component that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    /// The mini program that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    appid: Option<String>,
    /// What is asked for, without anything that could be a secret.
    request: String,
    /// SHA-256 of the request.
    request_digest: String,
    /// Who asked.
    requested_by: PartyView,
    /// When.
    #[schema(format = DateTime)]
    requested_at: String,
    /// Until when it waits.
    #[schema(format = DateTime)]
    until: String,
    /// Who approved, refused or withdrew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<PartyView>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    decided_at: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The status that the request was answered with when it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// What went wrong then.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

/// Somebody who asked or decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartyView {
    /// The id of the key.
    key_id: String,
    /// What the key is called.
    name: String,
    /// Its role.
    role: RoleName,
}

/// Which decisions take two.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalPolicy {
    /// Those that do.
    #[schema(example = json!(["release", "rollback"]))]
    required: Vec<&'static str>,
    /// All that could, in words.
    choices: Vec<DecisionView>,
    /// The id of the key that changed it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    changed_at: Option<String>,
}

/// A kind of decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionView {
    /// Its name.
    #[schema(example = "release")]
    decision: &'static str,
    /// What it is.
    title: String,
}

impl ApprovalPolicy {
    pub(super) fn of(policy: Policy, language: Language) -> Self {
        let choices = Decision::CHOICES.map(|decision| DecisionView {
            decision: decision.as_str(),
            title: decision.title().read(language).to_owned(),
        });
        ApprovalPolicy {
            required: policy.required.into_iter().map(Decision::as_str).collect(),
            choices: choices.into(),
            changed_by: policy.changed_by,
            changed_at: policy.changed_at.map(timestamp),
        }
    }
}

impl ApprovalRequest {
    /// The approval as it stands at `now`, in seconds.
    pub(crate) fn of(approval: Approval, now: i64, language: Language) -> Self {
        let state = approval.state(now).as_str();
        ApprovalRequest {
            state,
            decision: approval.decision.as_str(),
            title: reference::name(&approval.operation).read(language).to_owned(),
            operation: approval.operation,
            id: approval.id,
            method: approval.method,
            target: approval.target,
            component: approval.component,
            appid: approval.appid,
            request: approval.summary,
            request_digest: approval.digest,
            requested_by: approval.requested_by.into(),
            requested_at: timestamp(approval.requested_at),
            until: timestamp(approval.until),
            decided_by: approval.decided_by.map(PartyView::from),
            decided_at: approval.decided_at.map(timestamp),
            note: approval.note,
            status: approval.status,
            trouble: approval.trouble,
        }
    }
}

impl From<Party> for PartyView {
    fn from(party: Party) -> Self {
        PartyView { key_id: party.key, name: party.name, role: party.role.into() }
    }
}
