//! The component's own lists: what its mini programs may be given (`modify_wxa_server_domain`,
//! `modify_wxa_jump_domain`). They hold hosts alone, and a published component has two of each: one
//! in force, one for its test version.

use std::net::IpAddr;

use wechat::{
    AppId,
    endpoint::{DomainAction, GetDomainConfirmFile, ModifyWxaJumpDomain, ModifyWxaServerDomain},
};

use super::{Domains, Refused, check::is_host, same};
use crate::{
    call::CallError, confirm_files::FileName, counters::Counted, fault::Faults,
    settings::SettingsError, tokens::Subject,
};

/// Which of the component's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformList {
    /// Server domains, 1000 at most.
    Server,
    /// Business domains, 200 at most.
    Business,
}

/// A list of the component's own domains: hosts without a scheme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformDomains {
    /// In force for the published component; empty while it is not published.
    pub published: Vec<String>,
    /// For its test version.
    pub testing: Vec<String>,
}

impl Domains {
    /// One of the component's own lists.
    pub async fn platform(
        &self,
        component: &AppId,
        list: PlatformList,
    ) -> Result<PlatformDomains, SettingsError> {
        Ok(self.modify(component, list, DomainAction::Get, None).await?.0)
    }

    /// Replaces one of the component's own lists. Mini programs keep what they were given. Business
    /// domains must serve the file of [`Domains::fetch_platform_confirm_file`] first. Safe to
    /// repeat: what is there already costs none of the month's 50 changes.
    pub async fn set_platform(
        &self,
        component: &AppId,
        list: PlatformList,
        wanted: Vec<String>,
    ) -> Result<PlatformDomains, SettingsError> {
        let wanted = hosts(wanted, list.most())?;
        let present = self.platform(component, list).await?;
        if present.is(&wanted) {
            return Ok(present);
        }
        self.change(component, list, DomainAction::Set, &wanted.join(";")).await
    }

    /// Fetches the file by which WeChat sees that a business domain is the component's, and keeps
    /// it, so that it is served. Answers its name.
    pub async fn fetch_platform_confirm_file(
        &self,
        component: &AppId,
    ) -> Result<FileName, SettingsError> {
        let file = self.caller.component(component, &GetDomainConfirmFile {}).await?;
        let name = FileName::parse(&file.file_name)?;
        self.confirm_files.put(&name, &file.file_content).await?;
        Ok(name)
    }

    /// A change that WeChat counts.
    async fn change(
        &self,
        component: &AppId,
        list: PlatformList,
        action: DomainAction,
        hosts: &str,
    ) -> Result<PlatformDomains, SettingsError> {
        let whose = Subject::Component(component.clone());
        let call = self.modify(component, list, action, Some(hosts));
        let changed = self.counters.around::<_, SettingsError>(&whose, list.counted(), call);
        let (domains, invalid) = changed.await?;
        let refused: Vec<Refused> =
            invalid.into_iter().map(|domain| Refused { list: list.name(), domain }).collect();
        match refused.is_empty() {
            true => Ok(domains),
            false => Err(SettingsError::PartlyRefused(refused)),
        }
    }

    /// Asks WeChat; the second value is what it did not take.
    async fn modify(
        &self,
        component: &AppId,
        list: PlatformList,
        action: DomainAction,
        hosts: Option<&str>,
    ) -> Result<(PlatformDomains, Vec<String>), CallError> {
        let is_modify_published_together = true;
        let (published, testing, invalid) = match list {
            PlatformList::Server => {
                let wxa_server_domain = hosts;
                let request = ModifyWxaServerDomain {
                    action,
                    wxa_server_domain,
                    is_modify_published_together,
                };
                let answer = self.caller.component(component, &request).await?;
                (
                    answer.published_wxa_server_domain,
                    answer.testing_wxa_server_domain,
                    answer.invalid_wxa_server_domain,
                )
            }
            PlatformList::Business => {
                let wxa_jump_h5_domain = hosts;
                let request = ModifyWxaJumpDomain {
                    action,
                    wxa_jump_h5_domain,
                    is_modify_published_together,
                };
                let answer = self.caller.component(component, &request).await?;
                (
                    answer.published_wxa_jump_h5_domain,
                    answer.testing_wxa_jump_h5_domain,
                    answer.invalid_wxa_jump_h5_domain,
                )
            }
        };
        let domains = PlatformDomains { published: split(published), testing: split(testing) };
        Ok((domains, split(invalid)))
    }
}

