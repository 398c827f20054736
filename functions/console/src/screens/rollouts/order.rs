//! The order of a rollout as a form holds it, and as the API wants it.

use platform::text::{Language, Text};
use serde_json::{Map, Value, json};

use crate::{
    api::{Fault, ProblemDetails},
    submitted::Fields,
};

/// Waves that a form has room for.
pub(super) const WAVES: usize = 6;

/// Parts of the users that a form has room for.
pub(super) const PARTS: usize = 3;

/// What a part of the users is called in the form: `part-1-percent`.
pub(super) fn part_field(part: usize, what: &str) -> String {
    format!("part-{part}-{what}")
}

/// What a wave of the form is called: `wave-1-size`.
pub(super) fn wave_field(wave: usize, part: &str) -> String {
    format!("wave-{wave}-{part}")
}

/// What a new form has: one, one of a hundred, ten, fifty, all; and after each a look at what came
/// of it.
pub(super) fn usual() -> Vec<(String, String)> {
    let waves: [(&str, &str, &str, &str, &str); 5] = [
        ("1", "count", "", "", "0"),
        ("1", "percent", "", "0", "0"),
        ("10", "percent", "90", "5", "60"),
        ("50", "percent", "90", "5", "60"),
        ("100", "percent", "90", "5", "60"),
    ];
    let mut fields = Vec::new();
    for (place, (size, unit, approved, failed, soak)) in waves.into_iter().enumerate() {
        for (part, value) in [
            ("size", size),
            ("unit", unit),
            ("approved", approved),
            ("failed", failed),
            ("soak", soak),
        ] {
            fields.push((wave_field(place + 1, part), value.to_owned()));
        }
        fields.push((wave_field(place + 1, "people"), "0".to_owned()));
    }
    fields.push(("mode".to_owned(), "at-once".to_owned()));
    fields.push(("reserve".to_owned(), "20".to_owned()));
    fields
}

/// The body of the request. What is no number goes out as it is: the API says so at its place.
pub(super) fn body(fields: &Fields, language: Language) -> Result<Value, Box<ProblemDetails>> {
    let mut body = Map::new();
    let text = |name: &str| fields.text(name).trim();
    let filled = |name: &str| Some(text(name)).filter(|value| !value.is_empty());
    match filled("segment") {
        Some(segment) => drop(body.insert("segment".into(), segment.into())),
        None => drop(body.insert("query".into(), read("query", text("query"), language)?)),
    }
    for name in ["name", "user_version", "user_desc"] {
        body.insert(name.into(), text(name).into());
    }
    body.insert("template_id".into(), number(text("template_id")));
    body.insert("reserve".into(), number(filled("reserve").unwrap_or("0")));
    for name in ["follow", "replace"] {
        body.insert(name.into(), (text(name) == "true").into());
    }
    if let Some(ext) = filled("ext") {
        body.insert("ext".into(), read("ext", ext, language)?);
    }
    let canaries: Vec<&str> = text("canaries").split_whitespace().collect();
    body.insert("canaries".into(), json!(canaries));
    if let Some(said) = filled("version_desc") {
        body.insert("submission".into(), json!({ "version_desc": said.replace("\r\n", "\n") }));
    }
    body.insert("waves".into(), waves(fields).into());
    body.insert("release".into(), release(fields));
    body.insert("gray".into(), parts(fields).into());
    if let Some(percent) = filled("stop-failed") {
        let at_least = number(filled("stop-at-least").unwrap_or("10"));
        let same_code = filled("stop-same").map_or(Value::Null, number);
        let stop = json!({ "failed_percent": number(percent), "at_least": at_least, "same_code": same_code });
        body.insert("stop".into(), stop);
    }
    Ok(Value::Object(body))
}

