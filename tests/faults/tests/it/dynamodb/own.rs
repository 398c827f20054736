//! What the model does beyond answering: older states, backups, units, refusing what it is not.

use std::sync::{Arc, Mutex};

use faults::dynamodb::{Dynamo, Units};
use jiff::{SignedDuration, Timestamp, ToSpan};
use platform::clock::Clock;
use serde_json::{Value, json};

#[derive(Clone)]
struct Hand(Arc<Mutex<Timestamp>>);

impl Hand {
    fn new() -> Hand {
        Hand(Arc::new(Mutex::new("2026-11-20T08:00:00Z".parse().unwrap())))
    }

    fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += seconds.seconds();
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

fn ask(dynamo: &mut Dynamo, operation: &str, request: Value) -> Value {
    let answer = dynamo.answer(operation, request.to_string().as_bytes());
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["status"] = answer.status.into();
    body
}

fn put(dynamo: &mut Dynamo, item: Value) {
    let request = json!({ "TableName": "fleet", "Item": item });
    assert_eq!(ask(dynamo, "PutItem", request)["status"], 200);
}

fn item(version: u32, due_at: u32) -> Value {
    json!({
        "pk": { "S": "app" }, "sk": { "S": "record" }, "version": { "N": version.to_string() },
        "due_shard": { "S": "work#0" }, "due_at": { "N": due_at.to_string() },
    })
}

fn get(dynamo: &mut Dynamo, consistent: bool) -> Value {
    let key = json!({ "pk": { "S": "app" }, "sk": { "S": "record" } });
    let request = json!({ "TableName": "fleet", "Key": key, "ConsistentRead": consistent });
    ask(dynamo, "GetItem", request)["Item"]["version"]["N"].clone()
}

fn due(dynamo: &mut Dynamo) -> Value {
    let request = json!({
        "TableName": "fleet", "IndexName": "due",
        "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
        "ExpressionAttributeValues": { ":shard": { "S": "work#0" }, ":now": { "N": "100" } },
    });
    ask(dynamo, "Query", request)["Items"].clone()
}

#[test]
fn reads_that_need_not_be_consistent_see_what_was_there_before() {
    let hand = Hand::new();
    let mut dynamo = Dynamo::new(Arc::new(hand.clone()));
    put(&mut dynamo, item(1, 50));
    hand.advance(10);
    put(&mut dynamo, item(2, 500));
    hand.advance(1);

    assert_eq!([get(&mut dynamo, false), due(&mut dynamo)], [json!("2"), json!([])]);
    dynamo.set_lag(SignedDuration::from_secs(5));
    assert_eq!([get(&mut dynamo, true), get(&mut dynamo, false)], ["2", "1"]);
    assert_eq!(due(&mut dynamo), json!([item(1, 50)]), "as the index was");
    dynamo.set_lag(SignedDuration::from_secs(20));
    assert_eq!([get(&mut dynamo, true), get(&mut dynamo, false)], [json!("2"), json!(null)]);
    assert_eq!(due(&mut dynamo), json!([]));
}

#[test]
fn a_backup_brings_back_items_and_indexes() {
    let mut dynamo = Dynamo::new(Arc::new(Hand::new()));
    put(&mut dynamo, item(1, 50));
    let backup = dynamo.snapshot();
    put(&mut dynamo, item(2, 500));

    dynamo.restore(&backup);

    assert_eq!([get(&mut dynamo, true), due(&mut dynamo)], [json!("1"), json!([item(1, 50)])]);
}

#[test]
fn a_transaction_that_comes_again_is_done_once() {
    let hand = Hand::new();
    let mut dynamo = Dynamo::new(Arc::new(hand.clone()));
    let add = |amount: &str| {
        json!({ "ClientRequestToken": "token", "TransactItems": [{ "Update": {
            "TableName": "fleet", "Key": { "pk": { "S": "app" }, "sk": { "S": "record" } },
            "UpdateExpression": "ADD version :amount",
            "ExpressionAttributeValues": { ":amount": { "N": amount } },
        } }] })
    };

    for _ in 0..3 {
        assert_eq!(ask(&mut dynamo, "TransactWriteItems", add("1"))["status"], 200);
    }
    assert_eq!(get(&mut dynamo, true), "1");
    let other = ask(&mut dynamo, "TransactWriteItems", add("2"));
    assert!(other["__type"].as_str().unwrap().ends_with("IdempotentParameterMismatchException"));
    hand.advance(601);
    assert_eq!(ask(&mut dynamo, "TransactWriteItems", add("2"))["status"], 200);
    assert_eq!(get(&mut dynamo, true), "3", "the token is forgotten after ten minutes");
}

#[test]
fn what_the_model_does_not_know_is_refused_by_name() {
    let mut dynamo = Dynamo::new(Arc::new(Hand::new()));
    let key = json!({ "pk": { "S": "app" }, "sk": { "S": "record" } });
    let update = |expression: &str| json!({ "TableName": "fleet", "Key": key, "UpdateExpression": expression });
    for (operation, request, unknown) in [
        ("Scan", json!({ "TableName": "fleet" }), "the operation Scan"),
        ("UpdateItem", update("REMOVE inside.map"), "a document path"),
        ("UpdateItem", update("REMOVE list[0]"), "a document path"),
        (
            "GetItem",
            json!({ "TableName": "fleet", "Key": key, "AttributesToGet": ["sealed"] }),
            "AttributesToGet",
        ),
    ] {
        let answer = ask(&mut dynamo, operation, request);
        assert_eq!(answer["__type"], "model#NotModelled", "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(unknown), "{answer}");
    }
}

#[test]
fn what_has_expired_is_forgotten_when_somebody_asks() {
    let hand = Hand::new();
    let mut dynamo = Dynamo::new(Arc::new(hand.clone()));
    let mut expiring = item(1, 50);
    let expires = hand.now().as_second() + 60;
    expiring["expires_at"] = json!({ "N": expires.to_string() });
    put(&mut dynamo, expiring);

    assert_eq!(dynamo.forget_expired(), 0);
    hand.advance(61);
    assert_eq!(dynamo.forget_expired(), 1);
    assert!(dynamo.items("fleet").is_empty());
}

#[test]
fn units_are_counted_as_aws_bills_them() {
    let mut dynamo = Dynamo::new(Arc::new(Hand::new()));
    put(&mut dynamo, item(1, 50));
    put(&mut dynamo, item(2, 50));
    put(&mut dynamo, item(2, 60));
    get(&mut dynamo, true);
    get(&mut dynamo, false);
    due(&mut dynamo);

    let of = |operation| dynamo.meter()[&("fleet".to_owned(), operation)];
    // The item three times; its entry in the index made, changed, and moved.
    assert_eq!(of("PutItem"), Units { requests: 3, read: 0.0, write: 3.0 + 1.0 + 1.0 + 2.0 });
    assert_eq!(of("GetItem"), Units { requests: 2, read: 1.5, write: 0.0 });
    assert_eq!(of("Query"), Units { requests: 1, read: 0.5, write: 0.0 });
}
