//! Who hears of what: the rules from the bus to the queues, and the queues' functions.
//!
//! `template.yaml` says the same to AWS; a test compares the two.

mod pump;

use std::time::Duration;

pub use pump::{Retry, pump};

/// The bus's name on this machine.
pub const BUS: &str = "wechat-fleet";

/// The source that every event of the system carries.
pub const SOURCE: &str = "wechat-fleet";

/// Sends events of some kinds to a queue.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The `detail-type`s it is about.
    pub detail_types: DetailTypes,
    /// The queue they go to.
    pub queue: &'static str,
}

/// Which kinds of events a rule is about.
#[derive(Debug, Clone, Copy)]
pub enum DetailTypes {
    /// These.
    Only(&'static [&'static str]),
    /// All but these, `anything-but` in the template.
    AllBut(&'static [&'static str]),
}

impl Rule {
    /// Whether the rule is about this event.
    pub fn wants(&self, source: &str, detail_type: &str) -> bool {
        source == SOURCE
            && match self.detail_types {
                DetailTypes::Only(these) => these.contains(&detail_type),
                DetailTypes::AllBut(these) => !these.contains(&detail_type),
            }
    }
}

/// Every rule.
pub const RULES: [Rule; 3] = [
    Rule {
        detail_types: DetailTypes::Only(&[
            "inbox.received",
            "merchant.authorized",
            "merchant.unauthorized",
            "self-test.requested",
        ]),
        queue: "events",
    },
    // What is due, and what happened to mini programs that a rollout may have.
    Rule {
        detail_types: DetailTypes::Only(&[
            "rollout.due",
            "release.approved",
            "release.rejected",
            "release.failed",
            "release.withdrawn",
            "release.released",
            "merchant.authorized",
            "merchant.unauthorized",
        ]),
        queue: "rollout",
    },
    // What is new is for the company's own systems too.
    Rule {
        detail_types: DetailTypes::AllBut(&["inbox.received", "self-test.requested"]),
        queue: "webhooks",
    },
];

/// A queue and the function that works it off.
#[derive(Debug, Clone, Copy)]
pub struct QueueDefinition {
    /// The name on this machine; on AWS the stack's name stands before it.
    pub name: &'static str,
    /// The package of the function.
    pub function: &'static str,
    /// How many messages the function is given at a time.
    pub batch_size: usize,
    /// A message received this many times without success becomes a dead letter.
    pub max_receives: u32,
}

/// Every queue.
pub const QUEUES: [QueueDefinition; 4] = [
    QueueDefinition { name: "events", function: "events", batch_size: 10, max_receives: 5 },
    // Requests that could not be stored: still encrypted, worked off when the tables are back. An
    // outage uses up attempts without any fault of the message, hence so many.
    QueueDefinition { name: "spill", function: "events", batch_size: 10, max_receives: 1000 },
    QueueDefinition { name: "rollout", function: "rollout", batch_size: 5, max_receives: 5 },
    QueueDefinition { name: "webhooks", function: "webhooks", batch_size: 10, max_receives: 5 },
];

/// How long a message that failed stays invisible. AWS waits for the visibility timeout, minutes;
/// nobody wants to watch that.
pub const RETRY_DELAY: Duration = Duration::from_secs(2);
