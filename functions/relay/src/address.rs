//! What a request is about: whose token, and which of WeChat's paths.

use std::fmt;

use platform::{AppId, operators::COMPONENT, text::Text, tokens::Subject};

use crate::problem::{Kind, Problem};

/// No path of WeChat's is nearly as long.
const LONGEST_PATH: usize = 256;

/// `/relay/{component}/{account}/{path…}`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) component: AppId,
    /// The merchant's account; none for the component itself.
    pub(crate) account: Option<AppId>,
    /// WeChat's path: parts of letters, digits, `_` and `-`, each with a `/` in front.
    pub(crate) path: String,
}

impl Address {
    /// Reads a path as it was sent. What is encoded, dotted, empty or anything else than plain is
    /// refused rather than understood: nothing is left over that somebody else could read
    /// differently.
    pub(crate) fn parse(path: &str) -> Result<Self, Problem> {
        let rest = path.strip_prefix("/relay/").unwrap_or_default();
        let mut parts = rest.splitn(3, '/');
        let mut next = || parts.next().unwrap_or_default();
        let (component, account, path) = (next(), next(), next());
        let component = component.parse().map_err(|_| no_such("component"))?;
        let account = match account {
            COMPONENT => None,
            appid => Some(appid.parse().map_err(|_| no_such("appid"))?),
        };
        if path.len() > LONGEST_PATH || !path.split('/').all(is_plain) {
            return Err(Problem::new(Kind::PathRefused)
                .detail(Text::fixed(
                    "接口路径只能由字母、数字、下划线、连字符和单个斜杠组成，不接受编码、点号、空段或结尾斜杠",
                    "a path of WeChat's is made of letters, digits, '_', '-' and single slashes: \
                     nothing encoded, no dots, no empty parts, no slash at the end",
                ))
                .what_to_do(Text::fixed(
                    "请按微信文档原样书写路径，例如 /wxa/getversioninfo；参数放在查询串里",
                    "write the path as WeChat's documentation does, such as /wxa/getversioninfo, \
                     and parameters into the query",
                )));
        }
        Ok(Address { component, account, path: format!("/{path}") })
    }

    /// Whose token the call takes.
    pub(crate) fn subject(&self) -> Subject {
        match &self.account {
            None => Subject::Component(self.component.clone()),
            Some(appid) => Subject::merchant(&self.component, appid),
        }
    }

    /// The appid that the call is made for.
    pub(crate) fn appid(&self) -> &AppId {
        self.account.as_ref().unwrap_or(&self.component)
    }

    /// The account as it stands in the address.
    pub(crate) fn account(&self) -> &str {
        self.account.as_ref().map_or(COMPONENT, AppId::as_str)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}{}", self.component, self.account(), self.path)
    }
}

fn is_plain(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !part.is_empty() && part.bytes().all(plain)
}

fn no_such(field: &'static str) -> Problem {
    Problem::new(Kind::NotFound)
        .detail(Text::new(
            format!("地址中的 {field} 不是 appid"),
            format!("the {field} in the address is no appid"),
        ))
        .what_to_do(Text::fixed(
            "地址的形式是 /relay/{component_appid}/{authorizer_appid 或 component}/{微信接口路径}",
            "an address is /relay/{component_appid}/{authorizer_appid or component}/{WeChat's path}",
        ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(rest: &str) -> Result<Address, Problem> {
        Address::parse(&format!("/relay/wx570bc396a51b8ff8/{rest}"))
    }

    #[test]
    fn an_address_names_whose_token_and_which_path() {
        let address = parse("wx7c3e19a2b84d5f06/wxa/getversioninfo").unwrap();
        assert_eq!(address.account.as_ref().map(AppId::as_str), Some("wx7c3e19a2b84d5f06"));
        assert_eq!(address.path, "/wxa/getversioninfo");
        let address = parse("component/wxa/gettemplatelist").unwrap();
        assert_eq!(address.account, None);
        assert_eq!(address.appid().as_str(), "wx570bc396a51b8ff8");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for path in [
            "",
            "/",
            "wxa/release/",
            "wxa//release",
            "/wxa/release",
            "wxa/%72elease",
            "wxa/x/%2e%2e/release",
            "wxa/x/../release",
            "wxa/./release",
            "wxa/release;x=1",
            "wxa/release%00",
            "wxa/release%20",
            "wxa/release%3faction=x",
            "wxa\\release",
            "wxa/release.json",
            "wxa/r\u{435}lease",
            "http://evil.example.com/wxa/release",
            "https:/evil.example.com/x",
            "@evil.example.com/x",
            "wxa/release#x",
            "wxa/rele ase",
            "wxa/rele\tase",
            &"a/".repeat(200),
        ] {
            let refused = parse(&format!("wx7c3e19a2b84d5f06/{path}"));
            assert!(refused.is_err(), "{path:?} became {refused:?}");
        }
        for address in
            ["", "wx7c3e19a2b84d5f06", "x/wxa/release", "../wxa/release", "%63omponent/a"]
        {
            assert!(parse(address).is_err(), "{address}");
        }
    }

    proptest! {
        #[test]
        fn whatever_passes_reads_the_same_to_everybody(path in "\\PC{0,40}|[a-z./%;2e_-]{0,40}") {
            if let Ok(address) = parse(&format!("wx7c3e19a2b84d5f06/{path}")) {
                prop_assert_eq!(&address.path, &format!("/{path}"));
                let base = url::Url::parse("https://api.weixin.qq.com").unwrap();
                let joined = base.join(&address.path).unwrap();
                prop_assert_eq!(joined.path(), &address.path);
                prop_assert_eq!(joined.host_str(), base.host_str());
                prop_assert!(joined.query().is_none() && joined.fragment().is_none());
            }
        }
    }
}
