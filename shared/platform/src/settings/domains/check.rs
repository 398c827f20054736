//! What a domain looks like, checked before WeChat counts the change.

use std::{collections::BTreeSet, net::IpAddr};

use wechat::endpoint::ServerDomains;

use crate::{fault::Faults, text::Text};

/// WeChat's limit for each list of server domains.
const LIST_LIMIT: usize = 200;
/// WeChat's limit for all six lists together.
const ALL_LIMIT: usize = 1000;

/// The six lists, each checked and without repetitions.
pub(super) fn checked(wanted: ServerDomains) -> Result<ServerDomains, Faults> {
    let mut faults = Faults::new();
    let mut list = |name: &str, scheme: &str, list: Vec<String>| {
        let pointer = format!("/domains/{name}");
        let list = checked_list(&pointer, scheme, true, list, &mut faults);
        faults.entries(pointer, list.len(), 0..=LIST_LIMIT);
        list
    };
    let checked = ServerDomains {
        requestdomain: list("requestdomain", "https", wanted.requestdomain),
        wsrequestdomain: list("wsrequestdomain", "wss", wanted.wsrequestdomain),
        uploaddomain: list("uploaddomain", "https", wanted.uploaddomain),
        downloaddomain: list("downloaddomain", "https", wanted.downloaddomain),
        udpdomain: list("udpdomain", "udp", wanted.udpdomain),
        tcpdomain: list("tcpdomain", "tcp", wanted.tcpdomain),
    };
    let all: usize = checked.lists().iter().map(|(_, list)| list.len()).sum();
    faults.entries("/domains", all, 0..=ALL_LIMIT);
    faults.or(checked)
}

/// A list without repetitions; entries that are wrong are named and left out.
pub(super) fn checked_list(
    pointer: &str,
    scheme: &str,
    port_allowed: bool,
    list: Vec<String>,
    faults: &mut Faults,
) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut checked = Vec::new();
    for (place, domain) in list.into_iter().enumerate() {
        let domain = domain.trim().trim_end_matches('/').to_ascii_lowercase();
        let right = check(&domain, scheme, port_allowed);
        if faults.read(format!("{pointer}/{place}"), right).is_some() && seen.insert(domain.clone())
        {
            checked.push(domain);
        }
    }
    checked
}

/// One domain with its scheme.
fn check(domain: &str, scheme: &str, port_allowed: bool) -> Result<(), Text> {
    let wrong = |zh: &'static str, en: &'static str| Err(Text::fixed(zh, en));
    let Some(rest) = domain.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")) else {
        return Err(Text::new(
            format!("应以 {scheme}:// 开头"),
            format!("must begin with {scheme}://"),
        ));
    };
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    };
    if let Some(port) = port {
        if !port_allowed {
            return wrong("不能带端口", "must not have a port");
        }
        if port.parse::<u16>().is_err() {
            return wrong("端口不正确", "has a malformed port");
        }
    }
    if host.parse::<IpAddr>().is_ok() || rest.starts_with('[') {
        return wrong("不能是 IP 地址", "must not be an IP address");
    }
    if host == "api.weixin.qq.com" {
        return wrong("微信不允许 api.weixin.qq.com", "WeChat does not allow api.weixin.qq.com");
    }
    if !is_host(host) {
        return wrong(
            "只写域名本身，不带路径，如 https://www.example.com",
            "must be a domain and nothing after it, such as https://www.example.com",
        );
    }
    Ok(())
}

/// Whether it is the name of a host: letters, digits and `-`, with a dot in it.
pub(super) fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.contains('.') && host.split('.').all(label)
}

/// A checked domain without its scheme and port.
pub(super) fn host(domain: &str) -> &str {
    let rest = domain.split_once("://").map_or(domain, |(_, rest)| rest);
    rest.split(':').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request_domains(list: &[&str]) -> Result<Vec<String>, Faults> {
        let requestdomain = list.iter().map(|&domain| domain.to_owned()).collect();
        checked(ServerDomains { requestdomain, ..ServerDomains::default() })
            .map(|domains| domains.requestdomain)
    }

    #[test]
    fn domains_are_checked_before_wechat_counts_the_change() {
        for wrong in [
            "www.example.com",
            "http://www.example.com",
            "https://10.0.0.1",
            "https://[::1]",
            "https://api.weixin.qq.com",
            "https://www.example.com/path",
            "https://localhost",
            "https://-a.example.com",
            "https://a..example.com",
            "https://www.example.com:99999",
            "https://user@www.example.com",
        ] {
            let faults = request_domains(&["https://ok.example.com", wrong]).unwrap_err();
            let pointers: Vec<&str> = faults.list().iter().map(|it| &*it.pointer).collect();
            assert_eq!(pointers, ["/domains/requestdomain/1"], "{wrong}");
        }
    }

    #[test]
    fn repetitions_and_capitals_are_put_right() {
        let checked = request_domains(&[
            "https://WWW.example.com/",
            "https://www.example.com",
            "https://www.example.com:8443",
        ]);
        assert_eq!(checked.unwrap(), ["https://www.example.com", "https://www.example.com:8443"]);
    }

    #[test]
    fn each_list_has_its_limit() {
        let many: Vec<String> = (0..201).map(|n| format!("https://h{n}.example.com")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(request_domains(&many[..200]).is_ok());
        assert!(request_domains(&many).is_err());
    }
}
