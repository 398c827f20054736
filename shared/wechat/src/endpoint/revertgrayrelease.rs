use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Ends the gray release; its users get the version from before; `revertgrayrelease`.
///
/// A GET that changes what users see. A second one finds nothing to end.
#[derive(Debug, Serialize)]
pub struct RevertGrayRelease {}

impl Endpoint for RevertGrayRelease {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/revertgrayrelease";
    type Token = AuthorizerToken;
    type Answer = Done;
}
