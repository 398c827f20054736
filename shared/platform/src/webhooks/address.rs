//! Where a webhook may go: to the public internet and nowhere else. Whoever may create a target
//! could otherwise have the platform call what only the platform can reach.
//!
//! A URL is looked at when it is entered, and again before each attempt; the name in it is resolved
//! for each attempt, every address of the answer must be public, and the connection goes to one of
//! those and is never resolved anew.

mod public;

pub use public::is_public;

use std::{future::Future, io, net::IpAddr, pin::Pin, sync::Arc};

use url::{Host, Url};

use crate::{
    configuration::{ConfigurationError, Variables},
    text::Text,
};

/// The longest URL.
const LONGEST_URL: usize = 2048;
/// The ports of a target, where `WEBHOOK_PORTS` names no others.
const PORTS: [u16; 2] = [443, 8443];

/// Which URLs and addresses a target may have.
#[derive(Debug, Clone)]
pub struct Reach {
    ports: Vec<u16>,
    loopback: bool,
}

/// What is wrong with a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// It cannot be read as a URL with a host.
    #[error("not a URL")]
    Malformed,
    /// Longer than 2048 bytes.
    #[error("longer than {LONGEST_URL} bytes")]
    TooLong,
    /// Anything but `https`.
    #[error("the scheme is not https")]
    Scheme,
    /// A name or password before the host.
    #[error("there is a name or a password before the host")]
    Credentials,
    /// A fragment, which is never sent.
    #[error("there is a fragment")]
    Fragment,
    /// An IP address instead of a name, however it is spelled.
    #[error("the host is an IP address")]
    Address,
    /// A name without a dot.
    #[error("the host is not a public name")]
    Name,
    /// A port that is not allowed.
    #[error("the port {0} is not allowed")]
    Port(u16),
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// The name has no address, or nobody could tell.
    #[error("the name does not resolve")]
    NoAddress(#[source] Option<io::Error>),
    /// At least one of its addresses is not public. The address is not repeated: it would tell what
    /// is inside.
    #[error("the name resolves to an address that is not public")]
    NotPublic,
}

/// Tells the addresses of a name.
pub trait Names: Send + Sync {
    /// All addresses of `host`.
    fn addresses<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// What [`Names`] promise to answer.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// The names of the internet, as the machine resolves them.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

impl Names for SystemNames {
    fn addresses<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host, 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}

/// How targets are reached. Cheap to clone.
#[derive(Clone)]
pub struct Network {
    /// What may be reached.
    pub reach: Arc<Reach>,
    /// How names are resolved.
    pub names: Arc<dyn Names>,
}

impl Network {
    /// The internet, and of it what `variables` allow.
    pub fn from_variables(variables: &Variables) -> Result<Self, ConfigurationError> {
        let reach = Arc::new(Reach::from_variables(variables)?);
        Ok(Network { reach, names: Arc::new(SystemNames) })
    }

    /// The internet and this machine, for a system that runs on a laptop.
    pub fn with_loopback() -> Self {
        Network { reach: Arc::new(Reach::with_loopback()), names: Arc::new(SystemNames) }
    }

    /// Resolves `host`. None of its addresses is returned unless all are allowed.
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Unreachable> {
        let found = self.names.addresses(host).await;
        let addresses = found.map_err(|error| Unreachable::NoAddress(Some(error)))?;
        if addresses.is_empty() {
            return Err(Unreachable::NoAddress(None));
        }
        match addresses.iter().all(|address| self.reach.allows(*address)) {
            true => Ok(addresses),
            false => Err(Unreachable::NotPublic),
        }
    }
}

impl Reach {
    /// Public addresses, at these ports.
    pub fn public(ports: impl Into<Vec<u16>>) -> Self {
        Reach { ports: ports.into(), loopback: false }
    }

    /// Public addresses, at the ports that `WEBHOOK_PORTS` lists.
    pub fn from_variables(variables: &Variables) -> Result<Self, ConfigurationError> {
        const NAME: &str = "WEBHOOK_PORTS";
        let Some(list) = variables.optional(NAME) else { return Ok(Self::public(PORTS)) };
        let ports = list.split(',').map(|port| port.trim().parse::<u16>().ok().filter(|p| *p > 0));
        let ports: Option<Vec<u16>> = ports.collect();
        let why = "ports with commas between them are wanted, such as 443,8443".to_owned();
        ports.map(Self::public).ok_or(ConfigurationError::Malformed { name: NAME, why })
    }

    /// Public addresses and those of this machine itself, which may be called without TLS and at
    /// any port. No variable leads here: only a program that is written so gets it.
    pub fn with_loopback() -> Self {
        Reach { ports: PORTS.into(), loopback: true }
    }

