//! Requests from the grammar that the model knows, most of them sound, some of them wrong in one of
//! the ways in which AWS refuses requests.

use fastrand::Rng;
use serde_json::{Map, Value, json};

const TABLES: [&str; 3] = ["inbox", "tokens", "fleet"];
/// Few, so that writes meet each other. The last three are reserved words.
const ATTRIBUTES: [&str; 10] = [
    "version",
    "lease_owner",
    "due_shard",
    "due_at",
    "sealed",
    "granted_at",
    "tags",
    "state",
    "order",
    "minute",
];
const RESERVED: std::ops::Range<usize> = 7..10;
const TEXTS: [&str; 7] = ["", "a", "ab", "abc", "work#1", "work#2", "票据"];
const NUMBERS: [&str; 12] = [
    "0",
    "1",
    "-1",
    "2",
    "10",
    "1.5",
    "1.50",
    "1767225600000",
    "-0.001",
    "1e3",
    "123456789012345",
    "99999999999999999999999999999999999999",
];

/// One request under construction.
pub(super) struct Generator<'a> {
    rng: &'a mut Rng,
    names: Map<String, Value>,
    values: Map<String, Value>,
}

/// An operation and its request.
pub(super) fn request(rng: &mut Rng) -> (&'static str, Value) {
    let operation = match rng.u32(0..100) {
        0..12 => "GetItem",
        12..24 => "PutItem",
        24..58 => "UpdateItem",
        58..64 => "DeleteItem",
        64..82 => "Query",
        _ => "TransactWriteItems",
    };
    let mut request = match operation {
        "TransactWriteItems" => transaction(rng),
        "GetItem" => Generator::new(rng).get(),
        "Query" => Generator::new(rng).query(),
        "PutItem" => Generator::new(rng).write("Put", true),
        "DeleteItem" => Generator::new(rng).write("Delete", true),
        _ => Generator::new(rng).write("Update", true),
    };
    if rng.bool() {
        request["ReturnConsumedCapacity"] = json!("TOTAL");
    }
    (operation, request)
}

fn transaction(rng: &mut Rng) -> Value {
    let count = rng.usize(1..5);
    let items: Vec<Value> = (0..count)
        .map(|_| {
            let kind = rng.choice(["Put", "Update", "Update", "Delete", "ConditionCheck"]).unwrap();
            json!({ kind: Generator::new(rng).write(kind, false) })
        })
        .collect();
    let mut request = json!({ "TransactItems": items });
    if rng.u32(0..4) == 0 {
        request["ClientRequestToken"] = json!(format!("token-{}", rng.u32(0..1000)));
    }
    request
}

