//! Settings with variables in them, filled in for one merchant; and what differs between two of
//! them. Pure.
//!
//! `{{shop}}` stands for the merchant's variable `shop`. A text that is nothing else becomes the
//! variable's value, whatever its type; within a longer text it is written out. `{{appid}}`,
//! `{{name}}` and `{{principal}}` are there for every mini program.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    fault::Faults,
    mini_programs::{MiniProgram, Variables},
};

/// Something that differs, by its place (RFC 6901).
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where.
    pub pointer: String,
    /// What was there; none if nothing was.
    pub before: Option<Value>,
    /// What is there; none if nothing is.
    pub after: Option<Value>,
}

/// The variables of a mini program, those included that every one has.
pub(super) fn variables(account: &MiniProgram) -> Variables {
    let mut variables = account.variables.clone();
    let own = [
        ("appid", account.appid.as_str()),
        ("name", &account.profile.nick_name),
        ("principal", &account.profile.principal_name),
    ];
    for (name, value) in own {
        variables.entry(name).or_insert_with(|| value.into());
    }
    variables
}

/// The settings with every variable filled in, or the names of those that the merchant has not.
pub(super) fn render(
    template: &Map<String, Value>,
    variables: &Variables,
) -> Result<Map<String, Value>, BTreeSet<String>> {
    let mut missing = BTreeSet::new();
    let filled = template
        .iter()
        .map(|(name, value)| (name.clone(), fill(value, variables, &mut missing)))
        .collect();
    if missing.is_empty() { Ok(filled) } else { Err(missing) }
}

fn fill(value: &Value, variables: &Variables, missing: &mut BTreeSet<String>) -> Value {
    match value {
        Value::String(text) => fill_text(text, variables, missing),
        Value::Array(list) => list.iter().map(|value| fill(value, variables, missing)).collect(),
        Value::Object(members) => {
            let filled =
                members.iter().map(|(name, value)| (name.clone(), fill(value, variables, missing)));
            Value::Object(filled.collect())
        }
        other => other.clone(),
    }
}

fn fill_text(text: &str, variables: &Variables, missing: &mut BTreeSet<String>) -> Value {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = next_variable(rest) {
        let value = variables.get(name);
        if value.is_none() {
            missing.insert(name.to_owned());
        }
        let value = value.unwrap_or(&Value::Null);
        if before.is_empty() && after.is_empty() && filled.is_empty() {
            return value.clone();
        }
        filled.push_str(before);
        match value {
            Value::String(value) => filled.push_str(value),
            value => filled.push_str(&value.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Value::String(filled)
}

/// What stands before the next variable, its name, and what stands after it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (name, after) = rest.split_once("}}")?;
    Some((before, name.trim(), after))
}

/// The settings (`ext_json`) of one mini program, with its variables filled in. Every place is named
/// whose variable it has not.
pub fn fill_in(
    ext: &Map<String, Value>,
    account: &MiniProgram,
) -> Result<Map<String, Value>, Faults> {
    let known = variables(account);
    let mut faults = Faults::new();
    for (pointer, name) in named(&Value::Object(ext.clone())) {
        faults.unless(
            known.contains_key(&name),
            format!("/ext{pointer}"),
            &format!("小程序没有变量 {name}，请先设置该变量，或直接填写内容"),
            &format!("the mini program has no variable {name}: set it, or write what is meant"),
        );
    }
    faults.or(())?;
    // Nothing is missing, as was just seen.
    Ok(render(ext, &known).unwrap_or_default())
}

/// The places of variables whose names cannot be names.
pub(super) fn malformed(value: &Value) -> Vec<(String, String)> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut names = named(value);
    names.retain(|(_, name)| name.is_empty() || !name.bytes().all(plain));
    names
}

/// The names of variables, with their places.
fn named(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(value, String::new(), &mut |pointer, value| {
        let Value::String(text) = value else { return };
        let mut rest = &**text;
        while let Some((_, name, after)) = next_variable(rest) {
            found.push((pointer.to_owned(), name.to_owned()));
            rest = after;
        }
    });
    found
}

/// Calls `seen` with every value that has no members, and its place.
fn walk(value: &Value, pointer: String, seen: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                walk(value, format!("{pointer}/{}", escaped(name)), seen);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (place, value) in list.iter().enumerate() {
                walk(value, format!("{pointer}/{place}"), seen);
            }
        }
        value => seen(&pointer, value),
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What differs between two settings, by place.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let leaves = |value: &Value| {
        let mut leaves = std::collections::BTreeMap::new();
        walk(value, String::new(), &mut |pointer, value| {
            leaves.insert(pointer.to_owned(), value.clone());
        });
        leaves
    };
    let (before, after) = (leaves(before), leaves(after));
    let places: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    places
        .into_iter()
        .filter(|place| before.get(*place) != after.get(*place))
        .map(|place| Difference {
            pointer: place.clone(),
            before: before.get(place).cloned(),
            after: after.get(place).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!("not an object") };
        members
    }

    #[test]
    fn a_variable_alone_keeps_its_type_and_within_a_text_is_written_out() {
        let template = object(json!({
            "ext": { "shop": "{{shop}}", "title": "{{ name }} · {{shop}}号", "list": ["{{tables}}"] },
            "extEnable": true,
        }));
        let variables = object(json!({ "shop": 8812, "name": "面馆", "tables": { "most": 12 } }));
        let filled = render(&template, &variables).unwrap();
        assert_eq!(
            Value::Object(filled),
            json!({
                "ext": { "shop": 8812, "title": "面馆 · 8812号", "list": [{ "most": 12 }] },
                "extEnable": true,
            })
        );
    }

    #[test]
    fn variables_that_the_merchant_has_not_are_all_named() {
        let template = object(json!({ "a": "{{one}} {{two}}", "b": ["{{three}}"], "c": "{one}" }));
        let missing = render(&template, &object(json!({ "two": "2" }))).unwrap_err();
        assert_eq!(missing.into_iter().collect::<Vec<_>>(), ["one", "three"]);
    }

    #[test]
    fn what_a_variable_holds_is_not_filled_in_again() {
        let variables = object(json!({ "a": "{{b}}", "b": "secret" }));
        let filled = render(&object(json!({ "x": "{{a}}", "y": "-{{a}}" })), &variables).unwrap();
        assert_eq!(Value::Object(filled), json!({ "x": "{{b}}", "y": "-{{b}}" }));
    }

    #[test]
    fn differences_are_named_by_their_places() {
        let before = json!({ "ext": { "shop": "1", "old": true, "a/b": 1 }, "pages": ["a"] });
        let after = json!({ "ext": { "shop": "2", "a/b": 2 }, "pages": ["a", "b"] });
        let differences = differences(&before, &after);
        let places: Vec<&str> = differences.iter().map(|difference| &*difference.pointer).collect();
        assert_eq!(places, ["/ext/a~1b", "/ext/old", "/ext/shop", "/pages/1"]);
        assert_eq!(differences[1].after, None);
        assert_eq!(differences[3].before, None);
        assert_eq!(malformed(&json!({ "a": ["{{}}", "{{ok}}", "{{a b}}"] })).len(), 2);
    }
}
