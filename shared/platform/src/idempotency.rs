//! Writes that may be sent twice and are done once: the answer to a request with an
//! `Idempotency-Key` is kept for a day and given again.
//!
//! One item for each (operator's key, idempotency key). Whoever creates it acts; it carries a lease
//! that outlasts any request, so that a process that died in between does not block the key for
//! good. Answers are sealed, because some tell a secret once; long ones take several items.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    random::Random,
    sealed::{Kind, Owner, Sealed, UnsealError},
    secrets::Secrets,
    storage::{Outcome, StorageError, Table, number, text},
};

/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a request may be under way: longer than API Gateway and Lambda wait.
const LEASE: Duration = Duration::from_secs(35);
/// Bytes of an answer in one item, which base64 makes less than two times as long: an item holds
/// 400 KB.
const PIECE: usize = 160 * 1024;

const RECORD: &str = "idempotency";

/// An answer's body, as a kind of sealed value.
#[derive(Debug)]
pub struct AnswerBody;

impl Kind for AnswerBody {
    const NAME: &'static str = "idempotent-answer";
}

/// What was answered to requests. Cheap to clone.
#[derive(Clone)]
pub struct Idempotency {
    /// The table `fleet`.
    pub table: Table,
    /// Where the sealing keys are.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Leases and nonces.
    pub random: Arc<dyn Random>,
}

/// A request that carries an idempotency key.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The id of the operator's key: keys of different operators never meet.
    pub operator: &'a str,
    /// The idempotency key.
    pub key: &'a str,
    /// The digest of everything in the request that makes a difference.
    pub digest: &'a str,
}

/// How a request with an idempotency key goes on.
#[derive(Debug)]
pub enum Beginning {
    /// It is the first: act, then [`Idempotency::finish`] or [`Idempotency::abandon`].
    Act(Claim),
    /// It was answered before.
    Answered(StoredAnswer),
    /// The key was used for another request.
    OtherRequest,
    /// The same request is under way; it is over after this time at the latest.
    UnderWay(Duration),
}

/// The right to act, which the holder of an idempotency key's lease has.
#[derive(Debug)]
pub struct Claim {
    pk: String,
    holder: String,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that belong to the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Nobody knows what was answered.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What is stored does not open.
    #[error("stored answer: {0}")]
    Unseal(#[from] UnsealError),
    /// What is stored is no answer.
    #[error("stored answer is malformed")]
    Malformed,
}

#[derive(Deserialize)]
struct Record {
    digest: String,
    state: State,
    #[serde(default)]
    lease_until: i64,
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    pieces: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    UnderWay,
    Answered,
}

#[derive(Deserialize)]
struct Piece {
    body: Sealed<AnswerBody>,
}

impl Idempotency {
    /// Begins a request, or tells what became of it before.
    pub async fn begin(&self, attempt: Attempt<'_>) -> Result<Beginning, IdempotencyError> {
        let now = self.clock.now();
        let pk = format!("idempotency#{}#{}", attempt.operator, attempt.key);
        let holder = self.random.identifier(now);
        let update = self
            .table
            .update(&pk, RECORD)
            .update_expression(
                "SET digest = :digest, #state = :state, lease_owner = :holder, \
                 lease_until = :until, expires_at = :expires REMOVE #status, headers, pieces",
            )
            .condition_expression(
                "attribute_not_exists(pk) OR expires_at <= :now_seconds \
                 OR (#state = :state AND digest = :digest AND lease_until <= :now)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":digest", text(attempt.digest))
            .expression_attribute_values(":state", text("under-way"))
            .expression_attribute_values(":holder", text(&*holder))
            .expression_attribute_values(":until", number((now + LEASE).as_millisecond()))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":now_seconds", number(now.as_second()))
            .expression_attribute_values(":expires", number((now + KEPT).as_second()));
        let found = match self.table.apply(update).await? {
            Outcome::Written(_) => return Ok(Beginning::Act(Claim { pk, holder })),
            Outcome::Refused(Some(item)) => item,
            Outcome::Refused(None) => return Err(IdempotencyError::Malformed),
        };
        let record: Record = self.table.parse(found)?;
        if record.digest != attempt.digest {
            return Ok(Beginning::OtherRequest);
        }
        if record.state == State::UnderWay {
            let left = record.lease_until.saturating_sub(now.as_millisecond()).max(0);
            return Ok(Beginning::UnderWay(Duration::from_millis(left.unsigned_abs())));
        }
        Ok(Beginning::Answered(StoredAnswer {
            status: record.status,
            headers: record.headers,
            body: self.body(&pk, record.pieces).await?,
        }))
    }