/// The waves that are filled in, in their order.
fn waves(fields: &Fields) -> Vec<Value> {
    let mut waves = Vec::new();
    for wave in 1..=WAVES {
        let text = |part: &str| fields.text(&wave_field(wave, part)).trim().to_owned();
        let filled = |part: &str| Some(text(part)).filter(|value| !value.is_empty());
        let Some(size) = filled("size") else { continue };
        let unit = if text("unit") == "count" { "count" } else { "percent" };
        let mut gate = Map::new();
        for (name, part) in [
            ("approved_percent", "approved"),
            ("failed_percent", "failed"),
            ("soak_minutes", "soak"),
            ("people", "people"),
        ] {
            // Nothing was through before the first wave.
            if let Some(value) = filled(part).filter(|_| part == "people" || !waves.is_empty()) {
                gate.insert(name.into(), number(&value));
            }
        }
        waves.push(json!({ unit: number(&size), "gate": gate }));
    }
    waves
}

/// The parts of the users that are filled in, in their order. People say hours, the API minutes.
fn parts(fields: &Fields) -> Vec<Value> {
    let filled = (1..=PARTS).filter(|part| is_filled(fields, *part));
    let lines = filled.map(|part| {
        let text = |what: &str| fields.text(&part_field(part, what)).trim().to_owned();
        (text("percent"), text("hours"))
    });
    let part = |(percent, hours): (String, String)| {
        let minutes = match number(&hours) {
            Value::Number(hours) => match hours.as_f64().map(|hours| hours * 60.0) {
                // As a whole number where it is one, for the API takes no other.
                Some(minutes) if minutes.fract() == 0.0 => json!(minutes as i64),
                minutes => json!(minutes),
            },
            other => other,
        };
        json!({ "percent": number(&percent), "minutes": minutes })
    };
    lines.map(part).collect()
}

fn is_filled(fields: &Fields, part: usize) -> bool {
    let text = |what: &str| fields.text(&part_field(part, what)).trim();
    !text("percent").is_empty() || !text("hours").is_empty()
}

/// When an approved version goes online.
fn release(fields: &Fields) -> Value {
    match fields.text("mode") {
        "window" => {
            let days: Vec<i64> =
                fields.all("days").filter_map(|day| day.trim().parse().ok()).collect();
            let (from, to) = (fields.text("from").trim(), fields.text("to").trim());
            json!({ "mode": "window", "window": { "days": days, "from": from, "to": to } })
        }
        "after-ok" => json!({ "mode": "after-ok", "people": number(fields.text("people").trim()) }),
        _ => json!({ "mode": "at-once" }),
    }
}

/// Which field of the form a fault of the request is at.
pub(super) fn field_of(pointer: &str, fields: &Fields) -> String {
    let mut parts = pointer.trim_start_matches('/').split('/');
    match (parts.next().unwrap_or_default(), parts.next(), parts.next(), parts.next()) {
        ("waves", Some(place), within, gate) => {
            let place: usize = place.parse().unwrap_or_default();
            let filled = |wave: &usize| !fields.text(&wave_field(*wave, "size")).trim().is_empty();
            let wave = (1..=WAVES).filter(filled).nth(place).unwrap_or(place + 1);
            let part = match (within, gate) {
                (Some("gate"), Some("approved_percent")) => "approved",
                (Some("gate"), Some("failed_percent")) => "failed",
                (Some("gate"), Some("soak_minutes")) => "soak",
                (Some("gate"), Some("people")) => "people",
                _ => "size",
            };
            wave_field(wave, part)
        }
        ("waves", ..) => wave_field(1, "size"),
        ("gray", Some(place), what, _) => {
            let place: usize = place.parse().unwrap_or_default();
            let part = (1..=PARTS).filter(|part| is_filled(fields, *part)).nth(place);
            let what = if what == Some("minutes") { "hours" } else { "percent" };
            part_field(part.unwrap_or(place + 1), what)
        }
        ("gray", ..) => part_field(1, "percent"),
        ("release", Some("window"), part, _) => part.unwrap_or("from").to_owned(),
        ("release", Some("people"), ..) => "people".to_owned(),
        ("release", ..) => "mode".to_owned(),
        ("submission", ..) => "version_desc".to_owned(),
        ("stop", ..) => "stop-failed".to_owned(),
        (name, ..) => name.to_owned(),
    }
}

