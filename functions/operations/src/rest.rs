//! What is left of a body without the members that are wrong: so that what is wrong with the others
//! is told in the same answer.

use std::collections::{BTreeMap, BTreeSet};

use platform::fault::{Fault, Faults};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Nobody wants to read more.
const MOST: usize = 100;

/// A body and what was taken out of it. Pointers are always those of the body as it came.
pub(crate) struct Rest {
    body: Value,
    members: BTreeSet<String>,
    /// Places of lists, by the list's pointer.
    entries: BTreeMap<String, BTreeSet<usize>>,
}

impl Rest {
    /// All of `body` but what `faults` are about.
    pub(crate) fn of(body: Value, faults: &Faults) -> Rest {
        let mut rest = Rest { body, members: BTreeSet::new(), entries: BTreeMap::new() };
        for fault in faults.list() {
            rest.take_out(&fault.pointer);
        }
        rest
    }

    /// Reads what is left. Each member that is refused is added to `faults`, with what `explain`
    /// makes of its path and of the refusal, and is taken out; none if what must be there is not.
    pub(crate) fn read<T: DeserializeOwned>(
        &mut self,
        faults: &mut Faults,
        explain: impl Fn(&str, &str) -> Fault,
    ) -> Option<T> {
        while faults.list().len() < MOST {
            let error = match serde_path_to_error::deserialize(self.body.clone()) {
                Ok(value) => return Some(value),
                Err(error) => error,
            };
            let path = error.path().to_string();
            let Fault { pointer, why } = explain(&path, &error.into_inner().to_string());
            let pointer = self.original(&pointer);
            if !self.is_told(&pointer, faults) {
                faults.push(pointer.clone(), why);
            }
            if !self.take_out(&pointer) {
                return None;
            }
        }
        None
    }

    /// Adds what was found wrong with what is left, but for what only the taking out made wrong.
    pub(crate) fn add(&self, found: Faults, faults: &mut Faults) {
        for Fault { pointer, why } in found {
            let pointer = self.original(&pointer);
            if !self.is_told(&pointer, faults) && !self.entries.contains_key(&pointer) {
                faults.push(pointer, why);
            }
        }
    }

    fn is_told(&self, pointer: &str, faults: &Faults) -> bool {
        self.members.contains(pointer) || faults.list().iter().any(|it| it.pointer == pointer)
    }

    /// False if nothing stands there.
    fn take_out(&mut self, pointer: &str) -> bool {
        let Some((parent, last)) = pointer.rsplit_once('/') else { return false };
        let present = self.present(parent);
        match self.body.pointer_mut(&present) {
            Some(Value::Object(members)) => {
                let taken = members.remove(&last.replace("~1", "/").replace("~0", "~")).is_some();
                taken && self.members.insert(pointer.to_owned())
            }
            Some(Value::Array(entries)) => {
                let Ok(place) = last.parse::<usize>() else { return false };
                let gone = self.entries.entry(parent.to_owned()).or_default();
                let now = place - gone.range(..place).count();
                if now >= entries.len() || !gone.insert(place) {
                    return false;
                }
                entries.remove(now);
                true
            }
            _ => false,
        }
    }

    /// Where something of the body as it came stands now.
    fn present(&self, pointer: &str) -> String {
        let (mut original, mut present) = (String::new(), String::new());
        for part in pointer.split('/').skip(1) {
            let now = match (self.entries.get(&original), part.parse::<usize>()) {
                (Some(gone), Ok(place)) => (place - gone.range(..place).count()).to_string(),
                _ => part.to_owned(),
            };
            original = format!("{original}/{part}");
            present = format!("{present}/{now}");
        }
        present
    }

    /// Where something stood in the body as it came.
    fn original(&self, pointer: &str) -> String {
        let mut original = String::new();
        for part in pointer.split('/').skip(1) {
            let part = match (self.entries.get(&original), part.parse::<usize>()) {
                (Some(gone), Ok(now)) => {
                    let at = |place, gone: &usize| if *gone <= place { place + 1 } else { place };
                    gone.iter().fold(now, at).to_string()
                }
                _ => part.to_owned(),
            };
            original = format!("{original}/{part}");
        }
        original
    }
}

#[cfg(test)]
mod tests {
    use platform::text::Text;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        name: String,
        #[serde(default)]
        counts: Vec<u8>,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(default)]
        count: u8,
    }

    fn explain(path: &str, message: &str) -> Fault {
        let mut pointer =
            format!("/{}", path.replace("].", "/").replace(['[', '.'], "/").replace(']', ""));
        if let Some(named) = message.strip_prefix("missing field `") {
            pointer = format!("/{}", named.split('`').next().unwrap());
        }
        Fault { pointer, why: Text::new(message, message) }
    }

    fn pointers(faults: &Faults) -> Vec<&str> {
        faults.list().iter().map(|fault| fault.pointer.as_str()).collect()
    }

    #[test]
    fn all_that_is_refused_is_told_and_the_rest_is_read() {
        let body = json!({
            "name": "x", "extra": 1, "counts": [1, 700, 2, -1, 3],
            "inner": [{ "count": 400 }, { "count": 5 }, { "other": 1 }],
        });
        let mut faults = Faults::one("/extra", Text::fixed("无", "unknown"));
        let mut rest = Rest::of(body, &faults);

        let order: Order = rest.read(&mut faults, explain).unwrap();

        assert_eq!(order.counts, [1, 2, 3]);
        assert_eq!(order.inner.iter().map(|it| it.count).collect::<Vec<_>>(), [0, 5, 0]);
        assert_eq!(
            pointers(&faults),
            ["/extra", "/counts/1", "/counts/3", "/inner/0/count", "/inner/2/other"]
        );
    }

    #[test]
    fn what_is_found_wrong_with_the_rest_stands_where_it_stood_at_first() {
        let body = json!({ "name": "x", "counts": [700, 2, 800, 3] });
        let mut faults = Faults::new();
        let mut rest = Rest::of(body, &faults);
        let order: Order = rest.read(&mut faults, explain).unwrap();
        assert_eq!((order.name.as_str(), &order.counts[..]), ("x", &[2, 3][..]));

        let mut found = Faults::one("/counts/1", Text::fixed("太大", "too much"));
        found.push("/counts", Text::fixed("太少", "too few"));
        found.push("/name", Text::fixed("太短", "too short"));
        rest.add(found, &mut faults);

        assert_eq!(pointers(&faults), ["/counts/0", "/counts/2", "/counts/3", "/name"]);
    }

    #[test]
    fn without_what_must_be_there_nothing_is_read() {
        let mut faults = Faults::new();
        let mut rest = Rest::of(json!({ "counts": [700] }), &faults);
        let order: Option<Order> = rest.read(&mut faults, explain);
        assert!(order.is_none());
        assert_eq!(pointers(&faults), ["/counts/0", "/name"]);

        // What was wrong and so is missing now is told once.
        let mut faults = Faults::one("/name", Text::fixed("应为字符串", "is a text"));
        let mut rest = Rest::of(json!({ "name": 7 }), &faults);
        assert!(rest.read::<Order>(&mut faults, explain).is_none());
        assert_eq!(pointers(&faults), ["/name"]);
    }
}
