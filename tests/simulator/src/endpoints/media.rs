//! Pictures that are kept for three days.

use serde_json::json;

use crate::{
    endpoint::{Endpoint, TokenKind},
    form::File,
    reply::{Answer, Refusal, fields, refuse},
    scene::Scene,
    state::Media,
};

/// Bytes a picture may have. The pages say 2 MB and 10 MB: the stricter one counts.
pub(super) const LARGEST_PICTURE: usize = 2 * 1024 * 1024;

pub(super) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::upload("/cgi-bin/media/upload", TokenKind::Merchant, "media", &[], upload)
        .query(&["type"])
        .sets(&[18, 30])];

fn upload(scene: &mut Scene<'_>) -> Answer {
    if scene.query.get("type") != Some("image") {
        return refuse(40004, "invalid media type");
    }
    let file = picture(scene)?;
    let media_id = keep(scene, &file);
    fields(json!({ "type": "image", "media_id": media_id, "created_at": scene.now }))
}

/// The picture of a form.
pub(super) fn picture(scene: &mut Scene<'_>) -> Result<File, Refusal> {
    let file = scene.file()?;
    if !file.is_picture() {
        return refuse(40005, "invalid file type");
    }
    if file.bytes.len() > LARGEST_PICTURE {
        return refuse(40009, "invalid image size");
    }
    Ok(file)
}

/// Keeps a file for the calling mini program; the media id.
pub(super) fn keep(scene: &mut Scene<'_>, file: &File) -> String {
    let media_id = scene.world.random.text(64);
    let kind = file.kind().unwrap_or("file").to_owned();
    let media = Media { kind, kept: scene.now, certificate_type: None };
    scene.merchant().media.insert(media_id.clone(), media);
    media_id
}
