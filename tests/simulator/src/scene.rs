//! What a handler works with.

use serde_json::{Map, Value};

use crate::{
    call::Pairs,
    errand::Errand,
    form::File,
    options::Options,
    reply::{Refusal, refuse},
    state::{Component, Merchant, World},
};

/// One checked call: who calls, with what, and the world to change.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) options: &'a Options,
    pub(crate) now: i64,
    pub(crate) query: &'a Pairs,
    pub(crate) body: Map<String, Value>,
    /// The file of a form.
    pub(crate) file: Option<File>,
    /// The component whose token this is, or whose merchant's; empty without a token.
    pub(crate) component_appid: String,
    /// The mini program whose token this is; empty otherwise.
    pub(crate) appid: String,
    /// What is to be done after the answer.
    pub(crate) errands: Vec<Errand>,
}

impl Scene<'_> {
    /// The calling component.
    pub(crate) fn component(&mut self) -> &mut Component {
        self.world.component(&self.component_appid)
    }

    /// The mini program that the call is about.
    pub(crate) fn merchant(&mut self) -> &mut Merchant {
        self.world.merchant(&self.appid)
    }

    /// Whose calls this one counts among: the mini program's or, without one, the component's.
    pub(crate) fn account(&self) -> &str {
        if self.appid.is_empty() { &self.component_appid } else { &self.appid }
    }

    /// A string field; empty if it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        text(&self.body, name)
    }

    /// A string field that may be absent.
    pub(crate) fn optional_text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    /// A number, or the digits of one.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        integer(&self.body, name)
    }

    /// A number with a fraction, or the digits of one.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let value = self.body.get(name)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.body.get(name).and_then(Value::as_bool)
    }

    /// An array of strings; `None` if it is absent.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        texts(&self.body, name)
    }

    /// An array of objects; `None` if it is absent.
    pub(crate) fn objects(&self, name: &str) -> Option<Vec<Map<String, Value>>> {
        let values = self.body.get(name)?.as_array()?;
        Some(values.iter().filter_map(|value| value.as_object().cloned()).collect())
    }

    /// The file of a form.
    pub(crate) fn file(&mut self) -> Result<File, Refusal> {
        match self.file.take() {
            None => refuse(41005, "media data missing"),
            Some(file) if file.bytes.is_empty() => refuse(44001, "empty media data"),
            Some(file) => Ok(file),
        }
    }

    /// Refuses a `component_appid` in the body that is not the token's.
    pub(crate) fn same_component(&self) -> Result<(), Refusal> {
        if self.text("component_appid") == self.component_appid {
            Ok(())
        } else {
            refuse(40013, "invalid appid")
        }
    }
}

/// A string of an object; empty if it is absent.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A number of an object, or the digits of one.
pub(crate) fn integer(object: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = object.get(name)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// An array of strings of an object.
pub(crate) fn texts(object: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let values = object.get(name)?.as_array()?;
    Some(values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
}
