//! The errors of the wire.

use serde_json::{Value as Json, json};

use super::{value::Item, wire::Answer};

/// What was not done, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// AWS would refuse the request as it stands.
    Invalid(String),
    /// The condition does not hold; the item as it is, if that was asked for.
    Condition(Option<Item>),
    /// A transaction's reasons, one for each of its writes; none for a write that would have been
    /// done.
    Cancelled(Vec<Option<Refusal>>),
    /// Somebody else's transaction is at an item in this moment.
    Conflict,
    /// No such table.
    NoTable,
    /// A token of a transaction came again with another transaction.
    OtherTransaction,
    /// AWS may well do this. The model does not, and says so rather than do something else.
    NotModelled(String),
}

impl Refusal {
    pub(crate) fn invalid(why: impl Into<String>) -> Refusal {
        Refusal::Invalid(why.into())
    }

    pub(crate) fn into_answer(self) -> Answer {
        let (kind, words) = (self.kind(), self.words());
        let mut body = json!({ "__type": kind, "message": words });
        match self {
            Refusal::Condition(Some(item)) => body["Item"] = json!(item),
            Refusal::Cancelled(reasons) => {
                body["CancellationReasons"] = reasons.into_iter().map(reason).collect();
            }
            _ => {}
        }
        Answer { status: 400, body: body.to_string().into_bytes() }
    }

    /// The error's name on the wire.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Refusal::Invalid(_) => "com.amazon.coral.validate#ValidationException",
            Refusal::Condition(_) => {
                "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
            }
            Refusal::Cancelled(_) => {
                "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
            }
            Refusal::Conflict => "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
            Refusal::NoTable => "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            Refusal::OtherTransaction => {
                "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"
            }
            Refusal::NotModelled(_) => "model#NotModelled",
        }
    }

    pub(crate) fn words(&self) -> String {
        match self {
            Refusal::Invalid(why) => why.clone(),
            Refusal::Condition(_) => "The conditional request failed".into(),
            Refusal::Cancelled(reasons) => {
                let codes: Vec<&str> = reasons.iter().map(code).collect();
                format!(
                    "Transaction cancelled, please refer cancellation reasons for specific \
                     reasons [{}]",
                    codes.join(", ")
                )
            }
            Refusal::Conflict => "Transaction is ongoing for the item".into(),
            Refusal::NoTable => "Requested resource not found".into(),
            Refusal::OtherTransaction => {
                "The client request token was used before with other writes".into()
            }
            Refusal::NotModelled(what) => format!("this DynamoDB is a model without {what}"),
        }
    }
}

fn reason(refusal: Option<Refusal>) -> Json {
    let mut reason = json!({ "Code": code(&refusal) });
    if let Some(refusal) = refusal {
        reason["Message"] = refusal.words().into();
        if let Refusal::Condition(Some(item)) = refusal {
            reason["Item"] = json!(item);
        }
    }
    reason
}

/// A reason's code.
pub(crate) fn code(refusal: &Option<Refusal>) -> &'static str {
    match refusal {
        None => "None",
        Some(Refusal::Condition(_)) => "ConditionalCheckFailed",
        Some(Refusal::Conflict) => "TransactionConflict",
        Some(_) => "ValidationError",
    }
}