    /// Reads a URL that a target may have; else everything that is wrong with it.
    pub fn check(&self, text: &str) -> Result<Url, Vec<BadUrl>> {
        if text.len() > LONGEST_URL {
            return Err(vec![BadUrl::TooLong]);
        }
        // The parser turns 2130706433, 0x7f.1 and 0177.0.0.1 into the address that they are.
        let url = Url::parse(text).map_err(|_| vec![BadUrl::Malformed])?;
        let Some(host) = url.host() else { return Err(vec![BadUrl::Malformed]) };
        let at_home = self.loopback && is_loopback(&host);
        let mut wrong = Vec::new();
        if url.scheme() != "https" && !(at_home && url.scheme() == "http") {
            wrong.push(BadUrl::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            wrong.push(BadUrl::Credentials);
        }
        if url.fragment().is_some() {
            wrong.push(BadUrl::Fragment);
        }
        match host {
            _ if at_home => {}
            Host::Ipv4(_) | Host::Ipv6(_) => wrong.push(BadUrl::Address),
            Host::Domain(name) if !name.trim_end_matches('.').contains('.') => {
                wrong.push(BadUrl::Name);
            }
            Host::Domain(_) => {}
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if !at_home && !self.ports.contains(&port) && !wrong.contains(&BadUrl::Scheme) {
            wrong.push(BadUrl::Port(port));
        }
        if wrong.is_empty() { Ok(url) } else { Err(wrong) }
    }

    /// Whether a connection may go to `address`.
    pub fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || (self.loopback && address.is_loopback())
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => *name == "localhost",
    }
}

impl BadUrl {
    /// What is wrong, for whoever entered it.
    pub fn words(&self) -> Text {
        match self {
            BadUrl::Malformed => Text::fixed("不是有效的网址", "this is not a URL"),
            BadUrl::TooLong => {
                Text::fixed("网址不得超过 2048 字节", "a URL has 2048 bytes at most")
            }
            BadUrl::Scheme => Text::fixed("网址必须以 https:// 开头", "a URL begins with https://"),
            BadUrl::Credentials => Text::fixed(
                "网址中不能带用户名或密码；请用签名验证来源",
                "a URL has no name or password in it; the signature tells who sends",
            ),
            BadUrl::Fragment => Text::fixed("网址中不能带 #", "a URL has no # in it"),
            BadUrl::Address => Text::fixed(
                "请填写域名，不能直接填写 IP 地址",
                "the host is a name, not an IP address",
            ),
            BadUrl::Name => Text::fixed(
                "请填写公网可解析的完整域名",
                "the host is the full name of a public host",
            ),
            BadUrl::Port(port) => Text::new(
                format!("不允许使用端口 {port}"),
                format!("the port {port} is not allowed"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_name_over_https_is_accepted() {
        let reach = Reach::public(PORTS);
        for right in [
            "https://hooks.example.com",
            "https://hooks.example.com:8443/wechat?shop=1",
            "HTTPS://Hooks.Example.Com/",
            "https://例子.测试/钩",
        ] {
            assert!(reach.check(right).is_ok(), "{right}");
        }
    }

    #[test]
    fn an_address_is_refused_however_it_is_spelled() {
        let reach = Reach::public(PORTS);
        for host in [
            "127.0.0.1",
            "8.8.8.8",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[fd00:ec2::254]",
            "１２７.0.0.1",
            "127.0.0.1.",
            "169.254.169.254",
        ] {
            let wrong = reach.check(&format!("https://{host}/latest/meta-data"));
            assert_eq!(wrong.unwrap_err(), [BadUrl::Address], "{host}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let reach = Reach::public(PORTS);
        assert_eq!(
            reach.check("https://user:pass@10.0.0.1:22/#x").unwrap_err(),
            [BadUrl::Credentials, BadUrl::Fragment, BadUrl::Address, BadUrl::Port(22)]
        );
        assert_eq!(reach.check("http://hooks.example.com").unwrap_err(), [BadUrl::Scheme]);
        assert_eq!(reach.check("https://localhost").unwrap_err(), [BadUrl::Name]);
        assert_eq!(reach.check("https://metadata./").unwrap_err(), [BadUrl::Name]);
        for wrong in ["", "hooks.example.com", "https://", "data:,x", "https://a b.example"] {
            assert_eq!(reach.check(wrong).unwrap_err(), [BadUrl::Malformed], "{wrong}");
        }
        let long = format!("https://hooks.example.com/{}", "x".repeat(LONGEST_URL));
        assert_eq!(reach.check(&long).unwrap_err(), [BadUrl::TooLong]);
    }

    #[test]
    fn this_machine_is_within_reach_only_of_a_program_that_says_so() {
        let url = "http://127.0.0.1:9000/hook";
        assert!(Reach::with_loopback().check(url).is_ok());
        assert!(Reach::with_loopback().check("http://10.0.0.1/").is_err());
        let variables = Variables::from_pairs([("WEBHOOK_PORTS", "443, 9000")]);
        let reach = Reach::from_variables(&variables).unwrap();
        assert_eq!(reach.check(url).unwrap_err(), [BadUrl::Scheme, BadUrl::Address]);
        assert!(reach.check("https://hooks.example.com:9000").is_ok());
        assert!(!reach.allows("127.0.0.1".parse().unwrap()));
        for wrong in ["0", "https", "443;8443", "70000"] {
            let variables = Variables::from_pairs([("WEBHOOK_PORTS", wrong)]);
            assert!(Reach::from_variables(&variables).is_err(), "{wrong}");
        }
    }
}
