//! Decisions that take two: what one person asks for, another one approves before it is done.
//!
//! Which decisions these are is the policy's to say. A request for one of them is kept as it came,
//! sealed, for a day. Whoever approves it has it done, in the name of whoever asked; approving is one
//! conditional write, so that of two who approve at once one does. A process that dies in between
//! leaves a request of which nobody knows whether it was done: it is never done a second time.
//! Each step is told as an event, in the same write.

mod decision;
mod independence;
mod kept;
mod policy;
mod record;
mod told;

pub use decision::{Decision, UnknownDecision};
pub use independence::Dependence;
pub use kept::{KeptAnswer, KeptRequest, LONGEST_BODY};
pub use policy::Policy;
pub use record::{Approval, Party, State};

use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use jiff::SignedDuration;

use self::kept::{AnswerBody, RequestBody};
use crate::{
    clock::Clock,
    operators::{Operator, Role},
    outbox::Outbox,
    random::Random,
    sealed::UnsealError,
    secrets::Secrets,
    storage::{Item, StorageError, Table, Transaction, Work, number, text},
};

/// How long a request waits for somebody else.
pub const WAITS: SignedDuration = SignedDuration::from_hours(24);
/// How long its answer can be fetched by whoever asked.
pub const ANSWER_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long is known what became of it.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Longer than any request lasts: what has no outcome by then, nobody knows the outcome of.
const PERFORMED_BY: SignedDuration = SignedDuration::from_secs(40);

const LIST: &str = "approvals";
/// Those that end by themselves, and have to be told then.
const WORK: Work = Work::seldom("approvals");
/// Of the newest, so many are looked at for those that wait.
const NEWEST: i32 = 200;

/// What takes two, and what is asked for. Cheap to clone.
#[derive(Clone)]
pub struct Approvals {
    /// The table `fleet`.
    pub table: Table,
    /// Where the sealing keys are.
    pub secrets: Secrets,
    /// Where each step is told.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers and nonces.
    pub random: Arc<dyn Random>,
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

impl Approvals {
    /// Keeps a request until somebody else decides. `asked` says everything but what is known here.
    pub async fn ask(&self, asked: Asked<'_>) -> Result<Approval, StorageError> {
        let now = self.clock.now();
        let id = self.random.identifier(now);
        let until = now + WAITS;
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
            until: until.as_second(),
            state: State::Waiting,
            decided_by: None,
            decided_at: None,
            note: None,
            status: None,
            trouble: None,
        };
        let mut item = self.item(&approval)?;
        item.insert("due_shard".to_owned(), text(WORK.shard(&id)));
        item.insert("due_at".to_owned(), number(until.as_millisecond()));
        // A little longer than it waits: it may be approved in the last moment.
        let kept_until = (until + PERFORMED_BY).as_second();
        let request = self.seal::<RequestBody>(&id, "request", asked.request, kept_until)?;
        let told = self.event(&approval);
        let writes = vec![
            self.table.put_after(0, item)?,
            self.table.put_after(0, request)?,
            self.outbox.entry(&told)?,
        ];
        match self.table.transact(writes).await? {
            Transaction::Written => {
                self.outbox.publish(&[told]).await;
                Ok(approval)
            }
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
        let approval = self.decide(by, found, State::Performing, None).await?;
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
        let refused = self.decide(by, found, State::Refused, note).await?;
        self.table.delete(&partition(id), "request").await?;
        Ok(refused)
    }

    /// Takes it back: whoever asked may, with any of their keys.
    pub async fn withdraw(&self, by: &Operator, id: &str) -> Result<Approval, ApprovalError> {
        let found = self.find(id).await?;
        if found.requested_by.key != by.key && found.requested_by.person != by.person {
            return Err(ApprovalError::NotYours);
        }
        let withdrawn = self.decide(by, found, State::Withdrawn, None).await?;
        self.table.delete(&partition(id), "request").await?;
        Ok(withdrawn)
    }

    /// Writes down what the request was answered.
    pub async fn conclude(
        &self,
        approval: &Approval,
        answer: &KeptAnswer,
        trouble: Option<&str>,
    ) -> Result<Approval, ApprovalError> {
        let id = &approval.id;
        if answer.kept_length() <= 2 * LONGEST_BODY {
            let until = (self.clock.now() + ANSWER_KEPT).as_second();
            let kept = self.seal::<AnswerBody>(id, "answer", answer, until)?;
            self.table.put(kept).await?;
        }
        let concluded = Approval {
            state: State::Performed,
            status: Some(answer.status),
            trouble: trouble.map(str::to_owned),
            ..approval.clone()
        };
        // Whoever was so late that it counts as unknown knows better.
        let from = [State::Performing, State::Unknown];
        let concluded = self.move_on(&from, concluded).await?;
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
        found: Approval,
        state: State,
        note: Option<&str>,
    ) -> Result<Approval, ApprovalError> {
        let now = self.clock.now().as_second();
        if found.state == State::Waiting && found.until <= now {
            return Err(ApprovalError::Decided(State::Expired));
        }
        let decided = Approval {
            state,
            decided_by: Some(Party::of(by)),
            decided_at: Some(now),
            note: note.map(str::to_owned),
            ..found
        };
        self.move_on(&[State::Waiting], decided).await
    }

    /// Writes how it stands now, if it stands in one of `from`, and tells so in the same write.
    async fn move_on(&self, from: &[State], next: Approval) -> Result<Approval, ApprovalError> {
        let mut item = self.item(&next)?;
        if next.state == State::Performing {
            // Should nobody see the end of it, that is told.
            let performed_by = self.clock.now() + PERFORMED_BY;
            item.insert("due_shard".to_owned(), text(WORK.shard(&next.id)));
            item.insert("due_at".to_owned(), number(performed_by.as_millisecond()));
        }
        let names = [":one", ":other"];
        let of = &names[..from.len()];
        let mut put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .condition_expression(format!("#state IN ({})", of.join(", ")))
            .expression_attribute_names("#state", "state");
        for (name, state) in of.iter().zip(from) {
            put = put.expression_attribute_values(*name, text(state.as_str()));
        }
        let put = put.build().map_err(|error| self.table.error("decide", error.to_string()))?;
        let told = self.event(&next);
        let writes = vec![TransactWriteItem::builder().put(put).build(), self.outbox.entry(&told)?];
        match self.table.transact(writes).await? {
            Transaction::Written => {
                self.outbox.publish(&[told]).await;
                Ok(next)
            }
            Transaction::Refused(_) => {
                let found = self.find(&next.id).await?;
                Err(ApprovalError::Decided(found.state(self.clock.now().as_second())))
            }
        }
    }

    /// The item of an approval that nothing has to be told of later.
    fn item(&self, approval: &Approval) -> Result<Item, StorageError> {
        let mut item = self.table.item(approval)?;
        item.extend(key(LIST, &approval.id));
        let forgotten = approval.requested_at + REMEMBERED.as_secs();
        item.insert("expires_at".to_owned(), number(forgotten));
        Ok(item)
    }
}

fn partition(id: &str) -> String {
    format!("approval#{id}")
}

fn key(pk: &str, sk: &str) -> [(String, AttributeValue); 2] {
    [("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]
}
