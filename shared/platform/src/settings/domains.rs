//! Server domains and business domains (`api.md` of WeChat: modify_domain, setwebviewdomain). A
//! merchant's domains must stand in the platform's own list first, unless they are set *directly*,
//! which takes effect with the next commit and release.

use std::{collections::BTreeSet, net::IpAddr};

use wechat::{
    AppId,
    endpoint::{
        DomainAction, GetEffectiveDomain, GetEffectiveDomainResponse, GetEffectiveWebviewDomain,
        GetEffectiveWebviewDomainResponse, GetWebviewDomainConfirmFile, ModifyDomain,
        ModifyDomainDirectly, ModifyDomainResponse, ModifyWxaJumpDomain, ModifyWxaServerDomain,
        ServerDomains, SetWebviewDomain, SetWebviewDomainDirectly,
    },
};

use super::SettingsError;
use crate::{
    call::Caller,
    confirm_files::{ConfirmFiles, FileName},
};

/// WeChat's limit for each list of server domains.
const LIST_LIMIT: usize = 200;
/// WeChat's limit for all six lists together.
const ALL_LIMIT: usize = 1000;
/// WeChat's limit for business domains that no source contradicts.
const BUSINESS_LIMIT: usize = 100;

/// Domains. Cheap to clone.
#[derive(Clone)]
pub struct Domains {
    /// How WeChat is called.
    pub caller: Caller,
    /// Where WeChat's confirm files are served from.
    pub confirm_files: ConfirmFiles,
}

/// Business domains, as they are in force by their source.
pub type BusinessDomains = GetEffectiveWebviewDomainResponse;

/// A domain that WeChat did not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The list that it was in.
    pub list: &'static str,
    /// The domain.
    pub domain: String,
}

