//! Examples, made from schemas: what a field says about itself, put together.

use serde_json::{Map, Value, json};

/// Schemas within schemas are followed so far.
const DEEPEST: usize = 8;

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
        body["example"] = of(schema, schemas, 0);
    }
}

/// An example of a schema.
fn of(schema: &Value, schemas: &Value, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return of(&schemas[name], schemas, depth + 1);
    }
    let said = [&schema["example"], &schema["examples"][0], &schema["default"], &schema["const"]];
    let chosen = said.into_iter().chain([&schema["enum"][0]]).find(|value| !value.is_null());
    if let Some(chosen) = chosen {
        return chosen.clone();
    }
    for choice in ["oneOf", "anyOf"] {
        let mut choices = schema[choice].as_array().into_iter().flatten();
        if let Some(first) = choices.find(|schema| schema["type"] != "null") {
            return of(first, schemas, depth + 1);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut members = Map::new();
        for part in parts {
            if let Value::Object(more) = of(part, schemas, depth + 1) {
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
            let members =
                members.map(|(name, of_it)| (name.clone(), of(of_it, schemas, depth + 1)));
            Value::Object(members.collect())
        }
        Some("array") => json!([of(&schema["items"], schemas, depth + 1)]),
        Some("integer" | "number") => {
            let least = &schema["minimum"];
            if least.is_number() { least.clone() } else { json!(1) }
        }
        Some("boolean") => json!(true),
        Some("string") => text(schema),
        _ => Value::Null,
    }
}

fn text(schema: &Value) -> Value {
    let words = match schema["format"].as_str() {
        Some("date-time") => "2026-11-28T08:00:00Z",
        Some("date") => "2026-11-28",
        Some("uri") => "https://www.example.com",
        _ => "string",
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
        assert_eq!(example["kind"], "noodles");
        assert_eq!(example["tables"], 3);
        assert_eq!(example["open"], json!(["2026-11-28"]));
        assert_eq!(example["inside"]["name"], "城南面馆", "and it comes to an end");
        assert_eq!(post["responses"]["201"]["content"]["application/json"]["example"], true);
        assert!(post["responses"]["400"]["content"]["application/json"].get("example").is_none());
    }
}
