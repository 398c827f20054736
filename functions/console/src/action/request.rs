//! What was filled in, as requests to the API.

use http::Method;
use platform::text::{Language, Text};
use serde_json::{Map, Value, json};
use wechat::endpoint::{self, Boundary};

use super::{Action, Field, Kind, field::Upload, fill};
use crate::{
    App,
    api::{Answer, Content, Fault, ProblemDetails, Write},
    submitted::{Fields, File},
    trouble::Trouble,
    visitor::Signed,
};

const NO_FILE: Text = Text::fixed("请选择文件", "choose a file");

/// Does what a form asks for. Files that the request names are handed over first; what they are
/// called since goes into `fields`, so that nobody has to choose them a second time.
pub(super) async fn perform(
    app: &App,
    signed: &Signed,
    action: &Action,
    fields: &mut Fields,
    files: &[File],
) -> Result<Answer, Trouble> {
    let once = fields.text("_once").to_owned();
    for field in action.fields {
        if let Kind::Document(upload) | Kind::Documents(upload) = &field.kind {
            let single = matches!(field.kind, Kind::Document(_));
            for (position, file) in files.iter().filter(|it| it.field == field.name).enumerate() {
                let once = format!("{once}-{}-{position}", field.name);
                let name = hand_over(app, signed, upload, fields, file, &once).await;
                let name = name.map_err(|trouble| at(trouble, field))?;
                if single {
                    fields.0.retain(|(known, _)| known != field.name);
                }
                fields.0.push((field.name.to_owned(), name));
            }
        }
    }
    let content = content(app, action, fields, files, signed.language)?;
    let path: Vec<&str> = action.path.split('/').map(|part| fill(part, fields)).collect();
    let query: Vec<(&str, &str)> = action
        .fields
        .iter()
        .filter(|field| field.in_query)
        .map(|field| (field.name, fields.text(field.name).trim()))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let method = action.method.clone();
    let write = Write { method, path: &path, query: &query, content, once: &once };
    app.api.write(&signed.caller, write).await
}

/// Hands a file over; answers what it is called since.
async fn hand_over(
    app: &App,
    signed: &Signed,
    upload: &Upload,
    fields: &Fields,
    file: &File,
    once: &str,
) -> Result<String, Trouble> {
    let (path, query) = upload.to.split_once('?').unwrap_or((upload.to, ""));
    let path: Vec<&str> = path.split('/').map(|part| fill(part, fields)).collect();
    let query: Vec<(&str, &str)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name, fill(value, fields)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let content = Content::File { media_type: file.media_type.clone(), bytes: file.bytes.clone() };
    let write = Write { method: Method::POST, path: &path, query: &query, content, once };
    let answer = app.api.write(&signed.caller, write).await?.json();
    let name = answer.get(upload.member).and_then(Value::as_str);
    name.map(str::to_owned).ok_or_else(|| Trouble::unexpected(&path, &"the file has no name"))
}

/// The trouble with a file, at the field that it was chosen in.
fn at(trouble: Trouble, field: &Field) -> Trouble {
    match trouble {
        Trouble::Refused(mut problem) => {
            let detail = problem.detail.clone().unwrap_or_else(|| problem.title.clone());
            problem.faults = vec![Fault { pointer: pointer(field), detail }];
            Trouble::Refused(problem)
        }
        other => other,
    }
}

/// What the request carries.
fn content(
    app: &App,
    action: &Action,
    fields: &Fields,
    files: &[File],
    language: Language,
) -> Result<Content, Trouble> {
    for field in action.fields {
        if let Kind::File(_) | Kind::FileInForm(_) = field.kind {
            let file = files.iter().find(|file| file.field == field.name);
            let file = file.ok_or_else(|| refused(field, NO_FILE.sentence(language)))?;
            if let Kind::File(_) = field.kind {
                let (media_type, bytes) = (file.media_type.clone(), file.bytes.clone());
                return Ok(Content::File { media_type, bytes });
            }
            let upload = endpoint::Upload {
                name: &file.name,
                content_type: "application/octet-stream",
                bytes: file.bytes.clone(),
                boundary: Boundary::new(app.random.bytes()),
            };
            return Ok(match upload.form(field.name, &[]) {
                endpoint::Body::Form { content_type, bytes } => {
                    Content::File { media_type: content_type, bytes }
                }
                _ => Content::Nothing,
            });
        }
    }
    if !action.fields.iter().any(|field| !field.in_query) {
        return Ok(Content::Nothing);
    }
    let mut body = Value::Object(Map::new());
    for field in action.fields.iter().filter(|field| !field.in_query) {
        if let Some(value) = value(field, fields)? {
            put(&mut body, field.name, value);
        }
    }
    close_gaps(&mut body);
    Ok(Content::Json(body))
}

