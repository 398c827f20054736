//! How a call of WeChat's is declared: method, path, token, permission sets, fields, handler.

use crate::{reply::Answer, scene::Scene};

/// One call of WeChat's.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) token: TokenKind,
    /// Permission sets of which the merchant must have granted one; none if empty.
    pub(crate) permission_sets: &'static [u32],
    /// Names allowed in the query beside the token's.
    pub(crate) query: &'static [&'static str],
    /// Fields of the JSON body.
    pub(crate) fields: &'static [Field],
    /// The field of the form that holds a file; then the body is a form and not JSON.
    pub(crate) file: Option<&'static str>,
    /// Whether a POST may come without a body.
    pub(crate) empty: Empty,
    /// What a `\uXXXX` escape in the raw body is answered with.
    pub(crate) escapes: (i64, &'static str),
    /// Two at a time for one mini program are refused with 9402202.
    pub(crate) exclusive: bool,
    /// Calls its JSON plain text.
    pub(crate) plain: bool,
    /// Uses up a day's calls.
    pub(crate) counted: bool,
    pub(crate) handler: Handler,
}

/// Answers a call that has passed every general check.
pub(crate) type Handler = fn(&mut Scene<'_>) -> Answer;

/// The method a call insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    /// Seen with both.
    GetOrPost,
}

/// What becomes of a POST without a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Empty {
    /// 44002.
    Refused,
    /// As good as `{}`.
    Allowed,
    /// Right; it is `{}` that is refused.
    Wanted,
}

/// Whose token a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Nobody,
    Component,
    Merchant,
    /// The component's or a mini program's: the call is about whoever calls.
    Either,
}

impl Endpoint {
    pub(crate) const fn get(path: &'static str, token: TokenKind, handler: Handler) -> Self {
        Endpoint { method: Method::Get, ..Endpoint::post(path, token, &[], handler) }
    }

    pub(crate) const fn post(
        path: &'static str,
        token: TokenKind,
        fields: &'static [Field],
        handler: Handler,
    ) -> Self {
        Endpoint {
            method: Method::Post,
            path,
            token,
            permission_sets: &[],
            query: &[],
            fields,
            file: None,
            empty: Empty::Refused,
            escapes: (47002, "data format error: do not send \\uXXXX-escaped text, send UTF-8"),
            exclusive: false,
            plain: false,
            counted: true,
            handler,
        }
    }

    /// A POST whose body is a form: one file, and fields of text.
    pub(crate) const fn upload(
        path: &'static str,
        token: TokenKind,
        file: &'static str,
        fields: &'static [Field],
        handler: Handler,
    ) -> Self {
        Endpoint { file: Some(file), ..Endpoint::post(path, token, fields, handler) }
    }

    pub(crate) const fn get_or_post(self) -> Self {
        Endpoint { method: Method::GetOrPost, ..self }
    }

    pub(crate) const fn sets(self, permission_sets: &'static [u32]) -> Self {
        Endpoint { permission_sets, ..self }
    }

    pub(crate) const fn query(self, query: &'static [&'static str]) -> Self {
        Endpoint { query, ..self }
    }

    pub(crate) const fn escapes(self, errcode: i64, errmsg: &'static str) -> Self {
        Endpoint { escapes: (errcode, errmsg), ..self }
    }

    pub(crate) const fn empty(self, empty: Empty) -> Self {
        Endpoint { empty, ..self }
    }

    pub(crate) const fn exclusive(self) -> Self {
        Endpoint { exclusive: true, ..self }
    }

    pub(crate) const fn uncounted(self) -> Self {
        Endpoint { counted: false, ..self }
    }

    pub(crate) const fn plain(self) -> Self {
        Endpoint { plain: true, ..self }
    }
}

/// One field of a JSON body.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// What its absence, or an empty string in it, is answered with.
    pub(crate) missing: (i64, &'static str),
}

/// What a field may hold.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// A string; null counts as an empty one, which the handler refuses in its own way.
    TextOrNull,
    Integer,
    /// A number, or its digits as a string: where WeChat's own samples send both.
    IntegerOrText,
    /// A number with a fraction, or its digits as a string.
    NumberOrText,
    Flag,
    Texts,
    Integers,
    Object(&'static [Field]),
    Objects(&'static [Field]),
}

impl Field {
    pub(crate) const fn required(name: &'static str, kind: Kind) -> Self {
        Field { name, kind, required: true, missing: (47001, "data format error") }
    }

    pub(crate) const fn optional(name: &'static str, kind: Kind) -> Self {
        Field { required: false, ..Field::required(name, kind) }
    }

    pub(crate) const fn missing(self, errcode: i64, errmsg: &'static str) -> Self {
        Field { missing: (errcode, errmsg), ..self }
    }
}
