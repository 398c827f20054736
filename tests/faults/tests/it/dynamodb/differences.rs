//! Where the engine is known to answer otherwise than AWS. The model follows AWS.

use serde_json::Value;

/// A request and both answers.
pub(super) struct Case<'a> {
    pub(super) operation: &'a str,
    pub(super) request: &'a Value,
    pub(super) model: &'a Value,
    pub(super) engine: &'a Value,
    /// What the model says of its refusal.
    pub(super) words: &'a str,
}

impl Case<'_> {
    fn is_refused_by_the_model(&self) -> bool {
        self.model["body"]["__type"] == "ValidationException"
    }
}

/// A difference: its name, and whether a case is one.
type Known = (&'static str, fn(&Case<'_>) -> bool);

const KNOWN: [Known; 7] = [
    // A write of a transaction that could be done to no item is refused before the transaction is
    // looked at, or as that write's reason, or not before its condition holds; AWS's regions differ
    // in where they draw the line. Neither writes anything.
    ("where an impossible write of a transaction is refused", |case| {
        case.operation == "TransactWriteItems"
            && is_invalid(case.model)
            && case.engine["status"] == 400
    }),
    // "ALL_OLD: returns all of the attributes of the item, as they appeared before the UpdateItem
    // operation" (API reference, UpdateItem, ReturnValues). An item that was made by the update had
    // none; the engine shows its key.
    ("ALL_OLD of an item that was not there", |case| {
        let shown = case.engine["body"]["Attributes"].as_object();
        case.operation == "UpdateItem"
            && case.request["ReturnValues"] == "ALL_OLD"
            && case.model["body"]["Attributes"].is_null()
            && shown.is_some_and(|shown| shown.keys().eq(["pk", "sk"]))
    }),
    // "The BETWEEN operator requires upper bound to be greater than or equal to lower bound", and
    // bounds of one type, says AWS of every condition; the engine looks at them only outside
    // filters and transactions.
    ("the bounds of BETWEEN in a filter or a transaction", |case| {
        case.words.contains("The BETWEEN operator requires") && case.is_refused_by_the_model()
    }),
    // "Incorrect operand type for operator or function; operator or function: <, operand type: M":
    // AWS orders strings, numbers and binaries, and refuses an operand of a type that its operator
    // or function never takes before it looks at an item. The engine does so outside
    // transactions, but for comparisons.
    ("operands of a type that is never right", |case| {
        let of_order = ["<,", "<=,", ">,", ">=,", "BETWEEN,"]
            .iter()
            .any(|operator| case.words.contains(&format!("operator or function: {operator}")));
        case.words.contains("Incorrect operand type for operator or function")
            && (of_order || case.operation == "TransactWriteItems")
            && case.is_refused_by_the_model()
    }),
    // "The first operand must be distinct from the remaining operands for this operator or
    // function; operator: =": the engine says so of `contains` only.
    ("an attribute compared with itself", |case| {
        case.words.contains("The first operand must be distinct") && case.is_refused_by_the_model()
    }),
    // "ExpressionAttributeNames can only be specified when using expressions": in transactions some
    // regions do not say so yet, and the engine follows those.
    ("placeholders without an expression in a transaction", |case| {
        case.operation == "TransactWriteItems"
            && case.words.contains("can only be specified when using expressions")
            && case.is_refused_by_the_model()
    }),
    // "The AttributeValue for a key attribute cannot contain an empty string value", says AWS of a
    // query's keys as well.
    ("a query for an empty key", |case| {
        case.operation == "Query"
            && case.words.contains("cannot contain an empty string value")
            && case.is_refused_by_the_model()
    }),
];

/// The name of the difference, if it is a known one.
pub(super) fn known(case: &Case<'_>) -> Option<&'static str> {
    KNOWN.iter().find(|(_, is)| is(case)).map(|(name, _)| *name)
}

fn is_invalid(answer: &Value) -> bool {
    let reasons = answer["body"]["CancellationReasons"].as_array();
    answer["body"]["__type"] == "ValidationException"
        || reasons
            .is_some_and(|reasons| reasons.iter().any(|reason| reason["Code"] == "ValidationError"))
}