fn number(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(whole) => whole.into(),
        Err(_) => text.parse::<f64>().map_or_else(|_| text.into(), Value::from),
    }
}

fn read(name: &str, text: &str, language: Language) -> Result<Value, Box<ProblemDetails>> {
    serde_json::from_str(text).map_err(|error| {
        let words = Text::fixed("不是正确的 JSON", "this is not JSON");
        let detail = format!("{}: {error}", words.read(language));
        Box::new(ProblemDetails {
            title: detail.clone(),
            status: 422,
            faults: vec![Fault { pointer: format!("/{name}"), detail }],
            ..ProblemDetails::default()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(changes: &[(&str, &str)]) -> Fields {
        let mut fields = Fields(usual());
        for (name, value) in changes {
            fields.0.retain(|(known, _)| known != name);
            fields.0.push(((*name).to_owned(), (*value).to_owned()));
        }
        fields
    }

    #[test]
    fn a_form_that_is_left_as_it_is_makes_five_waves() {
        let form = fields(&[
            ("segment", "s1"),
            ("name", "夏季菜单"),
            ("template_id", "12"),
            ("user_version", "3.2.0"),
        ]);
        let body = body(&form, Language::Chinese).unwrap();
        assert_eq!(body["segment"], "s1");
        assert_eq!(body["template_id"], 12);
        let waves = body["waves"].as_array().unwrap();
        assert_eq!(waves.len(), 5);
        assert_eq!(waves[0], json!({ "count": 1, "gate": { "people": 0 } }));
        assert_eq!(waves[4]["percent"], 100);
        assert_eq!(waves[4]["gate"]["approved_percent"], 90);
        assert_eq!(body["release"], json!({ "mode": "at-once" }));
        assert!(body.get("query").is_none() && body.get("stop").is_none());
    }

    #[test]
    fn hours_people_and_a_search_are_taken_along() {
        let mut form = fields(&[
            ("query", r#"{"text":"面馆"}"#),
            ("mode", "window"),
            ("from", "09:00"),
            ("to", "18:00"),
            ("wave-2-size", ""),
            ("wave-3-people", "2"),
            ("stop-failed", "10"),
        ]);
        form.0.extend([("days".to_owned(), "1".to_owned()), ("days".to_owned(), "5".to_owned())]);
        let body = body(&form, Language::English).unwrap();
        assert_eq!(body["query"], json!({ "text": "面馆" }));
        assert_eq!(
            body["release"]["window"],
            json!({ "days": [1, 5], "from": "09:00", "to": "18:00" })
        );
        assert_eq!(body["waves"].as_array().unwrap().len(), 4, "an empty one is none");
        assert_eq!(body["waves"][1]["gate"]["people"], 2);
        assert_eq!(body["stop"]["at_least"], 10);
    }

    #[test]
    fn parts_of_the_users_are_said_in_hours() {
        let form = fields(&[
            ("segment", "s1"),
            ("part-1-percent", "10"),
            ("part-1-hours", "24"),
            ("part-3-percent", "50"),
            ("part-3-hours", "0.5"),
        ]);
        let body = body(&form, Language::Chinese).unwrap();
        let expected = json!([
            { "percent": 10, "minutes": 1440 }, { "percent": 50, "minutes": 30 },
        ]);
        assert_eq!(body["gray"], expected);
        assert_eq!(field_of("/gray/1/minutes", &form), "part-3-hours");
        assert_eq!(field_of("/gray/0/percent", &form), "part-1-percent");
    }

    #[test]
    fn a_fault_is_shown_at_the_field_that_holds_it() {
        let form = fields(&[("wave-2-size", "")]);
        assert_eq!(field_of("/waves/1/gate/people", &form), "wave-3-people");
        assert_eq!(field_of("/waves/0", &form), "wave-1-size");
        assert_eq!(field_of("/release/window/from", &form), "from");
        assert_eq!(field_of("/ext/shop", &form), "ext");
        let wrong = fields(&[("segment", "s1"), ("ext", "{")]);
        assert_eq!(body(&wrong, Language::English).unwrap_err().faults[0].pointer, "/ext");
    }
}