/// What stands in the request for a field.
fn value(field: &Field, fields: &Fields) -> Result<Option<Value>, Trouble> {
    let text = fields.text(field.name).trim();
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    // What is no number goes out as it is: the API says so at the field.
    let number = |text: &str| text.parse::<i64>().map_or_else(|_| text.into(), Value::from);
    let json =
        |text: &str| serde_json::from_str(text).map_err(|error| refused(field, error.to_string()));
    Ok(match field.kind {
        Kind::Heading | Kind::File(_) | Kind::FileInForm(_) => None,
        Kind::Always(value) => Some(json(value)?),
        Kind::Check => Some(Value::Bool(text == "true")),
        Kind::Flag => (text == "true").then_some(Value::Bool(true)),
        Kind::Lines => Some(lines().collect()),
        Kind::Boxes(_) => Some(fields.all(field.name).map(Value::from).collect()),
        Kind::Documents(_) => {
            Some(fields.all(field.name).filter(|it| !it.is_empty()).collect::<Vec<_>>().into())
                .filter(|it| *it != json!([]))
        }
        _ if text.is_empty() => None,
        Kind::FewLines => Some(lines().collect()),
        Kind::Pairs(first, second) => Some(lines().map(|line| pair(line, first, second)).collect()),
        Kind::Line | Kind::Secret | Kind::Choice(_) | Kind::Document(_) => Some(text.into()),
        Kind::Prose => Some(text.replace("\r\n", "\n").into()),
        Kind::Number | Kind::NumberedChoice(_) => Some(number(text)),
        Kind::Numbers => {
            let parts = text.split([',', '，', '、', ' ']).filter(|part| !part.is_empty());
            Some(parts.map(number).collect())
        }
        Kind::Json => Some(json(text)?),
    })
}

fn pair(line: &str, first: &str, second: &str) -> Value {
    let (one, other) = line.split_once(['=', '＝']).unwrap_or((line, ""));
    json!({ first: one.trim(), second: other.trim() })
}

/// What cannot be made a request.
fn refused(field: &Field, detail: String) -> Trouble {
    Trouble::Refused(Box::new(ProblemDetails {
        title: field.name.to_owned(),
        status: 422,
        detail: Some(detail.clone()),
        faults: vec![Fault { pointer: pointer(field), detail }],
        ..ProblemDetails::default()
    }))
}

fn pointer(field: &Field) -> String {
    format!("/{}", field.name.replace('.', "/"))
}

/// Puts `value` where `name` says, parts joined by dots; numbers are places in lists.
fn put(body: &mut Value, name: &str, value: Value) {
    let (first, rest) = match name.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let inner = match first.parse::<usize>() {
        Ok(place) => {
            if !body.is_array() {
                *body = Value::Array(Vec::new());
            }
            let Some(list) = body.as_array_mut() else { return };
            if list.len() <= place {
                list.resize(place + 1, Value::Null);
            }
            &mut list[place]
        }
        Err(_) => {
            if !body.is_object() {
                *body = Value::Object(Map::new());
            }
            let Some(members) = body.as_object_mut() else { return };
            members.entry(first).or_insert(Value::Null)
        }
    };
    match rest {
        Some(rest) => put(inner, rest, value),
        None => *inner = value,
    }
}

/// Closes the gaps that entries leave which were not filled in.
fn close_gaps(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.retain(|entry| !entry.is_null());
            list.iter_mut().for_each(close_gaps);
        }
        Value::Object(members) => members.values_mut().for_each(close_gaps),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_the_body_where_their_names_say() {
        let mut body = Value::Object(Map::new());
        put(&mut body, "domains.requestdomain", json!(["https://a.example"]));
        put(&mut body, "domains.udpdomain", json!([]));
        put(&mut body, "direct", true.into());
        let wanted = json!({
            "domains": { "requestdomain": ["https://a.example"], "udpdomain": [] },
            "direct": true,
        });
        assert_eq!(body, wanted);
    }

    #[test]
    fn numbers_in_names_are_places_in_lists_without_gaps() {
        let mut body = Value::Null;
        put(&mut body, "categories.0.first", json!(8));
        put(&mut body, "categories.0.documents.1.name", json!("《办学许可证》"));
        put(&mut body, "categories.0.documents.1.media_id", json!("M"));
        close_gaps(&mut body);
        let document = json!({ "name": "《办学许可证》", "media_id": "M" });
        assert_eq!(body, json!({ "categories": [{ "first": 8, "documents": [document] }] }));
    }

    #[test]
    fn each_kind_of_field_is_the_json_that_the_api_takes() {
        let read = |kind: Kind, text: &str| {
            let field = Field::new("it", Text::fixed("", ""), kind);
            let fields = Fields(vec![("it".to_owned(), text.to_owned())]);
            value(&field, &fields).expect("it can be read")
        };
        let pairs = read(Kind::Pairs("key", "purpose"), "UserInfo = 展示头像\r\n\r\nAlbum");
        let wanted = json!([
            { "key": "UserInfo", "purpose": "展示头像" },
            { "key": "Album", "purpose": "" },
        ]);
        assert_eq!(pairs, Some(wanted));
        assert_eq!(read(Kind::Numbers, "1, 2，x"), Some(json!([1, 2, "x"])));
        assert_eq!(read(Kind::Always("false"), ""), Some(json!(false)));
        assert_eq!(read(Kind::FewLines, " \n"), None);
        assert_eq!(read(Kind::Lines, ""), Some(json!([])));
        assert_eq!(read(Kind::Secret, " s "), Some(json!("s")));
        assert_eq!(read(Kind::Heading, "x"), None);
    }
}
