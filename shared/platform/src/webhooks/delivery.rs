//! One event on its way to one target.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechat::AppId;

use crate::{event::Event, random::Random};

/// The pause after each attempt that fails, in seconds; after the one that follows the last of them
/// a delivery is dead. The clock looks once a minute, so five seconds are the next minute.
const PAUSES: [i64; 8] =
    [5, 60, 5 * 60, 30 * 60, 2 * 60 * 60, 5 * 60 * 60, 10 * 60 * 60, 10 * 60 * 60];
/// A pause is up to a fifth longer, so that what failed together does not come again together.
const JITTER: u8 = 5;

/// One event on its way to one target. The body is kept as it is first sent, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The event's id, which is the message's id on every attempt.
    pub id: String,
    /// The target's id.
    pub target: String,
    /// The kind of the event.
    pub kind: String,
    /// The component that the event concerns.
    pub component: AppId,
    /// The merchant's account, if it concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<AppId>,
    /// What is sent.
    pub body: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was made, in milliseconds.
    pub created_at: i64,
    /// The last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Attempt>,
    /// When it is tried next, or when its lease ends, in milliseconds; none where it is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It is tried, or tried again later.
    Pending,
    /// The target answered with a 2xx.
    Delivered,
    /// Given up; an operator may send it again.
    Dead,
}

impl DeliveryState {
    /// The state's name, as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Dead => "dead",
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began, in milliseconds.
    pub at: i64,
    /// How long it took, in milliseconds.
    pub took: i64,
    /// The status that was answered; none where there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The beginning of the answer, redacted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// No other attempt would end differently: an operator has to do something first.
    #[serde(skip)]
    pub hopeless: bool,
}

/// The right to make the next attempt, which the holder of a delivery's lease has.
#[derive(Debug)]
pub struct Claimed {
    /// The delivery.
    pub delivery: Delivery,
    pub(super) holder: String,
}

impl Delivery {
    /// `event` on its way to `target`.
    pub(super) fn new(target: &str, event: &Event, now: Timestamp, due_at: Timestamp) -> Self {
        Delivery {
            id: event.id.clone(),
            target: target.to_owned(),
            kind: event.kind.clone(),
            component: event.component.clone(),
            appid: event.appid.clone(),
            body: body(event),
            state: DeliveryState::Pending,
            attempts: 0,
            created_at: now.as_millisecond(),
            last: None,
            due_at: Some(due_at.as_millisecond()),
        }
    }
}

impl Attempt {
    /// The target has it.
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The target wants nothing more.
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// How long to wait after so many attempts; none if that was the last.
pub fn pause_after(attempts: u32, random: &dyn Random) -> Option<SignedDuration> {
    let place = usize::try_from(attempts.checked_sub(1)?).ok()?;
    let pause = SignedDuration::from_secs(*PAUSES.get(place)?);
    let [share] = random.bytes();
    Some(pause + pause * i32::from(share) / (i32::from(JITTER) * 255))
}

/// `{type, timestamp, data}`, as Standard Webhooks recommends.
fn body(event: &Event) -> String {
    let mut data = json!(event);
    if let Value::Object(members) = &mut data {
        members.remove("at");
    }
    json!({ "type": event.kind, "timestamp": event.at, "data": data }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::SystemClock, random::SystemRandom};

    #[test]
    fn attempts_are_spread_over_more_than_a_day_and_then_end() {
        let pauses: Vec<i64> = (1..=8)
            .map(|attempts| pause_after(attempts, &SystemRandom).unwrap().as_secs())
            .collect();

        for (pause, least) in pauses.iter().zip(PAUSES) {
            assert!((least..=least * 6 / 5).contains(pause), "{pauses:?}");
        }
        assert!((27..36).contains(&(pauses.iter().sum::<i64>() / 3600)));
        assert_eq!(pause_after(9, &SystemRandom), None);
        assert_eq!(pause_after(0, &SystemRandom), None);
    }

    #[test]
    fn a_body_has_a_type_a_time_and_data_and_no_more() {
        let (component, appid) = ("wx570bc396a51b8ff8", "wxf8b4f85f3a794e77");
        let event = Event::new(
            &SystemClock,
            &SystemRandom,
            "release.approved",
            &component.parse().unwrap(),
            Some(&appid.parse().unwrap()),
            7,
            json!({ "user_version": "1.2.0" }),
        );

        let sent: Value = serde_json::from_str(&body(&event)).unwrap();

        assert_eq!(
            sent,
            json!({
                "type": "release.approved",
                "timestamp": event.at.to_string(),
                "data": {
                    "id": event.id, "component": component, "appid": appid, "version": 7,
                    "by": { "kind": "clock" }, "user_version": "1.2.0",
                },
            })
        );
    }
}