impl PlatformList {
    fn most(self) -> usize {
        match self {
            PlatformList::Server => 1000,
            PlatformList::Business => 200,
        }
    }

    fn counted(self) -> Counted {
        match self {
            PlatformList::Server => Counted::PlatformServerDomains,
            PlatformList::Business => Counted::PlatformBusinessDomains,
        }
    }

    fn name(self) -> &'static str {
        match self {
            PlatformList::Server => "wxa_server_domain",
            PlatformList::Business => "wxa_jump_h5_domain",
        }
    }
}

impl PlatformDomains {
    /// The lists that there are: a component that is not published has only one.
    fn lists(&self) -> Vec<&[String]> {
        let unpublished = self.published.is_empty() && !self.testing.is_empty();
        if unpublished { vec![&self.testing] } else { vec![&self.testing, &self.published] }
    }

    /// Whether every list is `wanted` already.
    fn is(&self, wanted: &[String]) -> bool {
        self.lists().into_iter().all(|list| same(list, wanted))
    }

    /// Whether mini programs may be given `host`: it is in every list or, of business domains, below
    /// one that is.
    pub(super) fn covers(&self, kind: PlatformList, host: &str) -> bool {
        let is_it = |known: &String| {
            let is_below = kind == PlatformList::Business
                && host.strip_suffix(known.as_str()).is_some_and(|below| below.ends_with('.'));
            known == host || is_below
        };
        self.lists().into_iter().all(|list| list.iter().any(is_it))
    }
}

/// Hosts as WeChat lists them.
fn split(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    let hosts = list.split(';').map(str::trim).filter(|host| !host.is_empty());
    hosts.map(str::to_owned).collect()
}

/// Hosts in small letters and without repetitions, each checked.
fn hosts(wanted: Vec<String>, most: usize) -> Result<Vec<String>, SettingsError> {
    let mut faults = Faults::new();
    let mut hosts: Vec<String> = Vec::new();
    for (place, domain) in wanted.into_iter().enumerate() {
        let domain = domain.trim().to_ascii_lowercase();
        faults.unless(
            is_host(&domain) && domain.parse::<IpAddr>().is_err(),
            format!("/domains/{place}"),
            "只写域名本身，不带协议、端口和路径，如 api.example.com",
            "must be a domain without scheme, port and path, such as api.example.com",
        );
        if !hosts.contains(&domain) {
            hosts.push(domain);
        }
    }
    faults.entries("/domains", hosts.len(), 0..=most);
    faults.into_result::<SettingsError>()?;
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains(published: &str, testing: &str) -> PlatformDomains {
        let list = |text: &str| split(Some(text.to_owned()));
        PlatformDomains { published: list(published), testing: list(testing) }
    }

    #[test]
    fn a_host_may_be_given_where_every_list_has_it() {
        let server = |published, testing| {
            domains(published, testing).covers(PlatformList::Server, "a.example.com")
        };
        assert!(server("a.example.com;b.example.com", "a.example.com"));
        assert!(!server("a.example.com", "b.example.com"));
        assert!(!server("example.com", "example.com"));
        assert!(!server("", ""));
        assert!(server("", "a.example.com"), "it is not published");
        let business = |host| {
            let known = domains("example.com", "example.com");
            known.covers(PlatformList::Business, host)
        };
        assert!(business("m.example.com") && business("example.com"));
        assert!(!business("badexample.com"));
    }
}
