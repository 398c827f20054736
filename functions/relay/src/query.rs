//! The query of a request: the token taken out, the rest as it was.

use platform::text::Text;
use secrecy::SecretString;
use url::form_urlencoded;

use crate::problem::{Kind, Problem};

/// The names under which a token is sent.
const TOKENS: [&str; 2] = ["access_token", "component_access_token"];

/// A query, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// What was sent as token, whatever it is.
    pub(crate) token: Option<SecretString>,
    /// Everything else, encoded as it was.
    pub(crate) rest: String,
}

impl Query {
    /// Reads a query. One with two tokens is refused: somebody else could take the other one.
    pub(crate) fn parse(raw: &str) -> Result<Self, Problem> {
        let mut query = Query::default();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            // There are readers to whom a semicolon begins the next parameter.
            let hidden = pair.split(';').skip(1).any(|part| token_of(part).is_some());
            match token_of(pair) {
                Some(token) if query.token.is_none() && !hidden => query.token = Some(token),
                None if !hidden => {
                    if !query.rest.is_empty() {
                        query.rest.push('&');
                    }
                    query.rest.push_str(pair);
                }
                _ => {
                    return Err(Problem::new(Kind::MalformedRequest)
                        .detail(Text::fixed(
                            "查询串里的 access_token 不止一个",
                            "there is more than one access_token in the query",
                        ))
                        .what_to_do(Text::fixed(
                            "请只保留一个；使用 Authorization 头时一个也不需要",
                            "send one; with an Authorization header none is needed",
                        )));
                }
            }
        }
        Ok(query)
    }
}

/// The token in a pair, if it is one, however its name is spelled.
fn token_of(pair: &str) -> Option<SecretString> {
    let (name, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
    let name = name.trim_matches(|character: char| character.is_whitespace() || character == '\0');
    let is_token = TOKENS.iter().any(|token| name.eq_ignore_ascii_case(token));
    is_token.then(|| SecretString::from(&*value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    fn parse(raw: &str) -> (Option<String>, String) {
        let query = Query::parse(raw).unwrap();
        (query.token.map(|token| token.expose_secret().to_owned()), query.rest)
    }

    #[test]
    fn the_token_is_taken_out_and_the_rest_stays_as_it_was() {
        let token = |text: &str| Some(text.to_owned());
        for (raw, expected, rest) in [
            ("", None, ""),
            ("access_token=t", token("t"), ""),
            ("a=1&access_token=t&b=%E9%9D%A2+x", token("t"), "a=1&b=%E9%9D%A2+x"),
            ("component_access_token=t&action=create", token("t"), "action=create"),
            ("access%5Ftoken=t&a", token("t"), "a"),
            ("Access_Token=t", token("t"), ""),
            ("access_token", token(""), ""),
            ("my_access_token=t&a=access_token=x", None, "my_access_token=t&a=access_token=x"),
            ("a=b;c", None, "a=b;c"),
        ] {
            assert_eq!(parse(raw), (expected, rest.to_owned()), "{raw}");
        }
    }

    #[test]
    fn two_tokens_are_refused() {
        for raw in [
            "access_token=a&access_token=b",
            "access_token=a&component_access_token=b",
            "access_token=a&ACCESS%5ftoken=b",
            "access_token=a&access_token%20=b",
            "x=1;access_token=b",
            "access_token=a;access_token=b",
        ] {
            assert!(Query::parse(raw).is_err(), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn no_token_is_left_in_the_rest(raw in "[a-c=&;%_5F+ ]{0,20}(access_token|access%5ftoken|component_access_token)?[a-c=&;]{0,10}") {
            if let Ok(query) = Query::parse(&raw) {
                for (name, _) in form_urlencoded::parse(query.rest.as_bytes()) {
                    prop_assert!(!TOKENS.contains(&name.trim()));
                }
            }
        }
    }
}
