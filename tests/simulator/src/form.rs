//! `multipart/form-data`, read strictly: a client that cuts a corner is not understood.

use bytes::Bytes;
use serde_json::{Map, Value};

/// What a form held.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// The fields that are no file.
    pub(crate) texts: Map<String, Value>,
    /// The file, if there was one.
    pub(crate) file: Option<File>,
}

/// A file that was uploaded.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// The form's name for it.
    pub(crate) field: String,
    /// Its own name.
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

impl File {
    /// `png`, `jpeg`, `gif`, `bmp`, `mp4` or `pdf` by its first bytes.
    pub(crate) fn kind(&self) -> Option<&'static str> {
        match self.bytes.as_ref() {
            [0x89, b'P', b'N', b'G', ..] => Some("png"),
            [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
            [b'G', b'I', b'F', b'8', ..] => Some("gif"),
            [b'B', b'M', ..] => Some("bmp"),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("mp4"),
            [b'%', b'P', b'D', b'F', ..] => Some("pdf"),
            _ => None,
        }
    }

    /// Whether it is a picture, and its name says so too.
    pub(crate) fn is_picture(&self) -> bool {
        let extension = self.name.rsplit_once('.').map(|(_, it)| it.to_ascii_lowercase());
        let named = matches!(extension.as_deref(), Some("png" | "jpg" | "jpeg" | "gif" | "bmp"));
        named && matches!(self.kind(), Some("png" | "jpeg" | "gif" | "bmp"))
    }
}

/// Reads a form; `None` if it is not one, or not a whole one.
pub(crate) fn read(content_type: &str, body: &Bytes) -> Option<Form> {
    let (kind, parameters) = content_type.split_once(';')?;
    if kind.trim() != "multipart/form-data" {
        return None;
    }
    let boundary = parameters.trim().strip_prefix("boundary=")?.trim_matches('"');
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let delimiter = format!("\r\n--{boundary}");
    let mut form = Form::default();
    // The first delimiter has no line before it.
    let mut at = delimiter.len() - 2;
    if !body.starts_with(&delimiter.as_bytes()[2..]) {
        return None;
    }
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Some(form);
        }
        let rest = rest.strip_prefix(b"\r\n")?;
        let start = at + 2;
        let head_length = find(rest, b"\r\n\r\n")?;
        let head = str::from_utf8(&rest[..head_length]).ok()?;
        let content = start + head_length + 4;
        let length = find(&body[content..], delimiter.as_bytes())?;
        let disposition = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition").then_some(value.trim())
        })?;
        let disposition = disposition.strip_prefix("form-data;")?;
        let field = parameter(disposition, "name")?;
        let bytes = body.slice(content..content + length);
        match parameter(disposition, "filename") {
            Some(name) if form.file.is_none() => form.file = Some(File { field, name, bytes }),
            Some(_) => return None,
            None => {
                let text = str::from_utf8(&bytes).ok()?;
                form.texts.insert(field, text.into());
            }
        }
        at = content + length + delimiter.len();
    }
}

/// A parameter of `Content-Disposition`, which stands in quotes.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    disposition.split("; ").map(str::trim).find_map(|part| {
        let value = part.strip_prefix(&start)?.strip_suffix('"')?;
        (!value.is_empty() && !value.contains('"')).then(|| value.to_owned())
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
