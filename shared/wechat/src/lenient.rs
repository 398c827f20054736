//! WeChat writes numbers as strings, booleans as words, and leaves out or nulls what is empty:
//! all of it is read. These are `deserialize_with` functions; those that give an `Option` or a
//! list want `#[serde(default)]` beside them, for a field that is missing.

use std::{fmt, marker::PhantomData};

use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer, value},
};
use serde_json::{Map, Value};

enum Scalar {
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Boolean(bool),
    Text(String),
    Null,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// What an untagged enum would do, without trying one variant after the other: every one that does
/// not fit makes an error, with the value, which may be a token, written into it.
struct ScalarVisitor;

impl<'de> de::Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number, a string, a boolean or null")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(number).map_or(Scalar::Unsigned(number), Scalar::Integer))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(number))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Scalar, E> {
        Ok(Scalar::Boolean(flag))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(text))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        Scalar::deserialize(deserializer)
    }
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
        Scalar::Null => Ok(None),
        Scalar::Float(_) => Err(E::custom("not a whole number")),
    }
}

fn to_text(scalar: Scalar) -> Option<String> {
    match scalar {
        Scalar::Integer(number) => Some(number.to_string()),
        Scalar::Unsigned(number) => Some(number.to_string()),
        Scalar::Float(number) => Some(number.to_string()),
        Scalar::Boolean(flag) => Some(flag.to_string()),
        Scalar::Text(text) if text.is_empty() => None,
        Scalar::Text(text) => Some(text),
        Scalar::Null => None,
    }
}

/// A whole number, or a string of one.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    to_integer(Scalar::deserialize(deserializer)?)?.ok_or_else(|| de::Error::custom("no number"))
}

/// Like [`integer`]; null and the empty string are `None`.
pub fn optional_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    to_integer(Scalar::deserialize(deserializer)?)
}

/// Like [`integer`]; null and the empty string are 0.
pub fn integer_or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(optional_integer(deserializer)?.unwrap_or_default())
}

/// A whole number if there is one, otherwise `None`, whatever stands there instead: for what is
/// good to know and not worth losing a message for.
pub fn integer_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(optional_integer(value).unwrap_or(None))
}

/// One of a set of numbers that stands for something: a whole number made into a `T`.
pub fn code<'de, D: Deserializer<'de>, T: From<i64>>(deserializer: D) -> Result<T, D::Error> {
    integer(deserializer).map(T::from)
}

/// `true`, `1`, `"true"`, `"1"`, and their opposites.
pub fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    optional_boolean(deserializer)?.ok_or_else(|| de::Error::custom("neither true nor false"))
}

/// Like [`boolean`]; null and the empty string are `None`.
pub fn optional_boolean<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    match Scalar::deserialize(deserializer)? {
        Scalar::Boolean(flag) => Ok(Some(flag)),
        Scalar::Text(text) if text.trim().eq_ignore_ascii_case("true") => Ok(Some(true)),
        Scalar::Text(text) if text.trim().eq_ignore_ascii_case("false") => Ok(Some(false)),
        other => match to_integer::<D::Error>(other)? {
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            None => Ok(None),
            Some(_) => Err(de::Error::custom("neither true nor false")),
        },
    }
}

/// A string, or a number as its digits; null is the empty string.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(to_text(Scalar::deserialize(deserializer)?).unwrap_or_default())
}

/// Like [`text`]; null and the empty string are `None`.
pub fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(to_text(Scalar::deserialize(deserializer)?))
}

/// A secret; null and the empty string are `None`.
pub fn optional_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
}

/// A list. Null and the empty string are the empty list, a single value is a list of one: so
/// that a repeated XML element reads the same however often it stands there.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_none<E: de::Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        list(deserializer)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(value::MapAccessDeserializer::new(map)).map(|item| vec![item])
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        T::deserialize(text.into_deserializer()).map(|item| vec![item])
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Vec<T>, E> {
        T::deserialize(number.into_deserializer()).map(|item| vec![item])
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Vec<T>, E> {
        T::deserialize(number.into_deserializer()).map(|item| vec![item])
    }
}

/// A string of parts with `|` between them, as WeChat joins media ids.
pub fn joined<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = text(deserializer)?;
    let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
    Ok(parts.map(str::to_owned).collect())
}

/// The fields of an answer that its struct does not name; for `#[serde(flatten)]`. The status
/// that every answer has is left out.
pub fn other<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let mut fields = Map::deserialize(deserializer)?;
    fields.remove("errcode");
    fields.remove("errmsg");
    Ok(fields)
}
