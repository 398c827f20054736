use std::marker::PhantomData;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::Token};

/// Sets an account's counters of today's calls to zero; `clear_quota`. The token is the account's
/// own, a merchant's or the component's.
///
/// Ten times a month for each account, through the console and all calls together (48006), so that
/// it must not be repeated blindly.
#[derive(Debug, Serialize)]
pub struct ClearQuota<'a, T> {
    /// The token's account; any other is refused (40013).
    pub appid: &'a str,
    #[serde(skip)]
    token: PhantomData<T>,
}

impl<'a, T> ClearQuota<'a, T> {
    /// Resets the counters of `appid`.
    pub fn new(appid: &'a str) -> Self {
        ClearQuota { appid, token: PhantomData }
    }
}

impl<T: Token> Endpoint for ClearQuota<'_, T> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/clear_quota";
    type Token = T;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
