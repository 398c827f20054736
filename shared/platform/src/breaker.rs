//! Circuit breakers: when WeChat refuses a whole component for a reason that no repetition mends,
//! nobody calls it for tokens any more, except for one probe an interval. While a breaker is open
//! whoever asks for a token is told at once what is wrong and what to do about it; the first probe
//! that succeeds closes it. What concerns one merchant alone (61023) opens nothing.
//!
//! An open breaker is an item, written when it opens, when it is probed and when it closes; a
//! closed one is none. No process relies on what it remembers.

use std::{net::IpAddr, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wechat::{
    ApiError, AppId, Endpoint,
    endpoint::{ApiAuthorizerToken, ApiComponentToken},
};

use crate::{
    clock::Clock,
    storage::{Outcome, StorageError, Table, number},
    text::Text,
};

/// Why WeChat refuses a component as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The address that we call from is not on the component's IP list (61004).
    Address,
    /// The ticket that the component's token is asked for with has expired or is wrong (61005,
    /// 61006).
    Ticket,
    /// The day's calls for the component's own token are used up (45009).
    ComponentQuota,
    /// The day's calls for merchants' tokens are used up (45009).
    MerchantQuota,
}

/// Whose token is asked for; some breakers concern one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minting {
    /// The component's own.
    Component,
    /// A merchant's.
    Merchant,
}

/// A breaker that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The component that WeChat refuses.
    pub component: AppId,
    /// Why.
    pub cause: Cause,
    /// Since when.
    pub since: Timestamp,
    /// When WeChat is asked again.
    pub probe_at: Timestamp,
    /// WeChat's code.
    pub errcode: i64,
    /// WeChat's text.
    pub errmsg: String,
}

/// Whether tokens may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pass {
    /// Nothing speaks against it.
    Free,
    /// As a probe: if it succeeds, these are to be [closed](Breakers::close).
    Probe(Vec<Open>),
    /// No.
    Halted(Open),
}

/// The breakers of every component. Cheap to clone.
#[derive(Clone)]
pub struct Breakers {
    /// The table `fleet`.
    pub table: Table,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    pk: String,
    /// A word and no enumeration, so that a cause of a later version does not stop all tokens.
    sk: String,
    component: AppId,
    since: Timestamp,
    /// In milliseconds.
    probe_at: i64,
    errcode: i64,
    errmsg: String,
}

impl Breakers {
    /// Whether a token may be asked for. Whoever is given a probe makes it: nobody else is for an
    /// interval.
    pub async fn pass(&self, component: &AppId, minting: Minting) -> Result<Pass, StorageError> {
        let mut open = self.open(component).await?;
        open.retain(|open| open.cause.concerns(minting));
        let now = self.clock.now();
        if let Some(not_yet) = open.iter().find(|open| open.probe_at > now) {
            return Ok(Pass::Halted(not_yet.clone()));
        }
        for probed in &open {
            if !self.take_probe(probed, now).await? {
                return Ok(Pass::Halted(probed.clone()));
            }
        }
        Ok(if open.is_empty() { Pass::Free } else { Pass::Probe(open) })
    }

    /// Whether breakers are open of which a token that is asked for now would be the probe.
    pub(crate) async fn awaits_probe(
        &self,
        component: &AppId,
        minting: Minting,
    ) -> Result<bool, StorageError> {
        let mut open = self.open(component).await?;
        open.retain(|open| open.cause.concerns(minting));
        let now = self.clock.now();
        Ok(!open.is_empty() && open.iter().all(|open| open.probe_at <= now))
    }

    /// The breakers of `component` that are open.
    pub async fn open(&self, component: &AppId) -> Result<Vec<Open>, StorageError> {
        let (entries, _) = self.table.page::<Entry>(&partition(component), "", None, 100).await?;
        Ok(entries.into_iter().filter_map(Entry::open).collect())
    }

