//! What a queue may bring.

use platform::{event::Event, spill::Spilled};
use serde::Deserialize;
use serde_json::Value;

/// A message's body, read.
#[derive(Debug)]
pub(crate) enum Record {
    /// An event of our own bus.
    Event(Event),
    /// A push that the inbox did not take.
    Spilled(Spilled),
}

/// What EventBridge writes around an event.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Event,
}

impl Record {
    /// Tells the two apart by what only EventBridge writes. The error repeats nothing of the body.
    pub(crate) fn parse(body: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(body).map_err(|_| "the body is not JSON")?;
        if value.get("detail-type").is_some() {
            let Envelope { detail_type, detail } = serde_json::from_value(value)
                .map_err(|_| "the body is not an event of this platform")?;
            return Ok(Record::Event(Event { kind: detail_type, ..detail }));
        }
        let push = serde_json::from_value(value)
            .map_err(|_| "the body is neither an event nor a push that was spilled")?;
        Ok(Record::Spilled(push))
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::sqs::SqsEvent;

    use super::*;

    /// A batch as Lambda hands it over: one event from the bus, one spilled push, one that is
    /// neither.
    const BATCH: &str = include_str!("../tests/data/sqs-batch.json");

    fn bodies() -> Vec<String> {
        let batch: SqsEvent = serde_json::from_str(BATCH).unwrap();
        batch.records.into_iter().map(|message| message.body.unwrap()).collect()
    }

    #[test]
    fn an_event_of_the_bus_is_read_out_of_what_sqs_and_eventbridge_write_around_it() {
        let Ok(Record::Event(event)) = Record::parse(&bodies()[0]) else { panic!("no event") };

        assert_eq!(event.kind, platform::event::kind::INBOX_RECEIVED);
        assert_eq!(event.component.as_str(), "wx570bc396a51b8ff8");
        assert_eq!(event.details["inbox"], "event#wx570bc396a51b8ff8#0f3a");
    }

    #[test]
    fn a_spilled_push_is_told_from_an_event() {
        let Ok(Record::Spilled(push)) = Record::parse(&bodies()[1]) else { panic!("no push") };

        assert_eq!(push.nonce, "1590219412");
        assert_eq!(push.authorizer, None);
    }

    #[test]
    fn anything_else_is_refused_without_being_repeated() {
        let refused = Record::parse(&bodies()[2]).unwrap_err();
        assert!(!refused.contains("canary"), "{refused}");
        assert!(Record::parse("canary").is_err());
    }
}
