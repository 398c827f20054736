//! A table: its items in order, its indexes, and what it was a moment ago.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::{
    number::Number,
    refusal::Refusal,
    units,
    value::{self, Binary, Item, Value},
};

/// So long a table remembers what it was.
pub(crate) const REMEMBERED: SignedDuration = SignedDuration::from_secs(60);
/// The longest partition key and the longest sort key, in bytes.
const MAX_KEY: [usize; 2] = [2048, 1024];

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) schema: Schema,
    pub(crate) indexes: Vec<Index>,
    items: Collection,
    changes: VecDeque<Change>,
}

/// The attributes that are keys.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) partition: KeyAttribute,
    pub(crate) sort: KeyAttribute,
}

#[derive(Debug, Clone)]
pub(crate) struct KeyAttribute {
    pub(crate) name: String,
    /// `S`, `N` or `B`.
    pub(crate) kind: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) schema: Schema,
    keys_only: bool,
    entries: Collection,
}

/// A value of a key attribute, in the order of keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyPart {
    Text(String),
    Number(Number),
    Binary(Binary),
}

/// Partition key and sort key.
pub(crate) type Key = (KeyPart, KeyPart);

/// Where an item stands in its partition. In an index the sort key alone is not unique.
pub(crate) type Place = (KeyPart, Option<Key>);

pub(crate) type Partition = BTreeMap<Place, Arc<Stored>>;
type Collection = BTreeMap<KeyPart, Partition>;

#[derive(Debug, PartialEq)]
pub(crate) struct Stored {
    pub(crate) item: Item,
    pub(crate) size: usize,
}

#[derive(Debug, Clone)]
struct Change {
    at: Timestamp,
    key: Key,
    before: Option<Arc<Stored>>,
    after: Option<Arc<Stored>>,
}

impl Table {
    /// A table as a `CreateTable` request describes it.
    pub(crate) fn new(request: &Json) -> Result<Table, Refusal> {
        let mut table = Table {
            schema: Schema::new(request, &request["KeySchema"])?,
            indexes: Vec::new(),
            items: Collection::new(),
            changes: VecDeque::new(),
        };
        for index in request["GlobalSecondaryIndexes"].as_array().into_iter().flatten() {
            table.indexes.push(Index {
                name: index["IndexName"].as_str().unwrap_or_default().to_owned(),
                schema: Schema::new(request, &index["KeySchema"])?,
                keys_only: match index["Projection"]["ProjectionType"].as_str() {
                    Some("KEYS_ONLY") => true,
                    Some("ALL") => false,
                    other => {
                        return Err(Refusal::NotModelled(format!("a projection {other:?}")));
                    }
                },
                entries: Collection::new(),
            });
        }
        Ok(table)
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &Arc<Stored>> {
        self.items.values().flat_map(BTreeMap::values)
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Stored>> {
        self.items.get(&key.0)?.get(&(key.1.clone(), None))
    }

    /// The item as it was at a moment.
    pub(crate) fn get_at(&self, key: &Key, moment: Timestamp) -> Option<&Arc<Stored>> {
        let mut found = self.get(key);
        for change in self.since(moment).filter(|change| change.key == *key) {
            found = change.before.as_ref();
        }
        found
    }

    /// A partition of the table, or of an index, as it was at a moment; now if there is none.
    pub(crate) fn partition<'a>(
        &'a self,
        index: Option<&'a Index>,
        partition: &KeyPart,
        moment: Option<Timestamp>,
    ) -> Cow<'a, Partition> {
        static EMPTY: Partition = Partition::new();
        let (collection, schema) = match index {
            Some(index) => (&index.entries, &index.schema),
            None => (&self.items, &self.schema),
        };
        let mut found = Cow::Borrowed(collection.get(partition).unwrap_or(&EMPTY));
        let Some(moment) = moment else { return found };
        let place = |stored: &Stored, key: &Key| -> Option<Place> {
            let (of, sort) = schema.parts(&stored.item)?;
            (of == *partition).then(|| (sort, index.map(|_| key.clone())))
        };
        for change in self.since(moment) {
            let after = change.after.as_ref().and_then(|stored| place(stored, &change.key));
            let before = change.before.as_ref().and_then(|stored| place(stored, &change.key));
            if let Some(after) = after {
                found.to_mut().remove(&after);
            }
            if let (Some(place), Some(before)) = (before, &change.before) {
                found.to_mut().insert(place, before.clone());
            }
        }
        found
    }