    /// WeChat refused the component as a whole. Safe to repeat; one that is open stays as it is.
    pub async fn trip(
        &self,
        component: &AppId,
        cause: Cause,
        refusal: &ApiError,
    ) -> Result<(), StorageError> {
        let now = self.clock.now();
        let entry = Entry {
            pk: partition(component),
            sk: cause.name().to_owned(),
            component: component.clone(),
            since: now,
            probe_at: (now + cause.interval()).as_millisecond(),
            errcode: refusal.errcode,
            errmsg: refusal.errmsg.chars().take(200).collect(),
        };
        if let Outcome::Written(_) = self.table.create(self.table.item(&entry)?).await? {
            tracing::error!(%component, ?cause, %refusal, "WeChat refuses the component");
        }
        Ok(())
    }

    /// A probe succeeded. Safe to repeat.
    pub async fn close(&self, probed: &[Open]) -> Result<(), StorageError> {
        for open in probed {
            self.table.delete(&partition(&open.component), open.cause.name()).await?;
            let (component, cause) = (&open.component, open.cause);
            tracing::info!(%component, ?cause, "WeChat accepts the component again");
        }
        Ok(())
    }

    async fn take_probe(&self, open: &Open, now: Timestamp) -> Result<bool, StorageError> {
        let next = now + open.cause.interval();
        let update = self
            .table
            .update(&partition(&open.component), open.cause.name())
            .update_expression("SET probe_at = :next")
            .condition_expression("probe_at = :seen")
            .expression_attribute_values(":next", number(next.as_millisecond()))
            .expression_attribute_values(":seen", number(open.probe_at.as_millisecond()));
        Ok(matches!(self.table.apply(update).await?, Outcome::Written(_)))
    }
}

impl Cause {
    const ALL: [Cause; 4] =
        [Cause::Address, Cause::Ticket, Cause::ComponentQuota, Cause::MerchantQuota];

    /// What a refusal says of the component as a whole, if it says anything.
    pub fn of(refusal: &ApiError) -> Option<Self> {
        match (refusal.errcode, refusal.path) {
            _ if refusal.is_address_refused() => Some(Cause::Address),
            _ if refusal.is_ticket_invalid() => Some(Cause::Ticket),
            (45009, ApiComponentToken::PATH) => Some(Cause::ComponentQuota),
            (45009, ApiAuthorizerToken::PATH) => Some(Cause::MerchantQuota),
            _ => None,
        }
    }

    /// How long after a probe the next one is made. A quota comes back at midnight, or when
    /// somebody resets it.
    pub fn interval(self) -> SignedDuration {
        match self {
            Cause::Address | Cause::Ticket => SignedDuration::from_secs(55),
            Cause::ComponentQuota | Cause::MerchantQuota => SignedDuration::from_mins(5),
        }
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Address => "address",
            Cause::Ticket => "ticket",
            Cause::ComponentQuota => "component-quota",
            Cause::MerchantQuota => "merchant-quota",
        }
    }

    fn concerns(self, minting: Minting) -> bool {
        match self {
            Cause::Address => true,
            Cause::Ticket | Cause::ComponentQuota => minting == Minting::Component,
            Cause::MerchantQuota => minting == Minting::Merchant,
        }
    }
}

impl Open {
    /// What a refusal says of `component` as a whole, if it says anything, as a breaker that it
    /// would open `now`.
    pub fn of(component: &AppId, refusal: &ApiError, now: Timestamp) -> Option<Self> {
        let cause = Cause::of(refusal)?;
        Some(Open {
            component: component.clone(),
            cause,
            since: now,
            probe_at: now + cause.interval(),
            errcode: refusal.errcode,
            errmsg: refusal.errmsg.chars().take(200).collect(),
        })
    }

