//! The verify ticket: without it a component has no tokens. One conditional write keeps it: the
//! newer `CreateTime` wins, and what was there becomes `previous` in the same update.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use wechat::AppId;

use crate::{
    clock::Clock,
    random::Random,
    sealed::{Kind, Owner, Sealed, UnsealError},
    secrets::Secrets,
    storage::{Outcome, StorageError, Table, number, text},
    text::Text,
};

/// WeChat accepts a ticket for this long.
pub const LIFE: SignedDuration = SignedDuration::from_hours(12);

/// WeChat pushes a ticket every ten minutes: one that is older is late.
const LATE: SignedDuration = SignedDuration::from_mins(30);
/// Half of a ticket's life: it is more than a hiccup.
const VERY_LATE: SignedDuration = SignedDuration::from_hours(6);

/// `component_verify_ticket`, as a kind of sealed value.
#[derive(Debug)]
pub struct VerifyTicket;

impl Kind for VerifyTicket {
    const NAME: &'static str = "component_verify_ticket";
}

/// Tickets of every component. Cheap to clone.
#[derive(Clone)]
pub struct Tickets {
    /// The table `inbox`.
    pub table: Table,
    /// Where the sealing keys are.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Nonces.
    pub random: Arc<dyn Random>,
}

/// The newest ticket of a component.
#[derive(Debug)]
pub struct Ticket {
    /// The ticket.
    pub secret: SecretString,
    /// When WeChat made it.
    pub created: Timestamp,
    /// The one before, in case the newest is refused.
    pub previous: Option<SecretString>,
}

/// What became of a ticket that was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is the newest now.
    Newest,
    /// It is a repetition, or a newer one was there: nothing to keep.
    Superseded,
}

/// Whether tickets keep coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// They do; the newest was made then.
    Steady(Timestamp),
    /// The newest is older than thirty minutes.
    Late(Timestamp),
    /// The newest is older than six hours, half of its life.
    VeryLate(Timestamp),
    /// None was ever pushed.
    Never,
    /// The newest does not open: the sealing key was changed.
    Sealed,
}

/// Why there is no ticket.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What is stored does not open.
    #[error("ticket of {0}: {1}")]
    Unseal(AppId, UnsealError),
    /// None was ever pushed.
    #[error("WeChat has not pushed a ticket to {0} yet")]
    Never(AppId),
}

#[derive(Deserialize)]
struct Stored {
    ticket: Sealed<VerifyTicket>,
    create_time: i64,
    previous: Option<Sealed<VerifyTicket>>,
}

impl Tickets {
    /// Keeps a ticket that WeChat made at `create_time` (seconds), if it is newer. Safe to repeat.
    pub async fn keep(
        &self,
        component: &AppId,
        ticket: &str,
        create_time: i64,
    ) -> Result<Kept, StorageError> {
        let owner = Owner::component(component);
        let sealed: Sealed<VerifyTicket> =
            Sealed::seal(&self.secrets.sealing(), self.random.as_ref(), &owner, ticket);
        let sealed = serde_dynamo::to_attribute_value(&sealed)
            .map_err(|error| self.table.error("seal a ticket", error.to_string()))?;
        let update = self
            .table
            .update(&key(component), "ticket")
            .update_expression(
                "SET previous = if_not_exists(ticket, :ticket), ticket = :ticket, \
                 create_time = :create_time, received_at = :now, component = :component",
            )
            .condition_expression("attribute_not_exists(pk) OR create_time < :create_time")
            .expression_attribute_values(":ticket", sealed)
            .expression_attribute_values(":create_time", number(create_time))
            .expression_attribute_values(":now", number(self.clock.now().as_second()))
            .expression_attribute_values(":component", text(component.as_str()));
        Ok(match self.table.apply(update).await? {
            Outcome::Written(_) => Kept::Newest,
            Outcome::Refused(_) => Kept::Superseded,
        })
    }

    /// Whether tickets keep coming.
    pub async fn supply(&self, component: &AppId) -> Result<Supply, StorageError> {
        let made = match self.newest(component).await {
            Ok(ticket) => ticket.created,
            Err(TicketError::Storage(error)) => return Err(error),
            Err(TicketError::Never(_)) => return Ok(Supply::Never),
            Err(TicketError::Unseal(..)) => return Ok(Supply::Sealed),
        };
        Ok(match self.clock.now().duration_since(made) {
            age if age > VERY_LATE => Supply::VeryLate(made),
            age if age > LATE => Supply::Late(made),
            _ => Supply::Steady(made),
        })
    }

    /// The newest ticket.
    pub async fn newest(&self, component: &AppId) -> Result<Ticket, TicketError> {
        let stored: Option<Stored> = self.table.read(&key(component), "ticket").await?;
        let stored = stored.ok_or_else(|| TicketError::Never(component.clone()))?;
        let owner = Owner::component(component);
        let keys = self.secrets.sealing();
        let open = |sealed: &Sealed<VerifyTicket>| {
            sealed
                .open(&keys, &owner)
                .map_err(|error| TicketError::Unseal(component.clone(), error))
        };
        let previous = stored.previous.filter(|previous| *previous != stored.ticket);
        Ok(Ticket {
            secret: open(&stored.ticket)?,
            created: Timestamp::from_second(stored.create_time).unwrap_or(Timestamp::UNIX_EPOCH),
            // One that was sealed under a key that is forgotten by now is no loss.
            previous: previous.as_ref().and_then(|previous| open(previous).ok()),
        })
    }
}

impl Supply {
    /// How it stands.
    pub fn words(self, now: Timestamp) -> Text {
        match self {
            Supply::Steady(made) => {
                let minutes = now.duration_since(made).as_mins();
                Text::new(
                    format!("最近一次推送在 {minutes} 分钟前"),
                    format!("the newest is {minutes} minutes old"),
                )
            }
            Supply::Late(made) | Supply::VeryLate(made) => {
                let minutes = now.duration_since(made).as_mins();
                Text::new(
                    format!("verify ticket 已有 {minutes} 分钟没有更新（有效期 12 小时）"),
                    format!("the verify ticket is {minutes} minutes old, and is good for 12 hours"),
                )
            }
            Supply::Never => Text::fixed(
                "微信还没有推送过 verify ticket",
                "WeChat has not pushed a verify ticket yet",
            ),
            Supply::Sealed => Text::fixed(
                "已保存的密文无法解开：加密密钥被更换",
                "what is stored does not open: the sealing key was changed",
            ),
        }
    }

    /// What to do about it, unless it is as it should be.
    pub fn what_to_do(self) -> Option<Text> {
        match self {
            Supply::Steady(_) => None,
            Supply::Late(_) | Supply::VeryLate(_) | Supply::Never => Some(Text::fixed(
                "微信每十分钟推送一次，系统也已主动请求。请确认开放平台上的授权事件接收 URL、Token 和 \
                 EncodingAESKey 与本系统一致",
                "WeChat pushes one every ten minutes, and was asked for one. See that the events \
                 address, Token and EncodingAESKey at WeChat's open platform are those of this \
                 system",
            )),
            Supply::Sealed => Some(Text::fixed(
                "请把原来的密钥放回平台密钥的 previous_sealing_keys",
                "put the former key back into the platform secret, under previous_sealing_keys",
            )),
        }
    }
}

fn key(component: &AppId) -> String {
    format!("ticket#{component}")
}
