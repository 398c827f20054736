/// Why a push is not accepted. The variant names the check that failed; the right value, and
/// anything of the push, stays inside. The sender is told none of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// A query parameter is missing or too long.
    #[error("a query parameter is missing or too long")]
    Query,
    /// The body is longer than [`MAX_BODY`](super::MAX_BODY).
    #[error("the body is too large")]
    TooLarge,
    /// The body or the message is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The body is not XML or JSON with one `Encrypt`.
    #[error("the body is not an envelope")]
    Envelope,
    /// The signature is not by any of our tokens.
    #[error("the signature does not hold")]
    Signature,
    /// The ciphertext is not base64.
    #[error("the ciphertext is not base64")]
    Base64,
    /// There is no key to decrypt with.
    #[error("there is no key")]
    Key,
    /// The ciphertext is not whole blocks, or the message's length does not fit into it.
    #[error("a length does not fit")]
    Length,
    /// The padding is wrong: most likely another key was used.
    #[error("the padding is wrong")]
    Padding,
    /// The message is meant for another component.
    #[error("meant for another appid")]
    AppId,
}

impl Refusal {
    /// Every refusal there is.
    pub const ALL: [Refusal; 10] = [
        Refusal::Query,
        Refusal::TooLarge,
        Refusal::NotUtf8,
        Refusal::Envelope,
        Refusal::Signature,
        Refusal::Base64,
        Refusal::Key,
        Refusal::Length,
        Refusal::Padding,
        Refusal::AppId,
    ];

    /// A name to count by.
    pub fn as_str(self) -> &'static str {
        match self {
            Refusal::Query => "query",
            Refusal::TooLarge => "too-large",
            Refusal::NotUtf8 => "not-utf8",
            Refusal::Envelope => "envelope",
            Refusal::Signature => "signature",
            Refusal::Base64 => "base64",
            Refusal::Key => "key",
            Refusal::Length => "length",
            Refusal::Padding => "padding",
            Refusal::AppId => "appid",
        }
    }
}