impl Domains {
    /// The server domains in force, by their source.
    pub async fn server(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<GetEffectiveDomainResponse, SettingsError> {
        Ok(self.caller.merchant(component, appid, &GetEffectiveDomain {}).await?)
    }

    /// Replaces the server domains of a mini program. Safe to repeat: what is in force already
    /// costs none of the month's 50 changes. Without `direct`, domains that the platform's own
    /// list does not have yet are added there first.
    pub async fn set_server(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: ServerDomains,
        direct: bool,
    ) -> Result<ServerDomains, SettingsError> {
        let wanted = checked(wanted)?;
        let present = self.server(component, appid).await?;
        let present = if direct { present.direct_domain } else { present.third_domain };
        let lists = present.lists().into_iter().zip(wanted.lists());
        if lists.into_iter().all(|((_, present), (_, wanted))| same(present, wanted)) {
            return Ok(present);
        }
        let action = DomainAction::Set;
        let answer = if direct {
            let request = ModifyDomainDirectly { action, domains: &wanted };
            self.caller.merchant(component, appid, &request).await?
        } else {
            self.register_server(component, &wanted).await?;
            let request = ModifyDomain { action, domains: &wanted };
            self.caller.merchant(component, appid, &request).await?
        };
        match refused(&answer) {
            refused if refused.is_empty() => Ok(answer.domains),
            refused => Err(SettingsError::PartlyRefused(refused)),
        }
    }

    /// The business domains in force, by their source.
    pub async fn business(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<BusinessDomains, SettingsError> {
        Ok(self.caller.merchant(component, appid, &GetEffectiveWebviewDomain {}).await?)
    }

    /// Replaces the business domains of a mini program. Safe to repeat.
    pub async fn set_business(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: Vec<String>,
        direct: bool,
    ) -> Result<Vec<String>, SettingsError> {
        let wanted = checked_list("domains", &["https"], false, wanted)?;
        if wanted.len() > BUSINESS_LIMIT {
            return Err(too_many("domains", BUSINESS_LIMIT));
        }
        let present = self.business(component, appid).await?;
        let present =
            if direct { present.direct_webviewdomain } else { present.third_webviewdomain };
        if same(&present, &wanted) {
            return Ok(present);
        }
        let (action, list) = (Some(DomainAction::Set), Some(wanted.as_slice()));
        let answer = if direct {
            let request = SetWebviewDomainDirectly { action, webviewdomain: list };
            self.caller.merchant(component, appid, &request).await?
        } else {
            self.register_business(component, &wanted).await?;
            let request = SetWebviewDomain { action, webviewdomain: list };
            self.caller.merchant(component, appid, &request).await?
        };
        Ok(if answer.webviewdomain.is_empty() { wanted } else { answer.webviewdomain })
    }

    /// Fetches the file by which WeChat sees that a domain is ours, and keeps it, so that it is
    /// served. Answers its name.
    pub async fn fetch_confirm_file(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<FileName, SettingsError> {
        let file = self.caller.merchant(component, appid, &GetWebviewDomainConfirmFile {}).await?;
        let name = FileName::parse(&file.file_name)?;
        self.confirm_files.put(&name, &file.file_content).await?;
        Ok(name)
    }

    /// Adds what is missing in the platform's list of server domains, which has hosts alone.
    async fn register_server(
        &self,
        component: &AppId,
        wanted: &ServerDomains,
    ) -> Result<(), SettingsError> {
        let hosts = wanted.lists().into_iter().flat_map(|(_, list)| list).map(|one| host(one));
        let hosts: BTreeSet<&str> = hosts.collect();
        let known = ModifyWxaServerDomain {
            action: DomainAction::Get,
            wxa_server_domain: None,
            is_modify_published_together: true,
        };
        let known = self.caller.component(component, &known).await?;
        let Some(missing) =
            missing(hosts, &known.published_wxa_server_domain, &known.testing_wxa_server_domain)
        else {
            return Ok(());
        };
        let add = ModifyWxaServerDomain {
            action: DomainAction::Add,
            wxa_server_domain: Some(&missing),
            is_modify_published_together: true,
        };
        let answer = self.caller.component(component, &add).await?;
        not_refused("wxa_server_domain", answer.invalid_wxa_server_domain)
    }

    /// Adds what is missing in the platform's list of business domains.
    async fn register_business(
        &self,
        component: &AppId,
        wanted: &[String],
    ) -> Result<(), SettingsError> {
        let hosts: BTreeSet<&str> = wanted.iter().map(|one| host(one)).collect();
        let known = ModifyWxaJumpDomain {
            action: DomainAction::Get,
            wxa_jump_h5_domain: None,
            is_modify_published_together: true,
        };
        let known = self.caller.component(component, &known).await?;
        let Some(missing) =
            missing(hosts, &known.published_wxa_jump_h5_domain, &known.testing_wxa_jump_h5_domain)
        else {
            return Ok(());
        };
        let add = ModifyWxaJumpDomain {
            action: DomainAction::Add,
            wxa_jump_h5_domain: Some(&missing),
            is_modify_published_together: true,
        };
        let answer = self.caller.component(component, &add).await?;
        not_refused("wxa_jump_h5_domain", answer.invalid_wxa_jump_h5_domain)
    }
}

/// The same domains, in whatever order.
fn same(present: &[String], wanted: &[String]) -> bool {
    present.iter().collect::<BTreeSet<_>>() == wanted.iter().collect::<BTreeSet<_>>()
}

/// What of `hosts` is not in both of the platform's lists, as WeChat wants it; none if all are.
fn missing(
    hosts: BTreeSet<&str>,
    published: &Option<String>,
    testing: &Option<String>,
) -> Option<String> {
    let has = |list: &Option<String>, host: &str| {
        list.as_deref().is_some_and(|list| list.split(';').any(|one| one.trim() == host))
    };
    let missing: Vec<&str> =
        hosts.into_iter().filter(|host| !(has(published, host) && has(testing, host))).collect();
    (!missing.is_empty()).then(|| missing.join(";"))
}

fn not_refused(list: &'static str, invalid: Option<String>) -> Result<(), SettingsError> {
    let invalid = invalid.unwrap_or_default();
    let refused: Vec<Refused> = invalid
        .split(';')
        .filter(|domain| !domain.trim().is_empty())
        .map(|domain| Refused { list, domain: domain.trim().to_owned() })
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(SettingsError::PartlyRefused(refused)) }
}

fn refused(answer: &ModifyDomainResponse) -> Vec<Refused> {
    let lists = [
        ("requestdomain", &answer.invalid_requestdomain),
        ("wsrequestdomain", &answer.invalid_wsrequestdomain),
        ("uploaddomain", &answer.invalid_uploaddomain),
        ("downloaddomain", &answer.invalid_downloaddomain),
        ("udpdomain", &answer.invalid_udpdomain),
        ("tcpdomain", &answer.invalid_tcpdomain),
        ("no_icp_domain", &answer.no_icp_domain),
    ];
    let of_list = |(list, domains): (&'static str, &Vec<String>)| {
        domains.iter().map(move |domain| Refused { list, domain: domain.clone() }).collect()
    };
    lists.into_iter().flat_map::<Vec<Refused>, _>(of_list).collect()
}

/// The six lists, each checked and without repetitions.
fn checked(wanted: ServerDomains) -> Result<ServerDomains, SettingsError> {
    let list = |name: &str, scheme: &str, list: Vec<String>| {
        let list = checked_list(name, &[scheme], true, list)?;
        if list.len() > LIST_LIMIT { Err(too_many(name, LIST_LIMIT)) } else { Ok(list) }
    };
    let checked = ServerDomains {
        requestdomain: list("requestdomain", "https", wanted.requestdomain)?,
        wsrequestdomain: list("wsrequestdomain", "wss", wanted.wsrequestdomain)?,
        uploaddomain: list("uploaddomain", "https", wanted.uploaddomain)?,
        downloaddomain: list("downloaddomain", "https", wanted.downloaddomain)?,
        udpdomain: list("udpdomain", "udp", wanted.udpdomain)?,
        tcpdomain: list("tcpdomain", "tcp", wanted.tcpdomain)?,
    };
    let all: usize = checked.lists().iter().map(|(_, list)| list.len()).sum();
    if all > ALL_LIMIT { Err(too_many("domains", ALL_LIMIT)) } else { Ok(checked) }
}

fn checked_list(
    field: &str,
    schemes: &[&str],
    port_allowed: bool,
    list: Vec<String>,
) -> Result<Vec<String>, SettingsError> {
    let mut seen = BTreeSet::new();
    let mut checked = Vec::new();
    for (place, domain) in list.into_iter().enumerate() {
        let domain = domain.trim().trim_end_matches('/').to_ascii_lowercase();
        check(&domain, schemes, port_allowed)
            .map_err(|(zh, en)| SettingsError::invalid(format!("{field}[{place}]"), zh, en))?;
        if seen.insert(domain.clone()) {
            checked.push(domain);
        }
    }
    Ok(checked)
}

/// One domain with its scheme. The error is in both languages.
fn check(domain: &str, schemes: &[&str], port_allowed: bool) -> Result<(), (String, String)> {
    let wanted = schemes.join(", ");
    let wrong = |zh: &str, en: &str| Err((zh.to_owned(), en.to_owned()));
    let Some((scheme, rest)) = domain.split_once("://") else {
        return Err((format!("应以 {wanted}:// 开头"), format!("must begin with {wanted}://")));
    };
    if !schemes.contains(&scheme) {
        return Err((format!("应以 {wanted}:// 开头"), format!("must begin with {wanted}://")));
    }
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
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > 253 || !host.contains('.') || !host.split('.').all(label) {
        return wrong(
            "只写域名本身，不带路径，如 https://www.example.com",
            "must be a domain and nothing after it, such as https://www.example.com",
        );
    }
    Ok(())
}

fn too_many(field: &str, limit: usize) -> SettingsError {
    SettingsError::invalid(
        field,
        format!("最多 {limit} 个"),
        format!("must not have more than {limit} entries"),
    )
}

/// A checked domain without its scheme and port.
fn host(domain: &str) -> &str {
    let rest = domain.split_once("://").map_or(domain, |(_, rest)| rest);
    rest.split(':').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request_domains(list: &[&str]) -> Result<Vec<String>, SettingsError> {
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
            let error = request_domains(&["https://ok.example.com", wrong]).unwrap_err();
            let SettingsError::Invalid { field, .. } = error else { panic!("{wrong}") };
            assert_eq!(field, "requestdomain[1]", "{wrong}");
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

    #[test]
    fn only_what_the_platform_does_not_have_is_added() {
        let hosts = || BTreeSet::from(["a.example.com", "b.example.com"]);
        let list = |text: &str| Some(text.to_owned());
        let both = list("a.example.com;b.example.com");
        assert_eq!(missing(hosts(), &both, &both), None);
        assert_eq!(missing(hosts(), &both, &list("a.example.com")), list("b.example.com"));
        assert_eq!(missing(hosts(), &None, &None), both);
    }
}
