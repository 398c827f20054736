//! Time, accidents, and what people change in their own consoles.

use serde::Deserialize;
use serde_json::Value;

use super::{VerbError, component};
use crate::{
    Simulator,
    crypto::CallbackKey,
    log::Log,
    misbehaviour::Fault,
    options::{ComponentOptions, DraftOptions, MerchantOptions, TokenBehaviour},
    server::Inner,
    state::{Component, Draft, Merchant},
};

/// Where a component wants its pushes, and where its authorizations start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Addresses {
    /// The component; the first if none is named.
    pub component: Option<String>,
    /// Authorization-event URL; left as it is if `None`.
    pub event_url: Option<String>,
    /// Message-and-event URL with `$APPID$`; left as it is if `None`.
    pub message_url: Option<String>,
    /// Domain that authorizations start from; left as it is if `None`.
    pub authorization_host: Option<String>,
}

/// What WeChat finds out about a host when it is put on a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// The host.
    pub host: String,
    /// Whether it has an ICP licence.
    #[serde(default = "yes")]
    pub licensed: bool,
    /// Whether it serves the confirm file.
    #[serde(default = "yes")]
    pub serves_confirm_file: bool,
}

impl Simulator {
    /// Everything that is remembered, as JSON. Secrets are told: none of them is one.
    pub fn state(&self) -> Value {
        state(&self.inner)
    }

    /// What was asked and answered since the start or the last [`Simulator::clear_log`].
    pub fn log(&self) -> Log {
        self.inner.note(|shared| shared.log.clone())
    }

    /// How often a path was called since the start or the last [`Simulator::clear_log`].
    pub fn count(&self, path: &str) -> u64 {
        self.inner.note(|shared| shared.log.count(path))
    }

    /// Forgets the log.
    pub fn clear_log(&self) {
        self.inner.note(|shared| shared.log = Log::default());
    }

    /// Unix seconds on the simulator's clock.
    pub fn now(&self) -> i64 {
        self.inner.now()
    }

    /// Moves the clock and returns the new time.
    pub fn advance(&self, seconds: i64) -> i64 {
        self.inner.options.clock.advance(seconds);
        self.inner.change(|_, now| now)
    }

    /// Orders an accident.
    pub fn fail(&self, fault: Fault) {
        self.inner.note(|shared| shared.faults.add(fault));
    }

    /// Cancels the accidents that are still to come.
    pub fn clear_faults(&self) {
        self.inner.note(|shared| shared.faults.clear());
    }

    /// The accidents that are still to come.
    pub fn faults(&self) -> Vec<Fault> {
        self.inner.note(|shared| shared.faults.left().to_vec())
    }

    /// Takes every address off the whitelist (61004), or puts them back.
    pub fn refuse_address(&self, refused: bool) {
        self.inner.change(|world, _| world.refuse_address = refused);
    }

    /// Chooses what becomes of tokens that are replaced from now on.
    pub fn token_behaviour(&self, behaviour: TokenBehaviour) {
        self.inner.change(|world, _| world.token_behaviour = behaviour);
    }

    /// Sets where a component's pushes go.
    pub fn set_addresses(&self, addresses: Addresses) -> Result<(), VerbError> {
        set_addresses(&self.inner, addresses)
    }

    /// Adds a component, or replaces the settings of one.
    pub fn set_component(&self, settings: ComponentOptions) -> Result<(), VerbError> {
        set_component(&self.inner, settings)
    }

    /// Adds a mini program, or replaces what its console says about it.
    pub fn set_merchant(&self, account: MerchantOptions) -> Result<(), VerbError> {
        set_merchant(&self.inner, account)
    }

    /// Changes what a mini program's console says about it.
    pub fn edit_merchant(
        &self,
        appid: &str,
        edit: impl FnOnce(&mut MerchantOptions),
    ) -> Result<(), VerbError> {
        self.inner.change_merchant(appid, |merchant, _| edit(&mut merchant.account))
    }

