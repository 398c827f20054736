//! The WeChat third-party platform (微信第三方平台, "component") protocol.
//!
//! * [`crypto`] and [`message`] are pure: bytes in, values out, time as an argument.
//! * [`endpoint`] declares WeChat's HTTP calls, one file a call.
//! * [`client`] sends one call and decodes one answer. Which token to use and whether to try
//!   again is the caller's policy.
//!
//! The crate knows nothing of AWS or of any storage, and can be used as an SDK of its own.

pub mod answer;
pub mod client;
pub mod crypto;
pub mod endpoint;
pub mod error;
pub mod identifier;
pub mod lenient;
pub mod message;
pub mod token;
pub mod transport;
mod xml;

pub use client::Client;
pub use endpoint::Endpoint;
pub use error::{ApiError, Error};
pub use identifier::AppId;
