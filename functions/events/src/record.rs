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
