//! Server domains and business domains (`api.md` of WeChat: modify_domain, setwebviewdomain). There
//! are two ways to set them. Through the platform they must stand in the platform's own list, which
//! all its mini programs share and which may be changed 50 times a month; so that list is changed
//! by its own orders alone ([`Domains::set_platform`]), and holds what many mini programs use.
//! *Directly* they may be any; server domains take effect with the next commit and release then.

mod check;
mod platform;

pub use platform::{PlatformDomains, PlatformList};

use std::collections::BTreeSet;

use wechat::{
    AppId,
    endpoint::{
        DomainAction, GetEffectiveDomain, GetEffectiveDomainResponse, GetEffectiveWebviewDomain,
        GetEffectiveWebviewDomainResponse, GetPrefetchDnsDomain, GetPrefetchDnsDomainResponse,
        GetWebviewDomainConfirmFile, ModifyDomain, ModifyDomainDirectly, ModifyDomainResponse,
        ServerDomains, SetPrefetchDnsDomain, SetWebviewDomain, SetWebviewDomainDirectly,
    },
};

use self::check::{checked, checked_list, host, is_host};
use super::{SettingsError, tell_changed};
use crate::{
    call::Caller,
    confirm_files::{ConfirmFiles, FileName},
    counters::{Counted, Counters},
    fault::Faults,
    outbox::Outbox,
    tokens::Subject,
    witness,
};

/// WeChat's limit for business domains that no source contradicts.
const BUSINESS_LIMIT: usize = 100;
/// Domains that are looked up early, as long as WeChat does not say otherwise.
const PREFETCH_LIMIT: usize = 5;

/// Domains. Cheap to clone.
#[derive(Clone)]
pub struct Domains {
    /// How WeChat is called.
    pub caller: Caller,
    /// What WeChat counts.
    pub counters: Counters,
    /// Where WeChat's confirm files are served from.
    pub confirm_files: ConfirmFiles,
    /// Events on their way out.
    pub outbox: Outbox,
}

/// Business domains, as they are in force by their source.
pub type BusinessDomains = GetEffectiveWebviewDomainResponse;

/// Domains as they were set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T> {
    /// The domains.
    pub domains: T,
    /// Whether they were set directly, and not through the platform's own list.
    pub direct: bool,
}

/// A domain that WeChat did not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The list that it was in.
    pub list: &'static str,
    /// The domain.
    pub domain: String,
}

impl Domains {
    /// Everything that is wrong with server domains, as far as it can be told without WeChat.
    pub fn check_server(wanted: &ServerDomains) -> Faults {
        checked(wanted.clone()).err().unwrap_or_default()
    }

    /// Everything that is wrong with business domains, as far as it can be told without WeChat.
    pub fn check_business(wanted: &[String]) -> Faults {
        checked_business(wanted.to_vec()).err().unwrap_or_default()
    }

