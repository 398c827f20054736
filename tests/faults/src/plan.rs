//! A plan: everything that happens in one schedule, as plain data. A seed makes a plan, a plan makes
//! a run, and a plan that breaks something is made smaller step by step.

use serde::{Deserialize, Serialize};
use simulator::{RefreshTokens, ReplacedTokens, TokenBehaviour};

/// How many machines there are. Each runs one process of every function.
pub const NODES: usize = 3;
/// How many token behaviours of WeChat there are.
pub const VARIANTS: u64 = 6;

/// One schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The class of faults, from 1.
    pub class: u8,
    /// What all interleavings come from.
    pub seed: u64,
    /// What becomes of replaced tokens at WeChat.
    pub behaviour: TokenBehaviour,
    /// How things stand at the beginning.
    pub setup: Setup,
    /// How far each machine's clock is ahead, in milliseconds.
    pub offsets: [i64; NODES],
    /// Queues deliver everything twice.
    pub doubled: bool,
    /// What people, WeChat and the clock do.
    pub steps: Vec<Step>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// When the faults end, in milliseconds.
    pub end: u64,
    /// How the functions reach the tables.
    pub way: Way,
}

/// How the functions reach the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// Straight, with the SDK's inputs and outputs and what it does with time: ten times as many
    /// schedules.
    #[default]
    Straight,
    /// Through all of the SDK, over its wire.
    Sdk,
}

/// How things stand at the beginning: one component, merchants who have authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setup {
    /// Merchants who have authorized.
    pub merchants: u16,
    /// Merchants who have not.
    pub strangers: u16,
    /// Age of the tokens in minutes.
    pub token_age: u16,
    /// Age of the newest ticket in minutes.
    pub ticket_age: u16,
    /// There is a template, and WeChat's detection of privacy interfaces takes no time.
    pub template: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Setup { merchants: 2, strangers: 1, token_age: 50, ticket_age: 9, template: false }
    }
}

/// Something that somebody does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// When, in milliseconds.
    pub at: u64,
    /// On which machine, where it is done on one.
    pub node: usize,
    /// What.
    pub what: Operation,
}

/// What somebody does. Merchants go by their place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Operation {
    /// The clock ticks.
    Tick,
    /// WeChat pushes a new ticket, so many copies of it.
    Ticket(u8),
    /// WeChat pushes the ticket before the newest, again or for the first time.
    OlderTicket,
    /// A merchant authorizes, and everybody is told as this says.
    Authorize {
        /// Who.
        merchant: u16,
        /// The browser comes back after so many milliseconds.
        redirect: Option<u32>,
        /// So many copies of the push.
        copies: u8,
        /// The push comes so many milliseconds later.
        late: u32,
    },
    /// A merchant withdraws.
    Revoke {
        /// Who.
        merchant: u16,
        /// So many copies of the push.
        copies: u8,
        /// The push comes so many milliseconds later.
        late: u32,
    },
    /// A user writes to a merchant, or WeChat tells something that nobody knows yet.
    Message {
        /// To whom.
        merchant: u16,
        /// So many copies of the push.
        copies: u8,
    },
    /// A push that nothing can be done with.
    Poison,
    /// An operator's call with a merchant's token.
    Call(u16),
    /// An operator uploads code.
    Commit(u16),
    /// An operator orders a review.
    Submit(u16),
    /// WeChat's reviewers pass it; the event is lost if this says so.
    Approve {
        /// Whose.
        merchant: u16,
        /// Nothing is pushed.
        silent: bool,
    },
    /// WeChat's reviewers reject it.
    Reject(u16),
    /// An operator releases.
    Release(u16),
    /// An operator goes back to the version before.
    RollBack(u16),
    /// WeChat puts another refresh token in force without a word; its list tells it.
    ExchangeRefreshToken(u16),
    /// WeChat forgets a merchant's access token.
    ExpireToken(u16),
    /// WeChat forgets the component's access token.
    ExpireComponentToken,
    /// Our address is off the whitelist, or on it again.
    RefuseAddress(bool),
    /// The platform secret gets a new key and token beside the old ones.
    AnnounceKeys,
    /// WeChat takes the new key and token into use.
    ExchangeKeys,
    /// The tables are backed up.
    BackUp,
    /// The tables are restored to the last backup, and the deployment is told so.
    Restore,
    /// An operator has a version rolled out to the first so many merchants, to `first` of them in
    /// the first wave and to the others in the second.
    RollOut {
        /// How many mini programs get it.
        targets: u16,
        /// How many of them come first.
        first: u16,
    },
    /// WeChat's reviewers decide what is open.
    Review(Reviewers),
    /// An operator hands the component to another system.
    HandOver,
    /// The other system renews its component token and a merchant's.
    RenewElsewhere(u16),
    /// An operator imports the merchants, until that is finished.
    Import,
    /// An operator takes the component back, until that is done.
    TakeBack,
    /// A machine stands still for so many milliseconds, and its connections die of it.
    Freeze(u64),
}

