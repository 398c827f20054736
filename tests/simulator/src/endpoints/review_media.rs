//! Pictures and videos for the reviewers, and pictures from them.

use serde_json::json;

use super::media::{LARGEST_PICTURE, keep};
use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    images,
    reply::{Answer, Reply, fields, refuse},
    scene::Scene,
};

/// Bytes a video may have.
const LARGEST_VIDEO: usize = 10 * 1024 * 1024;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::upload("/wxa/uploadmedia", TokenKind::Merchant, "media", &[], upload).sets(&[18]),
    Endpoint::post(
        "/cgi-bin/material/get_material",
        TokenKind::Merchant,
        &[Field::required("media_id", Kind::Text).missing(40007, "invalid media_id")],
        material,
    ),
];

fn upload(scene: &mut Scene<'_>) -> Answer {
    let file = scene.file()?;
    let (kind, largest) = match file.kind() {
        Some("png" | "jpeg" | "gif") => ("image", LARGEST_PICTURE),
        Some("mp4") => ("video", LARGEST_VIDEO),
        _ => return refuse(40005, "invalid file type"),
    };
    if file.bytes.len() > largest {
        return refuse(40006, "invalid meida size");
    }
    let mediaid = keep(scene, &file);
    fields(json!({ "type": kind, "mediaid": mediaid }))
}

/// The pictures that are kept for good are the reviewers' screenshots.
fn material(scene: &mut Scene<'_>) -> Answer {
    let id = scene.text("media_id").to_owned();
    let merchant = scene.merchant();
    if !merchant.reviews.iter().any(|review| review.screenshots.contains(&id)) {
        return refuse(40007, "invalid media_id");
    }
    Ok(Reply::Picture {
        bytes: images::png(&id, 430),
        content_type: "image/png",
        file_name: "screenshot.png",
    })
}
