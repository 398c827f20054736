//! The call itself: one token, one call; after a refused token one more of each.

use std::time::Duration;

use axum::http::Response;
use bytes::Bytes;
use platform::{
    text::Text,
    tokens::{Subject, Token},
};
use tokio::time::{Instant, timeout_at};
use wechat::{
    answer::{errcode, refusal},
    client::Raw,
    error::is_token_refusal,
};

use crate::{
    App, LONGEST,
    address::Address,
    hide::hide,
    problem::{Kind, Problem},
};

/// What one call may take of the time there is.
const LONGEST_CALL: Duration = Duration::from_secs(20);
/// With less time left, a refused token is not renewed: the refusal is the answer.
const WORTH_REPEATING: Duration = Duration::from_secs(3);

/// Calls WeChat, and hides what is ours in its answer.
pub(crate) async fn call(
    app: &App,
    address: &Address,
    raw: &Raw,
    deadline: Instant,
) -> Result<Response<Bytes>, Problem> {
    let subject = address.subject();
    let token = take(app, &subject, deadline).await?;
    let mut used = vec![token.secret.clone()];
    let mut answer = send(app, raw, &token, deadline).await?;
    let is_refused = errcode(answer.body()).is_some_and(is_token_refusal);
    if is_refused && deadline.duration_since(Instant::now()) >= WORTH_REPEATING {
        // A refused token means that WeChat did nothing: any call may be made again.
        app.platform.tokens.invalidate(&subject, token.version).await?;
        let token = take(app, &subject, deadline).await?;
        used.push(token.secret.clone());
        answer = send(app, raw, &token, deadline).await?;
    }
    // What WeChat refuses the component as a whole, it refuses the platform's own calls too.
    if let Some(refusal) = refusal("a relayed call", answer.body()) {
        app.platform.tokens.note_refusal(&address.component, &refusal.into()).await;
    }
    if answer.body().len() > LONGEST {
        return Err(Problem::answer_too_long());
    }
    hide(&address.path, &mut answer, &used);
    Ok(answer)
}

async fn take(app: &App, subject: &Subject, deadline: Instant) -> Result<Token, Problem> {
    let token = timeout_at(deadline, app.platform.tokens.access_token(subject)).await;
    Ok(token.map_err(|_| {
        Problem::new(Kind::Unavailable)
            .detail(Text::fixed(
                "取令牌超时，请求没有发出",
                "no token came in time; nothing was sent",
            ))
            .what_to_do(Text::fixed("请稍后重试", "try again in a little while"))
            .retry_after(5)
    })??)
}

async fn send(
    app: &App,
    raw: &Raw,
    token: &Token,
    deadline: Instant,
) -> Result<Response<Bytes>, Problem> {
    let left = deadline.duration_since(Instant::now()).min(LONGEST_CALL);
    Ok(app.platform.tokens.wechat.pass(&token.secret, raw, left).await?)
}
