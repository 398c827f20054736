//! The fields of a form: what each takes, and how it is drawn.

use maud::{Markup, html};
use platform::text::{Language, Text};

use serde_json::Value;

use crate::{api::Fault, submitted::Fields, words};

/// One field of a form.
pub(crate) struct Field {
    /// Where its value stands in the request's body, parts joined by dots; numbers are places in lists.
    pub(crate) name: &'static str,
    pub(crate) label: Text,
    pub(crate) hint: Option<Text>,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// It stands in the request's query, under its name.
    pub(crate) in_query: bool,
}

/// What a field takes. An empty one is left out of the request.
pub(crate) enum Kind {
    /// One line.
    Line,
    /// One line that is never drawn with what it held.
    Secret,
    /// Several lines that are one text.
    Prose,
    /// A list, one entry a line; an empty one is an empty list.
    Lines,
    /// A list that is left out when it is empty.
    FewLines,
    /// A list of objects, one a line: its two members with an equals sign between them.
    Pairs(&'static str, &'static str),
    Number,
    /// A list of numbers.
    Numbers,
    /// A list of which each entry is ticked; none ticked is an empty list.
    Boxes(&'static [Boxes]),
    Check,
    /// The same, left out where it is not ticked.
    Flag,
    /// One of a few.
    Choice(&'static [(&'static str, Text)]),
    /// One of a few that WeChat numbers.
    NumberedChoice(&'static [(&'static str, Text)]),
    /// A JSON value.
    Json,
    /// Always this JSON value; nothing is filled in.
    Always(&'static str),
    /// Words between fields.
    Heading,
    /// A file that is handed over first; the request says what it is called since.
    Document(Upload),
    /// Several of them.
    Documents(Upload),
    /// The request is the file itself, of these types.
    File(&'static str),
    /// The request is a form with the file in it.
    FileInForm(&'static str),
}

/// Boxes that belong together.
#[derive(Debug)]
pub(crate) struct Boxes {
    /// What they are about.
    pub(crate) title: Text,
    /// What each stands for, and its words.
    pub(crate) boxes: &'static [(&'static str, Text)],
}

/// Where a file is handed over before the request that names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Upload {
    /// The path below `/v1`; fields fill `{…}`, in its query too.
    pub(crate) to: &'static str,
    /// The member of the answer that names the file.
    pub(crate) member: &'static str,
    /// Which types it may have, as browsers are told.
    pub(crate) accept: &'static str,
}

impl Field {
    pub(crate) const fn new(name: &'static str, label: Text, kind: Kind) -> Self {
        Field { name, label, hint: None, kind, required: false, in_query: false }
    }

    /// Words between fields.
    pub(crate) const fn heading(words: Text) -> Self {
        Field::new("", words, Kind::Heading)
    }

    /// A value that is always the same.
    pub(crate) const fn always(name: &'static str, json: &'static str) -> Self {
        Field::new(name, Text::fixed("", ""), Kind::Always(json))
    }

