//! Who is signed in. A session is a cookie and nothing else: the operator's key and when it was
//! entered, sealed under the platform's key. The API checks the key on every request, so that a
//! revoked key ends its sessions at once.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, header};
use platform::{
    clock::Clock,
    random::Random,
    sealed::{Kind, Owner, Sealed},
    secrets::Secrets,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A working day.
const LASTS: Duration = Duration::from_secs(12 * 60 * 60);

/// A session, as a kind of sealed value.
#[derive(Debug)]
struct ConsoleSession;

impl Kind for ConsoleSession {
    const NAME: &'static str = "console-session";
}

/// Makes and reads sessions. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(crate) secrets: Secrets,
    /// Browsers reach the console by https, which real ones always do.
    pub(crate) encrypted: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) key: SecretString,
    pub(crate) who: Operator,
    /// What every form of this session carries, and nobody else knows.
    pub(crate) form_token: String,
}

/// Who the API says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operator {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    key: String,
    who: Operator,
    until: i64,
}

impl Sessions {
    /// The cookie that begins a session.
    pub(crate) fn begin(&self, key: &SecretString, who: Operator) -> HeaderValue {
        let until = (self.clock.now() + LASTS).as_second();
        let stored = Stored { key: key.expose_secret().to_owned(), who, until };
        let stored = serde_json::to_string(&stored).expect("a session is strings and a number");
        let keys = self.secrets.sealing();
        let sealed: Sealed<ConsoleSession> =
            Sealed::seal(&keys, self.random.as_ref(), &owner(), &stored);
        self.cookie(sealed.as_text(), LASTS.as_secs())
    }

    /// The cookie that ends it.
    pub(crate) fn end(&self) -> HeaderValue {
        self.cookie("", 0)
    }

    /// The session that a request belongs to, if it has one that is not over.
    pub(crate) fn read(&self, headers: &HeaderMap) -> Option<Session> {
        let text = cookie(headers, self.name())?;
        let keys = self.secrets.sealing();
        let stored = Sealed::<ConsoleSession>::from_text(text).open(&keys, &owner()).ok()?;
        let stored: Stored = serde_json::from_str(stored.expose_secret()).ok()?;
        if stored.until <= self.clock.now().as_second() {
            return None;
        }
        let form_token = URL_SAFE_NO_PAD.encode(
            Hmac::<Sha256>::new_from_slice(keys.derive("console-forms").as_slice())
                .expect("HMAC takes a key of any length")
                .chain_update(text.as_bytes())
                .finalize()
                .into_bytes(),
        );
        Some(Session { key: stored.key.into(), who: stored.who, form_token })
    }

    fn cookie(&self, value: &str, seconds: u64) -> HeaderValue {
        let secure = if self.encrypted { "; Secure" } else { "" };
        let name = self.name();
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::try_from(cookie).expect("base64url is visible ASCII")
    }

    /// With the prefix, no other host or path can plant one (RFC 6265bis, 4.1.3.2).
    fn name(&self) -> &'static str {
        if self.encrypted { "__Host-fleet" } else { "fleet" }
    }
}

impl Session {
    /// Whether a form was drawn for this session.
    pub(crate) fn drew(&self, token: &str) -> bool {
        self.form_token.as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// Whether the operator may do what takes the role `least`. What is shown follows it; what is
    /// done, the API decides.
    pub(crate) fn may(&self, least: Role) -> bool {
        match self.who.role.as_str() {
            "admin" => true,
            "releaser" => least <= Role::Releaser,
            _ => least == Role::Viewer,
        }
    }
}

/// A role, as far as pages follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Viewer,
    Releaser,
    Admin,
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(known, value)| (known.trim() == name).then_some(value.trim()))
}

/// Sessions belong to operators, not to a component.
fn owner() -> Owner {
    Owner::operators("console")
}
