//! What changes in the course of some work: items as they were and as they became. Whoever begins the
//! work watches it; the tables see what is written and say so, however deep that happens, and a service
//! says what it changed elsewhere. The audit log keeps it, with everything hidden that could be a secret.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::audit::shortened;

/// Changes that one entry of the audit log holds, at most.
const MOST: usize = 12;
/// How long what was there and what is there may be, in characters each.
const LONGEST: usize = 1000;
/// Partitions of which changes are told: what operators set and decide. What follows from it is not
/// told twice, and registrations name persons.
const TOLD: [&str; 9] = [
    "adoption#",
    "app#",
    "apps#",
    "confirm-file#",
    "key#",
    "onboarding-plan#",
    "rollouts#",
    "segments#",
    "webhooks",
];
/// What is of no interest in an item.
const SILENT: [&str; 6] = ["pk", "sk", "due_shard", "due_at", "expires_at", "lease"];

/// One thing that became another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is: an item by its two keys, or a setting at WeChat by its name.
    pub what: String,
    /// What was there, as JSON, of what differs; none where there was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What is there, as JSON, of what differs; none where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What was seen: by its name, as it was at first and as it is at last.
#[derive(Default)]
struct Seen(BTreeMap<String, (Option<Value>, Option<Value>)>);

tokio::task_local! {
    static WATCHING: Arc<Mutex<Seen>>;
}

/// Does `work` and tells what it changed, in no more than [`Change`]s that fit into an entry of the
/// audit log. A task that it spawns is not seen.
pub async fn watch<F: Future>(work: F) -> (F::Output, Vec<Change>) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let done = WATCHING.scope(seen.clone(), work).await;
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    (done, seen.into_changes())
}

/// Does `work` of which nothing is told: what is erased must not stay in what is told of it.
pub(crate) async fn unseen<F: Future>(work: F) -> F::Output {
    WATCHING.scope(Arc::default(), work).await
}

/// Says that something became something else, if anybody watches.
pub(crate) fn report(
    what: impl Into<String>,
    before: Option<&impl Serialize>,
    after: Option<&impl Serialize>,
) {
    let _ = WATCHING.try_with(|seen| {
        let value = |it| serde_json::to_value(it).unwrap_or_default();
        let (before, after) =
            (before.map(value), after.map(|it| serde_json::to_value(it).unwrap_or_default()));
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = seen.0.entry(what.into()).or_insert((before, None));
        entry.1 = after;
    });
}

/// Whether anybody wants to know of changes in a partition.
pub(crate) fn wants(pk: &str) -> bool {
    WATCHING.try_with(|_| ()).is_ok() && TOLD.iter().any(|told| pk.starts_with(told))
}

impl Seen {
    fn into_changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (what, (before, after)) in self.0 {
            let (before, after) = differing(before, after);
            if before == after {
                continue;
            }
            if changes.len() == MOST {
                changes.push(Change { what: "…".to_owned(), before: None, after: None });
                break;
            }
            let text = |value: Option<Value>| value.map(|value| shortened(&value, LONGEST));
            changes.push(Change { what, before: text(before), after: text(after) });
        }
        changes
    }
}

/// The members of two objects that differ. What was hidden on both sides stays a difference.
fn differing(before: Option<Value>, after: Option<Value>) -> (Option<Value>, Option<Value>) {
    let strip = |value: Option<Value>| match value {
        Some(Value::Object(mut members)) => {
            members.retain(|name, _| !SILENT.contains(&name.as_str()));
            Some(Value::Object(members))
        }
        other => other,
    };
    match (strip(before), strip(after)) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let only = |of: &Map<String, Value>, other: &Map<String, Value>| {
                let differs = |(name, value): &(&String, &Value)| other.get(*name) != Some(*value);
                let members = of.iter().filter(differs);
                Some(Value::Object(
                    members.map(|(name, value)| (name.clone(), value.clone())).collect(),
                ))
            };
            (only(&before, &after), only(&after, &before))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn what_differs_is_told_from_the_first_to_the_last_and_secrets_are_not() {
        let none = None::<&Value>;
        let (done, changes) = watch(async {
            report(
                "a",
                Some(&json!({ "x": 1, "y": 2, "secret": "canary1" })),
                Some(&json!({ "x": 5 })),
            );
            let last = json!({ "x": 1, "y": 3, "secret": "canary2", "pk": "p" });
            report("a", Some(&json!({ "x": 5 })), Some(&last));
            report("b", none, Some(&json!({ "name": "面馆" })));
            report("c", Some(&json!(["a"])), none);
            report("same", Some(&json!({ "x": 1 })), Some(&json!({ "x": 1, "due_at": 7 })));
            7
        })
        .await;

        assert_eq!(done, 7);
        let told: Vec<_> = changes
            .iter()
            .map(|it| (it.what.as_str(), it.before.as_deref(), it.after.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "a",
                    Some(r#"{"secret":"[hidden]","y":2}"#),
                    Some(r#"{"secret":"[hidden]","y":3}"#)
                ),
                ("b", None, Some(r#"{"name":"面馆"}"#)),
                ("c", Some(r#"["a"]"#), None),
            ]
        );
    }

    #[tokio::test]
    async fn nobody_watches_and_nothing_is_kept() {
        assert!(!wants("app#a#b"));
        report("a", None::<&Value>, Some(&1));
        let (wanted, changes) = watch(async { (wants("app#a#b"), wants("outbox#a")) }).await;
        assert_eq!((wanted, changes), ((true, false), Vec::new()));
    }

    #[tokio::test]
    async fn an_entry_stays_short() {
        let (_, changes) = watch(async {
            for at in 0..40 {
                let long: Vec<String> =
                    (0..20).map(|at| format!("{at}{}", "长".repeat(200))).collect();
                report(format!("{at:02}"), None::<&Value>, Some(&long));
            }
        })
        .await;
        assert_eq!(changes.len(), MOST + 1);
        assert!(
            changes.iter().all(|it| it.after.iter().all(|it| it.chars().count() <= LONGEST + 1))
        );
    }
}
