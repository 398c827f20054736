//! What an operator can do: each action is one request to the API, described once. The description
//! draws the form, with its rules before it is sent; turns what was filled in into the request; and
//! draws the form again, as it was filled in, with what the API finds wrong at the fields.

use axum::{
    extract::{Path, RawQuery, State},
    http::{Method, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde_json::{Map, Value};

use crate::{
    App, api,
    api::{Answer, Content, Fault, ProblemDetails},
    pieces, screens,
    session::Role,
    shell,
    submitted::{Fields, Submitted},
    trouble::Trouble,
    visitor::Signed,
    words,
};

/// One thing to do.
pub(crate) struct Action {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    /// What it is called.
    pub(crate) title: Text,
    /// What it does and what WeChat allows, said before it is done.
    pub(crate) rule: Text,
    /// What stands on the button.
    pub(crate) button: Text,
    /// What is said afterwards.
    pub(crate) done: Text,
    /// Who may.
    pub(crate) least: Role,
    /// It takes something away, or merchants' users see it at once.
    pub(crate) danger: bool,
    /// The request's method.
    pub(crate) method: Method,
    /// The request's path below `/v1`; fields fill `{…}`.
    pub(crate) path: &'static str,
    /// What is filled in.
    pub(crate) fields: &'static [Field],
    /// What becomes of the answer.
    pub(crate) then: Then,
}

/// One field of a form.
pub(crate) struct Field {
    /// Where its value stands in the request's body, parts joined by dots.
    pub(crate) name: &'static str,
    pub(crate) label: Text,
    pub(crate) hint: Option<Text>,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

/// What a field takes. An empty one is left out of the request.
pub(crate) enum Kind {
    /// One line.
    Line,
    /// Several lines that are one text.
    Prose,
    /// A list, one entry a line; an empty one is an empty list.
    Lines,
    /// A list that is left out when it is empty.
    FewLines,
    Number,
    Check,
    /// One of a few.
    Choice(&'static [(&'static str, Text)]),
    /// A JSON value.
    Json,
}

/// What becomes of the answer.
pub(crate) enum Then {
    /// Back to the page that the form stood on.
    Back,
    /// A secret that is told once stands in this member.
    TellOnce(&'static str),
    /// The answer is a picture.
    Picture,
}

impl Field {
    pub(crate) const fn new(name: &'static str, label: Text, kind: Kind) -> Self {
        Field { name, label, hint: None, kind, required: false }
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
}

impl Action {
    /// Where the action has a page of its own, with what is known filled in.
    pub(crate) fn address(&self, known: &[(&str, &str)], back: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(known).append_pair("back", back);
        format!("/console/do/{}?{}", self.name, query.finish())
    }

    /// A link to that page, for whoever may.
    pub(crate) fn link(&self, signed: &Signed, known: &[(&str, &str)]) -> Markup {
        let class = if self.danger { "button danger" } else { "button" };
        html! {
            @if signed.session.may(self.least) {
                a class=(class) href=(self.address(known, &signed.here)) {
                    (self.title.read(signed.language))
                }
            }
        }
    }

    /// The form, to stand on a page, for whoever may.
    pub(crate) fn form(&self, app: &App, signed: &Signed, known: &[(&str, &str)]) -> Markup {
        let pairs = known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let values = Fields(pairs.collect());
        html! {
            @if signed.session.may(self.least) {
                section.card { h2 { (self.title.read(signed.language)) }
                    (self.draw(app, signed, &values, &signed.here, &[]))
                }
            }
        }
    }

    fn draw(
        &self,
        app: &App,
        signed: &Signed,
        values: &Fields,
        back: &str,
        faults: &[Fault],
    ) -> Markup {
        let language = signed.language;
        html! {
            form.form method="post" action={ "/console/do/" (self.name) } {
                p.rule { (self.rule.sentence(language)) }
                input type="hidden" name="_form" value=(signed.session.form_token);
                input type="hidden" name="_once" value=(app.random.identifier(app.clock.now()));
                input type="hidden" name="_back" value=(back);
                @for name in parameters(self.path) {
                    input type="hidden" name=(name) value=(values.text(name));
                }
                @for field in self.fields { (field.draw(values, faults, language)) }
                p.buttons {
                    button.danger[self.danger] { (self.button.read(language)) }
                    @if back != signed.here { a href=(back) { (words::CANCEL.read(language)) } }
                }
            }
        }
    }

    /// The request that the fields make.
    fn request(&self, fields: &Fields) -> Result<Content, Box<ProblemDetails>> {
        if self.fields.is_empty() {
            return Ok(Content::Nothing);
        }
        let mut body = Value::Object(Map::new());
        for field in self.fields {
            if let Some(value) = field.value(fields)? {
                put(&mut body, field.name, value);
            }
        }
        Ok(Content::Json(body))
    }
}

impl Field {
    fn draw(&self, values: &Fields, faults: &[Fault], language: Language) -> Markup {
        let id = format!("field-{}", self.name.replace('.', "-"));
        let faults: Vec<&str> = faults
            .iter()
            .filter(|fault| fault.is_at(self.name))
            .map(|fault| fault.detail.as_str())
            .collect();
        let described = format!("{id}-about");
        let about = (self.hint.is_some() || !faults.is_empty()).then_some(described.as_str());
        let invalid = (!faults.is_empty()).then_some("true");
        let value = values.text(self.name);
        html! {
            div.field.check[matches!(self.kind, Kind::Check)] {
                label for=(id) { (self.label.read(language)) @if self.required { span.must { " *" } } }
                @match &self.kind {
                    Kind::Line => input type="text" id=(id) name=(self.name) value=(value)
                        required[self.required] aria-describedby=[about] aria-invalid=[invalid];,
                    Kind::Number => input type="text" inputmode="numeric" id=(id) name=(self.name)
                        value=(value) required[self.required] aria-describedby=[about]
                        aria-invalid=[invalid];,
                    Kind::Check => input type="checkbox" id=(id) name=(self.name) value="true"
                        checked[value == "true"] aria-describedby=[about];,
                    Kind::Prose | Kind::Lines | Kind::FewLines | Kind::Json => textarea id=(id)
                        name=(self.name) rows="4" required[self.required]
                        class=[matches!(self.kind, Kind::Json).then_some("code")]
                        aria-describedby=[about] aria-invalid=[invalid] { (value) },
                    Kind::Choice(choices) => select id=(id) name=(self.name)
                        aria-describedby=[about] aria-invalid=[invalid] {
                        @if !self.required { option value="" { "—" } }
                        @for (name, title) in *choices {
                            option value=(name) selected[*name == value] { (title.read(language)) }
                        }
                    },
                }
                @if about.is_some() {
                    div.about id=(described) {
                        @for fault in &faults { p.fault { (fault) } }
                        @if let Some(hint) = &self.hint { p { (hint.sentence(language)) } }
                    }
                }
            }
        }
    }

    /// What stands in the request for it.
    fn value(&self, fields: &Fields) -> Result<Option<Value>, Box<ProblemDetails>> {
        let text = fields.text(self.name).trim();
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(match self.kind {
            Kind::Check => Some(Value::Bool(text == "true")),
            Kind::Lines => Some(lines().collect()),
            _ if text.is_empty() => None,
            Kind::FewLines => Some(lines().collect()),
            Kind::Line | Kind::Choice(_) => Some(text.into()),
            Kind::Prose => Some(text.replace("\r\n", "\n").into()),
            // What is no number goes out as it is: the API says so at the field.
            Kind::Number => Some(text.parse::<i64>().map_or_else(|_| text.into(), Value::from)),
            Kind::Json => Some(serde_json::from_str(text).map_err(|error| {
                Box::new(ProblemDetails {
                    title: "JSON".to_owned(),
                    status: 422,
                    detail: Some(error.to_string()),
                    faults: vec![Fault {
                        pointer: format!("/{}", self.name.replace('.', "/")),
                        detail: error.to_string(),
                    }],
                    ..ProblemDetails::default()
                })
            })?),
        })
    }
}

impl Fault {
    fn is_at(&self, field: &str) -> bool {
        let place = self.pointer.trim_start_matches('/').replace('/', ".");
        place.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// `GET /console/do/{action}`: the form alone, with what the query knows filled in.
pub(crate) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let action = screens::action(&name).ok_or(Trouble::NoSuchPage)?;
    let values = Fields::parse(query.unwrap_or_default().as_bytes());
    let back = within(values.text("back"));
    Ok(alone(&app, &signed, action, &values, back, None).await)
}

/// `POST /console/do/{action}`: does it.
pub(crate) async fn carry_out(
    State(app): State<App>,
    Path(name): Path<String>,
    submitted: Submitted,
) -> Result<Response, Trouble> {
    let Submitted { signed, fields } = submitted;
    let action = screens::action(&name).ok_or(Trouble::NoSuchPage)?;
    let back = within(fields.text("_back")).to_owned();
    let outcome = match action.request(&fields) {
        Ok(content) => {
            let path: Vec<&str> = action.path.split('/').map(|part| fill(part, &fields)).collect();
            let once = fields.text("_once");
            let write = api::Write { method: action.method.clone(), path: &path, content, once };
            app.api.write(&signed.caller, write).await
        }
        Err(problem) => Err(Trouble::Refused(problem)),
    };
    match outcome {
        Ok(answer) => Ok(told(&app, &signed, action, &answer, &back).await),
        Err(Trouble::Refused(problem)) => {
            let mut page = alone(&app, &signed, action, &fields, &back, Some(&problem)).await;
            *page.status_mut() = Trouble::Refused(problem).status();
            Ok(page)
        }
        Err(trouble) => Err(trouble),
    }
}

/// What was done, as a page or as the way back.
async fn told(
    app: &App,
    signed: &Signed,
    action: &Action,
    answer: &Answer,
    back: &str,
) -> Response {
    match action.then {
        Then::Back => {
            let joint = if back.contains('?') { '&' } else { '?' };
            let later = if answer.status == http::StatusCode::ACCEPTED { "&later=1" } else { "" };
            Redirect::to(&format!("{back}{joint}done={}{later}", action.name)).into_response()
        }
        Then::Picture => {
            let media_type = answer.headers.get(header::CONTENT_TYPE).cloned();
            let mut response = answer.body.clone().into_response();
            if let Some(media_type) = media_type {
                response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            }
            response
        }
        Then::TellOnce(member) => {
            let language = signed.language;
            let answer = answer.json();
            let secret = answer.get(member).and_then(Value::as_str).unwrap_or_default();
            let content = html! {
                h1 { (action.done.read(language)) }
                div.notice.warn {
                    p { strong { (words::TOLD_ONCE.read(language)) } }
                    p { code.secret { (secret) } }
                }
                p { a.button href=(back) { (words::BACK.read(language)) } }
            };
            shell::page(app, signed, None, &action.title, content).await
        }
    }
}

async fn alone(
    app: &App,
    signed: &Signed,
    action: &Action,
    values: &Fields,
    back: &str,
    problem: Option<&ProblemDetails>,
) -> Response {
    let language = signed.language;
    let faults = problem.map_or(&[][..], |problem| &problem.faults);
    let about = ["name", "appid", "component"].iter().find_map(|name| {
        values
            .get(name)
            .filter(|value| !value.is_empty() && action.path.contains(&format!("{{{name}}}")))
    });
    let content = html! {
        p.way { a href=(back) { "‹ " (words::BACK.read(language)) } }
        h1 { (action.title.read(language)) }
        @if let Some(about) = about { p.about { code { (about) } } }
        @if let Some(problem) = problem { (pieces::problem(problem, language)) }
        section.card {
            @if signed.session.may(action.least) {
                (action.draw(app, signed, values, back, faults))
            } @else {
                p { (words::NOT_YOURS.read(language)) }
            }
        }
    };
    shell::page(app, signed, None, &action.title, content).await
}

/// The names in braces of a path.
fn parameters(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn fill<'a>(part: &'a str, fields: &'a Fields) -> &'a str {
    match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => fields.text(name),
        None => part,
    }
}

/// A page of ours to go back to, whatever a link says.
fn within(back: &str) -> &str {
    let ours = back == "/console" || back.starts_with("/console/") || back.starts_with("/console?");
    if ours { back } else { "/console" }
}

/// Puts `value` where `name` says, parts joined by dots.
fn put(body: &mut Value, name: &str, value: Value) {
    match name.split_once('.') {
        Some((first, rest)) => {
            let Some(members) = body.as_object_mut() else { return };
            let inner = members.entry(first).or_insert_with(|| Value::Object(Map::new()));
            put(inner, rest, value);
        }
        None => {
            if let Some(members) = body.as_object_mut() {
                members.insert(name.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_cannot_lead_elsewhere_afterwards() {
        for elsewhere in
            ["https://example.com/console/", "//example.com", "/v1/keys", "", "/consoles"]
        {
            assert_eq!(within(elsewhere), "/console", "{elsewhere}");
        }
        assert_eq!(within("/console/wx1/events?state=dead"), "/console/wx1/events?state=dead");
    }

    #[test]
    fn fields_stand_in_the_body_where_their_names_say() {
        let mut body = Value::Object(Map::new());
        put(&mut body, "domains.requestdomain", serde_json::json!(["https://a.example"]));
        put(&mut body, "domains.udpdomain", serde_json::json!([]));
        put(&mut body, "direct", true.into());
        let wanted = serde_json::json!({
            "domains": { "requestdomain": ["https://a.example"], "udpdomain": [] },
            "direct": true,
        });
        assert_eq!(body, wanted);
    }

    #[test]
    fn a_fault_is_shown_at_the_field_that_holds_it() {
        let fault = |pointer: &str| Fault { pointer: pointer.to_owned(), detail: String::new() };
        assert!(fault("/domains/requestdomain/3").is_at("domains.requestdomain"));
        assert!(fault("/name").is_at("name"));
        assert!(!fault("/names").is_at("name"));
    }

    #[test]
    fn every_action_has_a_name_of_its_own() {
        let mut names: Vec<&str> = screens::actions().map(|action| action.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
