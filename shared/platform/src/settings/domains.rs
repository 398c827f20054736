//! Server domains and business domains (`api.md` of WeChat: modify_domain, setwebviewdomain). A
//! merchant's domains must stand in the platform's own list first, unless they are set *directly*,
//! which takes effect with the next commit and release.

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
use super::SettingsError;
use crate::{
    call::Caller,
    confirm_files::{ConfirmFiles, FileName},
    counters::{Counted, Counters},
    fault::Faults,
    tokens::Subject,
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
        let whose = Subject::merchant(component, appid);
        let answer: ModifyDomainResponse = if direct {
            let request = ModifyDomainDirectly { action, domains: &wanted };
            let call = self.caller.merchant(component, appid, &request);
            self.counters.around::<_, SettingsError>(&whose, Counted::ServerDomains, call).await?
        } else {
            let lists = wanted.lists().into_iter().flat_map(|(_, list)| list);
            let hosts = lists.map(|one| host(one)).collect();
            self.register(component, PlatformList::Server, hosts).await?;
            let request = ModifyDomain { action, domains: &wanted };
            let call = self.caller.merchant(component, appid, &request);
            self.counters.around::<_, SettingsError>(&whose, Counted::ServerDomains, call).await?
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
        let mut faults = Faults::new();
        let wanted = checked_list("/domains", "https", false, wanted, &mut faults);
        faults.entries("/domains", wanted.len(), 0..=BUSINESS_LIMIT);
        faults.into_result::<SettingsError>()?;
        let present = self.business(component, appid).await?;
        let present =
            if direct { present.direct_webviewdomain } else { present.third_webviewdomain };
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
            let hosts = wanted.iter().map(|one| host(one)).collect();
            self.register(component, PlatformList::Business, hosts).await?;
            let request = SetWebviewDomain { action, webviewdomain: list };
            let call = self.caller.merchant(component, appid, &request);
            self.counters.around::<_, SettingsError>(&whose, Counted::BusinessDomains, call).await?
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
        Ok(wanted)
    }
}

/// The same domains, in whatever order.
fn same(present: &[String], wanted: &[String]) -> bool {
    present.iter().collect::<BTreeSet<_>>() == wanted.iter().collect::<BTreeSet<_>>()
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
