//! Files on their way to WeChat's reviewers, known by what is in them and not by what they are
//! called.

use bytes::Bytes;
use wechat::endpoint::{Boundary, Upload};

use crate::{random::Random, text::Text};

/// Bytes of a picture, at most.
const LARGEST_PICTURE: usize = 2 * 1024 * 1024;
/// Bytes of a video, at most.
const LARGEST_VIDEO: usize = 10 * 1024 * 1024;
/// Bytes of a text that belongs to a privacy guideline, at most.
const LARGEST_TEXT: usize = 100 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A PNG.
    Png,
    /// A JPEG.
    Jpeg,
    /// A GIF.
    Gif,
    /// An MP4.
    Mp4,
    /// Text in UTF-8.
    Text,
}

impl Kind {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Gif => "image/gif",
            Kind::Mp4 => "video/mp4",
            Kind::Text => "text/plain",
        }
    }

    /// A name that ends as WeChat wants it.
    fn name(self) -> &'static str {
        match self {
            Kind::Png => "document.png",
            Kind::Jpeg => "document.jpg",
            Kind::Gif => "document.gif",
            Kind::Mp4 => "document.mp4",
            Kind::Text => "document.txt",
        }
    }

    /// Told from the first bytes; none of a file that WeChat takes nowhere.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => Some(Kind::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Kind::Jpeg),
            [b'G', b'I', b'F', b'8', ..] => Some(Kind::Gif),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Kind::Mp4),
            bytes if !bytes.is_empty() && str::from_utf8(bytes).is_ok() => Some(Kind::Text),
            _ => None,
        }
    }

    fn largest(self) -> usize {
        match self {
            Kind::Png | Kind::Jpeg | Kind::Gif => LARGEST_PICTURE,
            Kind::Mp4 => LARGEST_VIDEO,
            Kind::Text => LARGEST_TEXT,
        }
    }
}

/// A file of a kind that is wanted, and not too large.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    bytes: Bytes,
}

impl Document {
    /// Looks at a file. It has to be one of `wanted`.
    pub fn read(bytes: Bytes, wanted: &[Kind]) -> Result<Self, Text> {
        let names: Vec<&str> = wanted.iter().map(|kind| kind.media_type()).collect();
        let names = names.join(", ");
        let Some(kind) = Kind::of(&bytes).filter(|kind| wanted.contains(kind)) else {
            let why = Text::new(
                format!("文件内容应为 {names}"),
                format!("what is in the file is one of {names}"),
            );
            return Err(why);
        };
        let kibibytes = kind.largest() / 1024;
        match bytes.len() <= kind.largest() {
            true => Ok(Document { kind, bytes }),
            false => Err(Text::new(
                format!("文件不得超过 {kibibytes} KB"),
                format!("the file has {kibibytes} KiB at most"),
            )),
        }
    }

    /// The file as it is sent.
    pub(crate) fn upload(self, random: &dyn Random) -> Upload<'static> {
        Upload {
            name: self.kind.name(),
            content_type: self.kind.media_type(),
            bytes: self.bytes,
            boundary: Boundary::new(random.bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_is_in_it() {
        let read = |bytes: &'static [u8], wanted: &[Kind]| {
            Document::read(Bytes::from_static(bytes), wanted).map(|document| document.kind)
        };
        let pictures = [Kind::Png, Kind::Jpeg];
        assert_eq!(read(b"\x89PNG\r\n\x1a\n", &pictures), Ok(Kind::Png));
        assert_eq!(read(b"\x00\x00\x00\x18ftypmp42", &[Kind::Mp4]), Ok(Kind::Mp4));
        assert_eq!(read("隐私".as_bytes(), &[Kind::Text]), Ok(Kind::Text));
        assert!(read(b"GIF89a", &pictures).is_err());
        assert!(read(b"", &[Kind::Text]).is_err());
        let large = Bytes::from(vec![b'a'; LARGEST_TEXT + 1]);
        assert!(Document::read(large, &[Kind::Text]).is_err());
    }
}
