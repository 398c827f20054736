use std::fmt;

use bytes::Bytes;

use super::Body;

/// A file on its way to WeChat, as the one file of a `multipart/form-data` body. Prints no byte
/// of it.
#[derive(Clone)]
pub struct Upload<'a> {
    /// What it is called. WeChat insists on a name and looks at its extension.
    pub name: &'a str,
    /// What it is, such as `image/png`.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Bytes,
    /// What stands between the parts.
    pub boundary: Boundary,
}

/// What stands between the parts of a form. 128 random bits, drawn after the file was chosen, do
/// not occur in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// A boundary of these random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Boundary(format!("----{:032x}", u128::from_be_bytes(random)))
    }
}

impl Upload<'_> {
    /// The form with this file in `field`, and `texts`, names and values, before it.
    ///
    /// Names of fields are constants of the calls; values and the file's name may hold anything.
    pub fn form(&self, field: &'static str, texts: &[(&'static str, &str)]) -> Body {
        let Boundary(boundary) = &self.boundary;
        let mut form = Vec::with_capacity(self.bytes.len() + 512);
        for (name, value) in texts {
            let head = "Content-Disposition: form-data; name";
            form.extend(format!("--{boundary}\r\n{head}=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let name = quoted(self.name);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; \
             filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n",
            self.content_type
        );
        form.extend(head.bytes());
        form.extend_from_slice(&self.bytes);
        form.extend(format!("\r\n--{boundary}--\r\n").bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Body::Form { content_type, bytes: form.into() }
    }
}

/// A name as browsers quote it: nothing in it ends the quotes or the line.
fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '"' => quoted.push_str("%22"),
            '\r' => quoted.push_str("%0D"),
            '\n' => quoted.push_str("%0A"),
            other => quoted.push(other),
        }
    }
    quoted
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Upload({}, {} bytes)", self.content_type, self.bytes.len())
    }
}
