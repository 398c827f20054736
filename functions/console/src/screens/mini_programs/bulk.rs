//! What is done with all that match: tags, and a view to find them again.

use std::time::Duration;

use axum::{
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::Method;
use maud::{Markup, html};
use platform::text::Text;
use serde_json::json;
use tokio::time::Instant;

use super::{Found, Wanted, search::views};
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    api,
    api::{Content, ProblemDetails},
    pieces,
    screens::Place,
    session::Role,
    shell,
    submitted::{Fields, Submitted},
    trouble::Trouble,
    visitor::Signed,
    words,
};

/// Tags are written for so long; what is left is for another click.
const PATIENCE: Duration = Duration::from_secs(15);

const TAG: Text = Text::fixed("给符合的全部加标签", "Tag all that match");

pub(in crate::screens) static ACTIONS: [Action; 2] = [
    Action {
        name: "save-view",
        title: Text::fixed("存为视图", "Save as a view"),
        rule: Text::fixed(
            "存的是条件，不是名单：以后符合的也在里面",
            "the conditions are saved, not the list: who comes to match is in it too",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("视图已保存", "The view is saved"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/segments",
        fields: &[
            Field::new("name", words::NAME, Kind::Line)
                .required()
                .hint(Text::fixed("如 餐饮，未到 3.2.0", "such as: restaurants, not on 3.2.0")),
            Field::new("query", Text::fixed("条件", "Conditions"), Kind::Json).required(),
        ],
        then: Then::Back,
    },
    Action {
        name: "delete-view",
        title: Text::fixed("删除视图", "Delete the view"),
        rule: Text::fixed(
            "只删除这组条件，小程序和已经开始的发布不受影响",
            "only the conditions go; mini programs and rollouts that have begun stay as they are",
        ),
        button: Text::fixed("删除", "Delete"),
        done: Text::fixed("视图已删除", "The view is deleted"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/segments/{id}",
        fields: &[],
        then: Then::Back,
    },
];

/// The way to delete a view.
pub(super) fn forget(signed: &Signed, component: &str, view: &str) -> Markup {
    let back = format!("/console/{component}/mini-programs");
    let [_, delete] = &ACTIONS;
    html! {
        @if signed.session.may(delete.least) {
            a.button href=(delete.address(&[("component", component), ("id", view)], &back)) {
                (delete.title.read(signed.language))
            }
        }
    }
}

/// `GET …/mini-programs/save`: leads to the form that saves what was searched.
pub(in crate::screens) async fn save(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Redirect, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let wanted = Wanted::typed(&query, &views(&app, &signed, &component).await?);
    let [save, _] = &ACTIONS;
    let conditions = wanted.query().to_string();
    let back = wanted.address(&format!("/console/{component}/mini-programs"));
    let known = [("component", &*component), ("query", &*conditions)];
    Ok(Redirect::to(&save.address(&known, &back)))
}

/// `GET …/mini-programs/tag`
pub(in crate::screens) async fn tag(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    draw(&app, &signed, &component, &query, html! {}).await
}

/// `POST …/mini-programs/tag`: writes on all of them, or on as many as there is time for.
pub(in crate::screens) async fn write(
    State(app): State<App>,
    Path(component): Path<String>,
    submitted: Submitted,
) -> Result<Response, Trouble> {
    let Submitted { signed, fields, .. } = submitted;
    let language = signed.language;
    let wanted = Wanted::typed(&fields, &views(&app, &signed, &component).await?);
    let tags = |name: &str| -> Vec<&str> {
        fields.text(name).split([' ', ',', '，', '\r', '\n']).filter(|it| !it.is_empty()).collect()
    };
    let body = json!({ "query": wanted.query(), "add": tags("add"), "remove": tags("remove") });
    let until = Instant::now() + PATIENCE;
    let (mut done, mut round) = (0, 0);
    let outcome = loop {
        let once = format!("{}-{round}", fields.text("_once"));
        let write = api::Write {
            method: Method::POST,
            path: &["components", &component, "tags"],
            query: &[],
            content: Content::Json(body.clone()),
            once: &once,
        };
        let answer = match app.api.write(&signed.caller, write).await {
            Ok(answer) => answer.json(),
            Err(Trouble::Refused(problem)) => break Err(problem),
            Err(trouble) => return Err(trouble),
        };
        let count = |name: &str| answer[name].as_u64().unwrap_or_default();
        done += count("done");
        round += 1;
        if count("left") == 0 || Instant::now() >= until {
            let too_many = answer["too_many"].as_array().map_or(0, Vec::len);
            break Ok((count("left"), too_many));
        }
    };
    match outcome {
        Ok((0, 0)) => {
            let back = wanted.address(&format!("/console/{component}/mini-programs"));
            let joint = if back.contains('?') { '&' } else { '?' };
            Ok(Redirect::to(&format!("{back}{joint}tagged={done}")).into_response())
        }
        Ok((left, too_many)) => {
            let told = Text::new(
                format!(
                    "已写 {done} 个，还剩 {left} 个：再点一次继续。{too_many} 个已有 50 个标签，没有改动。"
                ),
                format!(
                    "{done} are done and {left} are left: press once more. {too_many} would have more than 50 tags and were left alone."
                ),
            );
            let notice = html! { div.notice.warn role="status" { p { (told.read(language)) } } };
            draw(&app, &signed, &component, &fields, notice).await
        }
        Err(problem) => {
            let notice = pieces::problem(&problem, language);
            let mut page = draw(&app, &signed, &component, &fields, notice).await?;
            *page.status_mut() = status(&problem);
            Ok(page)
        }
    }
}

fn status(problem: &ProblemDetails) -> http::StatusCode {
    Trouble::Refused(Box::new(problem.clone())).status()
}

async fn draw(
    app: &App,
    signed: &Signed,
    component: &str,
    fields: &Fields,
    notice: Markup,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let wanted = Wanted::typed(fields, &views(app, signed, component).await?);
    let found = Found::read(app, signed, component, &wanted, None, 1).await?;
    let back = wanted.address(&format!("/console/{component}/mini-programs"));
    let line = |name: &str, label: Text, hint: Text| {
        html! {
            div.field {
                label for=(name) { (label.read(language)) }
                input type="text" id=(name) name=(name) value=(fields.text(name)) aria-describedby={ (name) "-about" };
                div.about id={ (name) "-about" } { p { (hint.read(language)) } }
            }
        }
    };
    let content = html! {
        p.way { a href=(back) { "‹ " (Place::MiniPrograms.title().read(language)) } }
        h1 { (TAG.read(language)) }
        (notice)
        p.version { (Text::new(
            format!("{} 个小程序", found.count), format!("{} mini programs", found.count),
        ).read(language)) }
        @if signed.session.may(Role::Releaser) {
            section.card { form.form method="post" action={ "/console/" (component) "/mini-programs/tag" } {
                input type="hidden" name="_form" value=(signed.session.form_token);
                input type="hidden" name="_once" value=(app.random.identifier(app.clock.now()));
                @for (name, value) in wanted.pairs() { input type="hidden" name=(name) value=(value); }
                (line("add", Text::fixed("加上", "Add"), Text::fixed("多个用空格分开", "several with spaces between them")))
                (line("remove", Text::fixed("去掉", "Remove"), Text::fixed("可留空", "may be left empty")))
                p.buttons {
                    button { (Text::new(format!("写到 {} 个小程序", found.count), format!("Write on {}", found.count)).read(language)) }
                    a href=(back) { (words::CANCEL.read(language)) }
                }
            } }
        } @else { p { (words::NOT_YOURS.read(language)) } }
    };
    Ok(shell::page(app, signed, Some(Place::MiniPrograms), &TAG, content).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_saved_with_its_conditions() {
        let [save, delete] = &ACTIONS;
        let address =
            save.address(&[("component", "wx1"), ("query", "{\"text\":\"a\"}")], "/console");
        assert!(address.contains("query=%7B%22text%22%3A%22a%22%7D"), "{address}");
        assert!(delete.danger && delete.fields.is_empty());
    }
}
