//! The tables, as everything on this machine makes them. `template.yaml` makes the same ones on AWS.

use serde_json::{Value, json};

/// A table with the keys `pk` and `sk`, both strings.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The name on this machine; on AWS the stack's name stands before it.
    pub name: &'static str,
    /// What the sparse index `due` copies of an item, where the table has that index.
    pub due: Option<Projection>,
    /// Whether items may be forgotten by themselves, at [`EXPIRY_ATTRIBUTE`].
    pub expires: bool,
}

/// What an index copies of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    /// The keys of the table and of the index.
    KeysOnly,
    /// Every attribute.
    All,
}

impl Projection {
    /// DynamoDB's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Projection::KeysOnly => "KEYS_ONLY",
            Projection::All => "ALL",
        }
    }
}

/// Every table of the system, by sensitivity.
pub const TABLES: [Table; 3] = [
    Table { name: "inbox", due: Some(Projection::KeysOnly), expires: true },
    // A refresh token that vanished by itself would be a merchant who has to authorize again.
    Table { name: "tokens", due: None, expires: false },
    Table { name: "fleet", due: Some(Projection::All), expires: true },
];

/// The attribute that holds the moment an item may be forgotten, in Unix seconds.
pub const EXPIRY_ATTRIBUTE: &str = "expires_at";

/// The name of the index over work that is due: `due_shard` (S), then `due_at` (N, Unix ms).
pub const DUE_INDEX: &str = "due";

impl Table {
    /// The `CreateTable` request.
    pub fn create_request(&self) -> Value {
        let mut attributes = vec![attribute("pk", "S"), attribute("sk", "S")];
        let mut request = json!({
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        });
        if let Some(projection) = self.due {
            attributes.extend([attribute("due_shard", "S"), attribute("due_at", "N")]);
            request["GlobalSecondaryIndexes"] = json!([{
                "IndexName": DUE_INDEX,
                "KeySchema": [key("due_shard", "HASH"), key("due_at", "RANGE")],
                "Projection": { "ProjectionType": projection.as_str() },
            }]);
        }
        request["AttributeDefinitions"] = Value::Array(attributes);
        request
    }

    /// The `UpdateTimeToLive` request.
    pub fn expiry_request(&self) -> Value {
        json!({
            "TableName": self.name,
            "TimeToLiveSpecification": { "AttributeName": EXPIRY_ATTRIBUTE, "Enabled": true },
        })
    }
}

fn attribute(name: &str, kind: &str) -> Value {
    json!({ "AttributeName": name, "AttributeType": kind })
}

fn key(name: &str, kind: &str) -> Value {
    json!({ "AttributeName": name, "KeyType": kind })
}
