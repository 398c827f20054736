//! What of a request goes into the audit log.

use serde_json::{Map, Value};

/// Members whose values are never written down: secrets, and what identifies a person.
const HIDDEN: [&str; 12] = [
    "secret",
    "sealed",
    "password",
    "token",
    "ticket",
    "key",
    "certificate",
    "credential",
    "wechat_id",
    "phone",
    "id_card",
    "openid",
];
/// The same, where the whole name is this: persons in filings and verifications.
const PERSONAL: [&str; 9] = [
    "ext",
    "variables",
    "mobile",
    "email",
    "emergency_contact",
    "contact_info",
    "legal_person_info",
    "bank_account",
    "test_account",
];
const LONGEST_TEXT: usize = 80;
const LONGEST_LIST: usize = 20;
const DEEPEST: usize = 4;
const LONGEST_SUMMARY: usize = 2000;

/// A request's body, shortened and with everything hidden that could be a secret. Members `ext` and
/// `variables` hold whatever a merchant's mini program is configured with, and are hidden whole.
pub fn summary(body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return format!("[{} bytes that are not JSON]", body.len());
    };
    shortened(&value, LONGEST_SUMMARY)
}

/// A value as JSON of `longest` characters at most, shortened and with everything hidden that could be a
/// secret.
pub(crate) fn shortened(value: &Value, longest: usize) -> String {
    let text = shorten(value, 0).to_string();
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn shorten(value: &Value, depth: usize) -> Value {
    match value {
        Value::Object(members) if depth >= DEEPEST => format!("[{} members]", members.len()).into(),
        Value::Array(items) if depth >= DEEPEST => format!("[{} items]", items.len()).into(),
        Value::Object(members) => {
            let shortened = members.iter().take(LONGEST_LIST).map(|(name, value)| {
                let value = match is_hidden(name) {
                    true => Value::from("[hidden]"),
                    false => shorten(value, depth + 1),
                };
                (cut(name), value)
            });
            Value::Object(shortened.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            items.iter().take(LONGEST_LIST).map(|item| shorten(item, depth + 1)).collect()
        }
        Value::String(text) => cut(without_query(text)).into(),
        other => other.clone(),
    }
}

fn is_hidden(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PERSONAL.contains(&&*name) || HIDDEN.iter().any(|hidden| name.contains(hidden))
}

/// A web address without its query, which may hold a key.
fn without_query(text: &str) -> &str {
    match text.split_once('?') {
        Some((address, _)) if address.contains("://") => address,
        _ => text,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_persons_are_hidden_and_the_rest_is_kept() {
        let body = br#"{"name":"shop","wechat_id":"canary","nested":{"api_key":"canary"},
                        "principal_info":{"mobile":"canary","certificate_number":"canary"},
                        "ext":{"a":"canary"},"variables":{"wx1":{"a":"canary"}},"list":["a"],"flag":true,
                        "url":"https://hooks.example.com/a?key=canary"}"#;

        let summary = summary(body);

        assert!(!summary.contains("canary"), "{summary}");
        let summary: Value = serde_json::from_str(&summary).unwrap();
        assert_eq!(summary["name"], "shop");
        assert_eq!(summary["wechat_id"], "[hidden]");
        assert_eq!(summary["list"][0], "a");
        assert_eq!(summary["flag"], true);
        assert_eq!(summary["url"], "https://hooks.example.com/a");
    }

    #[test]
    fn a_summary_stays_short() {
        let long = serde_json::json!({ "text": "长".repeat(5000), "list": vec!["x"; 500] });
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        for body in [long.to_string(), deep, "{".repeat(100)] {
            let summary = summary(body.as_bytes());
            assert!(summary.chars().count() <= LONGEST_SUMMARY + 1, "{summary}");
        }
    }
}
