//! The page.

use maud::{DOCTYPE, Markup, html};
use platform::text::{Language, Text};

use super::{
    contents::{Contents, Field, Operation, Schema, Type},
    words::{self, tag, title},
};
use crate::problem::Kind;

/// The page with the operations in which all words of `sought` are; with all of them if there are no
/// words.
pub(super) fn page(contents: &Contents, sought: &str, language: Language) -> Markup {
    let wanted: Vec<String> = sought.split_whitespace().map(str::to_lowercase).collect();
    let found: Vec<(&str, Vec<&Operation>)> = contents
        .tags
        .iter()
        .map(|(name, operations)| {
            let fits = |operation: &&Operation| {
                let title = title(&operation.id, &operation.summary, language).to_lowercase();
                operation.has(&wanted, &format!("{title} {}", tag(name, language)))
            };
            (name.as_str(), operations.iter().filter(fits).collect::<Vec<_>>())
        })
        .filter(|(_, operations)| !operations.is_empty())
        .collect();
    let say = |text: &'static Text| read(text, language).to_owned();
    let other = match language {
        Language::Chinese => "en",
        Language::English => "zh",
    };
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "wechat-fleet · " (say(&words::PAGE)) }
                link rel="stylesheet" href="/v1/reference/style.css";
            }
            body {
                nav {
                    form action="/v1/reference" {
                        input type="search" name="q" value=(sought) aria-label=(say(&words::SEARCH))
                            placeholder=(say(&words::SEARCH));
                        input type="hidden" name="lang" value=(code(language));
                    }
                    @for (name, operations) in &found {
                        h2 { a href={ "#" (name) } { (tag(name, language)) } }
                        ul {
                            @for operation in operations {
                                li { a href={ "#" (operation.id) } {
                                    (title(&operation.id, &operation.summary, language))
                                } }
                            }
                        }
                    }
                    h2 { a href="#problems" { (say(&words::PROBLEMS)) } }
                    h2 { a href="#schemas" { (say(&words::SCHEMAS)) } }
                }
                main {
                    header {
                        h1 { "wechat-fleet " (env!("CARGO_PKG_VERSION")) " · " (say(&words::PAGE)) }
                        p { (words::INTRODUCTION.sentence(language)) }
                        p { (words::RELAY.sentence(language)) }
                        p {
                            a href="/v1/openapi.json" { (say(&words::DOCUMENT)) } " · "
                            a href={ "/v1/reference?lang=" (other) } hreflang=(other) {
                                (say(&words::OTHER_LANGUAGE))
                            }
                        }
                    }
                    @if found.is_empty() { p.nothing { (words::NOTHING.sentence(language)) } }
                    @for (name, operations) in &found {
                        section id=(name) {
                            h2 { (tag(name, language)) }
                            @for operation in operations { (one(operation, language)) }
                        }
                    }
                    (problems(language))
                    (schemas(contents, language))
                }
            }
        }
    }
}

/// A description, with what stands between backticks as code.
fn told(words: &str) -> Markup {
    html! {
        @for (place, part) in words.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn one(operation: &Operation, language: Language) -> Markup {
    let say = |text: &'static Text| read(text, language).to_owned();
    html! {
        article id=(operation.id) {
            h3 { a href={ "#" (operation.id) } {
                (title(&operation.id, &operation.summary, language))
            } }
            p.address { b class=(operation.method.to_lowercase()) { (operation.method) } " "
                code { (operation.path) } }
            p { (told(&operation.summary)) " " (told(&operation.description)) }
            p.needs {
                @match &operation.action {
                    Some(action) => { (say(&words::NEEDS)) " " code { (action) } }
                    None => { (say(&words::OPEN)) }
                }
            }
            @if !operation.parameters.is_empty() {
                h4 { (say(&words::PARAMETERS)) }
                (fields(&operation.parameters, language))
            }
            @for (content_type, kind) in &operation.bodies {
                h4 { (say(&words::BODY)) }
                p { code { (content_type) } " " (link(kind)) }
            }
            details {
                summary { (say(&words::RESPONSES)) }
                dl {
                    @for (status, words, kind) in &operation.responses {
                        dt { code { (status) } @if let Some(kind) = kind { " " (link(kind)) } }
                        dd { (words) }
                    }
                }
            }
            pre { code { (operation.curl) } }
        }
    }
}

fn fields(list: &[Field], language: Language) -> Markup {
    html! {
        dl {
            @for field in list {
                dt {
                    code { (field.name) } " " (link(&field.kind))
                    @if field.required { " " em { (read(&words::REQUIRED, language)) } }
                }
                dd { (told(&field.description)) }
            }
        }
    }
}

fn link(kind: &Type) -> Markup {
    match &kind.schema {
        Some(schema) => html! { a.type href={ "#schema-" (schema) } { (kind.words) } },
        None => html! { span.type { (kind.words) } },
    }
}

fn problems(language: Language) -> Markup {
    html! {
        section id="problems" {
            h2 { (read(&words::PROBLEMS, language)) }
            @for kind in Kind::ALL {
                article id={ "problem-" (kind.name()) } {
                    h3 { code { (kind.uri()) } }
                    p { b { (kind.status().as_u16()) } " " (kind.title().sentence(language)) }
                    @if let Some(what_to_do) = kind.what_to_do() {
                        p { (what_to_do.sentence(language)) }
                    }
                }
            }
        }
    }
}

fn schemas(contents: &Contents, language: Language) -> Markup {
    let one = |name: &str, schema: &Schema| {
        html! {
            article id={ "schema-" (name) } {
                h3 { code { (name) } }
                p { (told(&schema.description)) }
                @if !schema.values.is_empty() {
                    p { @for value in &schema.values { code { (value) } " " } }
                }
                (fields(&schema.fields, language))
            }
        }
    };
    html! {
        section id="schemas" {
            h2 { (read(&words::SCHEMAS, language)) }
            @for (name, schema) in &contents.schemas { (one(name, schema)) }
        }
    }
}

fn read(text: &'static Text, language: Language) -> &'static str {
    match language {
        Language::Chinese => &text.zh,
        Language::English => &text.en,
    }
}

fn code(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh",
        Language::English => "en",
    }
}
