//! Examples, made from schemas: what a field says about itself, put together.

use serde_json::{Map, Value, json};

/// What texts are such as, by the name of their field: its first word, and the rest of the line.
const TEXTS: &str = include_str!("examples.txt");
/// Schemas within schemas are followed so far.
const DEEPEST: usize = 14;

/// A text of which nobody said what it is such as.
const UNNAMED: &str = "string";

/// Gives every JSON body of a request and of a success an example, unless it has one.
pub(super) fn add(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut);
    for operation in operations.flat_map(|item| item.values_mut()) {
        if let Some(body) = operation.pointer_mut("/requestBody/content/application~1json") {
            complete(body, &schemas);
        }
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        let Some(responses) = responses else { continue };
        for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
            if let Some(body) = response.pointer_mut("/content/application~1json") {
                complete(body, &schemas);
            }
        }
    }
}

fn complete(body: &mut Value, schemas: &Value) {
    if body.get("example").is_none()
        && body.get("examples").is_none()
        && let Some(schema) = body.get("schema")
    {
        body["example"] = of("", schema, schemas, 0);
    }
}

/// An example of what a field of this name holds.
fn of(field: &str, schema: &Value, schemas: &Value, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return of(field, &schemas[name], schemas, depth + 1);
    }
    let said = [&schema["example"], &schema["examples"][0], &schema["default"], &schema["const"]];
    let chosen = said.into_iter().chain([&schema["enum"][0]]).find(|value| !value.is_null());
    if let Some(chosen) = chosen {
        return chosen.clone();
    }
    for choice in ["oneOf", "anyOf"] {
        let mut choices = schema[choice].as_array().into_iter().flatten();
        if let Some(first) = choices.find(|schema| schema["type"] != "null") {
            return of(field, first, schemas, depth + 1);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut members = Map::new();
        for part in parts {
            if let Value::Object(more) = of(field, part, schemas, depth + 1) {
                members.extend(more);
            }
        }
        return Value::Object(members);
    }
    let kinds = schema["type"].as_array().cloned().unwrap_or(vec![schema["type"].clone()]);
    let kind = kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null");
    match kind {
        Some("object") => {
            let members = schema["properties"].as_object().into_iter().flatten();
            let members = members.map(|(name, of_it)| match name.as_str() {
                // The first part of a list has none.
                "cursor" => (name.clone(), Value::Null),
                _ => (name.clone(), of(name, of_it, schemas, depth + 1)),
            });
            Value::Object(members.collect())
        }
        Some("array") => json!([of(field, &schema["items"], schemas, depth + 1)]),
        Some("integer" | "number") => {
            let least = &schema["minimum"];
            if least.is_number() { least.clone() } else { json!(1) }
        }
        Some("boolean") => json!(true),
        Some("string") => text(field, schema),
        _ => Value::Null,
    }
}

/// What such a field holds.
fn named(field: &str) -> Option<&'static str> {
    let lines = TEXTS.lines().filter_map(|line| line.split_once(' '));
    lines.into_iter().find_map(|(name, text)| (name == field).then_some(text))
}

fn text(field: &str, schema: &Value) -> Value {
    let words = match schema["format"].as_str() {
        // Far enough in the future for what has to lie there.
        Some("date-time") => "2036-11-28T08:00:00Z",
        Some("date") => "2036-11-28",
        Some("uri") => "https://www.example.com",
        _ => named(field).unwrap_or(UNNAMED),
    };
    let least = schema["minLength"].as_u64().and_then(|least| usize::try_from(least).ok());
    json!(format!("{words:_<width$}", width = least.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_put_together_from_what_fields_say() {
        let mut document = json!({
            "components": { "schemas": {
                "Shop": { "type": "object", "properties": {
                    "name": { "type": "string", "example": "城南面馆" },
                    "principal": { "type": ["string", "null"] },
                    "kind": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Kind" }] },
                    "tables": { "type": ["integer", "null"], "minimum": 3 },
                    "open": { "type": "array", "items": { "type": "string", "format": "date" } },
                    "inside": { "$ref": "#/components/schemas/Shop" },
                } },
                "Kind": { "type": "string", "enum": ["noodles", "rice"] },
            } },
            "paths": { "/shops": { "post": {
                "requestBody": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Shop" } } } },
                "responses": {
                    "201": { "content": { "application/json": { "schema": { "type": "boolean" } } } },
                    "400": { "content": { "application/json": { "schema": { "type": "boolean" } } } },
                },
            } } },
        });

        add(&mut document);

        let post = &document["paths"]["/shops"]["post"];
        let example = &post["requestBody"]["content"]["application/json"]["example"];
        assert_eq!(example["name"], "城南面馆");
        assert_eq!(example["principal"], "城南面馆（北京）有限公司", "by its name");
        assert_eq!(example["kind"], "noodles");
        assert_eq!(example["tables"], 3);
        assert_eq!(example["open"], json!(["2036-11-28"]));
        assert_eq!(example["inside"]["name"], "城南面馆", "and it comes to an end");
        assert_eq!(post["responses"]["201"]["content"]["application/json"]["example"], true);
        assert!(post["responses"]["400"]["content"]["application/json"].get("example").is_none());
    }

    #[test]
    fn every_text_of_the_description_is_such_as_it_may_be() {
        fn unnamed(value: &Value, at: &str, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => {
                    members
                        .iter()
                        .for_each(|(name, it)| unnamed(it, &format!("{at}/{name}"), found));
                }
                Value::Array(entries) => entries.iter().for_each(|it| unnamed(it, at, found)),
                Value::String(text) if text.starts_with(UNNAMED) => found.push(at.to_owned()),
                _ => {}
            }
        }
        let (_, description) = crate::routes::signed_in().split_for_parts();
        let document = crate::openapi::document(&description);
        let mut found = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let bodies = operation["responses"].as_object().into_iter().flatten();
                let bodies = bodies.map(|(_, answer)| answer).chain([&operation["requestBody"]]);
                for body in bodies {
                    let example = &body["content"]["application/json"]["example"];
                    unnamed(example, path, &mut found);
                }
            }
        }
        assert!(found.is_empty(), "add to examples.txt: {found:#?}");
    }
}