    /// Keeps the answer to be given again. Nothing happens if somebody else has taken over.
    pub async fn finish(&self, claim: &Claim, answer: &StoredAnswer) -> Result<(), StorageError> {
        let expires = number((self.clock.now() + KEPT).as_second());
        let keys = self.secrets.sealing();
        let broken = |error: serde_dynamo::Error| self.table.error("seal", error.to_string());
        let mut pieces = 0;
        for piece in answer.body.chunks(PIECE) {
            let sealed: Sealed<AnswerBody> = Sealed::seal(
                &keys,
                self.random.as_ref(),
                &owner(&claim.pk, pieces),
                &STANDARD.encode(piece),
            );
            let update = self
                .table
                .update(&claim.pk, &piece_key(pieces))
                .update_expression("SET body = :body, expires_at = :expires")
                .expression_attribute_values(
                    ":body",
                    serde_dynamo::to_attribute_value(&sealed).map_err(broken)?,
                )
                .expression_attribute_values(":expires", expires.clone());
            self.table.apply(update).await?;
            pieces += 1;
        }
        let headers = serde_dynamo::to_attribute_value(&answer.headers).map_err(broken)?;
        let update = self
            .table
            .update(&claim.pk, RECORD)
            .update_expression(
                "SET #state = :state, #status = :status, headers = :headers, pieces = :pieces, \
                 expires_at = :expires REMOVE lease_owner, lease_until",
            )
            .condition_expression("lease_owner = :holder")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":state", text("answered"))
            .expression_attribute_values(":status", number(answer.status.into()))
            .expression_attribute_values(":headers", headers)
            .expression_attribute_values(":pieces", number(pieces as i64))
            .expression_attribute_values(":expires", expires)
            .expression_attribute_values(":holder", text(&*claim.holder));
        self.table.apply(update).await.map(drop)
    }

    /// The answer was not final: the same key may be used for another try at once.
    pub async fn abandon(&self, claim: &Claim) -> Result<(), StorageError> {
        let update = self
            .table
            .update(&claim.pk, RECORD)
            .update_expression("SET expires_at = :now REMOVE lease_owner")
            .condition_expression("lease_owner = :holder")
            .expression_attribute_values(":now", number(self.clock.now().as_second()))
            .expression_attribute_values(":holder", text(&*claim.holder));
        self.table.apply(update).await.map(drop)
    }

    async fn body(&self, pk: &str, pieces: usize) -> Result<Bytes, IdempotencyError> {
        let keys = self.secrets.sealing();
        let mut body = Vec::new();
        for place in 0..pieces {
            let piece: Option<Piece> = self.table.read(pk, &piece_key(place)).await?;
            let piece = piece.ok_or(IdempotencyError::Malformed)?;
            let opened = piece.body.open(&keys, &owner(pk, place))?;
            let bytes =
                STANDARD.decode(opened.expose_secret()).map_err(|_| IdempotencyError::Malformed)?;
            body.extend_from_slice(&bytes);
        }
        Ok(body.into())
    }
}

fn piece_key(place: usize) -> String {
    format!("{RECORD}#{place:04}")
}

/// Answers belong to operators, not to a component.
fn owner(pk: &str, place: usize) -> Owner {
    Owner::operators(format!("{pk}#{place}"))
}
