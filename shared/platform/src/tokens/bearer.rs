//! Calls that carry a component's token, for which a run of them reads it every other second. A
//! token that is refused is reported by its version, so that remembering one costs a call at worst;
//! and what is remembered is short, so that shadow mode ends a run that is under way.

use std::{pin::Pin, sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};
use wechat::{AppId, Endpoint, answer::Answer, token::ComponentToken};

use super::{Subject, Token, TokenError, Tokens};

/// A token that was read is used for so long, and then read again.
const FRESH: Duration = Duration::from_secs(2);

/// The component in whose name a run of calls is made, and its token as it was just read. Cheap to
/// clone.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    subject: Subject,
    token: Arc<Mutex<Option<(Token, Instant)>>>,
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
        if let Some((token, read_at)) = &*known
            && Some(token.version) != refused
            && read_at.elapsed() < FRESH
        {
            return Ok(token.clone());
        }
        let read_at = Instant::now();
        let token = component_token(tokens, &self.subject).await?;
        *known = Some((token.clone(), read_at));
        Ok(token)
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
