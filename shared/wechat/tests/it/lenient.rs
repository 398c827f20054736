//! Numbers as strings, words as booleans, and what is not there.

use serde::Deserialize;
use serde_json::{Value, json};
use wechat::lenient;

#[derive(Deserialize)]
struct Integer(#[serde(deserialize_with = "lenient::integer")] i64);

#[derive(Deserialize)]
struct OptionalInteger(#[serde(deserialize_with = "lenient::optional_integer")] Option<i64>);

#[derive(Deserialize)]
struct IntegerIfAny(#[serde(deserialize_with = "lenient::integer_if_any")] Option<i64>);

#[derive(Deserialize)]
struct Boolean(#[serde(deserialize_with = "lenient::boolean")] bool);

#[derive(Deserialize)]
struct Text(#[serde(deserialize_with = "lenient::optional_text")] Option<String>);

#[derive(Deserialize)]
struct List(#[serde(deserialize_with = "lenient::list")] Vec<String>);

#[derive(Deserialize)]
struct Joined(#[serde(deserialize_with = "lenient::joined")] Vec<String>);

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

#[test]
fn integers() {
    for (value, expected) in [
        (json!(7), Some(7)),
        (json!("7"), Some(7)),
        (json!(" -7 "), Some(-7)),
        (json!(7.0), Some(7)),
        (json!(true), Some(1)),
        (json!(i64::MAX), Some(i64::MAX)),
        (json!(u64::MAX), None),
        (json!(7.5), None),
        (json!(1e300), None),
        (json!("seven"), None),
        (json!(""), None),
        (json!(null), None),
        (json!([7]), None),
    ] {
        assert_eq!(read::<Integer>(value.clone()).map(|read| read.0), expected, "{value}");
        let if_any = read::<IntegerIfAny>(value.clone()).unwrap().0;
        assert_eq!(if_any, expected, "{value}");
    }
    for nothing in [json!(null), json!(""), json!(" ")] {
        assert_eq!(read::<OptionalInteger>(nothing).unwrap().0, None);
    }
    assert!(read::<OptionalInteger>(json!("seven")).is_none(), "not nothing, but wrong");
}

#[test]
fn booleans() {
    for (value, expected) in [
        (json!(true), Some(true)),
        (json!(1), Some(true)),
        (json!("true"), Some(true)),
        (json!("TRUE"), Some(true)),
        (json!("1"), Some(true)),
        (json!(false), Some(false)),
        (json!(0), Some(false)),
        (json!("false"), Some(false)),
        (json!("0"), Some(false)),
        (json!(2), None),
        (json!("yes"), None),
        (json!(null), None),
    ] {
        assert_eq!(read::<Boolean>(value.clone()).map(|read| read.0), expected, "{value}");
    }
}

#[test]
fn texts() {
    assert_eq!(read::<Text>(json!("a")).unwrap().0.as_deref(), Some("a"));
    assert_eq!(read::<Text>(json!(7)).unwrap().0.as_deref(), Some("7"));
    assert_eq!(read::<Text>(json!("")).unwrap().0, None);
    assert_eq!(read::<Text>(json!(null)).unwrap().0, None);
    assert!(read::<Text>(json!(["a"])).is_none());
}

#[test]
fn lists() {
    assert_eq!(read::<List>(json!(["a", "b"])).unwrap().0, ["a", "b"]);
    assert_eq!(read::<List>(json!("a")).unwrap().0, ["a"]);
    assert!(read::<List>(json!("")).unwrap().0.is_empty());
    assert!(read::<List>(json!(null)).unwrap().0.is_empty());
    assert!(read::<List>(json!([1])).is_none());
    assert_eq!(read::<Joined>(json!("a||b | c")).unwrap().0, ["a", "b", "c"]);
    assert!(read::<Joined>(json!(null)).unwrap().0.is_empty());
}
