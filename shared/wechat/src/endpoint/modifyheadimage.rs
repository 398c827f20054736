use http::Method;
use serde::{Serialize, Serializer};

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Changes the avatar; `modifyheadimage`. Five a month (53202). BMP, JPEG, GIF or PNG of 2 MB at
/// most, cut out by two corners that are fractions of its sides.
#[derive(Debug, Serialize)]
pub struct ModifyHeadImage<'a> {
    /// The picture, from [`MediaUpload`](super::MediaUpload).
    pub head_img_media_id: &'a str,
    /// The left edge, 0 to 1.
    #[serde(serialize_with = "fraction")]
    pub x1: f64,
    /// The upper edge, 0 to 1.
    #[serde(serialize_with = "fraction")]
    pub y1: f64,
    /// The right edge, 0 to 1.
    #[serde(serialize_with = "fraction")]
    pub x2: f64,
    /// The lower edge, 0 to 1.
    #[serde(serialize_with = "fraction")]
    pub y2: f64,
}

/// 0 and 1 are sent without a point, as WeChat's sample does.
fn fraction<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        0.0 => serializer.serialize_i64(0),
        1.0 => serializer.serialize_i64(1),
        other => serializer.serialize_f64(*other),
    }
}

impl Endpoint for ModifyHeadImage<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/account/modifyheadimage";
    type Token = AuthorizerToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
