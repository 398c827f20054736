//! The way of an official account's administrator to a mini program: our link, WeChat's page on
//! which they agree, and the way back with a ticket.
//!
//! The link carries a *state*, as an authorization's does: signed, so that nobody can make one up;
//! bound to one component; and good for one ticket. The same ticket again is a page that is reloaded.

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;
use wechat::AppId;

use super::{
    Registration, RegistrationError, RegistrationKind, RegistrationWish, Registrations, order,
};
use crate::{
    authorization::{State, StateError},
    call::CallError,
    configuration::Addresses,
    fault::Faults,
    storage::{Outcome, text},
    tokens::Subject,
};

const PURPOSE: &str = "official-account-state";
/// As long as WeChat's own links are good.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A link to be given to the administrator of an official account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// A page of ours, which leads to WeChat's.
    pub link: Url,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// What the administrator of an official account is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// The official account.
    pub account: AppId,
    /// Its verification is to be taken over for the mini program.
    pub copy_verification: bool,
    /// The id of the operator's key.
    by: String,
    /// The registration that came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registration: Option<String>,
}

/// Somebody came back who cannot be given a mini program.
#[derive(Debug, thiserror::Error)]
pub enum AgreeError {
    /// The way back is not one of ours, or not any more.
    #[error(transparent)]
    State(#[from] StateError),
    /// It was not registered.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
}

#[derive(Serialize, Deserialize)]
struct Item {
    pk: String,
    sk: String,
    #[serde(flatten)]
    offered: Offered,
    /// In seconds.
    expires_at: i64,
}

impl Registrations {
    /// A link for the administrator of the official account `account`, which has to have authorized
    /// this platform; `by` is the id of the operator's key.
    pub async fn offer(
        &self,
        addresses: &Addresses,
        component: &AppId,
        account: &str,
        copy_verification: bool,
        by: &str,
    ) -> Result<Offer, RegistrationError> {
        let mut faults = Faults::new();
        order::account(account, "appid", &mut faults);
        let account: AppId = match account.parse() {
            Ok(account) if faults.is_empty() => account,
            _ => return Err(faults.into()),
        };
        let token = self.caller.tokens.access_token(&Subject::merchant(component, &account)).await;
        token.map_err(CallError::from)?;
        let known = self.grants.mini_programs.find(component, &account).await?;
        faults.unless(
            !known.is_some_and(|known| known.profile.is_mini_program),
            "/appid",
            "这是小程序；请填写公众号的 appid，由它的管理员快速注册小程序",
            "this is a mini program: name the official account whose administrator registers one",
        );
        faults.or(())?;
        let now = self.clock.now();
        let state = State { issued_at: now.as_second(), nonce: self.random.bytes() };
        let item = Item {
            pk: state.key(component),
            sk: "state".to_owned(),
            offered: Offered { account, copy_verification, by: by.to_owned(), registration: None },
            expires_at: (now + LIFE).as_second(),
        };
        if let Outcome::Refused(_) = self.table.create(self.table.item(&item)?).await? {
            return Err(self.table.error("offer a registration", "a nonce came twice").into());
        }
        let state = state.sign(&self.secrets.sealing().derive(PURPOSE), component);
        let link = page(addresses, component, "register", &state);
        Ok(Offer { link, expires_at: now + LIFE })
    }

    /// What a link offers, if it is good.
    pub async fn offered(&self, component: &AppId, state: &str) -> Result<Offered, StateError> {
        let state = self.verify(component, state)?;
        let item: Option<Item> = self.table.read(&state.key(component), "state").await?;
        item.map(|item| item.offered).ok_or(StateError::Expired)
    }

