//! What a push says that means nothing to this software: an operator may be able to read it.

use serde_json::{Map, Value};
use wechat::{
    AppId,
    message::{
        AccountContent, AccountEvent, Info, concerns_a_user, parse_account, parse_authorization,
    },
};

use super::{Inbox, Route, is_id, key_of};
use crate::storage::StorageError;

impl Inbox {
    /// The fields of an event whose name this software does not know, with what may be a secret left
    /// out. None where there is no such event, where its meaning is known and stands in a record, where
    /// it is a user's message or concerns one, and where it cannot be read.
    pub async fn unknown_content(
        &self,
        component: &AppId,
        id: &str,
    ) -> Result<Option<Map<String, Value>>, StorageError> {
        if !is_id(id) {
            return Ok(None);
        }
        let Some(item) = self.read(&key_of(component, id)).await? else { return Ok(None) };
        let Ok(text) = item.text() else { return Ok(None) };
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
        Ok(unknown.map(|(_, fields)| fields.without_secrets()))
    }
}