impl<'a> Generator<'a> {
    fn new(rng: &'a mut Rng) -> Generator<'a> {
        Generator { rng, names: Map::new(), values: Map::new() }
    }

    fn get(mut self) -> Value {
        let mut request = json!({ "TableName": self.table(), "Key": self.key() });
        if self.rng.bool() {
            request["ConsistentRead"] = json!(self.rng.bool());
        }
        if self.one_in(3) {
            request["ProjectionExpression"] = json!(self.projection());
        }
        self.finish(request, false)
    }

    fn write(mut self, kind: &str, alone: bool) -> Value {
        let mut request = json!({ "TableName": self.table() });
        match kind {
            "Put" => request["Item"] = self.item(),
            _ => request["Key"] = self.key(),
        }
        if kind == "Update" {
            request["UpdateExpression"] = json!(self.update());
        }
        if kind == "ConditionCheck" || self.one_in(2) {
            request["ConditionExpression"] = json!(self.condition(3));
        }
        if self.rng.bool() {
            let shown = self.choice(&["ALL_OLD", "ALL_OLD", "NONE"]);
            request["ReturnValuesOnConditionCheckFailure"] = json!(shown);
        }
        if alone && self.rng.bool() {
            let shown = match kind {
                "Update" => {
                    self.choice(&["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
                }
                _ => self.choice(&["NONE", "ALL_OLD", "ALL_OLD", "ALL_NEW"]),
            };
            request["ReturnValues"] = json!(shown);
        }
        self.finish(request, true)
    }

    fn query(mut self) -> Value {
        let indexed = self.one_in(2);
        let table = if indexed { self.choice(&["inbox", "fleet"]) } else { self.table() };
        let mut request = json!({ "TableName": table });
        let (partition, sort) = if indexed { ("due_shard", "due_at") } else { ("pk", "sk") };
        let partition_value = match indexed {
            true => json!({ "S": self.choice(&["work#1", "work#2", "a"]) }),
            false => self.partition(),
        };
        let placeholder = self.bind(partition_value);
        let mut condition = format!("{partition} = {placeholder}");
        if self.one_in(2) {
            let operands: Vec<String> = (0..2)
                .map(|_| {
                    let value = match indexed {
                        true => json!({ "N": self.choice(&NUMBERS) }),
                        false => self.sort(),
                    };
                    self.peek(value)
                })
                .collect();
            let (first, second) = (operands[0].clone(), operands[1].clone());
            let begins = !indexed || self.one_in(20);
            let sorted = match self.rng.u32(0..8) {
                0 => format!("{sort} = {}", self.keep(&first)),
                1 => format!("{sort} < {}", self.keep(&first)),
                2 => format!("{sort} <= {}", self.keep(&first)),
                3 => format!("{sort} > {}", self.keep(&first)),
                4 => format!("{sort} >= {}", self.keep(&first)),
                5 => {
                    let low = self.keep(&first);
                    let high = self.keep(&second);
                    format!("{sort} BETWEEN {low} AND {high}")
                }
                _ if begins => format!("begins_with({sort}, {})", self.keep(&first)),
                _ => format!("{sort} <= {}", self.keep(&first)),
            };
            condition = match self.one_in(6) {
                true => format!("{sorted} AND {condition}"),
                false => format!("{condition} AND {sorted}"),
            };
        }
        request["KeyConditionExpression"] = json!(condition);
        if indexed {
            request["IndexName"] = json!("due");
        }
        if self.one_in(4) {
            request["FilterExpression"] = json!(self.condition(2));
        }
        if self.one_in(4) {
            request["ProjectionExpression"] = json!(self.projection());
        }
        if self.one_in(2) {
            let least = if self.one_in(20) { 0 } else { 1 };
            request["Limit"] = json!(self.rng.i32(least..5));
        }
        if self.one_in(2) {
            request["ScanIndexForward"] = json!(self.rng.bool());
        }
        if !indexed && self.one_in(2) || self.one_in(30) {
            request["ConsistentRead"] = json!(self.rng.bool());
        }
        if self.one_in(5) {
            let mut start = json!({ "pk": self.partition(), "sk": self.sort() });
            if indexed {
                start["due_shard"] = json!({ "S": self.choice(&["work#1", "work#2"]) });
                start["due_at"] = json!({ "N": self.choice(&NUMBERS) });
            }
            request["ExclusiveStartKey"] = start;
        }
        self.peeked_away();
        self.finish(request, true)
    }

    fn projection(&mut self) -> String {
        let count = self.rng.usize(1..4);
        (0..count).map(|_| self.attribute()).collect::<Vec<_>>().join(", ")
    }

    fn condition(&mut self, depth: u32) -> String {
        let leaf = depth == 0 || self.one_in(2);
        match if leaf { self.rng.u32(0..10) } else { self.rng.u32(10..14) } {
            0 | 1 => format!("attribute_not_exists({})", self.attribute_or_key()),
            2 => format!("attribute_exists({})", self.attribute_or_key()),
            3 => {
                let (attribute, low, high) =
                    (self.attribute(), self.ordered_value(), self.ordered_value());
                format!("{attribute} BETWEEN {low} AND {high}")
            }
            4 => {
                let attribute = self.attribute();
                let count = self.rng.usize(1..4);
                let values: Vec<String> = (0..count).map(|_| self.value()).collect();
                format!("{attribute} IN ({})", values.join(", "))
            }
            5 => {
                let attribute = self.attribute();
                let part = if self.one_in(8) { self.value() } else { self.text() };
                let function = self.choice(&["begins_with", "contains"]);
                format!("{function}({attribute}, {part})")
            }
            6 => {
                let attribute = self.attribute();
                let kind = self.choice(&["S", "N", "BOOL", "M", "L", "SS", "NULL"]);
                let kind = self.bind(json!({ "S": kind }));
                format!("attribute_type({attribute}, {kind})")
            }
            7 => {
                let attribute = self.attribute();
                let comparator = self.comparator();
                let length = self.rng.u32(0..4).to_string();
                let length = self.bind(json!({ "N": length }));
                format!("size({attribute}) {comparator} {length}")
            }
            8 | 9 => {
                let attribute = self.attribute();
                let comparator = self.comparator();
                let other = match self.rng.u32(0..8) {
                    0 => self.attribute(),
                    1 => self.value(),
                    _ => self.ordered_value(),
                };
                format!("{attribute} {comparator} {other}")
            }
            10 => format!("{} AND {}", self.condition(depth - 1), self.condition(depth - 1)),
            11 => format!("{} OR {}", self.condition(depth - 1), self.condition(depth - 1)),
            12 => format!("NOT {}", self.condition(depth - 1)),
            _ => format!("({})", self.condition(depth - 1)),
        }
    }

    fn update(&mut self) -> String {
        let mut unused: Vec<usize> = (0..ATTRIBUTES.len()).collect();
        self.rng.shuffle(&mut unused);
        if self.one_in(30) {
            // Twice the same.
            let first = unused[0];
            unused.push(first);
        }
        let mut clauses = Vec::new();
        let count = self.rng.usize(1..4);
        let assignments: Vec<String> = (0..count)
            .map(|_| {
                let target = unused.pop().unwrap();
                let target = self.named(target);
                let value = self.assigned(2);
                format!("{target} = {value}")
            })
            .collect();
        if !self.one_in(6) {
            clauses.push(format!("SET {}", assignments.join(", ")));
        } else {
            // What was bound for it is not used.
            self.names.clear();
            self.values.clear();
        }
        if self.one_in(3) || clauses.is_empty() {
            let count = self.rng.usize(1..3);
            let removed: Vec<String> = (0..count)
                .map(|_| {
                    let target = unused.pop().unwrap();
                    self.named(target)
                })
                .collect();
            clauses.push(format!("REMOVE {}", removed.join(", ")));
        }
        if self.one_in(8) {
            let target = unused.pop().unwrap();
            let target = self.named(target);
            let added = match self.rng.u32(0..5) {
                0 => self.value(),
                1 => self.bind(json!({ "SS": ["a", "ab"] })),
                _ => {
                    let number = self.choice(&NUMBERS[..11]);
                    self.bind(json!({ "N": number }))
                }
            };
            clauses.push(format!("ADD {target} {added}"));
        }
        if self.one_in(12) {
            let target = unused.pop().unwrap();
            let target = self.named(target);
            let taken = self.bind(json!({ "SS": ["a"] }));
            clauses.push(format!("DELETE {target} {taken}"));
        }
        if self.one_in(60) {
            clauses.push("SET pk = pk".to_owned());
        }
        clauses.join(" ")
    }

    fn assigned(&mut self, depth: u32) -> String {
        match self.rng.u32(0..if depth == 0 { 6 } else { 12 }) {
            0..5 => self.value(),
            5 => self.attribute(),
            6 | 7 => {
                let attribute = self.attribute();
                format!("if_not_exists({attribute}, {})", self.operand(depth))
            }
            8 => format!("list_append({}, {})", self.operand(depth), self.operand(depth)),
            9 | 10 => {
                let attribute = self.attribute();
                let zero = self.number();
                format!("if_not_exists({attribute}, {zero}) + {}", self.number())
            }
            _ => format!("{} - {}", self.operand(0), self.number()),
        }
    }

    fn operand(&mut self, depth: u32) -> String {
        match self.rng.u32(0..if depth == 0 { 3 } else { 4 }) {
            0 => self.attribute(),
            1 => self.number(),
            2 => self.value(),
            _ => {
                let attribute = self.attribute();
                format!("if_not_exists({attribute}, {})", self.operand(depth - 1))
            }
        }
    }

    fn table(&mut self) -> &'static str {
        if self.one_in(200) { "nowhere" } else { self.choice(&TABLES) }
    }

    fn partition(&mut self) -> Value {
        match self.rng.u32(0..80) {
            0 => json!({ "S": "" }),
            1 => json!({ "N": "1" }),
            _ => json!({ "S": self.choice(&["token#a", "token#b", "event#c"]) }),
        }
    }

    fn sort(&mut self) -> Value {
        match self.rng.u32(0..80) {
            0 => json!({ "S": "" }),
            1 => json!({ "N": "1" }),
            _ => json!({ "S": self.choice(&["a", "ab", "b", "c"]) }),
        }
    }

    fn key(&mut self) -> Value {
        let mut key = json!({ "pk": self.partition(), "sk": self.sort() });
        match self.rng.u32(0..100) {
            0 => key["more"] = json!({ "S": "a" }),
            1 => key = json!({ "pk": self.partition() }),
            _ => {}
        }
        key
    }

    fn item(&mut self) -> Value {
        let mut item = self.key();
        for name in ATTRIBUTES {
            if self.one_in(3) {
                item[name] = match name {
                    "due_shard" if !self.one_in(20) => {
                        json!({ "S": self.choice(&["work#1", "work#2"]) })
                    }
                    "due_at" if !self.one_in(20) => json!({ "N": self.choice(&NUMBERS) }),
                    _ => self.any(2),
                };
            }
        }
        if self.one_in(10) {
            // Beyond one unit, and beyond four.
            let length = self.choice(&[900, 1100, 4200, 9000]);
            item["sealed"] = json!({ "S": "x".repeat(length) });
        }
        item
    }

    /// A value of any type.
    fn any(&mut self, depth: u32) -> Value {
        match self.rng.u32(0..if depth == 0 { 12 } else { 16 }) {
            0..4 => json!({ "S": self.choice(&TEXTS) }),
            4..8 => json!({ "N": self.choice(&NUMBERS) }),
            8 => json!({ "BOOL": self.rng.bool() }),
            9 => json!({ "NULL": true }),
            10 => json!({ "B": self.choice(&["AAEC", "", "/w=="]) }),
            11 => json!({ "SS": self.choice(&[["a", "ab"], ["abc", "a"]]) }),
            12 => json!({ "NS": self.choice(&[["1", "2"], ["10", "-1"]]) }),
            13 | 14 => {
                let count = self.rng.usize(0..3);
                json!({ "L": (0..count).map(|_| self.any(depth - 1)).collect::<Vec<_>>() })
            }
            _ => {
                let value = self.any(depth - 1);
                json!({ "M": { "inside": value } })
            }
        }
    }

    fn attribute(&mut self) -> String {
        let index = self.rng.usize(0..ATTRIBUTES.len());
        self.named(index)
    }

    fn attribute_or_key(&mut self) -> String {
        if self.one_in(2) { "pk".to_owned() } else { self.attribute() }
    }

    fn named(&mut self, index: usize) -> String {
        let name = ATTRIBUTES[index];
        let must = RESERVED.contains(&index) && !self.one_in(100);
        if !must && !self.one_in(4) {
            return name.to_owned();
        }
        let placeholder = format!("#{name}");
        if !self.one_in(200) {
            self.names.insert(placeholder.clone(), json!(name));
        }
        placeholder
    }

    fn value(&mut self) -> String {
        let value = self.any(2);
        self.bind(value)
    }

    fn number(&mut self) -> String {
        let number = json!({ "N": self.choice(&NUMBERS[..11]) });
        self.bind(number)
    }

    fn text(&mut self) -> String {
        let text = json!({ "S": self.choice(&TEXTS) });
        self.bind(text)
    }

    fn ordered_value(&mut self) -> String {
        if self.one_in(2) { self.number() } else { self.text() }
    }

    fn comparator(&mut self) -> &'static str {
        self.choice(&["=", "=", "<>", "<", "<=", ">", ">="])
    }

    fn bind(&mut self, value: Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    /// A value that may not be used after all: see [`Generator::keep`].
    fn peek(&mut self, value: Value) -> String {
        let placeholder = format!(":w{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    fn keep(&mut self, placeholder: &str) -> String {
        let value = self.values.remove(placeholder).unwrap();
        let kept = placeholder.replace(":w", ":k");
        self.values.insert(kept.clone(), value);
        kept
    }

    fn peeked_away(&mut self) {
        self.values.retain(|placeholder, _| !placeholder.starts_with(":w"));
    }

    fn finish(mut self, mut request: Value, takes_values: bool) -> Value {
        match self.rng.u32(0..150) {
            0 => {
                self.names.insert("#unused".into(), json!("unused"));
            }
            1 => {
                self.values.insert(":unused".into(), json!({ "S": "unused" }));
            }
            2 => {
                if let Some(placeholder) = self.values.keys().next().cloned() {
                    self.values.remove(&placeholder);
                }
            }
            _ => {}
        }
        if !self.names.is_empty() {
            request["ExpressionAttributeNames"] = self.names.into();
        }
        if takes_values && !self.values.is_empty() {
            request["ExpressionAttributeValues"] = self.values.into();
        }
        request
    }

    fn choice<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.rng.usize(0..among.len())]
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.rng.u32(0..count) == 0
    }
}
