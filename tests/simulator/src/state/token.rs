//! Tokens and codes: what they stand for and until when.

use serde::{Deserialize, Serialize};

use super::World;
use crate::options::ReplacedTokens;

/// Seconds an access token is good for.
pub(crate) const ACCESS_TOKEN_LIFE: i64 = 7200;

/// Seconds a replaced access token survives where [`ReplacedTokens::LiveFiveMinutes`] is chosen.
const GRACE: i64 = 300;

/// How many tokens of one owner are remembered; older ones are as good as never issued.
const REMEMBERED: usize = 8;

/// One access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) component: String,
    /// The mini program, or none for a component token.
    pub(crate) merchant: Option<String>,
    pub(crate) issued: i64,
    pub(crate) expires: i64,
    /// When it stops working because another took its place.
    pub(crate) dies: Option<i64>,
}

/// What a call finds when it looks a token up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenState {
    Good,
    Expired,
    Replaced,
}

impl Token {
    pub(crate) fn state(&self, now: i64) -> TokenState {
        if self.dies.is_some_and(|dies| now >= dies) {
            TokenState::Replaced
        } else if now >= self.expires {
            TokenState::Expired
        } else {
            TokenState::Good
        }
    }
}

/// A code that opens the authorization page once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PreAuthorizationCode {
    pub(crate) component: String,
    pub(crate) expires: i64,
    pub(crate) used: bool,
}

/// A code that is exchanged for tokens once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuthorizationCode {
    pub(crate) component: String,
    pub(crate) merchant: String,
    pub(crate) expires: i64,
    pub(crate) used: bool,
}

impl World {
    /// Issues an access token; what becomes of the one before is [`World::token_behaviour`]'s.
    pub(crate) fn issue_token(
        &mut self,
        component: &str,
        merchant: Option<&str>,
        now: i64,
    ) -> String {
        // Real tokens begin with a number and an underscore.
        let value = format!("{}_{}", self.random.digits(2), self.random.secret(83));
        let dies = match self.token_behaviour.replaced_tokens {
            ReplacedTokens::DieAtOnce => now,
            ReplacedTokens::LiveFiveMinutes => now + GRACE,
        };
        let issued = match merchant {
            None => &mut self.components.entry(component.to_owned()).or_default().issued_tokens,
            Some(appid) => {
                let merchant = self.merchants.entry(appid.to_owned()).or_default();
                &mut merchant.grants.entry(component.to_owned()).or_default().issued_tokens
            }
        };
        if let Some(previous) = issued.last().and_then(|last| self.tokens.get_mut(last)) {
            previous.dies = Some(previous.dies.map_or(dies, |sooner| sooner.min(dies)));
        }
        issued.push(value.clone());
        if issued.len() > REMEMBERED {
            self.tokens.remove(&issued.remove(0));
        }
        let token = Token {
            component: component.to_owned(),
            merchant: merchant.map(str::to_owned),
            issued: now,
            expires: now + ACCESS_TOKEN_LIFE,
            dies: None,
        };
        self.tokens.insert(value.clone(), token);
        value
    }
}
