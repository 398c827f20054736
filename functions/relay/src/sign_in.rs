//! Who calls: by a key in the header, or by a relay token in WeChat's place for it.

use axum::http::{HeaderMap, header};
use platform::{
    operators::{Operator, OperatorKey, SignInError, Source},
    text::Text,
};
use secrecy::SecretString;

use crate::{
    App,
    address::Address,
    problem::{Kind, Problem},
    relay_token::{self, Invalid},
};

/// Tells whose call it is. What is wrong with a token is told in WeChat's way, so that an SDK
/// fetches another; what is wrong with a header, as a problem.
pub(crate) async fn sign_in(
    app: &App,
    address: &Address,
    source: &Source,
    headers: &HeaderMap,
    token: Option<&SecretString>,
) -> Result<Operator, Problem> {
    if let Some(header) = headers.get(header::AUTHORIZATION) {
        let key = header.to_str().ok().and_then(|header| header.split_once(' '));
        let key = key.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let key = key.and_then(|(_, key)| key.trim().parse::<OperatorKey>().ok());
        let key = key.ok_or(SignInError::Unknown)?;
        return Ok(app.operators.sign_in(&key, source).await?);
    }
    let Some(token) = token else {
        return Err(Problem::from(SignInError::Unknown)
            .detail(Text::fixed("请求没有携带密钥", "the request carries no key")));
    };
    app.operators.admit(source)?;
    let expired = || {
        Problem::new(Kind::NotSignedIn)
            .detail(Text::fixed("access_token 已过期", "access_token expired"))
            .worded_by_wechat(42001)
    };
    let key = relay_token::open(app, address, token).map_err(|invalid| match invalid {
        Invalid::Expired => expired(),
        Invalid::Unknown => Problem::new(Kind::NotSignedIn)
            .detail(Text::fixed(
                "access_token 无效，或属于其他账号",
                "invalid credential, access_token is invalid or of another account",
            ))
            .what_to_do(Text::fixed(
                "请从本中转的 /cgi-bin/token 获取",
                "get one from /cgi-bin/token of this relay",
            ))
            .worded_by_wechat(40001),
    })?;
    app.operators.still(&key).await.map_err(|error| match error {
        error @ (SignInError::Storage(_)
        | SignInError::Secrets(_)
        | SignInError::LockedOut { .. }
        | SignInError::TooOften { .. }) => error.into(),
        // Nor will the key open anything when the SDK comes for another token.
        error => Problem::from(error).worded_by_wechat(40001),
    })
}
