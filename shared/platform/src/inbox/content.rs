//! What a push says that means nothing to this software: an operator may be able to read it.

use serde_json::{Map, Value};
use wechat::{
    AppId,
    message::{
        AccountContent, AccountEvent, Info, concerns_a_user, parse_account, parse_authorization,
    },
};

use super::{Entry, Inbox, Listed, Received, Route, is_id, key_of, list::SORT};
use crate::storage::StorageError;

/// A push as an operator sees it.
#[derive(Debug)]
pub struct Shown {
    /// The push, without what it says.
    pub event: Listed,
    /// The fields of an event whose name this software does not know, with what may be a secret left
    /// out. None where its meaning is known and stands in a record, where it is a user's message or
    /// concerns one, and where it cannot be read.
    pub content: Option<Map<String, Value>>,
}

impl Inbox {
    /// One push; none where there is no such one.
    pub async fn show(&self, component: &AppId, id: &str) -> Result<Option<Shown>, StorageError> {
        if !is_id(id) {
            return Ok(None);
        }
        let entry: Option<Entry> = self.table.read(&key_of(component, id), SORT).await?;
        Ok(entry.map(|entry| {
            let event = Listed::from(&entry);
            Shown { event, content: unknown_content(&self.opened(entry)) }
        }))
    }
}

fn unknown_content(item: &Received) -> Option<Map<String, Value>> {
    let text = item.text().ok()?;
    let unknown = match item.route {
        Route::Events => match parse_authorization(text.as_bytes()).map(|event| event.info) {
            Ok(Info::Unknown { name, fields }) => Some((name, fields)),
            _ => None,
        },
        Route::Messages(_) => match parse_account(text.as_bytes()).map(|told| told.content) {
            Ok(AccountContent::Event(AccountEvent::Unknown { name, fields })) => {
                Some((name, fields))
            }
            _ => None,
        },
    };
    let unknown = unknown.filter(|(name, _)| !concerns_a_user(name));
    unknown.map(|(_, fields)| fields.without_secrets())
}
