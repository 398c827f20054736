//! The kinds of token that WeChat's calls ask for, as types: the wrong kind does not compile.

use secrecy::{ExposeSecret, SecretString};

/// What an endpoint wants in its query: [`NoToken`], [`ComponentToken`] or [`AuthorizerToken`].
pub trait Token: Send + Sync {
    /// The token's text, or nothing where the call takes none.
    fn expose(&self) -> Option<&str>;
}

/// For calls that identify themselves in their body.
#[derive(Debug, Clone, Copy)]
pub struct NoToken;

/// The platform's own token, `component_access_token`.
#[derive(Debug, Clone)]
pub struct ComponentToken(pub SecretString);

/// The token to act for one merchant's account, `authorizer_access_token`.
#[derive(Debug, Clone)]
pub struct AuthorizerToken(pub SecretString);

impl Token for NoToken {
    fn expose(&self) -> Option<&str> {
        None
    }
}

impl Token for ComponentToken {
    fn expose(&self) -> Option<&str> {
        Some(self.0.expose_secret())
    }
}

impl Token for AuthorizerToken {
    fn expose(&self) -> Option<&str> {
        Some(self.0.expose_secret())
    }
}