    /// The server domains in force, by their source.
    pub async fn server(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<GetEffectiveDomainResponse, SettingsError> {
        Ok(self.caller.merchant(component, appid, &GetEffectiveDomain {}).await?)
    }

    /// Replaces the server domains of a mini program. Safe to repeat: what is in force already
    /// costs none of the month's 50 changes. `direct` says by which way, and leaves alone what was
    /// set by the other; without it, domains that all stand in the platform's list go through the
    /// platform and any others directly, and no others are in force by either way.
    pub async fn set_server(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: ServerDomains,
        direct: impl Into<Option<bool>>,
    ) -> Result<Set<ServerDomains>, SettingsError> {
        let direct = direct.into();
        let wanted = checked(wanted)?;
        let present = self.server(component, appid).await?;
        let entries: Vec<(String, &str)> = wanted
            .lists()
            .into_iter()
            .flat_map(|(name, list)| {
                let place = move |place| format!("/domains/{name}/{place}");
                list.iter().enumerate().map(move |(at, one)| (place(at), one.as_str()))
            })
            .collect();
        let is_direct = self.is_direct(component, PlatformList::Server, &entries, direct).await?;
        let (by_this, by_other) = match is_direct {
            true => (present.direct_domain, present.third_domain),
            false => (present.third_domain, present.direct_domain),
        };
        let domains = self.put_server(component, appid, by_this, wanted.clone(), is_direct).await?;
        if direct.is_none() {
            let kept = common(&by_other, &wanted);
            self.put_server(component, appid, by_other, kept, !is_direct).await?;
        }
        Ok(Set { domains, direct: is_direct })
    }

    async fn put_server(
        &self,
        component: &AppId,
        appid: &AppId,
        present: ServerDomains,
        wanted: ServerDomains,
        direct: bool,
    ) -> Result<ServerDomains, SettingsError> {
        let lists = present.lists().into_iter().zip(wanted.lists());
        if lists.into_iter().all(|((_, present), (_, wanted))| same(present, wanted)) {
            return Ok(present);
        }
        let action = DomainAction::Set;
        let whose = Subject::merchant(component, appid);
        let answer: ModifyDomainResponse = if direct {
            let request = ModifyDomainDirectly { action, domains: &wanted };
            let call = self.caller.merchant(component, appid, &request);
            self.counters.around::<_, SettingsError>(&whose, Counted::ServerDomains, call).await?
        } else {
            let request = ModifyDomain { action, domains: &wanted };
            let call = self.caller.merchant(component, appid, &request);
            self.counters.around::<_, SettingsError>(&whose, Counted::ServerDomains, call).await?
        };
        let what = if direct { "server-domains/direct" } else { "server-domains/platform" };
        witness::report(what, Some(&present), Some(&answer.domains));
        tell_changed(&self.outbox, component, appid, "server-domains").await;
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

    /// Replaces the business domains of a mini program. Safe to repeat. `direct` is as for
    /// [`Domains::set_server`]; domains that are set directly must serve the file of
    /// [`Domains::fetch_confirm_file`] first.
    pub async fn set_business(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: Vec<String>,
        direct: impl Into<Option<bool>>,
    ) -> Result<Set<Vec<String>>, SettingsError> {
        let direct = direct.into();
        let wanted = checked_business(wanted)?;
        let present = self.business(component, appid).await?;
        let place = |place: usize| format!("/domains/{place}");
        let entries: Vec<(String, &str)> =
            wanted.iter().enumerate().map(|(at, one)| (place(at), one.as_str())).collect();
        let is_direct = self.is_direct(component, PlatformList::Business, &entries, direct).await?;
        let (by_this, by_other) = match is_direct {
            true => (present.direct_webviewdomain, present.third_webviewdomain),
            false => (present.third_webviewdomain, present.direct_webviewdomain),
        };
        let domains =
            self.put_business(component, appid, by_this, wanted.clone(), is_direct).await?;
        if direct.is_none() {
            let kept = by_other.iter().filter(|one| wanted.contains(one)).cloned().collect();
            self.put_business(component, appid, by_other, kept, !is_direct).await?;
        }
        Ok(Set { domains, direct: is_direct })
    }

    async fn put_business(
        &self,
        component: &AppId,
        appid: &AppId,
        present: Vec<String>,
        wanted: Vec<String>,
        direct: bool,
    ) -> Result<Vec<String>, SettingsError> {
        if same(&present, &wanted) {
            return Ok(present);
        }
        let (action, list) = (Some(DomainAction::Set), Some(wanted.as_slice()));
        let whose = Subject::merchant(component, appid);
        let answer = if direct {
            let request = SetWebviewDomainDirectly { action, webviewdomain: list };
            let call = self.caller.merchant(component, appid, &request);
            self.counters.around::<_, SettingsError>(&whose, Counted::BusinessDomains, call).await?
        } else {
            let request = SetWebviewDomain { action, webviewdomain: list };
            let call = self.caller.merchant(component, appid, &request);
            self.counters.around::<_, SettingsError>(&whose, Counted::BusinessDomains, call).await?
        };
        let what = if direct { "business-domains/direct" } else { "business-domains/platform" };
        let domains = if answer.webviewdomain.is_empty() { wanted } else { answer.webviewdomain };
        witness::report(what, Some(&present), Some(&domains));
        tell_changed(&self.outbox, component, appid, "business-domains").await;
        Ok(domains)
    }

    /// By which way domains are set, each with its place in the order.
    async fn is_direct(
        &self,
        component: &AppId,
        list: PlatformList,
        entries: &[(String, &str)],
        wanted: Option<bool>,
    ) -> Result<bool, SettingsError> {
        if wanted == Some(true) {
            return Ok(true);
        }
        let known = self.platform(component, list).await?;
        let missing = entries.iter().filter(|(_, one)| !known.covers(list, host(one)));
        if wanted.is_none() {
            return Ok(missing.count() > 0);
        }
        let mut faults = Faults::new();
        for (pointer, one) in missing {
            let host = host(one);
            faults.add(
                pointer,
                format!(
                    "{host} 不在平台自己的域名列表中。只用于这个小程序的域名请设置 \"direct\": true；\
                     多个小程序共用的域名请先加入平台的域名列表（每月可修改 50 次）"
                ),
                format!(
                    "{host} is not in the platform's own list: say \"direct\": true where it is \
                     this mini program's alone, or add it to that list, which may be changed 50 \
                     times a month, where many use it"
                ),
            );
        }
        faults.or(false).map_err(Into::into)
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

    /// The domains whose addresses are looked up before they are needed.
    pub async fn prefetched(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<GetPrefetchDnsDomainResponse, SettingsError> {
        Ok(self.caller.merchant(component, appid, &GetPrefetchDnsDomain {}).await?)
    }

    /// Replaces the domains that are looked up early. Safe to repeat.
    pub async fn set_prefetched(
        &self,
        component: &AppId,
        appid: &AppId,
        wanted: Vec<String>,
    ) -> Result<Vec<String>, SettingsError> {
        let mut faults = Faults::new();
        let wanted: Vec<String> =
            wanted.into_iter().map(|domain| domain.trim().to_ascii_lowercase()).collect();
        for (place, domain) in wanted.iter().enumerate() {
            faults.unless(
                is_host(domain),
                format!("/domains/{place}"),
                "只写域名本身，不带协议和路径，如 www.example.com",
                "must be a domain without scheme and path, such as www.example.com",
            );
        }
        let present = self.prefetched(component, appid).await?;
        let limit = present.size_limit.and_then(|limit| usize::try_from(limit).ok());
        faults.entries("/domains", wanted.len(), 0..=limit.unwrap_or(PREFETCH_LIMIT));
        faults.into_result::<SettingsError>()?;
        let present: Vec<String> =
            present.prefetch_dns_domain.into_iter().map(|domain| domain.url).collect();
        if same(&present, &wanted) {
            return Ok(present);
        }
        let whose = Subject::merchant(component, appid);
        let request = SetPrefetchDnsDomain { domains: &wanted };
        let call = self.caller.merchant(component, appid, &request);
        self.counters.around::<_, SettingsError>(&whose, Counted::PrefetchDomains, call).await?;
        witness::report("prefetch-domains", Some(&present), Some(&wanted));
        tell_changed(&self.outbox, component, appid, "prefetch-domains").await;
        Ok(wanted)
    }
}

/// Business domains, each checked and without repetitions.
fn checked_business(wanted: Vec<String>) -> Result<Vec<String>, Faults> {
    let mut faults = Faults::new();
    let wanted = checked_list("/domains", "https", false, wanted, &mut faults);
    faults.entries("/domains", wanted.len(), 0..=BUSINESS_LIMIT);
    faults.or(wanted)
}

/// The same domains, in whatever order.
fn same(present: &[String], wanted: &[String]) -> bool {
    present.iter().collect::<BTreeSet<_>>() == wanted.iter().collect::<BTreeSet<_>>()
}

/// What of `present` is wanted.
fn common(present: &ServerDomains, wanted: &ServerDomains) -> ServerDomains {
    let of = |present: &[String], wanted: &[String]| {
        present.iter().filter(|one| wanted.contains(one)).cloned().collect()
    };
    ServerDomains {
        requestdomain: of(&present.requestdomain, &wanted.requestdomain),
        wsrequestdomain: of(&present.wsrequestdomain, &wanted.wsrequestdomain),
        uploaddomain: of(&present.uploaddomain, &wanted.uploaddomain),
        downloaddomain: of(&present.downloaddomain, &wanted.downloaddomain),
        udpdomain: of(&present.udpdomain, &wanted.udpdomain),
        tcpdomain: of(&present.tcpdomain, &wanted.tcpdomain),
    }
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
