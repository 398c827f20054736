//! How WeChat's answers are read. Status 200 says nothing: an error is JSON with an `errcode`
//! that is not 0, also where a success would be an image.

use std::{fmt, marker::PhantomData};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{ApiError, Error, lenient};

/// A way to read an answer.
pub trait Answer {
    /// What a success gives.
    type Value;

    /// Reads the body of an answer of the call at `path`.
    fn read(path: &'static str, status: u16, body: &Bytes) -> Result<Self::Value, Error>;
}

/// A JSON object that becomes a `T`.
#[derive(Debug)]
pub struct Json<T>(PhantomData<T>);

/// A JSON object that becomes a `T`, unless WeChat's check of the request's fields found faults:
/// those come with an `errcode`, and are no error here.
#[derive(Debug)]
pub struct Hinted<T>(PhantomData<T>);

/// What became of a request whose fields were checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Checked<T> {
    /// It was taken.
    Taken(T),
    /// It was refused for its fields.
    Refused {
        /// The refusal as a whole.
        refusal: ApiError,
        /// Field by field; never empty.
        hints: Vec<Hint>,
    },
}

/// A remark about one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hint {
    /// WeChat's code.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub errcode: Option<i64>,
    /// WeChat's words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub errmsg: String,
    /// The field, such as `icp_subject.base_info.name`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub err_field: String,
}

/// Nothing but the word that it worked.
#[derive(Debug)]
pub struct Done;

/// The bytes of a picture; JSON where there is an error.
#[derive(Debug)]
pub struct Image;

/// A picture as WeChat drew it.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/png`, `image/jpeg` or `image/gif`, told from the first bytes.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Bytes,
}

impl<T: DeserializeOwned> Answer for Json<T> {
    type Value = T;

    fn read(path: &'static str, status: u16, body: &Bytes) -> Result<T, Error> {
        check(path, status, body)?;
        parse(path, status, body)
    }
}

impl<T: DeserializeOwned> Answer for Hinted<T> {
    type Value = Checked<T>;

    fn read(path: &'static str, status: u16, body: &Bytes) -> Result<Checked<T>, Error> {
        match check(path, status, body) {
            Ok(()) => parse(path, status, body).map(Checked::Taken),
            Err(Error::WeChat(refusal)) => {
                let hints = parse::<Hints>(path, status, body)?.hints;
                match hints.is_empty() {
                    true => Err(refusal.into()),
                    false => Ok(Checked::Refused { refusal, hints }),
                }
            }
            Err(other) => Err(other),
        }
    }
}

#[derive(Deserialize)]
struct Hints {
    #[serde(default, deserialize_with = "lenient::list")]
    hints: Vec<Hint>,
}

impl Answer for Done {
    type Value = ();

    fn read(path: &'static str, status: u16, body: &Bytes) -> Result<(), Error> {
        check(path, status, body)
    }
}

impl Answer for Image {
    type Value = Picture;

    fn read(path: &'static str, status: u16, body: &Bytes) -> Result<Picture, Error> {
        let media_type = match body.as_ref() {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
            [b'G', b'I', b'F', b'8', ..] => "image/gif",
            _ => {
                check(path, status, body)?;
                let why = "neither a picture nor an error".to_owned();
                return Err(Error::Unreadable { path, status, why });
            }
        };
        Ok(Picture { media_type, bytes: body.clone() })
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Picture({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// The fields that every JSON answer may have.
#[derive(Deserialize)]
struct Status {
    #[serde(default, deserialize_with = "lenient::integer")]
    errcode: i64,
    #[serde(default)]
    errmsg: Option<String>,
}

/// The code in an answer of any call, declared or not; none where it is no JSON object or has no
/// `errcode`, as pictures and some successes.
pub fn errcode(body: &[u8]) -> Option<i64> {
    #[derive(Deserialize)]
    struct Code {
        #[serde(default, deserialize_with = "lenient::optional_integer")]
        errcode: Option<i64>,
    }
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice::<Code>(body).ok()?.errcode
}

/// WeChat's refusal in an answer of any call, declared or not, if it is one.
pub fn refusal(path: &'static str, body: &[u8]) -> Option<ApiError> {
    errcode(body).filter(|errcode| *errcode != 0)?;
    Some(serde_json::from_slice::<Status>(body).ok()?.refusal(path))
}

/// Tells a refusal from a success. Answers that carry a token have no `errcode` at all.
fn check(path: &'static str, status: u16, body: &Bytes) -> Result<(), Error> {
    let answer: Status = parse(path, status, body)?;
    if answer.errcode == 0 {
        if (200..300).contains(&status) {
            return Ok(());
        }
        let why = "no errcode to go with the HTTP status".to_owned();
        return Err(Error::Unreadable { path, status, why });
    }
    Err(answer.refusal(path).into())
}

impl Status {
    fn refusal(self, path: &'static str) -> ApiError {
        let (errmsg, rid) = split_rid(self.errmsg.unwrap_or_default());
        ApiError { path, errcode: self.errcode, errmsg: without_secrets(&errmsg), rid }
    }
}

fn parse<T: DeserializeOwned>(path: &'static str, status: u16, body: &Bytes) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // serde's own message may quote a value, and a value may be a token: keep field and place.
        let inner = error.inner();
        let why = format!(
            "{:?} error at field '{}', line {} column {}",
            inner.classify(),
            error.path(),
            inner.line(),
            inner.column()
        );
        Error::Unreadable { path, status, why }
    })
}

/// Cuts ` rid: 61725984-6126f6f9-040f19c4` off the end of WeChat's text.
fn split_rid(errmsg: String) -> (String, Option<String>) {
    match errmsg.rsplit_once("rid:") {
        Some((text, rid)) if !rid.trim().is_empty() && !rid.trim().contains(' ') => {
            (text.trim_end().to_owned(), Some(rid.trim().to_owned()))
        }
        _ => (errmsg, None),
    }
}

/// Takes out of WeChat's text what could be a token, a ticket or a secret: the text is shown and
/// logged. The shortest of them, an AppSecret, has 32 characters; the ids by which WeChat's support
/// finds a request are a rid of 26 and a hint that is a UUID.
fn without_secrets(errmsg: &str) -> String {
    let is_part = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '@' | '+' | '=')
    };
    let mut text = String::with_capacity(errmsg.len());
    let mut rest = errmsg;
    while let Some(from) = rest.find(is_part) {
        let (before, word) = rest.split_at(from);
        let (word, after) = word.split_at(word.find(|next| !is_part(next)).unwrap_or(word.len()));
        text.push_str(before);
        text.push_str(if word.len() < 32 || is_uuid(word) { word } else { "[REDACTED]" });
        rest = after;
    }
    text.push_str(rest);
    text
}

fn is_uuid(word: &str) -> bool {
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
