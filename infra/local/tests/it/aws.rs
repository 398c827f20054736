//! The real SDK clients against the AWS on this machine.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use local::aws::{Aws, Fault, Service};
use secrecy::SecretString;

use crate::directory::TestDirectory;

/// What every client is built from: as the functions do it, but impatient.
async fn configuration(aws: &Aws) -> aws_config::SdkConfig {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = aws_config::timeout::TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_millis(300))
        .operation_timeout(Duration::from_secs(1))
        .build();
    aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region("us-east-1")
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(aws.endpoint())
        .http_client(client)
        .timeout_config(timeouts)
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .load()
        .await
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn put(client: &aws_sdk_dynamodb::Client, key: &str) -> Result<(), aws_sdk_dynamodb::Error> {
    client
        .put_item()
        .table_name("fleet")
        .item("pk", text(key))
        .item("sk", text("profile"))
        .item("due_shard", text("shard"))
        .item("due_at", AttributeValue::N("5".to_owned()))
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_hold_items_conditions_and_the_index_of_what_is_due() {
    let aws = Aws::start(None).await.unwrap();
    let client = aws_sdk_dynamodb::Client::new(&configuration(&aws).await);

    put(&client, "app#1").await.unwrap();
    let second = put(&client, "app#1").await.unwrap_err();
    let due = client
        .query()
        .table_name("fleet")
        .index_name("due")
        .key_condition_expression("due_shard = :shard AND due_at <= :now")
        .expression_attribute_values(":shard", text("shard"))
        .expression_attribute_values(":now", AttributeValue::N("10".to_owned()))
        .send()
        .await
        .unwrap();

    assert!(
        matches!(second, aws_sdk_dynamodb::Error::ConditionalCheckFailedException(_)),
        "{second:?}"
    );
    assert_eq!(due.count(), 1);
    assert_eq!(aws.database().items("fleet").unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_in_a_file_survive_the_process() {
    let directory = TestDirectory::new("tables-file");
    {
        let aws = Aws::start(Some(directory.path())).await.unwrap();
        let client = aws_sdk_dynamodb::Client::new(&configuration(&aws).await);
        put(&client, "app#1").await.unwrap();
    }

    let aws = Aws::start(Some(directory.path())).await.unwrap();

    assert_eq!(aws.database().items("fleet").unwrap()[0]["pk"]["S"], "app#1");
}

#[tokio::test(flavor = "multi_thread")]
async fn items_past_their_expiry_are_forgotten_when_asked() {
    let aws = Aws::start(None).await.unwrap();
    let client = aws_sdk_dynamodb::Client::new(&configuration(&aws).await);
    let now = jiff::Timestamp::now().as_second();
    for (key, expires_at) in [("old", now - 10), ("new", now + 1000)] {
        client
            .put_item()
            .table_name("inbox")
            .item("pk", text(key))
            .item("sk", text("event"))
            .item("expires_at", AttributeValue::N(expires_at.to_string()))
            .send()
            .await
            .unwrap();
    }

    assert_eq!(aws.database().forget_expired().unwrap(), 1);
    assert_eq!(aws.database().items("inbox").unwrap()[0]["pk"]["S"], "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_read_by_name_or_arn_and_keeps_its_previous_version() {
    let aws = Aws::start(None).await.unwrap();
    let client = aws_sdk_secretsmanager::Client::new(&configuration(&aws).await);
    aws.secrets().put("platform", SecretString::from("first"));
    let read = |id: String, stage: Option<&str>| {
        let request = client.get_secret_value().secret_id(id);
        let request = match stage {
            Some(stage) => request.version_stage(stage),
            None => request,
        };
        async move { request.send().await }
    };

    let first = read("platform".to_owned(), None).await.unwrap();
    client.put_secret_value().secret_id("platform").secret_string("second").send().await.unwrap();
    let second = read(first.arn().unwrap().to_owned(), None).await.unwrap();
    let previous = read("platform".to_owned(), Some("AWSPREVIOUS")).await.unwrap();
    let missing = read("nothing".to_owned(), None).await.unwrap_err();

    assert_eq!(first.secret_string(), Some("first"));
    assert_eq!(second.secret_string(), Some("second"));
    assert_ne!(first.version_id(), second.version_id());
    assert_eq!(previous.secret_string(), Some("first"));
    assert!(missing.into_service_error().is_resource_not_found_exception());
}

fn entry(detail_type: &str, detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .event_bus_name("wechat-fleet")
        .source("wechat-fleet")
        .detail_type(detail_type)
        .detail(detail)
        .build()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_goes_to_the_queue_that_a_rule_names_and_to_no_other() {
    let aws = Aws::start(None).await.unwrap();
    let client = aws_sdk_eventbridge::Client::new(&configuration(&aws).await);

    let answer = client
        .put_events()
        .entries(entry("inbox.received", r#"{"inbox_key":"event#1"}"#))
        .entries(entry("release.submitted", r#"{"version":1}"#))
        .send()
        .await
        .unwrap();

    assert_eq!(answer.failed_entry_count(), 0);
    let waiting = aws.queues().named("events").unwrap().waiting();
    assert_eq!(waiting.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&waiting[0].body).unwrap();
    assert_eq!(body["detail-type"], "inbox.received");
    assert_eq!(body["source"], "wechat-fleet");
    assert_eq!(body["detail"]["inbox_key"], "event#1");
    assert_eq!(body["id"], answer.entries()[0].event_id().unwrap());
    assert_eq!(aws.bus().events().len(), 2);
    assert_eq!(aws.bus().events_named("release.submitted")[0].detail["version"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_entry_is_counted_and_leaves_the_others_alone() {
    let aws = Aws::start(None).await.unwrap();
    let client = aws_sdk_eventbridge::Client::new(&configuration(&aws).await);
    aws.bus().refuse_next_entries(1);

    let answer = client
        .put_events()
        .entries(entry("release.submitted", "{}"))
        .entries(entry("release.approved", "{}"))
        .entries(entry("release.rejected", "no json"))
        .send()
        .await
        .unwrap();

    assert_eq!(answer.failed_entry_count(), 2);
    let codes: Vec<_> = answer.entries().iter().map(|entry| entry.error_code()).collect();
    assert_eq!(codes, [Some("InternalFailure"), None, Some("MalformedDetail")]);
    assert_eq!(aws.bus().events().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_sent_by_the_queues_url() {
    let aws = Aws::start(None).await.unwrap();
    let client = aws_sdk_sqs::Client::new(&configuration(&aws).await);
    let send = |queue: &str| {
        client.send_message().queue_url(aws.queue_url(queue)).message_body("still encrypted").send()
    };

    let sent = send("spill").await.unwrap();
    let missing = send("nothing").await.unwrap_err();

    let waiting = aws.queues().named("spill").unwrap().waiting();
    assert_eq!(waiting[0].body, "still encrypted");
    assert_eq!(sent.message_id(), Some(waiting[0].id.as_str()));
    assert!(missing.into_service_error().is_queue_does_not_exist());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_goes_away_in_every_way_and_comes_back() {
    let aws = Aws::start(None).await.unwrap();
    let client = aws_sdk_dynamodb::Client::new(&configuration(&aws).await);

    for (number, fault) in
        [Fault::Away, Fault::Silent, Fault::Throttled, Fault::Failing].into_iter().enumerate()
    {
        aws.inject(Service::DynamoDb, fault);
        let error = put(&client, &format!("app#{number}")).await.unwrap_err();
        if fault == Fault::Throttled {
            assert!(
                matches!(error, aws_sdk_dynamodb::Error::ProvisionedThroughputExceededException(_)),
                "{error:?}"
            );
        }
    }
    assert!(aws.database().items("fleet").unwrap().is_empty());
    aws.restore(Service::DynamoDb);

    put(&client, "app#1").await.unwrap();
    assert_eq!(aws.calls(Service::DynamoDb), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_leaves_the_work_done() {
    let aws = Aws::start(None).await.unwrap();
    let client = aws_sdk_dynamodb::Client::new(&configuration(&aws).await);
    aws.inject_next(Service::DynamoDb, 1, Fault::LostAnswer);

    put(&client, "app#1").await.unwrap_err();
    let again = put(&client, "app#1").await.unwrap_err();

    assert!(matches!(again, aws_sdk_dynamodb::Error::ConditionalCheckFailedException(_)));
}
