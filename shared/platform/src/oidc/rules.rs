//! Which role a person of the directory has.

use std::str::FromStr;

use super::Claims;
use crate::operators::Role;

/// Rules such as `groups:fleet-admins=admin, email:*@example.com=viewer`: a claim, what it says or, with
/// a `*` in front, how that ends, and the role. Of all that fit, the highest role counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    claim: String,
    value: String,
    role: Role,
}

/// A text that is no rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rules look like groups:fleet-admins=admin, email:*@example.com=viewer")]
pub struct MalformedRules;

impl Rules {
    /// The highest role that a rule gives.
    pub fn role(&self, claims: &Claims) -> Option<Role> {
        let fitting =
            self.0.iter().filter(|rule| claims.all(&rule.claim).iter().any(|said| rule.fits(said)));
        fitting.map(|rule| rule.role).max()
    }
}

impl Rule {
    fn fits(&self, said: &str) -> bool {
        match self.value.strip_prefix('*') {
            // Addresses are the same in either case of letters, as domains are.
            Some(end) => said.to_lowercase().ends_with(&end.to_lowercase()),
            None => said == self.value,
        }
    }
}

impl FromStr for Rules {
    type Err = MalformedRules;

    fn from_str(text: &str) -> Result<Self, MalformedRules> {
        let rules = text.split([',', '\n']).map(str::trim).filter(|rule| !rule.is_empty());
        let rules = rules.map(|rule| {
            let (said, role) = rule.rsplit_once('=').ok_or(MalformedRules)?;
            let (claim, value) = said.split_once(':').ok_or(MalformedRules)?;
            let role = match role.trim() {
                "viewer" => Role::Viewer,
                "releaser" => Role::Releaser,
                "admin" => Role::Admin,
                _ => return Err(MalformedRules),
            };
            let (claim, value) = (claim.trim().to_owned(), value.trim().to_owned());
            let is_open = value.is_empty() || (value.starts_with('*') && value.len() < 4);
            match claim.is_empty() || is_open {
                true => Err(MalformedRules),
                false => Ok(Rule { claim, value, role }),
            }
        });
        let rules: Vec<Rule> = rules.collect::<Result<_, _>>()?;
        if rules.is_empty() { Err(MalformedRules) } else { Ok(Rules(rules)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn role(rules: &str, said: Value) -> Option<Role> {
        let Value::Object(said) = said else { unreachable!() };
        rules.parse::<Rules>().unwrap().role(&Claims(said))
    }

    #[test]
    fn the_highest_role_of_all_rules_that_fit_counts() {
        let rules = "email:*@example.com=viewer, groups:release=releaser, groups:ops=admin";
        let han = |groups: Value| json!({ "email": "Han@Example.com", "email_verified": true, "groups": groups });
        assert_eq!(role(rules, han(json!(["x"]))), Some(Role::Viewer));
        assert_eq!(role(rules, han(json!(["release", "x"]))), Some(Role::Releaser));
        assert_eq!(role(rules, han(json!("ops"))), Some(Role::Admin));
        assert_eq!(role(rules, json!({ "groups": ["OPS"] })), None);
        assert_eq!(role(rules, json!({ "email": "han@example.com" })), None, "not verified");
        let elsewhere = json!({ "email": "han@example.com.evil.net", "email_verified": true });
        assert_eq!(role(rules, elsewhere), None);
        assert_eq!(role(rules, json!({})), None);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in [
            "",
            "x",
            "groups=admin",
            "groups:x=boss",
            "groups:x=machine",
            ":x=admin",
            "groups:=admin",
            "email:*=admin",
            "email:*.c=admin",
        ] {
            assert_eq!(text.parse::<Rules>(), Err(MalformedRules), "{text}");
        }
    }
}
