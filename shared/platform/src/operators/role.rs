//! What an operator may do.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Scope;

/// An operator's role. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A machine: it may do what its key's scopes name, and nothing of what people may.
    Machine,
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
    /// What is for machines alone, whose keys name it.
    Scoped(Scope),
}

/// A word that is no role, no action and no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such role, action or scope")]
pub struct UnknownRole;

impl Role {
    /// Whether an operator may do `action` for this role alone.
    pub fn may(self, action: Action) -> bool {
        action.least().is_some_and(|least| self >= least)
    }
}

impl Action {
    /// The action's name, which is the scope that an operation asks for.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Release => "release",
            Action::Administer => "administer",
            Action::Scoped(scope) => scope.as_str(),
        }
    }

    /// The least role that may do it; none where no role is enough.
    pub fn least(self) -> Option<Role> {
        match self {
            Action::Read => Some(Role::Viewer),
            Action::Release => Some(Role::Releaser),
            Action::Administer => Some(Role::Admin),
            Action::Scoped(_) => None,
        }
    }
}

impl FromStr for Action {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        [Action::Read, Action::Release, Action::Administer]
            .into_iter()
            .find(|action| action.as_str() == name)
            .map_or_else(|| name.parse().map(Action::Scoped), Ok)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Role::Machine => "machine",
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
            let token = Action::Scoped(Scope::TokenRead);
            [Action::Read, Action::Release, Action::Administer, token].map(|it| role.may(it))
        };
        assert_eq!(may(Role::Machine), [false, false, false, false]);
        assert_eq!(may(Role::Viewer), [true, false, false, false]);
        assert_eq!(may(Role::Releaser), [true, true, false, false]);
        assert_eq!(may(Role::Admin), [true, true, true, false]);
        assert_eq!("token:read".parse(), Ok(Action::Scoped(Scope::TokenRead)));
    }
}
