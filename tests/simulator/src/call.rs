//! One request, taken apart.

use bytes::Bytes;
use http::{HeaderMap, Method, header::HeaderName};

/// A request as the handlers see it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Pairs,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn new(request: http::Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        Call {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: Pairs::parse(head.uri.query().unwrap_or_default().as_bytes()),
            headers: head.headers,
            body,
        }
    }

    /// A header, if it is there and is text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body of an HTML form.
    pub(crate) fn form(&self) -> Pairs {
        Pairs::parse(&self.body)
    }
}

/// Names and values of a query or a form, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    fn parse(text: &[u8]) -> Self {
        Pairs(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All of it as a query, of tokens only the beginning.
    pub(crate) fn with_tokens_cut(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if name.ends_with("access_token") {
                let beginning: String = value.chars().take(8).collect();
                query.append_pair(name, &format!("{beginning}xxxx"));
            } else {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}
