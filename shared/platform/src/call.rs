//! Calls to WeChat that carry a token: one refresh and one repetition if WeChat refuses the token,
//! then an error. A refused token means that WeChat did nothing, so that this is safe for any call.

mod words;

use wechat::{
    AppId, Endpoint,
    answer::Answer,
    token::{AuthorizerToken, ComponentToken},
};

use crate::tokens::{Subject, TokenError, Tokens};

/// A call that did not give its answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There was no token to call with: nothing was sent.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The call itself failed.
    #[error(transparent)]
    WeChat(#[from] wechat::Error),
}

/// Calls WeChat on behalf of components and merchants. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
    /// Where tokens come from.
    pub tokens: Tokens,
}

impl Caller {
    /// Sends `request` with the component's token.
    pub async fn component<E: Endpoint<Token = ComponentToken>>(
        &self,
        component: &AppId,
        request: &E,
    ) -> Result<<E::Answer as Answer>::Value, CallError> {
        let subject = Subject::Component(component.clone());
        self.send(&subject, ComponentToken, request).await
    }

    /// Sends `request` with the token of the merchant's account `appid`.
    pub async fn merchant<E: Endpoint<Token = AuthorizerToken>>(
        &self,
        component: &AppId,
        appid: &AppId,
        request: &E,
    ) -> Result<<E::Answer as Answer>::Value, CallError> {
        let subject = Subject::merchant(component, appid);
        self.send(&subject, AuthorizerToken, request).await
    }

    async fn send<E: Endpoint>(
        &self,
        subject: &Subject,
        wrap: fn(secrecy::SecretString) -> E::Token,
        request: &E,
    ) -> Result<<E::Answer as Answer>::Value, CallError> {
        let token = self.tokens.access_token(subject).await?;
        match self.tokens.wechat.send(&wrap(token.secret), request).await {
            Err(error) if error.is_token_invalid() => {
                let refused = token.version;
                self.tokens.invalidate(subject, refused).await.map_err(TokenError::from)?;
                let token = self.tokens.access_token(subject).await?;
                Ok(self.tokens.wechat.send(&wrap(token.secret), request).await?)
            }
            Err(error) => {
                self.tokens.note_refusal(subject.component(), &error).await;
                Err(error.into())
            }
            Ok(value) => Ok(value),
        }
    }
}

impl CallError {
    /// WeChat may have acted although nobody told us: ask before trying again.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, CallError::WeChat(error) if error.is_outcome_unknown())
    }

    /// WeChat's code for this call.
    pub fn errcode(&self) -> Option<i64> {
        match self {
            CallError::WeChat(error) => error.errcode(),
            CallError::Token(_) => None,
        }
    }

    /// The account has not authorized the platform (61003): it never did, or has withdrawn.
    pub fn is_gone(&self) -> bool {
        self.errcode() == Some(61003)
    }
}
