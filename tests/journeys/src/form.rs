//! Forms on pages.

use crate::Answer;

/// The first form of a page, filled in as the page suggests.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads the form: hidden fields, checked boxes and the checked one of several choices.
    #[track_caller]
    pub fn on(page: &Answer) -> Form {
        let text = page.text();
        let Some((_, form)) = text.split_once("<form") else { panic!("no form on {text}") };
        let action = attribute(form.split('>').next().unwrap_or(""), "action").unwrap_or_default();
        let mut fields = Vec::new();
        for input in form.split("<input").skip(1) {
            let input = input.split('>').next().unwrap_or("");
            let kind = attribute(input, "type").unwrap_or_default();
            let wanted =
                !matches!(kind.as_str(), "radio" | "checkbox") || input.contains(" checked");
            if let (Some(name), true) = (attribute(input, "name"), wanted) {
                fields.push((name, attribute(input, "value").unwrap_or_default()));
            }
        }
        Form { action, fields }
    }

    /// Chooses a value for a field.
    pub fn with(mut self, name: &str, value: &str) -> Form {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What is sent.
    pub fn fields(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}
