//! What was asked for, by whom, and how it stands.

use serde::{Deserialize, Serialize};

use super::{Decision, Dependence, PERFORMED_BY, independence};
use crate::operators::{Operator, Role};

/// Something that was asked for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its id.
    pub id: String,
    /// What kind of decision it is.
    pub decision: Decision,
    /// The operation's id in the API's description.
    pub operation: String,
    /// The request's method.
    pub method: String,
    /// The request's path and query.
    pub target: String,
    /// The component that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The mini program that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// SHA-256 of the request.
    pub digest: String,
    /// What was asked for, without anything that could be a secret.
    pub summary: String,
    /// Who asked.
    pub requested_by: Party,
    /// When, in seconds.
    pub requested_at: i64,
    /// Until when it waits, in seconds.
    pub until: i64,
    /// How it stands in the table. See [`Approval::state`].
    pub(super) state: State,
    /// Who approved, refused or withdrew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Party>,
    /// When, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<i64>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The status that the request was answered with when it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What went wrong then, in the language of whoever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// How a request for approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has decided yet.
    Waiting,
    /// Somebody approved it, and it is being done.
    Performing,
    /// It was approved and done; its status says how that went.
    Performed,
    /// It was approved, and nobody saw the end of it.
    Unknown,
    /// Somebody refused it.
    Refused,
    /// Whoever asked took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

/// Somebody who asked or decided, as they were then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The id of the key.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Whose it is.
    pub person: String,
    /// Who answers for that person's being somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced_by: Option<String>,
}

impl State {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Performing => "performing",
            State::Performed => "performed",
            State::Unknown => "unknown",
            State::Refused => "refused",
            State::Withdrawn => "withdrawn",
            State::Expired => "expired",
        }
    }
}

impl Approval {
    /// How it stands at `now`, in seconds: time passes without a write.
    pub fn state(&self, now: i64) -> State {
        let performed_by = self.decided_at.unwrap_or_default() + PERFORMED_BY.as_secs();
        match self.state {
            State::Waiting if self.until <= now => State::Expired,
            State::Performing if performed_by <= now => State::Unknown,
            state => state,
        }
    }
}

impl Party {
    /// An operator, as they are now.
    pub fn of(operator: &Operator) -> Self {
        Party {
            key: operator.key.clone(),
            name: operator.name.clone(),
            role: operator.role,
            person: operator.person.clone(),
            introduced_by: operator.introduced_by.clone(),
        }
    }

    /// Whether `other` is somebody else, as far as anybody can tell.
    pub fn may_approve(&self, other: &Party) -> Result<(), Dependence> {
        independence::between(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_stored_under_its_name() {
        for state in [
            State::Waiting,
            State::Performing,
            State::Performed,
            State::Unknown,
            State::Refused,
            State::Withdrawn,
            State::Expired,
        ] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
