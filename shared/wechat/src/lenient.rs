//! WeChat writes numbers as strings and booleans as words in some answers: both are read.

use serde::{Deserialize, Deserializer, de};

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Boolean(bool),
    Text(String),
    Null(()),
}

fn to_integer<E: de::Error>(scalar: Scalar) -> Result<Option<i64>, E> {
    match scalar {
        Scalar::Integer(number) => Ok(Some(number)),
        Scalar::Unsigned(number) => i64::try_from(number).map(Some).map_err(E::custom),
        Scalar::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Ok(Some(number as i64))
        }
        Scalar::Boolean(flag) => Ok(Some(i64::from(flag))),
        Scalar::Text(text) if text.trim().is_empty() => Ok(None),
        Scalar::Text(text) => text.trim().parse().map(Some).map_err(|_| E::custom("not a number")),
        Scalar::Null(()) => Ok(None),
        Scalar::Float(_) => Err(E::custom("not a whole number")),
    }
}

/// A whole number, or a string of one.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    to_integer(Scalar::deserialize(deserializer)?)?.ok_or_else(|| de::Error::custom("no number"))
}

/// Like [`integer`]; null and the empty string are `None`. Wants `#[serde(default)]` beside it.
pub fn optional_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    to_integer(Scalar::deserialize(deserializer)?)
}

/// `true`, `1`, `"true"`, `"1"`, and their opposites.
pub fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Scalar::deserialize(deserializer)? {
        Scalar::Boolean(flag) => Ok(flag),
        Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        other => match to_integer::<D::Error>(other)? {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(de::Error::custom("neither true nor false")),
        },
    }
}
