use std::time::Duration;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Image, token::AuthorizerToken};

/// Draws the QR code of the trial version; `get_qrcode`.
#[derive(Debug, Default, Serialize)]
pub struct GetQrcode<'a> {
    /// The page to open, which may carry a query, such as `pages/index?a=1`; `None` for the home
    /// page.
    pub path: Option<&'a str>,
}

impl Endpoint for GetQrcode<'_> {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/get_qrcode";
    type Token = AuthorizerToken;
    type Answer = Image;
    const TIMEOUT: Duration = Duration::from_secs(15);

    fn query(&self) -> Vec<(&'static str, String)> {
        self.path.map(|path| ("path", path.to_owned())).into_iter().collect()
    }
}
