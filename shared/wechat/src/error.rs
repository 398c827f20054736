//! What can go wrong with a call to WeChat, sorted by what a caller would do about it.

use crate::transport::TransportError;

/// A call that did not give its answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// WeChat answered with an `errcode`.
    #[error(transparent)]
    WeChat(#[from] ApiError),
    /// There was no answer.
    #[error("WeChat {path}")]
    Transport {
        /// The endpoint's path, without its query.
        path: &'static str,
        /// What became of the request.
        #[source]
        source: TransportError,
    },
    /// There was an answer that is not what the reference says: HTML, JSON that was cut, a field
    /// of another type.
    #[error("WeChat {path} answered status {status} with something unreadable: {why}")]
    Unreadable {
        /// The endpoint's path, without its query.
        path: &'static str,
        /// The HTTP status.
        status: u16,
        /// The field and what was wrong with it. Never a part of the body, which may hold a token.
        why: String,
    },
}

/// WeChat's own refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("WeChat {path} refused with {errcode}: {errmsg}")]
pub struct ApiError {
    /// The endpoint's path, without its query.
    pub path: &'static str,
    /// WeChat's code.
    pub errcode: i64,
    /// WeChat's text without the rid.
    pub errmsg: String,
    /// The request id that `POST /cgi-bin/openapi/rid/get` explains, if WeChat gave one.
    pub rid: Option<String>,
}

/// Whether a code says that the access token is unknown, expired or of another app. WeChat did
/// nothing then.
pub fn is_token_refusal(errcode: i64) -> bool {
    matches!(errcode, 40001 | 40014 | 42001 | 42006)
}

impl ApiError {
    /// The access token is unknown, expired or of another app: get a fresh one and try once more.
    pub fn is_token_invalid(&self) -> bool {
        is_token_refusal(self.errcode)
    }

    /// The refresh token is not accepted (61023). It may be stale on our side only.
    pub fn is_refresh_token_invalid(&self) -> bool {
        self.errcode == 61023
    }

    /// The merchant has withdrawn the authorization (61003), or must renew it (42007).
    pub fn is_authorization_gone(&self) -> bool {
        matches!(self.errcode, 61003 | 42007)
    }

    /// WeChat is busy (−1) or asks to slow down (45011): the same call may work later.
    pub fn is_busy(&self) -> bool {
        matches!(self.errcode, -1 | 45011)
    }

    /// Our address is not on the platform's IP list.
    pub fn is_address_refused(&self) -> bool {
        matches!(self.errcode, 61004 | 40164 | 45035)
    }

    /// The ticket that was sent is expired (61005) or wrong (61006).
    pub fn is_ticket_invalid(&self) -> bool {
        matches!(self.errcode, 61005 | 61006)
    }
}

impl Error {
    /// WeChat's code, if WeChat gave one.
    pub fn errcode(&self) -> Option<i64> {
        self.as_wechat().map(|refusal| refusal.errcode)
    }

    /// WeChat's own refusal, if this is one.
    pub fn as_wechat(&self) -> Option<&ApiError> {
        match self {
            Error::WeChat(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// WeChat may have acted although we have no proof: ask before trying again. A −1 counts, for
    /// WeChat says it of work that it has begun.
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Error::WeChat(refusal) => refusal.errcode == -1,
            Error::Transport { source, .. } => !matches!(source, TransportError::NotSent(_)),
            Error::Unreadable { .. } => true,
        }
    }

    /// The access token was refused; see [`ApiError::is_token_invalid`].
    pub fn is_token_invalid(&self) -> bool {
        self.as_wechat().is_some_and(ApiError::is_token_invalid)
    }
}
