//! Decisions that take two: what one person asks for, another one approves before it is done.
//!
//! Which decisions these are is the policy's to say. A request for one of them is kept as it came,
//! sealed, for a day. Whoever approves it has it done, in the name of whoever asked; approving is one
//! conditional write, so that of two who approve at once one does. A process that dies in between
//! leaves a request of which nobody knows whether it was done: it is never done a second time.

mod decision;
mod independence;

pub use decision::{Decision, UnknownDecision};
pub use independence::Dependence;

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_dynamodb::types::ReturnValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    operators::{Operator, Role},
    random::Random,
    sealed::{Kind, Owner, Sealed, UnsealError},
    secrets::Secrets,
    storage::{Item, Outcome, StorageError, Table, Transaction, number, text},
};

/// How long a request waits for somebody else.
pub const WAITS: SignedDuration = SignedDuration::from_hours(24);
/// How long its answer can be fetched by whoever asked.
pub const ANSWER_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long is known what became of it.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Longer than any request lasts: what has no outcome by then, nobody knows the outcome of.
const PERFORMED_BY: SignedDuration = SignedDuration::from_secs(40);
/// The longest body that is kept: with its seal, an item of the table holds it.
pub const LONGEST_BODY: usize = 150 * 1024;

const LIST: &str = "approvals";
const POLICY: &str = "approval-policy";
/// Of the newest, so many are looked at for those that wait.
const NEWEST: i32 = 200;

/// What takes two, and what is asked for. Cheap to clone.
#[derive(Clone)]
pub struct Approvals {
    /// The table `fleet`.
    pub table: Table,
    /// Where the sealing keys are.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers and nonces.
    pub random: Arc<dyn Random>,
}

/// Which decisions take two. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Which.
    pub required: BTreeSet<Decision>,
    /// The id of the key that changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// When, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<i64>,
}

/// Somebody who asked or decided, as they were then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The id of the key.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Whose it is.
    pub person: String,
    /// Who answers for that person's being somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced_by: Option<String>,
}

/// Something that was asked for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its id.
    pub id: String,
    /// What kind of decision it is.
    pub decision: Decision,
    /// The operation's id in the API's description.
    pub operation: String,
    /// The request's method.
    pub method: String,
    /// The request's path and query.
    pub target: String,
    /// The component that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The mini program that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// SHA-256 of the request.
    pub digest: String,
    /// What was asked for, without anything that could be a secret.
    pub summary: String,
    /// Who asked.
    pub requested_by: Party,
    /// When, in seconds.
    pub requested_at: i64,
    /// Until when it waits, in seconds.
    pub until: i64,
    /// How it stands in the table. See [`Approval::state`].
    state: State,
    /// Who approved, refused or withdrew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Party>,
    /// When, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<i64>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The status that the request was answered with when it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What went wrong then, in the language of whoever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// How a request for approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has decided yet.
    Waiting,
    /// Somebody approved it, and it is being done.
    Performing,
    /// It was approved and done; its status says how that went.
    Performed,
    /// It was approved, and nobody saw the end of it.
    Unknown,
    /// Somebody refused it.
    Refused,
    /// Whoever asked took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

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

/// Why something was not decided.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// There is nothing of this id.
    #[error("there is no request {0} for approval")]
    NotFound(String),
    /// It does not wait any more.
    #[error("it is {0:?} already")]
    Decided(State),
    /// Whoever wants to decide is not somebody else, as far as anybody can tell.
    #[error("not somebody else: {0:?}")]
    NotAnother(Dependence),
    /// Whoever wants to decide may less than whoever asked.
    #[error("the role {0} is needed")]
    RoleTooLow(Role),
    /// Only whoever asked may do this.
    #[error("only whoever asked may do this")]
    NotYours,
    /// What was kept is kept no more, or was never there.
    #[error("it is not kept any more")]
    Gone,
    /// What was kept does not open.
    #[error("kept request: {0}")]
    Unseal(#[from] UnsealError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A request, as a kind of sealed value.
#[derive(Debug)]
struct RequestBody;

impl Kind for RequestBody {
    const NAME: &'static str = "approval-request";
}

/// An answer, as a kind of sealed value.
#[derive(Debug)]
struct AnswerBody;

impl Kind for AnswerBody {
    const NAME: &'static str = "approval-answer";
}

#[derive(Deserialize)]
struct Kept<K> {
    #[serde(bound(deserialize = ""))]
    sealed: Sealed<K>,
    expires_at: i64,
}

impl Policy {
    /// Whether it takes two.
    pub fn requires(&self, decision: Decision) -> bool {
        match decision {
            // Otherwise one person could end what takes two.
            Decision::Policy => !self.required.is_empty(),
            decision => self.required.contains(&decision),
        }
    }
}

impl Party {
    /// An operator, as they are now.
    pub fn of(operator: &Operator) -> Self {
        Party {
            key: operator.key.clone(),
            name: operator.name.clone(),
            role: operator.role,
            person: operator.person.clone(),
            introduced_by: operator.introduced_by.clone(),
        }
    }

    /// Whether `other` is somebody else, as far as anybody can tell.
    pub fn may_approve(&self, other: &Party) -> Result<(), Dependence> {
        independence::between(self, other)
    }
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

    /// The body.
    pub fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body).unwrap_or_default()
    }
}

