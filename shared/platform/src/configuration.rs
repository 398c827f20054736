//! What a function is told by its environment. A variable that is missing or malformed stops the
//! start, with its name.

use std::{env, fmt};

use url::Url;

/// A variable that stops the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// The variable is not set, or empty.
    #[error("environment variable {0} is not set; it holds {1}")]
    Missing(&'static str, &'static str),
    /// The variable holds something else than it should.
    #[error("environment variable {name} is malformed: {why}")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// What is wrong. The value is not repeated: somebody may have pasted a secret.
        why: String,
    },
}

/// Where the variables come from: the process, or a list in a test.
pub struct Variables(Box<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Variables {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Variables(Box::new(|name| env::var(name).ok()))
    }

    /// Exactly these variables.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let pairs: Vec<(String, String)> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Variables(Box::new(move |name| {
            pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        }))
    }

    /// The value of `name`; `holds` says in the error what belongs there.
    pub fn required(
        &self,
        name: &'static str,
        holds: &'static str,
    ) -> Result<String, ConfigurationError> {
        self.optional(name).ok_or(ConfigurationError::Missing(name, holds))
    }

    /// The value of `name`, if it is set and not blank.
    pub fn optional(&self, name: &'static str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A whole number that is not negative; 0 if `name` is not set.
    pub fn number(&self, name: &'static str) -> Result<u64, ConfigurationError> {
        let Some(text) = self.optional(name) else { return Ok(0) };
        text.parse().map_err(|_| ConfigurationError::Malformed {
            name,
            why: "a whole number that is not negative is wanted".to_owned(),
        })
    }

    /// An `http` or `https` URL without path, query or fragment.
    pub fn origin(
        &self,
        name: &'static str,
        default: Option<&str>,
        holds: &'static str,
    ) -> Result<Url, ConfigurationError> {
        let text = match (self.optional(name), default) {
            (Some(text), _) => text,
            (None, Some(default)) => default.to_owned(),
            (None, None) => return Err(ConfigurationError::Missing(name, holds)),
        };
        let malformed = |why: &str| ConfigurationError::Malformed { name, why: why.to_owned() };
        let url = Url::parse(&text).map_err(|error| malformed(&error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(malformed("a URL beginning with https:// is wanted"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(malformed("only scheme and host are wanted, nothing after them"));
        }
        Ok(url)
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Variables")
    }
}

/// The web addresses that a platform deals with.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Ours, as browsers and WeChat reach it.
    pub public: Url,
    /// WeChat's API.
    pub api: Url,
    /// Where the PC authorization page is.
    pub mp: Url,
    /// Where the H5 authorization page is.
    pub open: Url,
}

impl Addresses {
    /// `PUBLIC_URL`, and `WECHAT_API_URL`, `WECHAT_MP_URL`, `WECHAT_OPEN_URL`, which nobody sets
    /// but a system that talks to a simulated WeChat.
    pub fn from_variables(variables: &Variables) -> Result<Self, ConfigurationError> {
        let wechat = "the address of WeChat";
        Ok(Addresses {
            public: variables.origin("PUBLIC_URL", None, "the address of this deployment")?,
            api: variables.origin("WECHAT_API_URL", Some(wechat::client::WECHAT), wechat)?,
            mp: variables.origin("WECHAT_MP_URL", Some("https://mp.weixin.qq.com"), wechat)?,
            open: variables.origin(
                "WECHAT_OPEN_URL",
                Some("https://open.weixin.qq.com"),
                wechat,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        let variables = Variables::from_pairs([("EVENT_BUS", " ")]);
        let error = variables.required("EVENT_BUS", "the name of the event bus").unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variable EVENT_BUS is not set; it holds the name of the event bus"
        );
    }

    #[test]
    fn a_malformed_address_is_named_and_not_repeated() {
        for wrong in ["fleet.example.com", "ftp://fleet.example.com", "https://a.example/b"] {
            let variables = Variables::from_pairs([("PUBLIC_URL", wrong)]);
            let error = Addresses::from_variables(&variables).unwrap_err().to_string();
            assert!(error.contains("PUBLIC_URL") && !error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn a_number_is_whole_and_not_negative() {
        let number = |value| Variables::from_pairs([("EPOCH", value)]).number("EPOCH");
        assert_eq!((number(""), number("3")), (Ok(0), Ok(3)));
        for wrong in ["-1", "1.5", "two"] {
            let error = number(wrong).unwrap_err().to_string();
            assert!(error.contains("EPOCH") && !error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn wechat_is_at_its_own_address_unless_told_otherwise() {
        let variables = Variables::from_pairs([("PUBLIC_URL", "https://fleet.example.com")]);
        let addresses = Addresses::from_variables(&variables).unwrap();
        assert_eq!(addresses.api.as_str(), "https://api.weixin.qq.com/");
    }
}
