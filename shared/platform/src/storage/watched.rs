//! Writes that somebody watches: each item is read before and after. Where nobody does, nothing is read.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::{Map, Value};

use super::{Item, Table};
use crate::witness;

/// Items as they were before a write.
pub(super) struct Watched(Vec<(String, String, Option<Value>)>);

impl Table {
    /// What is at the keys of items that are about to be written, as far as anybody wants to know. What
    /// cannot be read is passed over: no write fails for it.
    pub(super) async fn watched<'a>(
        &self,
        keys: impl IntoIterator<Item = Option<&'a Item>>,
    ) -> Watched {
        let part = |item: &Item, name| item.get(name).and_then(|it| it.as_s().ok()).cloned();
        let key = |item: Option<&Item>| Some((part(item?, "pk")?, part(item?, "sk")?));
        let keys = keys.into_iter().filter_map(key).filter(|(pk, _)| witness::wants(pk)).collect();
        match self.as_they_are(keys).await {
            Some(items) => Watched(items),
            None => Watched(Vec::new()),
        }
    }

    /// Tells what became of them.
    pub(super) async fn tell(&self, Watched(before): Watched) {
        let keys = before.iter().map(|(pk, sk, _)| (pk.clone(), sk.clone())).collect();
        let Some(after) = self.as_they_are(keys).await else { return };
        for ((pk, sk, before), (_, _, after)) in before.into_iter().zip(after) {
            witness::report(format!("{pk}/{sk}"), before.as_ref(), after.as_ref());
        }
    }

    async fn as_they_are(
        &self,
        keys: Vec<(String, String)>,
    ) -> Option<Vec<(String, String, Option<Value>)>> {
        if keys.is_empty() {
            return None;
        }
        let read = self.read_each::<Map<String, Value>>(keys.clone()).await;
        let mut items =
            read.inspect_err(|error| tracing::warn!(%error, "what is changed is not seen")).ok()?;
        let mut at = |pk: &str, sk: &str| {
            let is = |item: &Map<String, Value>| {
                item.get("pk").is_some_and(|it| it == pk)
                    && item.get("sk").is_some_and(|it| it == sk)
            };
            let place = items.iter().position(is)?;
            Some(Value::Object(items.swap_remove(place)))
        };
        Some(
            keys.into_iter()
                .map(|(pk, sk)| (at(&pk, &sk), pk, sk))
                .map(|(it, pk, sk)| (pk, sk, it))
                .collect(),
        )
    }
}

/// The key of the item that one write of a transaction is about, or the whole item; none of a mere
/// check.
pub(super) fn key(write: &TransactWriteItem) -> Option<&Item> {
    let put = write.put.as_ref().map(|put| &put.item);
    let update = write.update.as_ref().map(|update| &update.key);
    let delete = write.delete.as_ref().map(|delete| &delete.key);
    put.or(update).or(delete)
}
