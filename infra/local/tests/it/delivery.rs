use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use local::{
    aws::{Aws, Queue},
    delivery::{QUEUES, Retry, pump},
};
use tokio::sync::watch;

use crate::directory::TestDirectory;

const RETRY: Retry = Retry { delay: Duration::from_millis(5), timeout: Duration::from_millis(500) };

/// Bodies in the order in which they were given to the function.
type Seen = Arc<Mutex<Vec<String>>>;

/// Works the queue `events` off with a function that does to each body what `act` says.
fn start_pump(
    aws: &Aws,
    act: impl Fn(&str, usize) -> bool + Send + Sync + Clone + 'static,
) -> (Queue, Seen, watch::Sender<bool>) {
    let queue = aws.queues().named("events").unwrap().clone();
    let seen = Seen::default();
    let (stop, stopped) = watch::channel(false);
    let recorded = seen.clone();
    let handler = move |event: SqsEvent| {
        let (seen, act) = (recorded.clone(), act.clone());
        async move {
            let mut response = SqsBatchResponse::default();
            for record in event.records {
                let body = record.body.unwrap();
                let receives = record.attributes["ApproximateReceiveCount"].parse().unwrap();
                seen.lock().unwrap().push(body.clone());
                if !act(&body, receives) {
                    response.add_failure(record.message_id.unwrap());
                }
            }
            Ok::<_, std::convert::Infallible>(response)
        }
    };
    tokio::spawn(pump(queue.clone(), QUEUES[0], RETRY, handler, stopped));
    (queue, seen, stop)
}

async fn until_empty(queue: &Queue) {
    for _ in 0..1000 {
        if queue.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the queue did not become empty");
}

#[tokio::test]
async fn a_message_that_fails_comes_again_and_the_rest_of_its_batch_does_not() {
    let aws = Aws::start(None).await.unwrap();
    let (queue, seen, _stop) = start_pump(&aws, |body, receives| body != "b" || receives == 3);

    for body in ["a", "b", "c"] {
        queue.send(body).unwrap();
    }
    until_empty(&queue).await;

    let seen = seen.lock().unwrap().clone();
    let count = |body: &str| seen.iter().filter(|seen| *seen == body).count();
    assert_eq!((count("a"), count("b"), count("c")), (1, 3, 1));
    assert!(queue.dead_letters().is_empty());
}

#[tokio::test]
async fn a_message_that_never_succeeds_becomes_a_dead_letter_and_can_be_revived() {
    let aws = Aws::start(None).await.unwrap();
    let (queue, seen, _stop) = start_pump(&aws, |_, _| false);

    queue.send("hopeless").unwrap();
    until_empty(&queue).await;
    let dead = queue.dead_letters();
    assert_eq!(queue.revive_dead_letters().unwrap(), 1);
    until_empty(&queue).await;

    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].body, "hopeless");
    assert_eq!(seen.lock().unwrap().len(), 2 * QUEUES[0].max_receives as usize);
}

#[tokio::test]
async fn a_panic_is_one_failed_batch() {
    let aws = Aws::start(None).await.unwrap();
    let (queue, seen, _stop) = start_pump(&aws, |_, receives| {
        assert!(receives > 1, "the first time fails on purpose");
        true
    });

    queue.send("startling").unwrap();
    until_empty(&queue).await;

    assert_eq!(seen.lock().unwrap().len(), 2);
    assert!(queue.dead_letters().is_empty());
}

#[tokio::test]
async fn a_function_that_hangs_has_failed() {
    let aws = Aws::start(None).await.unwrap();
    let queue = aws.queues().named("events").unwrap().clone();
    let (_stop, stopped) = watch::channel(false);
    let hang = |_: SqsEvent| std::future::pending::<Result<SqsBatchResponse, String>>();
    let retry = Retry { delay: Duration::from_millis(5), timeout: Duration::from_millis(20) };
    tokio::spawn(pump(queue.clone(), QUEUES[0], retry, hang, stopped));

    queue.send("stuck").unwrap();
    until_empty(&queue).await;

    assert_eq!(queue.dead_letters().len(), 1);
}

#[tokio::test]
async fn messages_survive_the_process_until_they_are_deleted() {
    let directory = TestDirectory::new("queue-file");
    {
        let aws = Aws::start(Some(directory.path())).await.unwrap();
        let queue = aws.queues().named("events").unwrap();
        for body in ["done", "in flight", "waiting", "dead"] {
            queue.send(body).unwrap();
        }
        let received = queue.receive(2);
        queue.delete(&received[0].id).unwrap();
        let dead = queue.receive(10).into_iter().find(|message| message.body == "dead").unwrap();
        queue.release(&dead.id, Duration::ZERO, 1).unwrap();
    }
    // The line that was being written when the process was killed.
    let file = directory.path().join("queue-events.jsonl");
    let mut content = std::fs::read_to_string(&file).unwrap();
    content.push_str(r#"{"sent":{"id":"torn","bo"#);
    std::fs::write(&file, content).unwrap();

    let aws = Aws::start(Some(directory.path())).await.unwrap();
    let queue = aws.queues().named("events").unwrap();

    let bodies = |messages: Vec<local::aws::Message>| -> Vec<String> {
        messages.into_iter().map(|message| message.body).collect()
    };
    assert_eq!(bodies(queue.waiting()), ["in flight", "waiting"]);
    assert_eq!(bodies(queue.dead_letters()), ["dead"]);
}

#[tokio::test]
async fn the_file_of_a_queue_that_was_worked_off_is_empty() {
    let directory = TestDirectory::new("queue-emptied");
    let aws = Aws::start(Some(directory.path())).await.unwrap();
    let queue = aws.queues().named("events").unwrap();

    for number in 0..20 {
        queue.send(&number.to_string()).unwrap();
    }
    for message in queue.receive(20) {
        queue.delete(&message.id).unwrap();
    }
    queue.send("after").unwrap();

    let content = std::fs::read_to_string(directory.path().join("queue-events.jsonl")).unwrap();
    assert_eq!(content.lines().count(), 1);
    assert!(content.contains("after"));
}