    /// What is wrong.
    pub fn words(&self) -> Text {
        match self.cause {
            Cause::Address => match self.address() {
                Some(address) => Text::new(
                    format!("微信拒绝来自 {address} 的调用：该 IP 不在白名单中"),
                    format!("WeChat refuses calls from {address}: it is not on the IP list"),
                ),
                None => Text::fixed(
                    "微信拒绝本系统的调用：出口 IP 不在白名单中",
                    "WeChat refuses our calls: our address is not on the IP list",
                ),
            },
            Cause::Ticket => Text::fixed(
                "verify ticket 已失效，无法换取平台令牌",
                "the verify ticket is not accepted, so that there is no component token",
            ),
            Cause::ComponentQuota => Text::fixed(
                "今日获取平台令牌的调用次数已用完",
                "today's calls for the component's token are used up",
            ),
            Cause::MerchantQuota => Text::fixed(
                "今日获取商家令牌的调用次数已用完",
                "today's calls for merchants' tokens are used up",
            ),
        }
    }

    /// What a person does about it.
    pub fn what_to_do(&self) -> Text {
        match self.cause {
            Cause::Address => match self.address() {
                Some(address) => Text::new(
                    format!("请在微信开放平台该第三方平台的“白名单 IP 地址列表”中加入 {address}"),
                    format!(
                        "add {address} to the component's IP list (白名单IP地址列表) at WeChat's \
                         open platform"
                    ),
                ),
                None => Text::fixed(
                    "请把本系统的出口 IP 加入微信开放平台该第三方平台的白名单",
                    "add this system's outgoing address to the component's IP list at WeChat's \
                     open platform",
                ),
            },
            Cause::Ticket => Text::fixed(
                "系统已请微信重新推送。如十分钟内仍未恢复，请核对开放平台上的授权事件接收 URL、Token \
                 和 EncodingAESKey",
                "WeChat has been asked to push a new one. If none comes within ten minutes, see \
                 that the events address, Token and EncodingAESKey at WeChat's open platform are \
                 those of this system",
            ),
            Cause::ComponentQuota | Cause::MerchantQuota => Text::fixed(
                "额度在北京时间零点恢复；如需立即恢复，请在开放平台重置该接口的调用次数，并检查是否有其他系统\
                 在使用同一个第三方平台",
                "the quota returns at midnight in Beijing; to have it at once, reset the call's \
                 quota at WeChat's open platform, and see whether another system uses the same \
                 component",
            ),
        }
    }

    /// The address that WeChat says it was called from.
    pub fn address(&self) -> Option<IpAddr> {
        let words =
            self.errmsg.split(|sign: char| !(sign.is_ascii_hexdigit() || ".:".contains(sign)));
        words
            .filter(|word| word.len() > 6)
            .find_map(|word| word.trim_matches([':', '.']).parse().ok())
    }
}

fn partition(component: &AppId) -> String {
    format!("breakers#{component}")
}

impl Entry {
    /// None if its cause is not known here.
    fn open(self) -> Option<Open> {
        Some(Open {
            cause: Cause::ALL.into_iter().find(|cause| cause.name() == self.sk)?,
            component: self.component,
            since: self.since,
            probe_at: Timestamp::from_millisecond(self.probe_at).unwrap_or(Timestamp::UNIX_EPOCH),
            errcode: self.errcode,
            errmsg: self.errmsg,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(errmsg: &str) -> Open {
        Open {
            component: "wx0000000000000001".parse().unwrap(),
            cause: Cause::Address,
            since: Timestamp::UNIX_EPOCH,
            probe_at: Timestamp::UNIX_EPOCH,
            errcode: 61004,
            errmsg: errmsg.to_owned(),
        }
    }

    #[test]
    fn the_address_that_wechat_names_is_found() {
        for (errmsg, address) in [
            ("access clientip is not registered requestIP: 203.0.113.7", Some("203.0.113.7")),
            (
                "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
                Some("203.0.113.7"),
            ),
            ("requestIP:2001:db8::7 hint", Some("2001:db8::7")),
            ("access clientip is not registered", None),
        ] {
            let found = open(errmsg).address();
            assert_eq!(found, address.map(|address| address.parse().unwrap()), "{errmsg}");
        }
    }
}
