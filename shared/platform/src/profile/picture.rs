//! Pictures, looked at before WeChat gets them: what they are by what is in them.

use bytes::Bytes;
use imagesize::ImageType;
use jiff::{SignedDuration, Timestamp};
use wechat::{
    AppId,
    endpoint::{Boundary, MediaUpload, Upload},
};

use super::{ProfileError, Profiles};
use crate::{call::CallError, fault::Faults};

/// The longest picture, in bytes. WeChat's pages say 2 MB and 10 MB: the stricter one counts.
const LONGEST: usize = 2 * 1024 * 1024;
/// No picture of anything is so wide or so high, in pixels.
const LARGEST_SIDE: usize = 10_000;
/// How long WeChat keeps an upload.
const KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A picture of a kind that WeChat takes.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// Such as `image/png`.
    pub(super) media_type: &'static str,
    /// A name for it, for WeChat looks at its ending.
    pub(super) name: &'static str,
    /// In pixels.
    pub(super) width: usize,
    /// In pixels.
    pub(super) height: usize,
    /// The file.
    pub(super) bytes: Bytes,
}

/// A proof or document that WeChat keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// What it is named by in orders.
    pub media_id: String,
    /// Such as `image/png`.
    pub media_type: &'static str,
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// Until when WeChat keeps it.
    pub expires_at: Timestamp,
}

impl Picture {
    /// Looks at a file; everything that is wrong with it.
    pub(super) fn read(bytes: Bytes) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        if bytes.len() > LONGEST {
            faults.add("", "图片不得超过 2 MB", "a picture has 2 MB at most");
        }
        let kind = match imagesize::image_type(&bytes) {
            Ok(ImageType::Png) => Some(("image/png", "picture.png")),
            Ok(ImageType::Jpeg) => Some(("image/jpeg", "picture.jpg")),
            Ok(ImageType::Gif) => Some(("image/gif", "picture.gif")),
            Ok(ImageType::Bmp) => Some(("image/bmp", "picture.bmp")),
            _ => None,
        };
        let Some((media_type, name)) = kind else {
            faults.add(
                "",
                "文件内容不是 PNG、JPEG、GIF 或 BMP 图片",
                "what is in the file is not a PNG, JPEG, GIF or BMP picture",
            );
            return Err(faults);
        };
        let size = imagesize::blob_size(&bytes).ok();
        let sides = 1..=LARGEST_SIDE;
        match size {
            Some(size) if sides.contains(&size.width) && sides.contains(&size.height) => {
                let (width, height) = (size.width, size.height);
                faults.or(Picture { media_type, name, width, height, bytes })
            }
            Some(_) => {
                faults.add("", "图片边长应为 1 至 10000 像素", "a side has 1 to 10000 pixels");
                Err(faults)
            }
            None => {
                faults.add("", "图片不完整，读不出尺寸", "the picture is cut: it shows no size");
                Err(faults)
            }
        }
    }
}

impl Profiles {
    /// Puts a proof or a document into WeChat's keeping, to be named in an order by its media id.
    pub async fn keep_material(
        &self,
        component: &AppId,
        appid: &AppId,
        file: Bytes,
    ) -> Result<Material, ProfileError> {
        let picture = Picture::read(file)?;
        let media_id = self.upload(component, appid, &picture).await?;
        Ok(Material {
            media_id,
            media_type: picture.media_type,
            width: picture.width,
            height: picture.height,
            expires_at: self.clock.now() + KEPT,
        })
    }

    pub(super) async fn upload(
        &self,
        component: &AppId,
        appid: &AppId,
        picture: &Picture,
    ) -> Result<String, CallError> {
        let media = Upload {
            name: picture.name,
            content_type: picture.media_type,
            bytes: picture.bytes.clone(),
            boundary: Boundary::new(self.random.bytes()),
        };
        let kept = self.caller.merchant(component, appid, &MediaUpload { media }).await?;
        Ok(kept.media_id)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The beginning of a PNG of this size, which is all that is looked at.
    pub(in super::super) fn png(width: u32, height: u32) -> Bytes {
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        file.extend(width.to_be_bytes());
        file.extend(height.to_be_bytes());
        file.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
        file.into()
    }

    #[test]
    fn a_picture_is_known_by_what_is_in_it() {
        let picture = Picture::read(png(600, 400)).unwrap();
        assert_eq!((picture.media_type, picture.width, picture.height), ("image/png", 600, 400));
        let gif = Bytes::from_static(b"GIF89a\x10\0\x20\0\0\0\0");
        assert_eq!(Picture::read(gif).unwrap().name, "picture.gif");
    }

    #[test]
    fn what_is_no_picture_or_too_long_or_cut_is_refused() {
        let mut long = png(600, 400).to_vec();
        long.resize(LONGEST + 1, 0);
        let webp = Bytes::from_static(b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0");
        let pdf = Bytes::from_static(b"%PDF-1.7\n");
        for (file, words) in [
            (long.into(), "2 MB"),
            (webp, "not a PNG"),
            (pdf, "not a PNG"),
            (Bytes::new(), "not a PNG"),
            (png(0, 400), "1 to 10000"),
            (png(600, 20_000), "1 to 10000"),
            (png(600, 400).slice(..18), "cut"),
        ] {
            let faults = Picture::read(file).unwrap_err();
            assert!(faults.to_string().contains(words), "{faults}");
        }
    }
}
