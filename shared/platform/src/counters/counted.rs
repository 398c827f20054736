//! What WeChat counts, and how much of it there may be.

use serde::{Deserialize, Serialize};

use super::Period;
use crate::text::Text;

/// Something that WeChat counts: for each mini program, or for a component and all its mini
/// programs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// Reviews withdrawn (`undocodeaudit`).
    Withdrawals,
    /// Changes of a mini program's server domains (`modify_domain`, directly or not).
    ServerDomains,
    /// Changes of a mini program's business domains (`setwebviewdomain`, directly or not).
    BusinessDomains,
    /// Changes of the domains that are looked up early (`set_prefetchdnsdomain`).
    PrefetchDomains,
    /// Changes of the name (`setnickname`).
    Names,
    /// Changes of the avatar (`modifyheadimage`).
    Avatars,
    /// Changes of the introduction (`modifysignature`).
    Introductions,
    /// Additions of categories (`addcategory`); to delete one, or to show other documents for it,
    /// is not counted.
    Categories,
    /// Codes of `getwxacode` and `createwxaqrcode`, which never come back.
    Codes,
    /// Resets of a mini program's daily counters of calls (`clear_quota`).
    Resets,
    /// Reviews submitted, by all mini programs of a component.
    Reviews,
    /// Reviews that were hurried, by all mini programs of a component.
    SpeedUps,
    /// Changes of the component's own server domains (`modify_wxa_server_domain`).
    PlatformServerDomains,
    /// Changes of the component's own business domains (`modify_wxa_jump_domain`).
    PlatformBusinessDomains,
    /// Resets of the component's own daily counters of calls.
    PlatformResets,
}

/// So many in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The period.
    pub period: Period,
    /// How many; none where only WeChat can tell, as it depends on the account.
    pub most: Option<i64>,
}

const fn bound(period: Period, most: i64) -> Bound {
    Bound { period, most: Some(most) }
}

impl Counted {
    /// What is counted for each mini program.
    pub const OF_MINI_PROGRAM: [Counted; 10] = [
        Counted::Withdrawals,
        Counted::ServerDomains,
        Counted::BusinessDomains,
        Counted::PrefetchDomains,
        Counted::Names,
        Counted::Avatars,
        Counted::Introductions,
        Counted::Categories,
        Counted::Codes,
        Counted::Resets,
    ];

    /// What is counted for a component.
    pub const OF_COMPONENT: [Counted; 5] = [
        Counted::Reviews,
        Counted::SpeedUps,
        Counted::PlatformServerDomains,
        Counted::PlatformBusinessDomains,
        Counted::PlatformResets,
    ];

    /// How much of it there may be: every bound holds.
    pub fn bounds(self) -> &'static [Bound] {
        const A_MONTH_50: &[Bound] = &[bound(Period::Month, 50)];
        const A_MONTH_10: &[Bound] = &[bound(Period::Month, 10)];
        const A_MONTH_5: &[Bound] = &[bound(Period::Month, 5)];
        const WITHDRAWALS: &[Bound] = &[bound(Period::Day, 5), bound(Period::Month, 10)];
        const A_YEAR_2: &[Bound] = &[bound(Period::Year, 2)];
        const EVER: &[Bound] = &[bound(Period::Life, 100_000)];
        const AS_TOLD: &[Bound] = &[Bound { period: Period::Month, most: None }];
        match self {
            Counted::Withdrawals => WITHDRAWALS,
            Counted::ServerDomains
            | Counted::BusinessDomains
            | Counted::PrefetchDomains
            | Counted::PlatformServerDomains
            | Counted::PlatformBusinessDomains => A_MONTH_50,
            Counted::Names => A_YEAR_2,
            Counted::Avatars | Counted::Introductions | Counted::Categories => A_MONTH_5,
            Counted::Codes => EVER,
            Counted::Resets | Counted::PlatformResets => A_MONTH_10,
            Counted::Reviews | Counted::SpeedUps => AS_TOLD,
        }
    }

    /// Whether only WeChat knows how many there may be.
    pub fn is_told(self) -> bool {
        self.bounds().iter().any(|bound| bound.most.is_none())
    }

    /// WeChat's codes for "none is left".
    pub fn refusals(self) -> &'static [i64] {
        match self {
            Counted::Withdrawals => &[87_013],
            Counted::ServerDomains
            | Counted::BusinessDomains
            | Counted::PlatformServerDomains
            | Counted::PlatformBusinessDomains => &[86_102],
            Counted::PrefetchDomains => &[9_420_000],
            // No source names one.
            Counted::Names => &[],
            Counted::Avatars => &[53_202],
            Counted::Introductions => &[53_200],
            Counted::Categories => &[53_300],
            Counted::Codes => &[45_029],
            Counted::Resets | Counted::PlatformResets => &[48_006],
            Counted::Reviews => &[85_085],
            Counted::SpeedUps => &[89_405],
        }
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Counted::Withdrawals => "withdrawals",
            Counted::ServerDomains => "server-domains",
            Counted::BusinessDomains => "business-domains",
            Counted::PrefetchDomains => "prefetch-domains",
            Counted::Names => "names",
            Counted::Avatars => "avatars",
            Counted::Introductions => "introductions",
            Counted::Categories => "categories",
            Counted::Codes => "codes",
            Counted::Resets => "resets",
            Counted::Reviews => "reviews",
            Counted::SpeedUps => "speed-ups",
            Counted::PlatformServerDomains => "platform-server-domains",
            Counted::PlatformBusinessDomains => "platform-business-domains",
            Counted::PlatformResets => "platform-resets",
        }
    }

    /// What it is, in words.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Counted::Withdrawals => ("撤回审核", "withdrawals of reviews"),
            Counted::ServerDomains => ("修改服务器域名", "changes of the server domains"),
            Counted::BusinessDomains => ("修改业务域名", "changes of the business domains"),
            Counted::PrefetchDomains => {
                ("修改 DNS 预解析域名", "changes of the prefetched domains")
            }
            Counted::Names => ("修改小程序名称", "changes of the name"),
            Counted::Avatars => ("修改头像", "changes of the avatar"),
            Counted::Introductions => ("修改简介", "changes of the introduction"),
            Counted::Categories => ("添加类目", "additions of categories"),
            Counted::Codes => ("生成小程序码", "mini-program codes"),
            Counted::Resets => ("重置接口调用次数", "resets of the daily calls"),
            Counted::Reviews => ("提交审核", "reviews of the platform"),
            Counted::SpeedUps => ("加急审核", "hurried reviews of the platform"),
            Counted::PlatformServerDomains => {
                ("修改平台服务器域名", "changes of the platform's server domains")
            }
            Counted::PlatformBusinessDomains => {
                ("修改平台业务域名", "changes of the platform's business domains")
            }
            Counted::PlatformResets => {
                ("重置平台接口调用次数", "resets of the platform's daily calls")
            }
        };
        Text::fixed(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_a_bound_and_a_name_of_its_own() {
        let all = Counted::OF_MINI_PROGRAM.iter().chain(&Counted::OF_COMPONENT);
        let mut names = std::collections::BTreeSet::new();
        for counted in all {
            assert!(!counted.bounds().is_empty(), "{counted:?}");
            let name = serde_json::to_value(counted).unwrap();
            assert_eq!(name, counted.name());
            assert!(names.insert(counted.name()));
        }
    }
}