/// What WeChat's reviewers make of the reviews that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewers {
    /// They reject this merchant's, and approve the others'.
    pub rejected: Option<u16>,
    /// They never decide this one's.
    pub undecided: Option<u16>,
    /// They push nothing.
    pub silent: bool,
    /// So many copies of the first push.
    pub copies: u8,
}

impl Plan {
    /// The reviewers who go on when the trouble is over.
    pub fn reviewers(&self) -> Option<Reviewers> {
        let reviewers = self.steps.iter().rev().find_map(|step| match step.what {
            Operation::Review(reviewers) => Some(reviewers),
            _ => None,
        });
        reviewers.map(|reviewers| Reviewers { silent: false, copies: 1, ..reviewers })
    }
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// With whom.
    pub service: Option<Service>,
    /// In which of its operations (a path, for WeChat); any if none is named.
    pub operation: Option<String>,
    /// When.
    pub when: When,
    /// How.
    pub effect: Effect,
}

/// With whom one can have trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Service {
    /// DynamoDB.
    Tables,
    /// Secrets Manager.
    Secrets,
    /// EventBridge.
    Bus,
    /// SQS.
    Queue,
    /// WeChat.
    WeChat,
}

impl Service {
    /// All of them.
    pub(crate) const ALL: [Service; 5] =
        [Service::Tables, Service::Secrets, Service::Bus, Service::Queue, Service::WeChat];
}

/// When a fault acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// After so many matching calls, for so many.
    Nth {
        /// Calls that go well before.
        skip: u32,
        /// Calls that do not.
        times: u32,
    },
    /// In this time, in milliseconds, with so many percent of the calls.
    Between {
        /// From.
        from: u64,
        /// Until.
        until: u64,
        /// How many of a hundred.
        percent: u8,
    },
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// The process dies before the call is made.
    CrashBefore,
    /// The process dies after the call took effect, before it has the answer.
    CrashAfter,
    /// The process stands still before the call is made, for so many milliseconds.
    PauseBefore(u64),
    /// The process stands still after the call took effect.
    PauseAfter(u64),
    /// The connection breaks; the call took effect if this says so.
    Cut(bool),
    /// Nothing is ever answered; the call took effect if this says so.
    Silence(bool),
    /// It cannot be reached.
    Unreachable,
    /// The answer takes so many milliseconds longer.
    Slow(u64),
    /// An error: the service's own names in [`Failure`].
    Fail(Failure),
    /// An error of WeChat's.
    Errcode(i64),
    /// A page of HTML in the place of WeChat's answer.
    Html,
    /// Half of WeChat's answer; the call took effect if this says so.
    HalfJson(bool),
    /// WeChat's answer comes a byte a second: the call took effect.
    Drip,
    /// Some entries of a `PutEvents` are not taken.
    Partly,
    /// A read that need not be consistent shows what stood so many milliseconds ago.
    Stale(u64),
}

impl Effect {
    /// Whether what was asked for is late, or not done, or not known to be done.
    pub(crate) fn hinders(self) -> bool {
        matches!(
            self,
            Effect::Cut(_)
                | Effect::Silence(_)
                | Effect::Unreachable
                | Effect::Slow(_)
                | Effect::Fail(_)
        )
    }
}

/// Errors of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// More than the table gives.
    Throttled,
    /// The service is at fault.
    Internal,
    /// Another transaction is at the item.
    Conflict,
}

/// The behaviour of tokens with this number.
pub fn behaviour(number: u64) -> TokenBehaviour {
    TokenBehaviour {
        replaced_tokens: match number % 2 {
            0 => ReplacedTokens::DieAtOnce,
            _ => ReplacedTokens::LiveFiveMinutes,
        },
        refresh_tokens: match number / 2 % 3 {
            0 => RefreshTokens::Constant,
            1 => RefreshTokens::Rotate,
            _ => RefreshTokens::RotateWithGrace,
        },
    }
}
