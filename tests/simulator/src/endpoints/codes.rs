//! Codes that open a mini program.

use serde_json::Value;

use crate::{
    clock::minute,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    images,
    reply::{Answer, Refusal, Reply, refuse},
    scene::Scene,
};

/// Codes by getwxacode and createwxaqrcode together, ever.
const MOST_CODES: u32 = 100_000;

/// Codes by getwxacodeunlimit in a minute.
const CODES_A_MINUTE: u32 = 5_000;

/// Bytes of a path.
const LONGEST_PATH: usize = 1024;

const COLOUR: &[Field] = &[
    Field::required("r", Kind::IntegerOrText),
    Field::required("g", Kind::IntegerOrText),
    Field::required("b", Kind::IntegerOrText),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/getwxacode",
        TokenKind::Merchant,
        &[
            Field::required("path", Kind::Text).missing(40159, "invalid length for path"),
            Field::optional("width", Kind::Integer),
            Field::optional("auto_color", Kind::Flag),
            Field::optional("line_color", Kind::Object(COLOUR)),
            Field::optional("is_hyaline", Kind::Flag),
            Field::optional("env_version", Kind::Text),
        ],
        limited,
    )
    .sets(&[17]),
    Endpoint::post(
        "/wxa/getwxacodeunlimit",
        TokenKind::Merchant,
        &[
            Field::required("scene", Kind::Text)
                .missing(40169, "invalid length for scene, or the data is not json string"),
            Field::optional("page", Kind::Text),
            Field::optional("check_path", Kind::Flag),
            Field::optional("width", Kind::Integer),
            Field::optional("auto_color", Kind::Flag),
            Field::optional("line_color", Kind::Object(COLOUR)),
            Field::optional("is_hyaline", Kind::Flag),
            Field::optional("env_version", Kind::Text),
        ],
        unlimited,
    )
    .sets(&[17]),
    Endpoint::post(
        "/cgi-bin/wxaapp/createwxaqrcode",
        TokenKind::Merchant,
        &[
            Field::required("path", Kind::Text).missing(40159, "invalid length for path"),
            Field::optional("width", Kind::Integer),
        ],
        square,
    )
    .sets(&[17]),
];

fn limited(scene: &mut Scene<'_>) -> Answer {
    let path = scene.text("path").to_owned();
    if path.len() > LONGEST_PATH {
        return refuse(40159, "invalid length for path, or the data is not json string");
    }
    environment(scene)?;
    let width = width(scene)?;
    count(scene)?;
    Ok(picture(scene, &format!("path={path}"), width))
}

fn unlimited(scene: &mut Scene<'_>) -> Answer {
    let parameter = scene.text("scene").to_owned();
    if parameter.chars().count() > 32 {
        return refuse(40169, "invalid length for scene, or the data is not json string");
    }
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@-._~".contains(&byte);
    if !parameter.bytes().all(allowed) {
        return refuse(40129, "invalid scene");
    }
    let environment = environment(scene)?;
    let width = width(scene)?;
    let this_minute = minute(scene.now);
    let codes = &mut scene.merchant().unlimited_codes;
    if codes.used(&this_minute) >= CODES_A_MINUTE {
        return refuse(45009, "reach max api minute quota limit");
    }
    codes.add(&this_minute);
    let page = scene.text("page").to_owned();
    if page.starts_with('/') || page.contains('?') {
        return refuse(41030, "invalid page");
    }
    if scene.flag("check_path").unwrap_or(true) {
        let merchant = scene.merchant();
        let version = match environment.as_str() {
            "release" => merchant.online.as_ref().map(|online| &online.version),
            _ => merchant.trial.as_ref(),
        };
        let there = version.is_some_and(|version| page.is_empty() || version.pages.contains(&page));
        if !there {
            return refuse(41030, "invalid page");
        }
    }
    Ok(picture(scene, &format!("page={page}&scene={parameter}"), width))
}

fn square(scene: &mut Scene<'_>) -> Answer {
    let path = scene.text("path").to_owned();
    if path.len() > 128 {
        return refuse(40159, "invalid length for path, or the data is not json string");
    }
    let width = width(scene)?;
    count(scene)?;
    let content = content(scene, &format!("path={path}"));
    let bytes = images::png(&content, width);
    Ok(Reply::Picture { bytes, content_type: "image/png", file_name: "QRCode.png" })
}

/// Counts a code of the kind that runs out.
fn count(scene: &mut Scene<'_>) -> Result<(), Refusal> {
    let codes = &mut scene.merchant().codes;
    if *codes >= MOST_CODES {
        return refuse(45029, "qrcode count out of limit");
    }
    *codes += 1;
    Ok(())
}

fn width(scene: &Scene<'_>) -> Result<usize, Refusal> {
    match scene.integer("width").unwrap_or(430) {
        width @ 280..=1280 => Ok(width as usize),
        _ => refuse(40097, "invalid args: width"),
    }
}

fn environment(scene: &Scene<'_>) -> Result<String, Refusal> {
    match scene.optional_text("env_version").unwrap_or("release") {
        known @ ("release" | "trial" | "develop") => Ok(known.to_owned()),
        _ => refuse(40097, "invalid args: env_version"),
    }
}

/// A transparent picture has to be a PNG; others are JPEG.
fn picture(scene: &Scene<'_>, what: &str, width: usize) -> Reply {
    let content = content(scene, what);
    let hyaline = scene.body.get("is_hyaline").and_then(Value::as_bool).unwrap_or(false);
    match hyaline {
        true => Reply::Picture {
            bytes: images::png(&content, width),
            content_type: "image/png",
            file_name: "QRCode.png",
        },
        false => Reply::Picture {
            bytes: images::jpeg(&content),
            content_type: "image/jpeg",
            file_name: "QRCode.jpg",
        },
    }
}

fn content(scene: &Scene<'_>, what: &str) -> String {
    format!("https://mp.weixin.qq.com/a/~{}?{what}", scene.appid)
}
