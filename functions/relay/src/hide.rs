//! What must not go back: our tokens, should WeChat repeat one, and what WeChat tells the platform
//! of its merchants' grants.

use axum::http::Response;
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

const HIDDEN: &str = "[REDACTED]";
/// Answers below it tell of grants.
const GRANTS: &str = "/cgi-bin/component/";
/// How the names end of members that hold a credential of ours.
const CREDENTIALS: [&str; 2] = ["access_token", "refresh_token"];

/// Takes what is ours out of an answer.
pub(crate) fn hide(path: &str, answer: &mut Response<Bytes>, tokens: &[SecretString]) {
    if path.to_ascii_lowercase().starts_with(GRANTS) {
        hide_credentials(answer.body_mut());
    }
    for token in tokens {
        let token = token.expose_secret().as_bytes();
        if token.is_empty() {
            continue;
        }
        replace(answer.body_mut(), token);
        let headers = answer.headers_mut();
        let repeats = |value: &[u8]| value.windows(token.len()).any(|part| part == token);
        let telling: Vec<_> = headers
            .iter()
            .filter(|(_, value)| repeats(value.as_bytes()))
            .map(|(name, _)| name.clone())
            .collect();
        for name in telling {
            headers.remove(name);
        }
    }
}

/// Puts [`HIDDEN`] wherever `secret` stands. A body without it stays the same bytes.
fn replace(body: &mut Bytes, secret: &[u8]) {
    let mut clean = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while at + secret.len() <= body.len() {
        if body[at] == secret[0] && body[at..].starts_with(secret) {
            clean.extend_from_slice(&body[from..at]);
            clean.extend_from_slice(HIDDEN.as_bytes());
            at += secret.len();
            from = at;
        } else {
            at += 1;
        }
    }
    if from > 0 {
        clean.extend_from_slice(&body[from..]);
        *body = clean.into();
    }
}

/// Hides tokens of merchants. What is no JSON holds none.
fn hide_credentials(body: &mut Bytes) {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return };
    if hide_in(&mut value) {
        *body = value.to_string().into();
    }
}

fn hide_in(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => members.iter_mut().fold(false, |hidden, (name, value)| {
            let is_credential = CREDENTIALS.iter().any(|ending| name.ends_with(ending));
            let is_told = !matches!(value.as_str(), None | Some(""));
            if is_credential && is_told {
                *value = HIDDEN.into();
                return true;
            }
            hide_in(value) || hidden
        }),
        Value::Array(items) => {
            let mut hidden = false;
            for item in items {
                hidden |= hide_in(item);
            }
            hidden
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(path: &str, body: &str, tokens: &[&str]) -> String {
        let mut answer = Response::new(Bytes::copy_from_slice(body.as_bytes()));
        let tokens: Vec<SecretString> = tokens.iter().map(|token| (*token).into()).collect();
        hide(path, &mut answer, &tokens);
        String::from_utf8(answer.into_body().into()).unwrap()
    }

    #[test]
    fn a_token_is_hidden_wherever_it_stands() {
        let tokens = ["tok1", "tok2"];
        for (body, left) in [
            ("tok1", "[REDACTED]"),
            ("a tok1tok2 b tok", "a [REDACTED][REDACTED] b tok"),
            ("ttok1k1", "t[REDACTED]k1"),
            ("nothing", "nothing"),
            ("", ""),
        ] {
            assert_eq!(hidden("/wxa/any", body, &tokens), left);
        }
    }

    #[test]
    fn a_header_that_repeats_a_token_is_left_out() {
        let mut answer = Response::new(Bytes::new());
        answer.headers_mut().insert("location", "https://x/?access_token=tok1".parse().unwrap());
        answer.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        hide("/wxa/any", &mut answer, &["tok1".into()]);
        assert_eq!(answer.headers().len(), 1);
    }

    #[test]
    fn what_wechat_tells_of_grants_is_hidden_and_nothing_else() {
        let body = r#"{"list":[{"authorizer_appid":"wx1","refresh_token":"r"}],"access_token":""}"#;
        assert!(!hidden("/cgi-bin/component/api_get_authorizer_list", body, &[]).contains("\"r\""));
        assert_eq!(hidden("/sns/oauth2/component/access_token", body, &[]), body);
        let plain = r#"{ "z":1, "a" : 2 }"#;
        assert_eq!(hidden("/cgi-bin/component/get_authorizer_option", plain, &[]), plain);
    }
}
