//! WeChat's HTTP calls, one file a call: its path, the token it takes, what is sent, what comes
//! back. Fields are public, a struct literal is the builder.
//!
//! To add a call, copy the nearest file, change it, and add its `mod` line below. Names follow
//! WeChat's paths; where WeChat misspells, the wire keeps the misspelling and the field does not.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use crate::{answer::Answer, client, token::Token};

/// One of WeChat's calls. `Self` is the request; serialized, it is the JSON body of a POST.
pub trait Endpoint: Serialize + Sync {
    /// The HTTP method.
    const METHOD: Method;
    /// The path, beginning with `/`, without a query.
    const PATH: &'static str;
    /// The kind of token the call takes.
    type Token: Token;
    /// How a success is read: [`Json`](crate::answer::Json) of the call's own response struct,
    /// [`Done`](crate::answer::Done) or [`Image`](crate::answer::Image).
    type Answer: Answer;
    /// The query parameter that carries the token. Tencent's own service sends `access_token`
    /// everywhere; the `sns` calls know only `component_access_token`.
    const TOKEN_PARAMETER: &'static str = "access_token";
    /// How long the call may take, connecting included.
    const TIMEOUT: Duration = Duration::from_secs(8);

    /// Query parameters beside the token.
    fn query(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What a POST carries. Without a body WeChat answers 44002, so that an empty struct is `{}`.
    fn body(&self) -> Body {
        Body::Json(client::to_json(self))
    }
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A GET.
    None,
    /// JSON in UTF-8; non-ASCII is sent as it is, never as `\uXXXX`.
    Json(Bytes),
}

mod api_component_token;
mod api_start_push_ticket;

pub use api_component_token::*;
pub use api_start_push_ticket::*;