    /// Changes after a moment, the newest first.
    fn since(&self, moment: Timestamp) -> impl Iterator<Item = &Change> {
        self.changes.iter().rev().take_while(move |change| change.at > moment)
    }

    /// Puts an item in the place of what was there, and answers the units that the indexes take.
    pub(crate) fn replace(&mut self, key: &Key, after: Option<Arc<Stored>>, now: Timestamp) -> f64 {
        let partition = self.items.entry(key.0.clone()).or_default();
        let place = (key.1.clone(), None);
        let before = match &after {
            Some(after) => partition.insert(place, after.clone()),
            None => partition.remove(&place),
        };
        if partition.is_empty() {
            self.items.remove(&key.0);
        }
        let schema = &self.schema;
        let units = self
            .indexes
            .iter_mut()
            .map(|index| index.replace(schema, key, before.as_ref(), after.as_ref()));
        let units = units.sum();
        while self.changes.front().is_some_and(|change| now.duration_since(change.at) > REMEMBERED)
        {
            self.changes.pop_front();
        }
        self.changes.push_back(Change { at: now, key: key.clone(), before, after });
        units
    }

    /// The keys of the items whose time to live, in Unix seconds, is over.
    pub(crate) fn expired(&self, attribute: &str, now: Timestamp) -> Vec<Key> {
        let now = Number::of(usize::try_from(now.as_second()).unwrap_or(0));
        let expired = self.items().filter(
            |stored| matches!(stored.item.get(attribute), Some(Value::Number(at)) if *at < now),
        );
        expired.filter_map(|stored| self.schema.parts(&stored.item)).collect()
    }

    /// The key of an item, or of a `Key` if it is `alone`.
    pub(crate) fn key(&self, item: &Item, alone: bool) -> Result<Key, Refusal> {
        if alone && item.len() != 2 {
            return Err(mismatch());
        }
        let part = |attribute: &KeyAttribute, max: usize| {
            let name = &attribute.name;
            let part = match item.get(name) {
                Some(value) if value.kind() == attribute.kind => KeyPart::of(value),
                _ if alone => return Err(mismatch()),
                None => {
                    return Err(Refusal::Invalid(format!(
                        "One or more parameter values were invalid: Missing the key {name} in \
                         the item"
                    )));
                }
                Some(value) => {
                    return Err(Refusal::Invalid(format!(
                        "One or more parameter values were invalid: Type mismatch for key {name} \
                         expected: {} actual: {}",
                        attribute.kind,
                        value.kind()
                    )));
                }
            };
            let part = part.ok_or_else(mismatch)?;
            if part.is_empty() {
                return Err(Refusal::Invalid(format!(
                    "One or more parameter values are not valid. The AttributeValue for a key \
                     attribute cannot contain an empty string value. Key: {name}"
                )));
            }
            if part.size() > max {
                return Err(Refusal::Invalid(format!(
                    "One or more parameter values were invalid: Size of key {name} has exceeded \
                     the maximum size limit of {max} bytes"
                )));
            }
            Ok(part)
        };
        let [partition, sort] = MAX_KEY;
        Ok((part(&self.schema.partition, partition)?, part(&self.schema.sort, sort)?))
    }

    /// Whether the attributes that are keys of indexes may be.
    pub(crate) fn check_index_keys(&self, item: &Item) -> Result<(), Refusal> {
        for index in &self.indexes {
            for (attribute, max) in
                [&index.schema.partition, &index.schema.sort].into_iter().zip(MAX_KEY)
            {
                let (name, Some(value)) = (&attribute.name, item.get(&attribute.name)) else {
                    continue;
                };
                if value.kind() != attribute.kind {
                    return Err(Refusal::Invalid(format!(
                        "One or more parameter values were invalid: Type mismatch for Index Key \
                         {name} Expected: {} Actual: {} IndexName: {}",
                        attribute.kind,
                        value.kind(),
                        index.name
                    )));
                }
                let part = KeyPart::of(value).ok_or_else(mismatch)?;
                if part.is_empty() {
                    return Err(Refusal::Invalid(format!(
                        "One or more parameter values are not valid. A value specified for a \
                         secondary index key is not supported. The AttributeValue for a key \
                         attribute cannot contain an empty string value. IndexName: {}, \
                         IndexKey: {name}",
                        index.name
                    )));
                }
                if part.size() > max {
                    return Err(Refusal::Invalid(format!(
                        "One or more parameter values were invalid: Size of index key {name} has \
                         exceeded the maximum size limit of {max} bytes"
                    )));
                }
            }
        }
        Ok(())
    }
}

fn mismatch() -> Refusal {
    Refusal::invalid("The provided key element does not match the schema")
}

