//! What is done with a genuine push: a ticket is kept by one write and is done; everything else is
//! kept in the inbox, and `events` is told. `callback` answers `success` when this has succeeded.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::json;
use wechat::{AppId, message::Summary};

use crate::{
    bus::Bus,
    clock::Clock,
    event::{Event, kind},
    inbox::{Inbox, Push, Route, Stored},
    random::Random,
    secrets::Secrets,
    storage::{StorageError, Table},
    ticket::{Kept, Tickets},
};

/// Takes pushes in. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    /// Where tickets go.
    pub tickets: Tickets,
    /// Where everything else goes.
    pub inbox: Inbox,
    /// How `events` is told.
    pub bus: Bus,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// A ticket.
    Ticket(Kept),
    /// Kept in the inbox under this key, now or before, and to be worked off.
    ToDo(String),
    /// All that follows from it was done before.
    Finished,
}

impl Intake {
    /// Wires it: everything goes to the table `inbox`.
    pub fn new(
        table: Table,
        bus: Bus,
        secrets: Secrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let tickets = Tickets {
            table: table.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        Intake { tickets, inbox: Inbox { table, secrets, clock, random }, bus }
    }

    /// Keeps the plain text of a push that was verified. Safe to repeat. What is [`Taken::ToDo`]
    /// is then to be [announced](Intake::announce).
    pub async fn keep(
        &self,
        component: &AppId,
        route: &Route,
        message: &str,
        summary: &Summary<'_>,
    ) -> Result<Taken, StorageError> {
        // A ticket without a time cannot be told from an older one: it counts as the oldest.
        let create_time = summary.create_time.unwrap_or(0);
        if let (Route::Events, Some(ticket)) = (route, &summary.ticket) {
            let ticket = ticket.expose_secret();
            let kept = self.tickets.keep(component, ticket, create_time).await?;
            return Ok(Taken::Ticket(kept));
        }
        let push = Push {
            component,
            route,
            name: name_of(summary),
            is_user_message: summary.msg_type.as_deref().is_some_and(|kind| kind != "event"),
            create_time,
            message,
        };
        Ok(match self.inbox.store(&push).await? {
            Stored::New(key) | Stored::Unfinished(key) => Taken::ToDo(key),
            Stored::Finished => Taken::Finished,
        })
    }

    /// Tells `events` that there is something to do. If the bus does not take it, the item stays
    /// due in the inbox, and the sweeper tells it later.
    pub async fn announce(&self, component: &AppId, key: &str) {
        let (clock, random) = (self.inbox.clock.as_ref(), self.inbox.random.as_ref());
        let details = json!({ "inbox": key });
        let event = Event::new(clock, random, kind::INBOX_RECEIVED, component, None, 0, details);
        if let Err(error) = self.bus.publish(&[event]).await {
            tracing::warn!(%error, inbox = key, "push is kept but not announced yet");
        }
    }

    /// Announces again what should have been finished by now; answers how many.
    pub async fn sweep(&self, limit: i32) -> Result<usize, StorageError> {
        let overdue = self.inbox.overdue(limit).await?;
        for key in &overdue {
            if let Some(component) = component_of(key) {
                self.announce(&component, key).await;
            }
            self.inbox.postpone(key).await?;
        }
        Ok(overdue.len())
    }
}

/// What people call a message: its `InfoType`, its `Event` or its `MsgType`.
pub fn name_of<'a>(summary: &'a Summary<'_>) -> &'a str {
    let names = [&summary.info_type, &summary.event, &summary.msg_type];
    names.into_iter().flatten().next().map_or("unnamed", AsRef::as_ref)
}

/// The component in an inbox key.
fn component_of(key: &str) -> Option<AppId> {
    key.split('#').nth(1)?.parse().ok()
}
