//! The WeChat third-party platform (微信第三方平台, "component") protocol.
//!
//! * [`crypto`] and [`message`] are pure: bytes in, values out, time as an argument.
//! * [`endpoint`] declares WeChat's HTTP calls, one file a call.
//! * [`client`] sends one call and decodes one answer. Which token to use and whether to try
//!   again is the caller's policy.
//!
//! The crate knows nothing of AWS or of any storage, and can be used as an SDK of its own.
//!
//! # Calling WeChat
//!
//! A request is a struct, the kind of token it takes is a type, and so is its answer. An
//! `errcode` is an [`Error`], whatever the HTTP status says; [`Error::is_outcome_unknown`] tells
//! whether WeChat may have acted all the same, and [`Endpoint::REPEATABLE`] whether that matters.
//!
//! ```no_run
//! # async fn example() -> Result<(), wechat::Error> {
//! use wechat::{Client, endpoint::GetLatestAuditStatus, token::AuthorizerToken};
//!
//! let client = Client::new(&wechat::client::WECHAT.parse().expect("a constant address"));
//! let token = AuthorizerToken("…".into());
//! let review = client.send(&token, &GetLatestAuditStatus {}).await?;
//! println!("review {} of {:?}: {:?}", review.auditid, review.user_version, review.status);
//! # Ok(())
//! # }
//! ```
//!
//! # Being called by WeChat
//!
//! ```
//! use wechat::{
//!     crypto::{CallbackKeys, EncodingAesKey, PushQuery, Refusal, encrypt, msg_signature, open},
//!     message::{Info, parse_authorization},
//! };
//!
//! # let key = EncodingAesKey::parse("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C").unwrap();
//! # let message = b"<xml><AppId>wx5823bf96d3bd56c7</AppId><CreateTime>1409659813</CreateTime>\
//! #     <InfoType>unauthorized</InfoType><AuthorizerAppid>wx0a73c7ae093b4842</AuthorizerAppid></xml>";
//! # let encrypted = encrypt(&key, [0; 16], message, "wx5823bf96d3bd56c7");
//! # let signed = msg_signature("token", "1409659813", "1372623149", &encrypted).to_string();
//! # let body = format!("<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>");
//! // Current values first, then those before the last change.
//! let keys = CallbackKeys { tokens: &["token".into()], keys: &[key] };
//! let query =
//!     PushQuery { msg_signature: &signed, timestamp: "1409659813", nonce: "1372623149" };
//!
//! let push = open(&keys, &query, body.as_bytes())?.decrypted;
//! push.require_id(&"wx5823bf96d3bd56c7".parse().expect("our own appid"))?;
//! let event = parse_authorization(push.message().as_bytes()).expect("a message that we understand");
//! match event.info {
//!     Info::Unauthorized(gone) => println!("{} at {:?}", gone.authorizer_appid, event.create_time),
//!     other => println!("{}", other.name()),
//! }
//! # Ok::<(), Refusal>(())
//! ```
//!
//! # What never shows
//!
//! No error prints anything of a message or an answer but WeChat's own `errmsg` and the names of
//! fields. No `Debug` prints a token, a key, a code, a ticket, what a user wrote, or who stands
//! behind a registration.

pub mod answer;
pub mod client;
pub mod crypto;
pub mod endpoint;
pub mod error;
pub mod identifier;
pub mod lenient;
pub mod message;
mod numbered;
mod quiet;
pub mod token;
pub mod transport;
mod xml;

pub use client::Client;
pub use endpoint::Endpoint;
pub use error::{ApiError, Error};
pub use identifier::{AppId, InvalidAppId};