    /// A developer of the first component uploads code; the draft's id.
    pub fn add_draft(&self, code: DraftOptions) -> Result<i64, VerbError> {
        add_draft(&self.inner, None, code)
    }

    /// The same for a component.
    pub fn add_draft_to(&self, component: &str, code: DraftOptions) -> Result<i64, VerbError> {
        add_draft(&self.inner, Some(component), code)
    }

    /// Sets the state of a mini program's ICP filing: 6 filed, 1024 not filed, …
    pub fn set_icp(&self, appid: &str, status: i64) -> Result<(), VerbError> {
        self.edit_merchant(appid, |account| account.icp_status = status)
    }

    /// Decides whether a WeChat user can be found by his id (everybody can, at first).
    pub fn set_searchable(&self, wechat_id: &str, searchable: bool) {
        set_searchable(&self.inner, wechat_id, searchable);
    }

    /// Decides what WeChat finds out about a host (at first: that all is well).
    pub fn set_host(&self, host: Host) {
        set_host(&self.inner, host);
    }
}

pub(super) fn state(inner: &Inner) -> Value {
    inner.note(|shared| serde_json::to_value(&shared.world).unwrap_or_default())
}

pub(super) fn set_addresses(inner: &Inner, addresses: Addresses) -> Result<(), VerbError> {
    inner.change(|world, _| {
        let appid = component(world, addresses.component.as_deref())?;
        let settings = &mut world.component(&appid).settings;
        settings.event_url = addresses.event_url.or(settings.event_url.take());
        settings.message_url = addresses.message_url.or(settings.message_url.take());
        settings.authorization_host =
            addresses.authorization_host.or(settings.authorization_host.take());
        Ok(())
    })
}

pub(super) fn set_component(inner: &Inner, settings: ComponentOptions) -> Result<(), VerbError> {
    if settings.appid.is_empty() || CallbackKey::parse(&settings.encoding_aes_key).is_none() {
        return Err(VerbError::new("a component needs an appid and a valid encoding_aes_key"));
    }
    inner.change(|world, _| {
        let known = world.components.entry(settings.appid.clone());
        known
            .and_modify(|component| component.settings = settings.clone())
            .or_insert_with(|| Component::new(settings));
    });
    Ok(())
}

pub(super) fn set_merchant(inner: &Inner, account: MerchantOptions) -> Result<(), VerbError> {
    if account.appid.is_empty() || account.user_name.is_empty() {
        return Err(VerbError::new("a mini program needs an appid and a user_name"));
    }
    inner.change(|world, _| {
        let known = world.merchants.entry(account.appid.clone());
        known
            .and_modify(|merchant| merchant.account = account.clone())
            .or_insert_with(|| Merchant::new(account));
    });
    Ok(())
}

pub(super) fn add_draft(
    inner: &Inner,
    appid: Option<&str>,
    code: DraftOptions,
) -> Result<i64, VerbError> {
    inner.change(|world, now| {
        let appid = component(world, appid)?;
        let id = world.number();
        let drafts = &mut world.component(&appid).drafts;
        // The latest upload of a development mini program is the only one that counts.
        drafts.retain(|draft| draft.code.source_miniprogram_appid != code.source_miniprogram_appid);
        drafts.push(Draft { id, created: now, code });
        Ok(id)
    })
}

pub(super) fn set_searchable(inner: &Inner, wechat_id: &str, searchable: bool) {
    inner.change(|world, _| match searchable {
        true => world.unsearchable_users.remove(wechat_id),
        false => world.unsearchable_users.insert(wechat_id.to_owned()),
    });
}

pub(super) fn set_host(inner: &Inner, host: Host) {
    inner.change(|world, _| {
        let Host { host, licensed, serves_confirm_file } = host;
        match licensed {
            true => world.hosts_without_licence.remove(&host),
            false => world.hosts_without_licence.insert(host.clone()),
        };
        match serves_confirm_file {
            true => world.hosts_without_confirm_file.remove(&host),
            false => world.hosts_without_confirm_file.insert(host),
        };
    });
}

fn yes() -> bool {
    true
}
