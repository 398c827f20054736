//! What an operator can do: each action is one request to the API, described once. The description
//! draws the form, with its rules before it is sent; turns what was filled in into the request; and
//! draws the form again, as it was filled in, with what the API finds wrong at the fields.

mod field;
mod request;

pub(crate) use field::{Boxes, Field, Kind, Upload};

use axum::{
    extract::{Path, RawQuery, State},
    http::Method,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use platform::text::Text;
use serde_json::Value;

use crate::{
    App,
    api::{Answer, Fault, ProblemDetails},
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

/// What becomes of the answer.
pub(crate) enum Then {
    /// Back to the page that the form stood on.
    Back,
    /// A secret that is told once stands in this member.
    TellOnce(&'static str),
    /// The answer is a picture.
    Picture,
    /// To the page of what was made: members of the answer and fields fill `{…}`.
    Open(&'static str),
}

impl Action {
    /// What its fields hold where `body` is what is there now.
    pub(crate) fn filled(&self, body: &Value) -> Vec<(&'static str, String)> {
        let fields = self.fields.iter();
        fields.filter_map(|field| Some((field.name, field.filled(body)?))).collect()
    }

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
        let files = self.fields.iter().any(Field::takes_files);
        html! {
            form.form method="post" action={ "/console/do/" (self.name) }
                enctype=[files.then_some("multipart/form-data")] {
                p.rule { (self.rule.sentence(language)) }
                input type="hidden" name="_form" value=(signed.session.form_token);
                input type="hidden" name="_once" value=(app.random.identifier(app.clock.now()));
                input type="hidden" name="_back" value=(back);
                @for name in parameters(self.path) {
                    input type="hidden" name=(name) value=(values.text(name));
                }
                @for field in self.fields { (field.draw(self.name, values, faults, language)) }
                p.buttons {
                    button.danger[self.danger] { (self.button.read(language)) }
                    @if back != signed.here { a href=(back) { (words::CANCEL.read(language)) } }
                }
            }
        }
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
    let Submitted { signed, mut fields, files } = submitted;
    let action = screens::action(&name).ok_or(Trouble::NoSuchPage)?;
    let back = within(fields.text("_back")).to_owned();
    let outcome = request::perform(&app, &signed, action, &mut fields, &files).await;
    match outcome {
        Ok(answer) => match screens::approvals::waiting(&answer) {
            Some(way) => Ok(way),
            None => Ok(told(&app, &signed, action, &fields, &answer, &back).await),
        },
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
    fields: &Fields,
    answer: &Answer,
    back: &str,
) -> Response {
    match action.then {
        Then::Back => {
            // What was done before is said no more.
            let mut back = pieces::with(back, "done", action.name);
            if answer.status == http::StatusCode::ACCEPTED {
                back.push_str("&later=1");
            }
            Redirect::to(&back).into_response()
        }
        Then::Open(address) => {
            let made = answer.json();
            let part = |part: &str| {
                let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
                let made = name.and_then(|name| made.get(name)).and_then(Value::as_str);
                made.map_or_else(|| fill(part, fields).to_owned(), str::to_owned)
            };
            let address = address.split('/').map(part).collect::<Vec<_>>().join("/");
            Redirect::to(&format!("{address}?done={}", action.name)).into_response()
        }
        Then::Picture => pieces::picture(answer, true),
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
    fn every_action_has_a_name_of_its_own() {
        let mut names: Vec<&str> = screens::actions().map(|action| action.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