impl Schema {
    fn new(request: &Json, keys: &Json) -> Result<Schema, Refusal> {
        let attribute = |place: usize, role: &str| {
            let key = &keys[place];
            let name = key["AttributeName"].as_str().filter(|_| key["KeyType"] == role);
            let name = name.ok_or_else(|| {
                Refusal::NotModelled(format!("keys other than a HASH and a RANGE key: {keys}"))
            })?;
            let mut definitions = request["AttributeDefinitions"].as_array().into_iter().flatten();
            let definition = definitions.find(|definition| definition["AttributeName"] == name);
            let kind = definition.and_then(|definition| definition["AttributeType"].as_str());
            let kind = kind.ok_or_else(|| Refusal::Invalid(format!("{name} is not defined")))?;
            Ok(KeyAttribute { name: name.to_owned(), kind: kind.to_owned() })
        };
        Ok(Schema { partition: attribute(0, "HASH")?, sort: attribute(1, "RANGE")? })
    }

    /// The keys of an item that has them.
    pub(crate) fn parts(&self, item: &Item) -> Option<Key> {
        let part = |attribute: &KeyAttribute| KeyPart::of(item.get(&attribute.name)?);
        Some((part(&self.partition)?, part(&self.sort)?))
    }

    pub(crate) fn names(&self) -> [&str; 2] {
        [&self.partition.name, &self.sort.name]
    }
}

impl Index {
    /// What the index copies of an item.
    pub(crate) fn projected<'a>(&self, table: &Schema, item: &'a Item) -> Cow<'a, Item> {
        if !self.keys_only {
            return Cow::Borrowed(item);
        }
        let keys = table.names().into_iter().chain(self.schema.names());
        Cow::Owned(
            keys.filter_map(|key| item.get_key_value(key))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    fn replace(
        &mut self,
        table: &Schema,
        key: &Key,
        before: Option<&Arc<Stored>>,
        after: Option<&Arc<Stored>>,
    ) -> f64 {
        let place = |schema: &Schema, stored: &Stored| {
            let (partition, sort) = schema.parts(&stored.item)?;
            Some((partition, (sort, Some(key.clone()))))
        };
        let units = |index: &Index, stored: &Stored| {
            units::write(value::size(&index.projected(table, &stored.item)))
        };
        let old = before.and_then(|stored| Some((place(&self.schema, stored)?, stored)));
        let new = after.and_then(|stored| Some((place(&self.schema, stored)?, stored)));
        let cost = match (&old, &new) {
            (None, None) => return 0.0,
            (Some((_, only)), None) | (None, Some((_, only))) => units(self, only),
            (Some((from, before)), Some((to, after))) if from != to => {
                units(self, before) + units(self, after)
            }
            (Some((_, before)), Some((_, after)))
                if self.projected(table, &before.item) == self.projected(table, &after.item) =>
            {
                0.0
            }
            (Some((_, before)), Some((_, after))) => units(self, before).max(units(self, after)),
        };
        if let Some(((partition, place), _)) = old
            && let Some(entries) = self.entries.get_mut(&partition)
        {
            entries.remove(&place);
            if entries.is_empty() {
                self.entries.remove(&partition);
            }
        }
        if let Some(((partition, place), stored)) = new {
            self.entries.entry(partition).or_default().insert(place, stored.clone());
        }
        cost
    }
}

impl KeyPart {
    /// Nothing for a value that cannot be a key.
    pub(crate) fn of(value: &Value) -> Option<KeyPart> {
        Some(match value {
            Value::Text(text) => KeyPart::Text(text.clone()),
            Value::Number(number) => KeyPart::Number(*number),
            Value::Binary(binary) => KeyPart::Binary(binary.clone()),
            _ => return None,
        })
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            KeyPart::Text(text) => Value::Text(text.clone()),
            KeyPart::Number(number) => Value::Number(*number),
            KeyPart::Binary(binary) => Value::Binary(binary.clone()),
        }
    }

    fn size(&self) -> usize {
        match self {
            KeyPart::Text(text) => text.len(),
            KeyPart::Number(number) => number.size(),
            KeyPart::Binary(binary) => binary.0.len(),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            KeyPart::Text(text) => text.is_empty(),
            KeyPart::Binary(binary) => binary.0.is_empty(),
            KeyPart::Number(_) => false,
        }
    }
}

impl Stored {
    pub(crate) fn new(item: Item) -> Arc<Stored> {
        let size = value::size(&item);
        Arc::new(Stored { item, size })
    }
}
