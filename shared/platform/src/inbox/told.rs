//! A push as others are told of it: by name, never by what it says.

use serde_json::{Map, json};
use ulid::Ulid;
use wechat::AppId;

use super::Received;
use crate::{
    actor::Actor,
    event::{Event, kind},
};

impl Received {
    /// The push's id, as operators see it: 64 hexadecimal digits.
    pub fn id(&self) -> &str {
        self.key.rsplit('#').next().unwrap_or_default()
    }

    /// The event that WeChat pushed something from which nothing follows here, about a mini program
    /// or, with `about_a_user`, about one of its users. However often the push is worked off, it is
    /// the same event.
    pub fn forwarded(&self, appid: Option<&AppId>, about_a_user: bool) -> Event {
        let milliseconds = u64::try_from(self.received_at.as_millisecond()).unwrap_or(0);
        // The first eighty bits of the digest stand where random ones would.
        let digits = self.id().get(..20).unwrap_or_default();
        let digest = u128::from_str_radix(digits, 16).unwrap_or_default();
        let kind = if about_a_user { kind::WECHAT_USER_EVENT } else { kind::WECHAT_EVENT };
        let details = [("name", json!(self.name)), ("inbox", json!(self.id()))];
        Event {
            id: Ulid::from_parts(milliseconds, digest).to_string(),
            kind: kind.to_owned(),
            component: self.component.clone(),
            appid: appid.cloned(),
            version: 0,
            at: self.received_at,
            by: Actor::WeChat,
            details: Map::from_iter(details.map(|(name, value)| (name.to_owned(), value))),
        }
    }
}
