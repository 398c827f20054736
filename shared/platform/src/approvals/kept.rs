//! Requests and answers, sealed for as long as they are needed.

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{ApprovalError, Approvals, key, partition};
use crate::{
    sealed::{Kind, Owner, Sealed},
    storage::{Item, StorageError, number, text},
};

/// The longest body that is kept: with its seal, an item of the table holds it.
pub const LONGEST_BODY: usize = 150 * 1024;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRequest {
    /// The headers that make a difference.
    pub headers: Vec<(String, String)>,
    /// The body, in base64.
    body: String,
}

/// What it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that belong to the body.
    pub headers: Vec<(String, String)>,
    /// The body, in base64.
    body: String,
}

/// A request, as a kind of sealed value.
#[derive(Debug)]
pub(super) struct RequestBody;

impl Kind for RequestBody {
    const NAME: &'static str = "approval-request";
}

/// An answer, as a kind of sealed value.
#[derive(Debug)]
pub(super) struct AnswerBody;

impl Kind for AnswerBody {
    const NAME: &'static str = "approval-answer";
}

#[derive(Deserialize)]
struct Kept<K> {
    #[serde(bound(deserialize = ""))]
    sealed: Sealed<K>,
    expires_at: i64,
}

impl KeptRequest {
    /// A request with this body.
    pub fn new(headers: Vec<(String, String)>, body: &[u8]) -> Self {
        KeptRequest { headers, body: STANDARD.encode(body) }
    }

    /// The body.
    pub fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body).unwrap_or_default()
    }
}

impl KeptAnswer {
    /// An answer with this body.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        KeptAnswer { status, headers, body: STANDARD.encode(body) }
    }

    /// How long the body is as it is kept, in bytes.
    pub(super) fn kept_length(&self) -> usize {
        self.body.len()
    }

    /// The body.
    pub fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body).unwrap_or_default()
    }
}

impl Approvals {
    pub(super) fn seal<K: Kind>(
        &self,
        id: &str,
        sk: &str,
        what: &impl Serialize,
        until: i64,
    ) -> Result<Item, StorageError> {
        let plain = serde_json::to_string(what).expect("texts and a number");
        let pk = partition(id);
        let owner = Owner::operators(format!("{pk}#{sk}"));
        let sealed: Sealed<K> =
            Sealed::seal(&self.secrets.sealing(), self.random.as_ref(), &owner, &plain);
        let mut item = Item::from(key(&pk, sk));
        item.insert("sealed".to_owned(), text(sealed.as_text()));
        item.insert("expires_at".to_owned(), number(until));
        Ok(item)
    }

    pub(super) async fn open<K: Kind, T: serde::de::DeserializeOwned>(
        &self,
        id: &str,
        sk: &str,
    ) -> Result<T, ApprovalError> {
        let pk = partition(id);
        let kept: Option<Kept<K>> = self.table.read(&pk, sk).await?;
        let now = self.clock.now().as_second();
        let kept = kept.filter(|kept| kept.expires_at > now).ok_or(ApprovalError::Gone)?;
        let owner = Owner::operators(format!("{pk}#{sk}"));
        let plain = kept.sealed.open(&self.secrets.sealing(), &owner)?;
        serde_json::from_str(plain.expose_secret()).map_err(|_| ApprovalError::Gone)
    }
}
