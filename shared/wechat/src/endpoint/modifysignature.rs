use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Changes the introduction; `modifysignature`. Five a month (53200).
#[derive(Debug, Serialize)]
pub struct ModifySignature<'a> {
    /// 4-120 characters.
    pub signature: &'a str,
}

impl Endpoint for ModifySignature<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/account/modifysignature";
    type Token = AuthorizerToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
