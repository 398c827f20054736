//! Quotas, used up to order.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{VerbError, component, known};
use crate::{
    Simulator,
    clock::{day, month},
    server::Inner,
    state::SERVER_EDITS_A_MONTH,
};

/// How much of a quota is left; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quota {
    /// The component; the first if none is named.
    pub component: Option<String>,
    /// The mini program that the ones below [`Quota::platform_domain_edits`] are about, and
    /// [`Quota::calls`] too.
    pub appid: Option<String>,
    /// Reviews that may be submitted this month; where those are more than a month has, each month has
    /// so many from now on.
    pub audits: Option<u32>,
    /// Reviews that may be sped up this month.
    pub speed_ups: Option<u32>,
    /// Calls of `api_component_token` today.
    pub component_tokens: Option<u32>,
    /// Edits of the platform's own domains this month, server and jump domains alike.
    pub platform_domain_edits: Option<u32>,
    /// Reviews that the mini program may withdraw today.
    pub withdrawals_today: Option<u32>,
    /// Reviews that the mini program may withdraw this month.
    pub withdrawals_this_month: Option<u32>,
    /// Edits of the mini program's server domains this month.
    pub server_domain_edits: Option<u32>,
    /// Edits of the mini program's business domains this month.
    pub business_domain_edits: Option<u32>,
    /// Codes that the mini program may still make, ever.
    pub codes: Option<u32>,
    /// Calls of some paths that may be made today, by path: with the mini program's token or, if
    /// none is named, with the component's.
    pub calls: BTreeMap<String, u32>,
}

impl Simulator {
    /// Sets how much of quotas is left.
    pub fn set_quota(&self, quota: Quota) -> Result<(), VerbError> {
        set_quota(&self.inner, &quota)
    }
}

pub(super) fn set_quota(inner: &Inner, quota: &Quota) -> Result<(), VerbError> {
    inner.change(|world, now| {
        let (today, this_month) = (day(now), month(now));
        let appid = component(world, quota.component.as_deref())?;
        if !quota.calls.is_empty() {
            let account = quota.appid.as_ref().unwrap_or(&appid);
            let calls = world.calls.entry(account.clone()).or_default();
            for (path, left) in &quota.calls {
                calls.leave(path, &today, *left);
            }
        }
        let component = world.component(&appid);
        if let Some(left) = quota.audits {
            component.audit_limit = component.audit_limit.max(left);
            component.audits.set(&this_month, component.audit_limit.saturating_sub(left));
        }
        if let Some(left) = quota.speed_ups {
            component.speed_ups.set(&this_month, component.speed_up_limit.saturating_sub(left));
        }
        if let Some(left) = quota.component_tokens {
            component.token_calls.set(&today, component.token_call_limit.saturating_sub(left));
        }
        if let Some(left) = quota.platform_domain_edits {
            let used = SERVER_EDITS_A_MONTH.saturating_sub(left);
            component.server_domains.edits.set(&this_month, used);
            component.jump_domains.edits.set(&this_month, used);
        }
        let Some(appid) = &quota.appid else { return Ok(()) };
        known(world, appid)?;
        let merchant = world.merchant(appid);
        if let Some(left) = quota.withdrawals_today {
            merchant.withdrawals_today.set(&today, 5_u32.saturating_sub(left));
        }
        if let Some(left) = quota.withdrawals_this_month {
            merchant.withdrawals_this_month.set(&this_month, 10_u32.saturating_sub(left));
        }
        if let Some(left) = quota.server_domain_edits {
            merchant.domain_edits.set(&this_month, SERVER_EDITS_A_MONTH.saturating_sub(left));
        }
        if let Some(left) = quota.business_domain_edits {
            merchant.webview_edits.set(&this_month, SERVER_EDITS_A_MONTH.saturating_sub(left));
        }
        if let Some(left) = quota.codes {
            merchant.codes = 100_000_u32.saturating_sub(left);
        }
        Ok(())
    })
}