    /// The administrator has agreed on WeChat's page, which sent `ticket` back: the mini program is
    /// registered. Again with the same ticket it answers what became of it.
    pub async fn agreed(
        &self,
        component: &AppId,
        state: &str,
        ticket: SecretString,
    ) -> Result<Registration, AgreeError> {
        let state = self.verify(component, state)?;
        let key = state.key(component);
        let digest = Sha256::digest(ticket.expose_secret().as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let update = self
            .table
            .update(&key, "state")
            .update_expression("SET ticket = :ticket")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(ticket) OR ticket = :ticket)",
            )
            .expression_attribute_values(":ticket", text(digest));
        match self.table.apply(update).await.map_err(StateError::from)? {
            Outcome::Written(_) => {}
            Outcome::Refused(Some(_)) => return Err(StateError::Used.into()),
            Outcome::Refused(None) => return Err(StateError::Expired.into()),
        }
        let item: Option<Item> = self.table.read(&key, "state").await.map_err(StateError::from)?;
        let offered = item.ok_or(StateError::Expired)?.offered;
        if let Some(id) = &offered.registration {
            return Ok(self.find(component, id).await?);
        }
        let wish = RegistrationWish {
            appid: Some(offered.account.to_string()),
            ticket: Some(ticket),
            ..RegistrationWish::default()
        };
        let kind = RegistrationKind::OfficialAccount;
        // Whoever made the link is not there to be told that WeChat refuses.
        let begun = match self.begin_for(component, kind, wish, &offered.by, false).await {
            // The page was opened twice at once, or is tried again.
            Err(RegistrationError::Taken(id)) => self.find(component, &id).await?,
            begun => begun?,
        };
        let update = self
            .table
            .update(&key, "state")
            .update_expression("SET registration = :registration")
            .expression_attribute_values(":registration", text(&begun.id));
        self.table.apply(update).await.map_err(StateError::from)?;
        Ok(begun)
    }

    fn verify(&self, component: &AppId, state: &str) -> Result<State, StateError> {
        let keys = self.secrets.sealing().derive_all(PURPOSE);
        let state = State::verify(keys.iter().map(|key| &**key), component, state)
            .ok_or(StateError::Forged)?;
        match state.is_good(self.clock.now(), LIFE) {
            true => Ok(state),
            false => Err(StateError::Expired),
        }
    }
}

impl Offered {
    /// WeChat's page on which the administrator agrees. Its link has to stand on a page of the
    /// registered domain, and so does the way back.
    pub fn page(&self, addresses: &Addresses, component: &AppId, state: &str) -> Url {
        let mut url = addresses.mp.clone();
        url.set_path("/cgi-bin/fastregisterauth");
        url.query_pairs_mut()
            .append_pair("appid", self.account.as_str())
            .append_pair("component_appid", component.as_str())
            .append_pair("copy_wx_verify", if self.copy_verification { "1" } else { "0" })
            .append_pair("redirect_uri", page(addresses, component, "registered", state).as_str());
        url
    }
}

/// A page of ours, with the state in its query.
fn page(addresses: &Addresses, component: &AppId, name: &str, state: &str) -> Url {
    let mut url = addresses.public.clone();
    url.set_path(&format!("/authorize/{component}/{name}"));
    url.query_pairs_mut().append_pair("state", state);
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Variables;

    #[test]
    fn wechats_page_is_addressed_as_it_documents_it() {
        let variables = Variables::from_pairs([("PUBLIC_URL", "https://fleet.example.com")]);
        let addresses = Addresses::from_variables(&variables).unwrap();
        let component: AppId = "wx0000000000000001".parse().unwrap();
        let offered = Offered {
            account: "wx00000000000000aa".parse().unwrap(),
            copy_verification: true,
            by: "admin".to_owned(),
            registration: None,
        };
        assert_eq!(
            offered.page(&addresses, &component, "st-ate_1").as_str(),
            "https://mp.weixin.qq.com/cgi-bin/fastregisterauth?appid=wx00000000000000aa\
             &component_appid=wx0000000000000001&copy_wx_verify=1\
             &redirect_uri=https%3A%2F%2Ffleet.example.com%2Fauthorize%2Fwx0000000000000001\
             %2Fregistered%3Fstate%3Dst-ate_1"
        );
    }
}
