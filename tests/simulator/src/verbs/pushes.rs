//! Tickets, and any other message, genuine or not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{VerbError, component, known};
use crate::{
    Simulator,
    push::{Delivery, Tweaks, compose, xml},
    server::Inner,
};

/// A ticket that was pushed.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PushedTicket {
    /// The ticket.
    pub ticket: String,
    /// What came of the push.
    pub delivery: Delivery,
}

/// A message to push. The default is a genuine one to the first component's event URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Push {
    /// The component; the first if none is named.
    pub component: Option<String>,
    /// Which of its URLs.
    pub to: Target,
    /// What it says.
    pub message: Message,
    /// `CreateTime` of a message made of fields; now if none is given.
    pub create_time: Option<i64>,
    /// How often it is sent, once if 0. Repetitions are the same bytes, unless [`Push::afresh`].
    pub times: u32,
    /// Encrypt each repetition anew.
    pub afresh: bool,
    /// Its signature.
    pub signing: Signing,
    /// Which key it is encrypted with.
    pub key: Key,
    /// The id at the end of the plaintext, if not the component's appid.
    pub id: Option<String>,
    /// The `timestamp` it is signed with, if not now.
    pub timestamp: Option<i64>,
    /// The whole body, if not WeChat's; `{encrypt}` in it stands for the ciphertext.
    pub envelope: Option<String>,
}

/// Where a message goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The authorization-event URL.
    #[default]
    Events,
    /// The message-and-event URL of a mini program.
    Messages {
        /// Its appid.
        appid: String,
    },
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// The plaintext as it is.
    Xml(String),
    /// Elements of an XML document. What every message has is added: `AppId`, or `ToUserName`,
    /// `FromUserName` and `MsgType`; and `CreateTime`.
    Fields(BTreeMap<String, String>),
}

impl Default for Message {
    fn default() -> Self {
        Message::Fields(BTreeMap::new())
    }
}

impl Message {
    /// Elements by name.
    pub fn fields<const N: usize>(fields: [(&str, &str); N]) -> Self {
        Message::Fields(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }
}

/// How a push is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signing {
    /// `signature` and `msg_signature`, as WeChat does.
    #[default]
    Right,
    /// A `msg_signature` made with another token.
    Wrong,
    /// No `msg_signature`; `signature`, which does not cover the body, is right.
    Absent,
}

/// Which key a push is encrypted with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// The component's.
    #[default]
    Current,
    /// The one before it.
    Previous,
    /// One that nobody knows.
    Foreign,
}

impl Simulator {
    /// Issues a ticket to the first component and pushes it.
    pub async fn push_ticket(&self) -> Result<PushedTicket, VerbError> {
        self.push_ticket_to(None).await
    }

    /// Issues a ticket to a component, or to the first, and pushes it.
    pub async fn push_ticket_to(&self, component: Option<&str>) -> Result<PushedTicket, VerbError> {
        let appid = self.inner.change(|world, _| super::component(world, component))?;
        let (ticket, delivery) = self.inner.push_ticket(&appid).await?;
        Ok(PushedTicket { ticket, delivery })
    }

    /// Pushes any message; one delivery for each time.
    pub async fn push(&self, push: Push) -> Result<Vec<Delivery>, VerbError> {
        push_any(&self.inner, push).await
    }
}

pub(super) async fn push_any(inner: &Inner, push: Push) -> Result<Vec<Delivery>, VerbError> {
    let tweaks = Tweaks {
        signing: push.signing,
        key: push.key,
        id: push.id.clone(),
        timestamp: push.timestamp,
        envelope: push.envelope.clone(),
    };
    let compose_one = || {
        inner.change(|world, now| {
            let component = component(world, push.component.as_deref())?;
            if let Target::Messages { appid } = &push.to {
                known(world, appid)?;
            }
            let message = match &push.message {
                Message::Xml(text) => text.clone(),
                Message::Fields(fields) => {
                    let create_time = push.create_time.unwrap_or(now).to_string();
                    let mut common = match &push.to {
                        Target::Events => vec![("AppId", component.clone())],
                        Target::Messages { appid } => vec![
                            ("ToUserName", world.merchant(appid).account.user_name.clone()),
                            ("FromUserName", "od1P50M-fNQI5Gcq-trm4a7apsU8".to_owned()),
                            ("MsgType", "event".to_owned()),
                        ],
                    };
                    common.push(("CreateTime", create_time));
                    common.retain(|(name, _)| !fields.contains_key(*name));
                    let mut elements: Vec<(&str, &str)> =
                        common.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    elements.extend(fields.iter().map(|(name, value)| (&**name, &**value)));
                    xml(&elements)
                }
            };
            Ok::<_, VerbError>(compose(world, now, &component, &push.to, &message, &tweaks)?)
        })
    };
    let mut outgoing = compose_one()?;
    let mut deliveries = Vec::new();
    for time in 0..push.times.max(1) {
        if time > 0 && push.afresh {
            outgoing = compose_one()?;
        }
        deliveries.push(inner.deliver(outgoing.clone()).await);
    }
    Ok(deliveries)
}