impl Approval {
    /// How it stands at `now`, in seconds: time passes without a write.
    pub fn state(&self, now: i64) -> State {
        let performed_by = self.decided_at.unwrap_or_default() + PERFORMED_BY.as_secs();
        match self.state {
            State::Waiting if self.until <= now => State::Expired,
            State::Performing if performed_by <= now => State::Unknown,
            state => state,
        }
    }
}

impl Approvals {
    /// Which decisions take two.
    pub async fn policy(&self) -> Result<Policy, StorageError> {
        Ok(self.table.read(POLICY, POLICY).await?.unwrap_or_default())
    }

    /// Decides which decisions take two from now on.
    pub async fn set_policy(
        &self,
        by: &Operator,
        required: BTreeSet<Decision>,
    ) -> Result<Policy, StorageError> {
        let changed_at = Some(self.clock.now().as_second());
        let policy = Policy { required, changed_by: Some(by.key.clone()), changed_at };
        let mut item = self.table.item(&policy)?;
        item.extend(key(POLICY, POLICY));
        self.table.put(item).await?;
        Ok(policy)
    }

    /// Keeps a request until somebody else decides. `asked` says everything but what is known here.
    pub async fn ask(&self, asked: Asked<'_>) -> Result<Approval, StorageError> {
        let now = self.clock.now();
        let id = self.random.identifier(now);
        let approval = Approval {
            id: id.clone(),
            decision: asked.decision,
            operation: asked.operation.to_owned(),
            method: asked.method.to_owned(),
            target: asked.target.to_owned(),
            component: asked.component.map(str::to_owned),
            appid: asked.appid.map(str::to_owned),
            digest: asked.digest.to_owned(),
            summary: asked.summary.to_owned(),
            requested_by: Party::of(asked.by),
            requested_at: now.as_second(),
            until: (now + WAITS).as_second(),
            state: State::Waiting,
            decided_by: None,
            decided_at: None,
            note: None,
            status: None,
            trouble: None,
        };
        let mut item = self.table.item(&approval)?;
        item.extend(key(LIST, &id));
        item.insert("expires_at".to_owned(), number((now + REMEMBERED).as_second()));
        // A little longer than it waits: it may be approved in the last moment.
        let until = (now + WAITS + PERFORMED_BY).as_second();
        let request = self.seal::<RequestBody>(&id, "request", asked.request, until)?;
        let writes = vec![self.table.put_after(0, item)?, self.table.put_after(0, request)?];
        match self.table.transact(writes).await? {
            Transaction::Written => Ok(approval),
            Transaction::Refused(_) => Err(self.table.error("ask", "the id is taken")),
        }
    }

    /// One of them.
    pub async fn find(&self, id: &str) -> Result<Approval, ApprovalError> {
        let found = self.table.read(LIST, id).await?;
        found.ok_or_else(|| ApprovalError::NotFound(id.to_owned()))
    }

    /// The newest first, before the id `before`. The second value is where the next page begins.
    pub async fn list(
        &self,
        before: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Approval>, Option<String>), StorageError> {
        self.table.page_backwards(LIST, "", before, limit).await
    }

    /// Those that wait, of the newest two hundred, the oldest first.
    pub async fn waiting(&self) -> Result<Vec<Approval>, StorageError> {
        let (mut newest, _) = self.list(None, NEWEST).await?;
        let now = self.clock.now().as_second();
        newest.retain(|approval| approval.state(now) == State::Waiting);
        newest.reverse();
        Ok(newest)
    }

    /// Approves it, if `by` is somebody else. Whoever is answered has it done, once, and then
    /// [`concludes`](Approvals::conclude).
    pub async fn approve(
        &self,
        by: &Operator,
        id: &str,
    ) -> Result<(Approval, KeptRequest), ApprovalError> {
        let found = self.find(id).await?;
        self.judge(by, &found)?;
        let request = self.open::<RequestBody, KeptRequest>(id, "request").await?;
        let approval = self.decide(by, id, State::Performing, None).await?;
        Ok((approval, request))
    }

    /// Refuses it, if `by` is somebody else.
    pub async fn refuse(
        &self,
        by: &Operator,
        id: &str,
        note: Option<&str>,
    ) -> Result<Approval, ApprovalError> {
        let found = self.find(id).await?;
        self.judge(by, &found)?;
        let refused = self.decide(by, id, State::Refused, note).await?;
        self.table.delete(&partition(id), "request").await?;
        Ok(refused)
    }

