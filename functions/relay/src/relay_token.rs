//! Tokens of our own that an SDK may take for WeChat's: sealed, so that nothing is stored. One
//! names the key that it was given for, and is worth what that key is worth when it is used.

use platform::sealed::{Kind as Sealing, Owner, Sealed};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{App, address::Address};

/// How long a token is good, in seconds: as long as WeChat's.
pub(crate) const LIFE: i64 = 7200;
const PREFIX: &str = "wfr_";
/// No token of ours is longer.
const LONGEST: usize = 512;

#[derive(Debug)]
struct RelayToken;

impl Sealing for RelayToken {
    const NAME: &'static str = "relay-token";
}

/// What a token says; whom it is for is part of the seal.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The id of the key.
    key: String,
    /// When it ends, in seconds.
    until: i64,
}

/// A token that is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// Not ours, or for another account.
    Unknown,
    /// Its time is over.
    Expired,
}

/// Makes a token for a key.
pub(crate) fn make(app: &App, address: &Address, key: &str) -> SecretString {
    let platform = &app.platform;
    let claims = Claims { key: key.to_owned(), until: platform.clock.now().as_second() + LIFE };
    let claims = serde_json::to_string(&claims).expect("claims are a text and a number");
    let sealed = Sealed::<RelayToken>::seal(
        &platform.secrets.sealing(),
        platform.random.as_ref(),
        &owner(address),
        &claims,
    );
    SecretString::from(format!("{PREFIX}{}", sealed.as_text()))
}

/// The id of the key that a token was made for.
pub(crate) fn open(app: &App, address: &Address, token: &SecretString) -> Result<String, Invalid> {
    let token = token.expose_secret();
    let sealed = token.strip_prefix(PREFIX).filter(|_| token.len() <= LONGEST);
    let sealed = Sealed::<RelayToken>::from_text(sealed.ok_or(Invalid::Unknown)?);
    let claims = sealed.open(&app.platform.secrets.sealing(), &owner(address));
    let claims = claims.map_err(|_| Invalid::Unknown)?;
    let claims: Claims =
        serde_json::from_str(claims.expose_secret()).map_err(|_| Invalid::Unknown)?;
    match claims.until > app.platform.clock.now().as_second() {
        true => Ok(claims.key),
        false => Err(Invalid::Expired),
    }
}

fn owner(address: &Address) -> Owner {
    Owner::within(&address.component, address.account())
}