    pub(crate) const fn hint(mut self, hint: Text) -> Self {
        // A constant function cannot drop what it replaces, and there is nothing to be dropped.
        std::mem::forget(self.hint.replace(hint));
        self
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn in_query(mut self) -> Self {
        self.in_query = true;
        self
    }

    /// What it holds where `body` is what is there now; nothing where that has nothing at its place.
    pub(super) fn filled(&self, body: &Value) -> Option<String> {
        let pointer = format!("/{}", self.name.replace('.', "/"));
        let value = body.pointer(&pointer).filter(|value| !value.is_null())?;
        let plain = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let lines = |line: &dyn Fn(&Value) -> String| {
            let entries = value.as_array().into_iter().flatten();
            entries.map(line).collect::<Vec<_>>().join("\n")
        };
        Some(match &self.kind {
            Kind::Lines | Kind::FewLines => lines(&plain),
            // They are many values of one name: whoever draws the form knows them.
            Kind::Boxes(_) => return None,
            Kind::Numbers => lines(&plain).replace('\n', ", "),
            Kind::Pairs(first, second) => {
                lines(&|entry| format!("{} = {}", plain(&entry[*first]), plain(&entry[*second])))
            }
            // An empty one is as good as none.
            Kind::Json if *value == Value::Array(Vec::new()) => return None,
            Kind::Json => format!("{value:#}"),
            Kind::Check | Kind::Flag if *value == Value::Bool(false) => return None,
            Kind::Secret | Kind::Always(_) | Kind::Heading => return None,
            _ => plain(value),
        })
    }

    /// The form has to be sent as one that carries files.
    pub(super) fn takes_files(&self) -> bool {
        matches!(
            self.kind,
            Kind::Document(_) | Kind::Documents(_) | Kind::File(_) | Kind::FileInForm(_)
        )
    }

    /// `form` tells it from fields of the same name in the other forms of a page.
    pub(super) fn draw(
        &self,
        form: &str,
        values: &Fields,
        faults: &[Fault],
        language: Language,
    ) -> Markup {
        match self.kind {
            Kind::Always(_) => return html! {},
            Kind::Heading => return html! { h2.part { (self.label.read(language)) } },
            Kind::Boxes(groups) => return self.boxes(form, groups, values, faults, language),
            _ => {}
        }
        let id = format!("{form}-{}", self.name.replace('.', "-"));
        let faults: Vec<&str> = faults
            .iter()
            .filter(|fault| fault.is_at(self.name))
            .map(|fault| fault.detail.as_str())
            .collect();
        let described = format!("{id}-about");
        let about = (self.hint.is_some() || !faults.is_empty()).then_some(described.as_str());
        html! {
            div.field.check[matches!(self.kind, Kind::Check | Kind::Flag)] {
                label for=(id) { (self.label.read(language)) @if self.required { span.must { " *" } } }
                (self.control(&id, values, about, !faults.is_empty(), language))
                @if about.is_some() {
                    div.about id=(described) {
                        @for fault in &faults { p.fault { (fault) } }
                        @if let Some(hint) = &self.hint { p { (hint.sentence(language)) } }
                    }
                }
            }
        }
    }

    /// Each box has its own label, each group its legend, and what is wrong stands above all of them.
    fn boxes(
        &self,
        form: &str,
        groups: &[Boxes],
        values: &Fields,
        faults: &[Fault],
        language: Language,
    ) -> Markup {
        let faults: Vec<&Fault> = faults.iter().filter(|fault| fault.is_at(self.name)).collect();
        let ticked: Vec<&str> = values.all(self.name).collect();
        html! {
            fieldset.boxes {
                legend { (self.label.read(language)) }
                @for fault in &faults { p.fault { (fault.detail) } }
                @if let Some(hint) = &self.hint { p.small { (hint.sentence(language)) } }
                @for group in groups {
                    fieldset {
                        legend { (group.title.read(language)) }
                        @for (value, words) in group.boxes {
                            @let id = format!("{form}-{}-{value}", self.name.replace('.', "-"));
                            div.field.check {
                                label for=(id) { (words.read(language)) }
                                input type="checkbox" id=(id) name=(self.name) value=(value)
                                    checked[ticked.contains(value)];
                            }
                        }
                    }
                }
            }
        }
    }

    fn control(
        &self,
        id: &str,
        values: &Fields,
        about: Option<&str>,
        faulty: bool,
        language: Language,
    ) -> Markup {
        let invalid = faulty.then_some("true");
        let value = values.text(self.name);
        html! {
            @match &self.kind {
                Kind::Line | Kind::Numbers => input type="text" id=(id) name=(self.name) value=(value)
                    required[self.required] aria-describedby=[about] aria-invalid=[invalid];,
                Kind::Secret => input type="password" autocomplete="off" id=(id) name=(self.name)
                    required[self.required] aria-describedby=[about] aria-invalid=[invalid];,
                Kind::Number => input type="text" inputmode="numeric" id=(id) name=(self.name)
                    value=(value) required[self.required] aria-describedby=[about]
                    aria-invalid=[invalid];,
                Kind::Check | Kind::Flag => input type="checkbox" id=(id) name=(self.name) value="true"
                    checked[value == "true"] aria-describedby=[about];,
                Kind::Prose | Kind::Lines | Kind::FewLines | Kind::Pairs(..) | Kind::Json => textarea
                    id=(id) name=(self.name) rows="4" required[self.required]
                    class=[matches!(self.kind, Kind::Json).then_some("code")]
                    aria-describedby=[about] aria-invalid=[invalid] { (value) },
                Kind::Choice(choices) | Kind::NumberedChoice(choices) => select id=(id)
                    name=(self.name) aria-describedby=[about] aria-invalid=[invalid] {
                    @if !self.required { option value="" { "—" } }
                    @for (name, title) in *choices {
                        option value=(name) selected[*name == value] { (title.read(language)) }
                    }
                },
                Kind::Document(upload) | Kind::Documents(upload) => {
                    @let kept: Vec<&str> = values.all(self.name).filter(|it| !it.is_empty()).collect();
                    input type="file" id=(id) name=(self.name) accept=(upload.accept)
                        multiple[matches!(self.kind, Kind::Documents(_))]
                        required[self.required && kept.is_empty()]
                        aria-describedby=[about] aria-invalid=[invalid];
                    @for kept in &kept { input type="hidden" name=(self.name) value=(kept); }
                    @if !kept.is_empty() { p.small { (words::KEPT.read(language)) } }
                },
                Kind::File(accept) | Kind::FileInForm(accept) => input type="file" id=(id)
                    name=(self.name) accept=(accept) required[self.required]
                    aria-describedby=[about] aria-invalid=[invalid];,
                Kind::Always(_) | Kind::Heading | Kind::Boxes(_) => {},
            }
        }
    }
}

impl Fault {
    fn is_at(&self, field: &str) -> bool {
        let place = self.pointer.trim_start_matches('/').replace('/', ".");
        place.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_shown_at_the_field_that_holds_it() {
        let fault = |pointer: &str| Fault { pointer: pointer.to_owned(), detail: String::new() };
        assert!(fault("/domains/requestdomain/3").is_at("domains.requestdomain"));
        assert!(fault("/name").is_at("name"));
        assert!(!fault("/names").is_at("name"));
    }

    #[test]
    fn a_field_holds_what_is_there_now() {
        let body = serde_json::json!({
            "part": { "list": ["a", "b"], "pairs": [{ "key": "UserInfo", "purpose": "展示" }] },
            "number": 12, "no": false, "yes": true, "none": null, "object": { "shop": 1 },
        });
        let held = |name, kind| Field::new(name, Text::fixed("", ""), kind).filled(&body);
        assert_eq!(held("part.list", Kind::FewLines).as_deref(), Some("a\nb"));
        let pairs = held("part.pairs", Kind::Pairs("key", "purpose"));
        assert_eq!(pairs.as_deref(), Some("UserInfo = 展示"));
        assert_eq!(held("number", Kind::Number).as_deref(), Some("12"));
        assert_eq!(held("yes", Kind::Check).as_deref(), Some("true"));
        assert_eq!(held("object", Kind::Json).as_deref(), Some("{\n  \"shop\": 1\n}"));
        for (name, kind) in [("no", Kind::Flag), ("none", Kind::Line), ("missing", Kind::Line)] {
            assert_eq!(held(name, kind), None);
        }
    }

    #[test]
    fn what_is_ticked_stays_ticked_and_each_box_has_its_label() {
        static GROUPS: [Boxes; 1] = [Boxes {
            title: Text::fixed("发布", "Releases"),
            boxes: &[
                ("release", Text::fixed("上线", "release")),
                ("rollback", Text::fixed("回退", "rollback")),
            ],
        }];
        let field = Field::new("required", Text::fixed("需要两人", "Two"), Kind::Boxes(&GROUPS));
        let values = Fields(vec![("required".to_owned(), "rollback".to_owned())]);
        let wrong = Fault { pointer: "/required/0".to_owned(), detail: "不行".to_owned() };
        let drawn = field.draw("form", &values, &[wrong], Language::Chinese).into_string();
        assert!(drawn.contains("<legend>发布</legend>") && drawn.contains("不行"), "{drawn}");
        assert!(drawn.contains("<label for=\"form-required-rollback\">回退</label>"), "{drawn}");
        let boxed = |name: &str| {
            let rest = drawn.split(&format!("id=\"form-required-{name}\"")).nth(1).unwrap();
            rest.split('>').next().unwrap().contains("checked")
        };
        assert!(boxed("rollback") && !boxed("release"), "{drawn}");
    }

    #[test]
    fn a_secret_is_never_drawn_with_what_it_held() {
        let field = Field::new("key", Text::fixed("密钥", "Key"), Kind::Secret);
        let values = Fields(vec![("key".to_owned(), "0123456789".to_owned())]);
        let drawn = field.draw("form", &values, &[], Language::English).into_string();
        assert!(drawn.contains("type=\"password\"") && !drawn.contains("0123456789"), "{drawn}");
    }
}
