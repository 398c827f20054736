//! Pictures and videos for the reviewer, looked at before WeChat gets them: what is in a file tells
//! what it is.

use bytes::Bytes;
use wechat::{
    AppId,
    endpoint::{Boundary, Upload, UploadMedia, UploadMediaResponse},
};

use super::{ReleaseError, Releases};
use crate::fault::Faults;

/// The longest picture, in bytes.
const LONGEST_PICTURE: usize = 2 * 1024 * 1024;
/// The longest video, in bytes.
const LONGEST_VIDEO: usize = 10 * 1024 * 1024;

/// What the reviewer may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    content_type: &'static str,
    /// A name for it, for WeChat looks at its ending.
    name: &'static str,
    longest: usize,
}

impl Releases {
    /// Keeps a picture (PNG, JPEG, GIF; 2 MB) or a video (MP4; 10 MB) for the reviewer, for three
    /// days. Its media id goes into the preview of a submission. Safe to repeat.
    pub async fn upload_media(
        &self,
        component: &AppId,
        appid: &AppId,
        bytes: Bytes,
    ) -> Result<UploadMediaResponse, ReleaseError> {
        let kind = check(&bytes)?;
        let media = Upload {
            name: kind.name,
            content_type: kind.content_type,
            bytes,
            boundary: Boundary::new(self.random.bytes()),
        };
        Ok(self.caller.merchant(component, appid, &UploadMedia { media }).await?)
    }
}

fn check(bytes: &[u8]) -> Result<Kind, Faults> {
    let Some(kind) = Kind::of(bytes) else {
        return Err(Faults::one(
            "",
            crate::text::Text::fixed(
                "文件内容不是 PNG、JPEG、GIF 图片或 MP4 视频",
                "what is in the file is no PNG, JPEG or GIF picture and no MP4 video",
            ),
        ));
    };
    let mut faults = Faults::new();
    let megabytes = kind.longest / 1024 / 1024;
    faults.unless(
        bytes.len() <= kind.longest,
        "",
        &format!("不得超过 {megabytes} MB"),
        &format!("has {megabytes} MB at most"),
    );
    faults.or(kind)
}

impl Kind {
    fn of(bytes: &[u8]) -> Option<Kind> {
        let (content_type, name, longest) = match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => {
                ("image/png", "picture.png", LONGEST_PICTURE)
            }
            [0xff, 0xd8, 0xff, ..] => ("image/jpeg", "picture.jpg", LONGEST_PICTURE),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
                ("image/gif", "picture.gif", LONGEST_PICTURE)
            }
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => ("video/mp4", "video.mp4", LONGEST_VIDEO),
            _ => return None,
        };
        Some(Kind { content_type, name, longest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_file_tells_what_it_is() {
        let named = |bytes: &[u8]| check(bytes).ok().map(|kind| kind.name);
        assert_eq!(named(b"\x89PNG\r\n\x1a\nrest"), Some("picture.png"));
        assert_eq!(named(b"\xff\xd8\xff\xe0"), Some("picture.jpg"));
        assert_eq!(named(b"GIF89a"), Some("picture.gif"));
        assert_eq!(named(b"\0\0\0\x18ftypmp42"), Some("video.mp4"));
        assert_eq!(named(b"<svg>"), None);
        let long = [b"GIF89a".to_vec(), vec![0; LONGEST_PICTURE]].concat();
        assert!(check(&long).unwrap_err().to_string().contains("2 MB"));
    }
}
