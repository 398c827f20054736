//! What an operator may do.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An operator's role. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Changes mini programs: configures, uploads, submits, releases, rolls back.
    Releaser,
    /// Also makes and revokes keys and reads the audit log.
    Admin,
}

/// A kind of operation, which every operation of the API names one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Looks at something.
    Read,
    /// Changes a mini program or what it is made of.
    Release,
    /// Deals with operators.
    Administer,
}

/// A word that is no role, or no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such role or action")]
pub struct UnknownRole;

impl Role {
    /// Whether an operator with this role may do `action`.
    pub fn may(self, action: Action) -> bool {
        self >= action.least()
    }
}

impl Action {
    /// The action's name, which is the scope that an operation asks for.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Release => "release",
            Action::Administer => "administer",
        }
    }

    /// The least role that may do it.
    pub fn least(self) -> Role {
        match self {
            Action::Read => Role::Viewer,
            Action::Release => Role::Releaser,
            Action::Administer => Role::Admin,
        }
    }
}

impl FromStr for Action {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        [Action::Read, Action::Release, Action::Administer]
            .into_iter()
            .find(|action| action.as_str() == name)
            .ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Role::Viewer => "viewer",
            Role::Releaser => "releaser",
            Role::Admin => "admin",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_ones_before_it_may() {
        let may = |role: Role| {
            [Action::Read, Action::Release, Action::Administer].map(|action| role.may(action))
        };
        assert_eq!(may(Role::Viewer), [true, false, false]);
        assert_eq!(may(Role::Releaser), [true, true, false]);
        assert_eq!(may(Role::Admin), [true, true, true]);
    }
}
