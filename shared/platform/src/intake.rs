//! What is done with a genuine push: a ticket is kept by one write and is done; everything else is
//! kept in the inbox, and `events` is told. `callback` answers `success` when this has succeeded.

use serde_json::json;
use wechat::{AppId, message::Summary};

use crate::{
    event::kind,
    inbox::{Inbox, Push, Route, Stored},
    outbox::Outbox,
    storage::StorageError,
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
    pub outbox: Outbox,
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
    /// Keeps the plain text of a push that was verified. Safe to repeat.
    pub async fn take(
        &self,
        component: &AppId,
        route: &Route,
        message: &str,
        summary: &Summary,
    ) -> Result<Taken, StorageError> {
        if let (Route::Events, Some(ticket)) = (route, &summary.ticket) {
            use secrecy::ExposeSecret;
            let kept =
                self.tickets.keep(component, ticket.expose_secret(), summary.create_time).await?;
            return Ok(Taken::Ticket(kept));
        }
        let push = Push {
            component,
            route,
            name: summary.name(),
            is_user_message: summary.is_user_message(),
            create_time: summary.create_time,
            message,
        };
        let key = match self.inbox.store(&push).await? {
            Stored::New(key) | Stored::Unfinished(key) => key,
            Stored::Finished => return Ok(Taken::Finished),
        };
        self.announce(component, &key).await;
        Ok(Taken::ToDo(key))
    }

    /// Tells `events` that there is something to do. If the bus does not take it, the item stays
    /// due in the inbox, and the sweeper tells it later.
    pub async fn announce(&self, component: &AppId, key: &str) {
        let event =
            self.outbox.event(kind::INBOX_RECEIVED, component, None, 0, json!({ "inbox": key }));
        if let Err(error) = self.outbox.bus.publish(&[event]).await {
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

/// The component in an inbox key.
fn component_of(key: &str) -> Option<AppId> {
    key.split('#').nth(1)?.parse().ok()
}
