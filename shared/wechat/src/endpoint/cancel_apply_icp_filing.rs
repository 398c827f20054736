use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Takes an application for a filing back; `cancel_apply_icp_filing`. 86330 or 86368 where there is
/// nothing that can be taken back.
#[derive(Debug, Serialize)]
pub struct CancelApplyIcpFiling {}

impl Endpoint for CancelApplyIcpFiling {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/icp/cancel_apply_icp_filing";
    type Token = AuthorizerToken;
    type Answer = Done;
}
