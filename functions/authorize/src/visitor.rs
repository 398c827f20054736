//! Who is asking: the language, the browser, and what the query says.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use platform::text::Language;

/// What a request tells of its sender.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) language: Language,
    /// The language was chosen by `?lang=`, so that links keep it.
    pub(crate) chose_language: bool,
    /// The browser is WeChat's own.
    pub(crate) in_wechat: bool,
    /// The browser is on a phone.
    pub(crate) on_phone: bool,
    query: Vec<(String, String)>,
}

impl Visitor {
    /// The first query parameter `name` that says anything.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let mut values = self.query.iter().filter(|(known, _)| known == name);
        values.find_map(|(_, value)| (!value.is_empty()).then_some(value.as_str()))
    }

    fn new(query: &str, headers: &HeaderMap) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let agent = header(header::USER_AGENT).unwrap_or_default();
        let mut visitor = Visitor {
            language: Language::Chinese,
            chose_language: true,
            in_wechat: agent.contains("MicroMessenger"),
            on_phone: agent.contains("Mobile"),
            query,
        };
        visitor.language = match visitor.query("lang") {
            Some("en") => Language::English,
            Some("zh") => Language::Chinese,
            _ => {
                visitor.chose_language = false;
                Language::accepted(header(header::ACCEPT_LANGUAGE).unwrap_or_default())
            }
        };
        visitor
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Visitor::new(parts.uri.query().unwrap_or_default(), &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(query: &str, headers: &[(http::HeaderName, &'static str)]) -> Visitor {
        let headers = headers.iter().cloned();
        Visitor::new(
            query,
            &headers.map(|(name, value)| (name, http::HeaderValue::from_static(value))).collect(),
        )
    }

    #[test]
    fn the_query_chooses_the_language_before_the_browser_does() {
        let english = [(header::ACCEPT_LANGUAGE, "en-GB,en;q=0.9")];
        assert_eq!(visitor("", &[]).language, Language::Chinese);
        assert_eq!(visitor("", &english).language, Language::English);
        assert_eq!(visitor("lang=zh", &english).language, Language::Chinese);
        assert!(!visitor("lang=tlh", &english).chose_language);
    }

    #[test]
    fn an_empty_parameter_says_nothing() {
        let visitor = visitor("state=&state=a%20b&code", &[]);
        assert_eq!(visitor.query("state"), Some("a b"));
        assert_eq!(visitor.query("code"), None);
    }

    #[test]
    fn wechat_is_known_by_its_browser() {
        let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Mobile/15E148 MicroMessenger/8.0.60";
        let visitor = visitor("", &[(header::USER_AGENT, agent)]);
        assert!(visitor.in_wechat && visitor.on_phone);
    }
}
