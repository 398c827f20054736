use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, numbered::numbered, token::AuthorizerToken};

/// Cancels a filing that is in force; `cancel_icp_filing`. The mini program goes offline with it.
#[derive(Debug, Serialize)]
pub struct CancelIcpFiling {
    /// What is cancelled.
    pub cancel_type: IcpCancelType,
}

numbered! {
    /// What of a filing is cancelled. Serialized, it is WeChat's number.
    pub enum IcpCancelType {
        /// The owner, and so everything that he has filed.
        Subject = 1,
        /// The mini program.
        MiniProgram = 2,
        /// The mini program of WeChat's.
        WeChatMiniProgram = 3,
    }
}

impl Endpoint for CancelIcpFiling {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/icp/cancel_icp_filing";
    type Token = AuthorizerToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
