//! Calls that carry a component's token, to which a run of them reads it once. A token that is
//! refused is reported by its version, so that remembering one for a while costs a call at worst.

use std::{pin::Pin, sync::Arc};

use tokio::sync::Mutex;
use wechat::{AppId, Endpoint, answer::Answer, token::ComponentToken};

use super::{Subject, Token, TokenError, Tokens};

/// The component in whose name a run of calls is made, and its token once it was read. Cheap to
/// clone.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    subject: Subject,
    token: Arc<Mutex<Option<Token>>>,
}

impl Bearer {
    /// Nothing is read yet.
    pub(crate) fn of(component: &AppId) -> Self {
        Bearer { subject: Subject::Component(component.clone()), token: Arc::default() }
    }

    /// The component's token; another one than that of `refused`.
    pub(super) async fn token(
        &self,
        tokens: &Tokens,
        refused: Option<u64>,
    ) -> Result<Token, TokenError> {
        let mut known = self.token.lock().await;
        if let Some(token) = known.as_ref().filter(|token| Some(token.version) != refused) {
            return Ok(token.clone());
        }
        let token = component_token(tokens, &self.subject).await?;
        Ok(known.insert(token).clone())
    }
}

impl Tokens {
    /// Sends a call that carries the component's token; once more if WeChat refuses the token.
    pub(crate) async fn send_as<E: Endpoint<Token = ComponentToken>>(
        &self,
        bearer: &Bearer,
        request: &E,
    ) -> Result<<E::Answer as Answer>::Value, TokenError> {
        let token = bearer.token(self, None).await?;
        match self.wechat.send(&ComponentToken(token.secret), request).await {
            Err(error) if error.is_token_invalid() => {
                self.invalidate(&bearer.subject, token.version).await?;
                let token = bearer.token(self, Some(token.version)).await?;
                Ok(self.wechat.send(&ComponentToken(token.secret), request).await?)
            }
            result => Ok(result?),
        }
    }
}

/// Boxed, for renewing a merchant's token asks for a component's.
fn component_token<'a>(
    tokens: &'a Tokens,
    subject: &'a Subject,
) -> Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + 'a>> {
    Box::pin(tokens.access_token(subject))
}
