//! Whether a request is as the description says: types, lengths, counts, what must be there and
//! what nobody knows. Everything that is wrong is found at once, before a handler reads any of it,
//! and what is enforced cannot differ from what is described.

use std::sync::Arc;

use platform::{fault::Faults, text::Text};
use serde_json::{Map, Value};

const TIME: Text = Text::fixed(
    "应为带时区的时间，如 2026-12-01T08:00:00Z",
    "is a moment with its zone, such as 2026-12-01T08:00:00Z",
);

/// What one operation's body and query have to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    /// The part of the description in which schemas are named.
    document: Arc<Value>,
    body: Option<Value>,
    /// The query's parameters as the properties of an object.
    query: Value,
}

impl Schema {
    /// Of an operation in a description.
    pub(crate) fn of(document: &Arc<Value>, operation: &Value) -> Self {
        let body = operation.pointer("/requestBody/content/application~1json/schema").cloned();
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let Some(name) = parameter["name"].as_str().filter(|_| parameter["in"] == "query")
            else {
                continue;
            };
            properties.insert(name.to_owned(), parameter["schema"].clone());
            if parameter["required"] == true {
                required.push(name.to_owned().into());
            }
        }
        let query = serde_json::json!({
            "type": "object", "properties": properties, "required": Value::Array(required),
            "additionalProperties": false,
        });
        Schema { document: document.clone(), body, query }
    }

    /// Everything that is wrong with a body.
    pub(crate) fn body(&self, body: &Value) -> Faults {
        let mut faults = Faults::new();
        if let Some(schema) = &self.body {
            self.check(schema, body, "", &mut faults);
        }
        faults
    }

    /// Everything that is wrong with a query. Values are texts; those of numbers and booleans are
    /// read first.
    pub(crate) fn query(&self, query: &str) -> Faults {
        let mut faults = Faults::new();
        let mut object = Map::new();
        for (name, text) in url::form_urlencoded::parse(query.as_bytes()) {
            let schema = &self.query["properties"][&*name];
            let value = match self.types(schema).first() {
                Some(&"integer" | &"number" | &"boolean") => {
                    // What is no such value stays a text, and is refused for that.
                    let read = serde_json::from_str(&text).ok().filter(|it: &Value| !it.is_null());
                    read.unwrap_or_else(|| text.into_owned().into())
                }
                _ => text.into_owned().into(),
            };
            let pointer = format!("/{}", escape(&name));
            if object.insert(name.into_owned(), value).is_some() {
                faults.push(pointer, Text::fixed("出现了不止一次", "stands there more than once"));
            }
        }
        self.check(&self.query, &Value::Object(object), "", &mut faults);
        faults
    }

    fn check(&self, schema: &Value, value: &Value, pointer: &str, faults: &mut Faults) {
        let schema = self.resolve(schema);
        for part in list(&schema["allOf"]) {
            self.check(part, value, pointer, faults);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(variants) = schema[choice].as_array() {
                self.check_choice(variants, value, pointer, faults);
            }
        }
        let types = self.types(schema);
        if !types.is_empty() && !types.iter().any(|name| is_of(name, value)) {
            faults.push(pointer, expected(&types));
            return;
        }
        let allowed = list(&schema["enum"]);
        if !allowed.is_empty() && !allowed.contains(value) {
            let names: Vec<String> = allowed
                .iter()
                .map(|one| one.as_str().map_or(one.to_string(), str::to_owned))
                .collect();
            let names = names.join(", ");
            faults.push(
                pointer,
                Text::new(format!("应为 {names} 之一"), format!("is one of {names}")),
            );
            return;
        }
        match value {
            Value::Object(object) => self.check_object(schema, object, pointer, faults),
            Value::Array(entries) => {
                faults.entries(pointer, entries.len(), span(schema, "minItems", "maxItems"));
                for (place, entry) in entries.iter().enumerate() {
                    if schema["items"].is_object() {
                        self.check(&schema["items"], entry, &format!("{pointer}/{place}"), faults);
                    }
                }
            }
            Value::String(text) => {
                faults.characters(pointer, text, span(schema, "minLength", "maxLength"));
                let is_time = schema["format"] == "date-time";
                if is_time && text.parse::<jiff::Timestamp>().is_err() {
                    faults.push(pointer, TIME);
                }
            }
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or_default();
                let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
                if least.is_some_and(|least| number < least)
                    || most.is_some_and(|most| number > most)
                {
                    faults.push(pointer, within(least, most));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn check_object(
        &self,
        schema: &Value,
        object: &Map<String, Value>,
        pointer: &str,
        faults: &mut Faults,
    ) {
        let properties = schema["properties"].as_object();
        let property = |name: &str| properties.and_then(|all| all.get(name));
        let others = &schema["additionalProperties"];
        for (name, value) in object.iter().filter(|(name, _)| property(name).is_none()) {
            let pointer = format!("{pointer}/{}", escape(name));
            match others {
                Value::Bool(false) => {
                    faults.push(pointer, Text::fixed("没有这个字段", "there is no such field"));
                }
                Value::Object(_) => self.check(others, value, &pointer, faults),
                _ => {}
            }
        }
        for name in list(&schema["required"]).iter().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                let pointer = format!("{pointer}/{}", escape(name));
                faults.push(pointer, Text::fixed("缺少此字段", "it is missing"));
            }
        }
        for (name, value) in object {
            if let Some(schema) = property(name) {
                self.check(schema, value, &format!("{pointer}/{}", escape(name)), faults);
            }
        }
    }

    /// One of the variants fits; else what is wrong with the only one that could be meant.
    fn check_choice(&self, variants: &[Value], value: &Value, pointer: &str, faults: &mut Faults) {
        let faults_of = |variant: &Value| {
            let mut faults = Faults::new();
            self.check(variant, value, pointer, &mut faults);
            faults
        };
        let mut found = Vec::new();
        for variant in variants {
            let wrong = faults_of(variant);
            if wrong.is_empty() {
                return;
            }
            if self.types(self.resolve(variant)) != ["null"] {
                found.push(wrong);
            }
        }
        match found.len() {
            1 => faults.within("", found.remove(0)),
            _ => faults.push(pointer, Text::fixed("不是允许的形式之一", "has none of its forms")),
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let named = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
        named.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(schema)
    }

    fn types<'a>(&'a self, schema: &'a Value) -> Vec<&'a str> {
        match &self.resolve(schema)["type"] {
            Value::String(name) => vec![name],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn expected(types: &[&str]) -> Text {
    let (zh, en): (Vec<&str>, Vec<&str>) = types
        .iter()
        .filter(|name| **name != "null")
        .map(|name| match *name {
            "object" => ("对象", "an object"),
            "array" => ("数组", "a list"),
            "string" => ("字符串", "a text"),
            "integer" => ("整数", "a whole number"),
            "number" => ("数字", "a number"),
            _ => (" true 或 false", "true or false"),
        })
        .unzip();
    Text::new(format!("应为{}", zh.join("或")), format!("is {}", en.join(" or ")))
}

fn within(least: Option<f64>, most: Option<f64>) -> Text {
    match (least, most) {
        (Some(least), Some(most)) => {
            Text::new(format!("应在 {least} 与 {most} 之间"), format!("is {least} to {most}"))
        }
        (Some(least), None) => {
            Text::new(format!("不得小于 {least}"), format!("is {least} or more"))
        }
        (_, most) => {
            let most = most.unwrap_or_default();
            Text::new(format!("不得大于 {most}"), format!("is {most} at most"))
        }
    }
}

fn span(schema: &Value, least: &str, most: &str) -> std::ops::RangeInclusive<usize> {
    let number = |name: &str| schema[name].as_u64().and_then(|number| usize::try_from(number).ok());
    number(least).unwrap_or(0)..=number(most).unwrap_or(usize::MAX)
}

/// A name as a part of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        let document = json!({ "components": { "schemas": {
            "Item": {
                "type": "object", "required": ["title"], "additionalProperties": false,
                "properties": {
                    "title": { "type": "string", "maxLength": 3 },
                    "kind": { "type": "string", "enum": ["a", "b"] },
                    "colour": { "oneOf": [
                        { "type": "null" }, { "$ref": "#/components/schemas/Colour" },
                    ] },
                },
            },
            "Colour": {
                "type": "object",
                "properties": { "r": { "type": "integer", "minimum": 0, "maximum": 255 } },
            },
        } } });
        let operation = json!({
            "parameters": [
                { "name": "limit", "in": "query", "required": false,
                  "schema": { "type": ["integer", "null"], "minimum": 1, "maximum": 200 } },
                { "name": "of", "in": "query", "required": true, "schema": { "type": "string" } },
                { "name": "appid", "in": "path", "required": true, "schema": { "type": "string" } },
            ],
            "requestBody": { "content": { "application/json": { "schema": {
                "type": "object", "additionalProperties": false,
                "properties": {
                    "items": { "type": "array", "maxItems": 2,
                               "items": { "$ref": "#/components/schemas/Item" } },
                    "path": { "type": ["string", "null"], "minLength": 1 },
                },
            } } } },
        });
        Schema::of(&Arc::new(document), &operation)
    }

    fn pointers(faults: &Faults) -> Vec<&str> {
        faults.list().iter().map(|fault| &*fault.pointer).collect()
    }

    #[test]
    fn everything_that_is_wrong_with_a_body_is_found_at_once() {
        let wrong = json!({
            "path": "", "a/b": 1,
            "items": [
                { "title": "long", "kind": "c" },
                { "colour": { "r": 256 }, "extra": 1 },
                7,
            ],
        });
        let right = json!({ "path": null, "items": [{ "title": "字字字", "colour": null }] });

        let faults = schema().body(&wrong);
        let mut found = pointers(&faults);
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "/a~1b",
                "/items",
                "/items/0/kind",
                "/items/0/title",
                "/items/1/colour/r",
                "/items/1/extra",
                "/items/1/title",
                "/items/2",
                "/path",
            ]
        );
        assert!(schema().body(&right).is_empty());
    }

    #[test]
    fn a_query_is_checked_like_a_body() {
        assert!(schema().query("limit=200&of=x").is_empty());
        assert_eq!(
            pointers(&schema().query("limit=many&limit=0&shown=1")),
            ["/limit", "/shown", "/of", "/limit",]
        );
    }
}
