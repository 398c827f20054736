//! The relay's operations, in the description: another function answers them, under the same host.

use serde_json::{Map, Value, json};

use super::OPERATOR_KEY;

/// Its operations in brief: parameters and answers by name.
const RELAY: &str = include_str!("relay.json");

/// Adds them to a description.
pub(super) fn add(document: &mut Value) {
    let relay: Value = serde_json::from_str(RELAY).expect("relay.json is JSON");
    for (path, item) in members(&relay["paths"]) {
        let operations = members(item)
            .map(|(method, brief)| (method.clone(), described(&relay, brief)))
            .collect::<Map<_, _>>();
        document["paths"][path] = Value::Object(operations);
    }
    for (name, schema) in members(&relay["schemas"]) {
        document["components"]["schemas"][name] = schema.clone();
    }
}

fn described(relay: &Value, brief: &Value) -> Value {
    let parameters = brief["parameters"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let parameters: Vec<&Value> = parameters.map(|name| &relay["parameters"][name]).collect();
    let answers = brief["responses"].as_str().unwrap_or_default();
    let mut responses = relay["responses"][answers].clone();
    for (status, words) in members(&relay["responses"]["own"]) {
        let schema = json!({ "$ref": "#/components/schemas/ProblemDetails" });
        responses[status] = json!({
            "description": words,
            "content": { "application/problem+json": { "schema": schema } },
        });
    }
    let mut operation = json!({
        "tags": ["relay"],
        "operationId": brief["operationId"],
        "summary": brief["summary"],
        "description": brief["description"],
        "parameters": parameters,
        "responses": responses,
    });
    if !brief["body"].is_null() {
        operation["requestBody"] = json!({ "content": brief["body"] });
    }
    if brief["public"] != true {
        operation["security"] = json!([{ OPERATOR_KEY: ["relay"] }]);
    }
    operation
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
