//! What the page shows, read from the description once.

use serde_json::{Map, Value};

/// Everything on the page.
pub(crate) struct Contents {
    /// Operations by tag, in the order of the description.
    pub(super) tags: Vec<(String, Vec<Operation>)>,
    /// Schemas by name.
    pub(super) schemas: Vec<(String, Schema)>,
}

/// One operation.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: String,
    /// What a key must be allowed; none where nobody need sign in.
    pub(super) action: Option<String>,
    pub(super) parameters: Vec<Field>,
    /// Content types and schemas of the body.
    pub(super) bodies: Vec<(String, Type)>,
    /// Status, words, and the schema of the body.
    pub(super) responses: Vec<(String, String, Option<Type>)>,
    pub(super) curl: String,
    /// Everything that can be sought in it, in small letters.
    haystack: String,
}

/// A schema with a name.
pub(super) struct Schema {
    pub(super) description: String,
    pub(super) fields: Vec<Field>,
    /// The values that there are, where they are listed.
    pub(super) values: Vec<String>,
}

/// A parameter, or a member of an object.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Type,
    pub(super) required: bool,
    pub(super) description: String,
}

/// A type in words, and the schema that it leads to.
pub(super) struct Type {
    pub(super) words: String,
    pub(super) schema: Option<String>,
}

impl Contents {
    pub(crate) fn of(document: &Value) -> Self {
        let mut tags: Vec<(String, Vec<Operation>)> = Vec::new();
        for (path, item) in members(&document["paths"]) {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Some(id) = operation["operationId"].as_str() else { continue };
                let tag = operation["tags"][0].as_str().unwrap_or("other");
                let operation = Operation::of(id, method, path, operation);
                match tags.iter_mut().find(|(name, _)| name == tag) {
                    Some((_, operations)) => operations.push(operation),
                    None => tags.push((tag.to_owned(), vec![operation])),
                }
            }
        }
        tags.sort_by(|(one, _), (other, _)| one.cmp(other));
        let schemas = members(&document["components"]["schemas"]);
        let schemas = schemas.map(|(name, schema)| (name.clone(), Schema::of(schema))).collect();
        Contents { tags, schemas }
    }
}

impl Operation {
    fn of(id: &str, method: &str, path: &str, operation: &Value) -> Self {
        let text = |name: &str| operation[name].as_str().unwrap_or_default().to_owned();
        let (summary, description) = (text("summary"), text("description"));
        let scopes = operation["security"][0]["operator_key"][0].as_str();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<Field> = parameters
            .map(|parameter| Field {
                name: parameter["name"].as_str().unwrap_or_default().to_owned(),
                kind: Type::of(&parameter["schema"]),
                required: parameter["required"] == true,
                description: parameter["description"].as_str().unwrap_or_default().to_owned(),
            })
            .collect();
        let bodies = members(&operation["requestBody"]["content"]);
        let bodies: Vec<(String, Type)> =
            bodies.map(|(kind, body)| (kind.clone(), Type::of(&body["schema"]))).collect();
        let mut responses: Vec<(String, String, Option<Type>)> = members(&operation["responses"])
            .map(|(status, response)| {
                let words = response["description"].as_str().unwrap_or_default().to_owned();
                let body = members(&response["content"]).next().map(|(_, body)| &body["schema"]);
                (status.clone(), words, body.map(Type::of))
            })
            .collect();
        responses.sort_by(|one, other| one.0.cmp(&other.0));
        let haystack = format!("{id} {method} {path} {summary} {description}").to_lowercase();
        Operation {
            curl: curl(method, path, scopes.is_some(), operation),
            id: id.to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            action: scopes.map(str::to_owned),
            summary,
            description,
            parameters,
            bodies,
            responses,
            haystack,
        }
    }

    /// Whether all of these words, in small letters, are in it or in its title.
    pub(super) fn has(&self, words: &[String], title: &str) -> bool {
        words.iter().all(|word| self.haystack.contains(word) || title.contains(word))
    }
}

impl Schema {
    fn of(schema: &Value) -> Self {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = members(&schema["properties"]).map(|(name, field)| Field {
            name: name.clone(),
            kind: Type::of(field),
            required: required.contains(&&**name),
            description: field["description"].as_str().unwrap_or_default().to_owned(),
        });
        let listed = schema["enum"].as_array().into_iter().flatten();
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        let choices = choices.flat_map(|choice| choice["enum"].as_array().into_iter().flatten());
        Schema {
            description: schema["description"].as_str().unwrap_or_default().to_owned(),
            fields: fields.collect(),
            values: listed.chain(choices).filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    }
}

impl Type {
    fn of(schema: &Value) -> Self {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return Type { words: name.to_owned(), schema: Some(name.to_owned()) };
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            let mut choices = schema[choice].as_array().into_iter().flatten();
            if let Some(first) = choices.find(|schema| schema["type"] != "null") {
                return Type::of(first);
            }
        }
        let kinds = schema["type"].as_array().cloned().unwrap_or(vec![schema["type"].clone()]);
        let kind = kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null");
        match kind {
            Some("array") => {
                let items = Type::of(&schema["items"]);
                Type { words: format!("[{}]", items.words), schema: items.schema }
            }
            kind => {
                let words = schema["format"].as_str().or(kind).unwrap_or("any").to_owned();
                Type { words, schema: None }
            }
        }
    }
}

/// A variable of the shell's for a parameter; `PATH` has a meaning already.
fn variable(name: &str) -> String {
    match name {
        "path" => "$WECHAT_PATH".to_owned(),
        name => format!("${}", name.to_uppercase()),
    }
}

/// A command that can be pasted. `$BASE`, `$KEY` and what the path names are the shell's.
fn curl(method: &str, path: &str, signed_in: bool, operation: &Value) -> String {
    let mut place = String::new();
    for part in path.split_inclusive('}') {
        match part.split_once('{') {
            Some((before, name)) => {
                place.push_str(&format!("{before}{}", variable(name.trim_end_matches('}'))));
            }
            None => place.push_str(part),
        }
    }
    let required: Vec<String> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
        .filter_map(|parameter| parameter["name"].as_str())
        .map(|name| format!("{name}={}", variable(name)))
        .collect();
    let query =
        if required.is_empty() { String::new() } else { format!("?{}", required.join("&")) };
    let mut lines = vec![match method {
        "get" => "curl".to_owned(),
        method => format!("curl -X {}", method.to_uppercase()),
    }];
    if signed_in {
        lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    }
    let bodies = &operation["requestBody"]["content"];
    let picture = members(bodies).find(|(kind, _)| *kind == "image/png");
    if let Some((kind, body)) = picture.or_else(|| members(bodies).next()) {
        match kind.as_str() {
            "application/json" => {
                lines.push("-H \"Content-Type: application/json\"".to_owned());
                // A quotation mark of the shell's cannot stand within its own kind.
                let example = body["example"].to_string().replace('\'', "'\\''");
                lines.push(format!("-d '{example}'"));
            }
            "multipart/form-data" => {
                let schema = body["schema"]["$ref"].as_str().unwrap_or_default();
                let field =
                    if schema.ends_with("CertificateUpload") { "certificate" } else { "file" };
                lines.push(format!("-F {field}=@FILE"));
            }
            kind => lines.push(format!("-H \"Content-Type: {kind}\" --data-binary @FILE")),
        }
    }
    lines.push(format!("\"$BASE{place}{query}\""));
    lines.join(" \\\n  ")
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
