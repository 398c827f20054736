//! The categories of a mini program, and those that there are.

use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::forms::ACTIONS;
use crate::{
    App,
    action::Action,
    pieces::{self, Tone, badge},
    screens::mini_program::Whose,
    submitted::Fields,
    visitor::Signed,
    words,
};

/// A category that the mini program has, or has asked for.
#[derive(Deserialize)]
pub(super) struct Category {
    first: i64,
    first_name: String,
    second: i64,
    second_name: String,
    state: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Available {
    categories: Vec<Known>,
}

/// A category that there is.
#[derive(Deserialize)]
struct Known {
    id: i64,
    name: String,
    parent: Option<i64>,
    documents: Vec<Vec<Document>>,
    remark: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    name: String,
}

const TITLE: Text = Text::fixed("类目", "Categories");
/// So many of the categories that there are stand on a page.
const MOST: usize = 40;

/// What it has; and, for whoever looks for more, those that there are with the documents they take.
pub(super) async fn section(
    app: &App,
    signed: &Signed,
    whose: &Whose,
    categories: &[Category],
    query: &Fields,
) -> Markup {
    let language = signed.language;
    let search = query.get("category");
    let available = match search {
        Some(_) => {
            let path = whose.path(&["categories", "available"]);
            Some(app.api.get::<Available>(&signed.caller, &path, &[]).await)
        }
        None => None,
    };
    html! {
        section.card aria-labelledby="categories" {
            h2 #categories { (TITLE.read(language)) }
            (table(signed, whose, categories))
            form.filter method="get" action="#categories" {
                label for="category" { (Text::fixed("查找可增加的类目", "Look for one to add").read(language)) }
                input type="search" id="category" name="category" value=(search.unwrap_or_default());
                button { (words::SEARCH.read(language)) }
            }
            @match available {
                Some(Ok(available)) => { (choose(signed, whose, &available.categories, search.unwrap_or_default())) }
                Some(Err(trouble)) => { (trouble.markup(language)) }
                None => {}
            }
        }
    }
}

fn table(signed: &Signed, whose: &Whose, categories: &[Category]) -> Markup {
    let language = signed.language;
    let [.., change, delete] = &ACTIONS;
    let nothing =
        Text::fixed("还没有类目，提审前至少要有一个。", "None yet; a review takes one at least.");
    html! {
        @if categories.is_empty() { (pieces::empty(language, &nothing, html! {})) }
        @else { div.table { table {
            thead { tr {
                th scope="col" { (TITLE.read(language)) }
                th scope="col" { (words::STATE.read(language)) }
                td {}
            } }
            tbody { @for category in categories {
                @let (first, second) = (category.first.to_string(), category.second.to_string());
                @let known = [&whose.known()[..], &[("first", first.as_str()), ("second", second.as_str())]].concat();
                tr {
                    th scope="row" { (category.first_name) " / " (category.second_name) br;
                        code.small { (first) " / " (second) } }
                    td { (state(&category.state, language)) @if let Some(reason) = &category.reason { p.small { (reason) } } }
                    td.actions { (change.link(signed, &known)) (delete.link(signed, &known)) }
                }
            } }
        } } }
    }
}

/// Those of the second level whose names hold the words looked for.
fn choose(signed: &Signed, whose: &Whose, all: &[Known], search: &str) -> Markup {
    let language = signed.language;
    let add = &ACTIONS[5];
    let parent = |known: &Known| {
        all.iter().find(|it| Some(it.id) == known.parent).map_or("", |it| it.name.as_str())
    };
    let found: Vec<&Known> = all
        .iter()
        .filter(|known| known.parent.is_some_and(|parent| parent != 0))
        .filter(|known| known.name.contains(search) || parent(known).contains(search))
        .take(MOST)
        .collect();
    let nothing = Text::fixed("没有找到。", "None is called so.");
    html! {
        @if found.is_empty() { p.small { (nothing.read(language)) } }
        @else { div.table { table {
            thead { tr {
                th scope="col" { (TITLE.read(language)) }
                th scope="col" { (Text::fixed("需要的资质", "Documents that it takes").read(language)) }
                td {}
            } }
            tbody { @for known in found { tr {
                th scope="row" { (parent(known)) " / " (known.name) }
                td {
                    @for choice in &known.documents {
                        p { @for (place, document) in choice.iter().enumerate() {
                            @if place > 0 { (Text::fixed(" 或 ", " or ").read(language)) } (document.name)
                        } }
                    }
                    @if known.documents.is_empty() { span.small { (words::NONE.read(language)) } }
                    @if let Some(remark) = &known.remark { p.small { (remark) } }
                }
                td { (add_link(add, signed, whose, known)) }
            } } }
        } } }
    }
}

/// The form with numbers and names of documents filled in.
fn add_link(add: &Action, signed: &Signed, whose: &Whose, known: &Known) -> Markup {
    let (first, second) = (known.parent.unwrap_or_default().to_string(), known.id.to_string());
    let names = [
        "categories.0.documents.0.name",
        "categories.0.documents.1.name",
        "categories.0.documents.2.name",
    ];
    let documents = known.documents.iter().filter_map(|choice| choice.first());
    let filled: Vec<(&str, &str)> = whose
        .known()
        .into_iter()
        .chain([("categories.0.first", first.as_str()), ("categories.0.second", second.as_str())])
        .chain(names.into_iter().zip(documents.map(|document| document.name.as_str())))
        .collect();
    add.link(signed, &filled)
}

fn state(state: &str, language: Language) -> Markup {
    let (tone, words) = match state {
        "in-review" => (Tone::Busy, Text::fixed("审核中", "in review")),
        "rejected" => (Tone::Bad, Text::fixed("被驳回", "rejected")),
        "in-force" => (Tone::Good, Text::fixed("已生效", "in force")),
        _ => (Tone::Plain, Text::fixed("未知", "unknown")),
    };
    badge(tone, words.read(language))
}