    /// Takes it back: whoever asked may, with any of their keys.
    pub async fn withdraw(&self, by: &Operator, id: &str) -> Result<Approval, ApprovalError> {
        let found = self.find(id).await?;
        if found.requested_by.key != by.key && found.requested_by.person != by.person {
            return Err(ApprovalError::NotYours);
        }
        let withdrawn = self.decide(by, id, State::Withdrawn, None).await?;
        self.table.delete(&partition(id), "request").await?;
        Ok(withdrawn)
    }

    /// Writes down what the request was answered.
    pub async fn conclude(
        &self,
        id: &str,
        answer: &KeptAnswer,
        trouble: Option<&str>,
    ) -> Result<Approval, ApprovalError> {
        let now = self.clock.now();
        if answer.body.len() <= 2 * LONGEST_BODY {
            let until = (now + ANSWER_KEPT).as_second();
            let kept = self.seal::<AnswerBody>(id, "answer", answer, until)?;
            self.table.put(kept).await?;
        }
        let mut update = self
            .table
            .update(LIST, id)
            .condition_expression("#state = :performing")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":performing", text("performing"))
            .expression_attribute_values(":performed", text("performed"))
            .expression_attribute_values(":status", number(answer.status.into()))
            .return_values(ReturnValue::AllNew);
        update = match trouble {
            None => update.update_expression("SET #state = :performed, #status = :status"),
            Some(trouble) => update
                .update_expression("SET #state = :performed, #status = :status, trouble = :trouble")
                .expression_attribute_values(":trouble", text(trouble)),
        };
        let concluded = self.written(id, update).await?;
        self.table.delete(&partition(id), "request").await?;
        Ok(concluded)
    }

    /// What the request was answered, for the key that asked alone: it may tell a secret.
    pub async fn answer(&self, by: &Operator, id: &str) -> Result<KeptAnswer, ApprovalError> {
        let found = self.find(id).await?;
        if found.requested_by.key != by.key {
            return Err(ApprovalError::NotYours);
        }
        self.open::<AnswerBody, KeptAnswer>(id, "answer").await
    }

    fn judge(&self, by: &Operator, approval: &Approval) -> Result<(), ApprovalError> {
        let state = approval.state(self.clock.now().as_second());
        if state != State::Waiting {
            return Err(ApprovalError::Decided(state));
        }
        let asked = &approval.requested_by;
        asked.may_approve(&Party::of(by)).map_err(ApprovalError::NotAnother)?;
        match by.role >= asked.role {
            true => Ok(()),
            false => Err(ApprovalError::RoleTooLow(asked.role)),
        }
    }

    /// One conditional write: of many who decide at once, one does.
    async fn decide(
        &self,
        by: &Operator,
        id: &str,
        state: State,
        note: Option<&str>,
    ) -> Result<Approval, ApprovalError> {
        let broken = |error: serde_dynamo::Error| self.table.error("decide", error.to_string());
        let now = self.clock.now().as_second();
        let mut update = self
            .table
            .update(LIST, id)
            .condition_expression("#state = :waiting AND #until > :now")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":waiting", text("waiting"))
            .expression_attribute_values(
                ":state",
                serde_dynamo::to_attribute_value(state).map_err(broken)?,
            )
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(
                ":by",
                serde_dynamo::to_attribute_value(Party::of(by)).map_err(broken)?,
            )
            .return_values(ReturnValue::AllNew);
        update = match note {
            None => {
                update.update_expression("SET #state = :state, decided_by = :by, decided_at = :now")
            }
            Some(note) => update
                .update_expression(
                    "SET #state = :state, decided_by = :by, decided_at = :now, note = :note",
                )
                .expression_attribute_values(":note", text(note)),
        };
        self.written(id, update).await
    }

    async fn written(
        &self,
        id: &str,
        update: crate::storage::Update,
    ) -> Result<Approval, ApprovalError> {
        match self.table.apply(update).await? {
            Outcome::Written(Some(item)) => Ok(self.table.parse(item)?),
            Outcome::Written(None) | Outcome::Refused(None) => {
                Err(ApprovalError::NotFound(id.to_owned()))
            }
            Outcome::Refused(Some(item)) => {
                let found: Approval = self.table.parse(item)?;
                Err(ApprovalError::Decided(found.state(self.clock.now().as_second())))
            }
        }
    }

    fn seal<K: Kind>(
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

    async fn open<K: Kind, T: serde::de::DeserializeOwned>(
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

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Who asks.
    pub by: &'a Operator,
    /// What kind of decision it is.
    pub decision: Decision,
    /// The operation's id.
    pub operation: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// Its path and query.
    pub target: &'a str,
    /// The component that it concerns.
    pub component: Option<&'a str>,
    /// The mini program that it concerns.
    pub appid: Option<&'a str>,
    /// Its digest.
    pub digest: &'a str,
    /// What it asks for, without secrets.
    pub summary: &'a str,
    /// The request itself.
    pub request: &'a KeptRequest,
}

fn partition(id: &str) -> String {
    format!("approval#{id}")
}

fn key(pk: &str, sk: &str) -> [(String, aws_sdk_dynamodb::types::AttributeValue); 2] {
    [("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]
}
