//! Style sheet and scripts. Their names carry a digest of what they hold, so that browsers keep
//! them for good.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{HeaderName, header};
use sha2::{Digest, Sha256};

use crate::trouble::Trouble;

struct Asset {
    name: String,
    media_type: &'static str,
    content: &'static str,
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let content = concat!(include_str!("../assets/style.css"), include_str!("../assets/fleet.css"));
    asset("style", "css", "text/css", content)
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    asset("console", "js", "text/javascript", include_str!("../assets/console.js"))
});
/// htmx 2.0.11 (0BSD), as published.
static HTMX: LazyLock<Asset> =
    LazyLock::new(|| asset("htmx", "js", "text/javascript", include_str!("../assets/htmx.min.js")));

/// Where the style sheet is.
pub(crate) fn style() -> String {
    address(&STYLE)
}

/// Where the scripts are, in the order in which they are wanted.
pub(crate) fn scripts() -> [String; 2] {
    [address(&HTMX), address(&SCRIPT)]
}

/// `GET /console/assets/{file}`
pub(crate) async fn serve(Path(file): Path<String>) -> Result<Response, Trouble> {
    let known = [&*STYLE, &*SCRIPT, &*HTMX].into_iter().find(|asset| asset.name == file);
    let asset = known.ok_or(Trouble::NoSuchPage)?;
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, format!("{}; charset=utf-8", asset.media_type)),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
    ];
    Ok((headers, asset.content).into_response())
}

fn asset(name: &str, ending: &str, media_type: &'static str, content: &'static str) -> Asset {
    let digest = Sha256::digest(content.as_bytes());
    let digest: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    Asset { name: format!("{name}.{digest}.{ending}"), media_type, content }
}

fn address(asset: &Asset) -> String {
    format!("/console/assets/{}", asset.name)
}
