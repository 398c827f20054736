//! Whether two keys are two people's, as far as anybody can tell from here.
//!
//! Whoever makes a key for somebody has seen its secret, so that all keys that one person made are
//! that person's ([`Operator::person`](crate::operators::Operator)), and so is the first key with
//! those made from it. Somebody else is who took their key by an invitation, whose secret only they
//! have seen, or who signed in with the company's own directory. The inviter might have taken an
//! invitation for themselves, under a name of their own making: so inviter and invited do not approve
//! each other, unless a second person had approved the invitation.

use super::Party;

/// Why two are not two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependence {
    /// It is the very key that asked.
    SameKey,
    /// Both keys are one person's: one made the other, or somebody made both.
    SamePerson,
    /// They are called alike.
    SameName,
    /// One invited the other, and nobody else was asked.
    Invited,
}

/// Refuses two that may be one.
pub(super) fn between(one: &Party, other: &Party) -> Result<(), Dependence> {
    let name = |party: &Party| party.name.split_whitespace().collect::<String>().to_lowercase();
    let introduced = |one: &Party, other: &Party| one.introduced_by.as_ref() == Some(&other.person);
    if one.key == other.key {
        Err(Dependence::SameKey)
    } else if one.person == other.person {
        Err(Dependence::SamePerson)
    } else if name(one) == name(other) {
        Err(Dependence::SameName)
    } else if introduced(one, other) || introduced(other, one) {
        Err(Dependence::Invited)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::Role;

    fn party(key: &str, name: &str, person: &str, introduced_by: Option<&str>) -> Party {
        let (key, name, person) = (key.to_owned(), name.to_owned(), person.to_owned());
        let introduced_by = introduced_by.map(str::to_owned);
        Party { key, name, role: Role::Releaser, person, introduced_by }
    }

    #[test]
    fn two_people_have_two_keys_two_names_and_two_origins() {
        let asked = party("k1", "李雷", "p1", Some("admin"));
        for (other, why) in [
            (party("k1", "李雷", "p1", Some("admin")), Err(Dependence::SameKey)),
            (party("k2", "别人", "p1", Some("admin")), Err(Dependence::SamePerson)),
            (party("k2", " 李 雷", "p2", Some("admin")), Err(Dependence::SameName)),
            (party("k2", "韩梅梅", "p2", Some("p1")), Err(Dependence::Invited)),
            (party("k0", "admin", "admin", None), Err(Dependence::Invited)),
            (party("k2", "韩梅梅", "p2", Some("admin")), Ok(())),
            (party("k2", "韩梅梅", "p2", None), Ok(())),
        ] {
            assert_eq!(between(&asked, &other), why, "{other:?}");
            assert_eq!(between(&other, &asked), why, "{other:?}");
        }
    }
}
