//! What the key of a machine may do, and for whom: scopes, and patterns that narrow them.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::UnknownRole;
use crate::{mini_programs::MiniPrograms, storage::StorageError};

/// In patterns of accounts and in the relay's paths: the component itself, not one of its
/// merchants.
pub const COMPONENT: &str = "component";
/// No pattern is longer.
const LONGEST_PATTERN: usize = 128;

/// One thing that only a machine's key may do, and only where the key names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Calls WeChat through the relay.
    Relay,
    /// Also the calls with which this platform moves reviews, releases and domains.
    RelayStateMachine,
    /// Is told access tokens.
    TokenRead,
    /// Logs users of a mini program in.
    SessionWrite,
    /// Is told merchants' payment credentials.
    PaymentRead,
}

/// What a machine's key may do. The default is nothing at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// What it may do.
    #[serde(default)]
    pub scopes: BTreeSet<Scope>,
    /// For which components.
    #[serde(default)]
    pub components: Patterns,
    /// For which accounts. `*` is every merchant's; the component itself only where it is named,
    /// as `component`.
    #[serde(default)]
    pub accounts: Patterns,
    /// Only accounts that carry one of these tags, as they are when the key is used; whatever
    /// their tags where there are none. The component itself has no tags and is not asked for any.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Which of WeChat's paths, such as `/wxa/business/*`.
    #[serde(default)]
    pub paths: Patterns,
}

/// Patterns of which one must fit. The default fits everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Patterns(pub Vec<Pattern>);

/// A name, or the beginning of names followed by `*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// A text that is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pattern is a name, or the beginning of one followed by '*', in at most 128 characters")]
pub struct MalformedPattern;

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 5] = [
        Scope::Relay,
        Scope::RelayStateMachine,
        Scope::TokenRead,
        Scope::SessionWrite,
        Scope::PaymentRead,
    ];

    /// The scope's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Relay => "relay",
            Scope::RelayStateMachine => "relay:state-machine",
            Scope::TokenRead => "token:read",
            Scope::SessionWrite => "session:write",
            Scope::PaymentRead => "payment:read",
        }
    }
}

impl Permit {
    /// Whether the key has the scope.
    pub fn grants(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Whether the key may act for a merchant's account; for the component itself where there is
    /// no account. The account's record is read only where the key asks for tags.
    pub async fn covers(
        &self,
        accounts: &MiniPrograms,
        component: &AppId,
        account: Option<&AppId>,
    ) -> Result<bool, StorageError> {
        if !self.names(component, account) {
            return Ok(false);
        }
        let Some(appid) = account.filter(|_| !self.tags.is_empty()) else { return Ok(true) };
        let row = accounts.row(component, appid).await?;
        Ok(row.is_some_and(|row| row.tags.iter().any(|tag| self.tags.contains(tag))))
    }

    /// Whether its patterns fit.
    fn names(&self, component: &AppId, account: Option<&AppId>) -> bool {
        let account = match account {
            // No wildcard reaches what is above all merchants.
            None => self.accounts.0.iter().any(|pattern| pattern.0 == COMPONENT),
            Some(appid) => appid.as_str() != COMPONENT && self.accounts.fit(appid.as_str()),
        };
        account && self.components.fit(component.as_str())
    }

    /// Whether the key may call WeChat at `path`.
    pub fn reaches(&self, path: &str) -> bool {
        self.paths.fit(path)
    }
}

impl Patterns {
    /// Whether one of them fits.
    pub fn fit(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.fits(name))
    }
}

impl Default for Patterns {
    fn default() -> Self {
        Patterns(vec![Pattern("*".to_owned())])
    }
}

impl Pattern {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn fits(&self, name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == self.0,
        }
    }
}

impl FromStr for Pattern {
    type Err = MalformedPattern;

    fn from_str(text: &str) -> Result<Self, MalformedPattern> {
        let name = text.strip_suffix('*').unwrap_or(text);
        let plain = name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*');
        match plain && !text.is_empty() && text.len() <= LONGEST_PATTERN {
            true => Ok(Pattern(text.to_owned())),
            false => Err(MalformedPattern),
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == name).ok_or(UnknownRole)
    }
}

impl TryFrom<String> for Scope {
    type Error = UnknownRole;

    fn try_from(name: String) -> Result<Self, UnknownRole> {
        name.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.as_str().to_owned()
    }
}

impl TryFrom<String> for Pattern {
    type Error = MalformedPattern;

    fn try_from(text: String) -> Result<Self, MalformedPattern> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Patterns {
        Patterns(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn names(accounts: &[&str], account: Option<&str>) -> bool {
        let permit = Permit { accounts: patterns(accounts), ..Permit::default() };
        let account: Option<AppId> = account.map(|appid| appid.parse().unwrap());
        permit.names(&"wx0000000000000001".parse().unwrap(), account.as_ref())
    }

    #[test]
    fn a_wildcard_is_every_merchant_and_not_the_component() {
        assert!(names(&["*"], Some("wx0000000000000002")));
        assert!(!names(&["*"], None));
        assert!(!names(&["comp*"], None));
        assert!(names(&["component"], None));
        assert!(!names(&["component"], Some("wx0000000000000002")));
        assert!(!names(&["*"], Some(COMPONENT)), "nobody passes for the component");
        assert!(!names(&[], Some("wx0000000000000002")));
    }

    #[test]
    fn a_pattern_is_a_name_or_a_beginning() {
        let paths = patterns(&["/wxa/business/*", "/wxa/getversioninfo"]);
        for (path, fits) in [
            ("/wxa/business/getuserphonenumber", true),
            ("/wxa/businessman", false),
            ("/wxa/getversioninfo", true),
            ("/wxa/getversioninfo2", false),
        ] {
            assert_eq!(paths.fit(path), fits, "{path}");
        }
        for malformed in ["", "a*b", "**", "a b", "长", &"x".repeat(129)] {
            assert!(malformed.parse::<Pattern>().is_err(), "{malformed}");
        }
    }

    #[test]
    fn a_key_from_before_there_were_scopes_has_none() {
        let permit: Permit = serde_json::from_str("{}").unwrap();
        assert_eq!(permit, Permit::default());
        assert!(Scope::ALL.into_iter().all(|scope| !permit.grants(scope)));
    }
}
