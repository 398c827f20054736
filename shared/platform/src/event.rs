//! What happened, as it is told to others. An event names things by id, carries its own id and the
//! entity's version, says who brought it about, and never a token or a key.

mod words;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wechat::AppId;

use crate::{actor::Actor, clock::Clock, random::Random};

/// The `source` of every event on the bus.
pub const SOURCE: &str = "wechat-fleet";

/// Names of events, the `detail-type` on the bus.
pub mod kind {
    /// WeChat pushed something and the inbox holds it; `inbox` is its key.
    pub const INBOX_RECEIVED: &str = "inbox.received";
    /// A merchant authorized the platform, or changed what it grants; `first` says whether it never
    /// did before.
    pub const MERCHANT_AUTHORIZED: &str = "merchant.authorized";
    /// A merchant withdrew its authorization.
    pub const MERCHANT_UNAUTHORIZED: &str = "merchant.unauthorized";
    /// Code was committed and is the trial version.
    pub const RELEASE_COMMITTED: &str = "release.committed";
    /// A review was submitted.
    pub const RELEASE_SUBMITTED: &str = "release.submitted";
    /// A review passed.
    pub const RELEASE_APPROVED: &str = "release.approved";
    /// A review was rejected.
    pub const RELEASE_REJECTED: &str = "release.rejected";
    /// A review could not be submitted, or somebody else's took its place.
    pub const RELEASE_FAILED: &str = "release.failed";
    /// A review is delayed.
    pub const RELEASE_DELAYED: &str = "release.delayed";
    /// A review was withdrawn.
    pub const RELEASE_WITHDRAWN: &str = "release.withdrawn";
    /// A version went online.
    pub const RELEASE_RELEASED: &str = "release.released";
    /// A part of the users has the approved version, or a larger part.
    pub const RELEASE_GRAY: &str = "release.gray";
    /// The approved version was taken back from the part of the users that had it.
    pub const RELEASE_GRAY_REVERTED: &str = "release.gray-reverted";
    /// An earlier version is online again.
    pub const RELEASE_ROLLED_BACK: &str = "release.rolled-back";
    /// WeChat shows something that nobody did through this platform.
    pub const RELEASE_CHANGED_OUTSIDE: &str = "release.changed-outside";
    /// A merchant's payment settings were changed; `what` says which.
    pub const PAYMENT_CHANGED: &str = "payment.changed";
    /// A machine was told a merchant's payment credentials; `key` is the id of its key.
    pub const PAYMENT_CREDENTIALS_READ: &str = "payment.credentials-read";
    /// A self-test is to be played; `self_test` is its id.
    pub const SELF_TEST_REQUESTED: &str = "self-test.requested";
    /// A registration was begun, or begun once more: the person is to be brought the link.
    /// `registration` is its id.
    pub const REGISTRATION_BEGUN: &str = "registration.begun";
    /// There is a mini program.
    pub const REGISTRATION_REGISTERED: &str = "registration.registered";
    /// A registration did not work; `code` says why.
    pub const REGISTRATION_FAILED: &str = "registration.failed";
    /// Nobody came to the end of a registration in time.
    pub const REGISTRATION_EXPIRED: &str = "registration.expired";
    /// The onboarding of a mini program began; `plan` is the version of its plan.
    pub const ONBOARDING_BEGAN: &str = "onboarding.began";
    /// A step of an onboarding is done; `step` is its name.
    pub const ONBOARDING_STEP: &str = "onboarding.step";
    /// An onboarding does not go on by itself at once; `step` says where, `for` for whom it waits,
    /// and `failed` whether somebody has to mend something.
    pub const ONBOARDING_WAITS: &str = "onboarding.waits";
    /// An onboarding came to its end.
    pub const ONBOARDING_FINISHED: &str = "onboarding.finished";
    /// An operator ended an onboarding; what it did stays.
    pub const ONBOARDING_STOPPED: &str = "onboarding.stopped";
    /// An operator changed the tags of a mini program; `tags` are all that it has now.
    pub const MINI_PROGRAM_TAGGED: &str = "mini-program.tagged";
    /// An operator changed the variables of a mini program; `names` are all that it has now.
    pub const MINI_PROGRAM_VARIABLES: &str = "mini-program.variables-changed";
    /// A setting of a mini program was changed at WeChat through this platform; `what` says which:
    /// `server-domains`, `business-domains`, `prefetch-domains`, `tester-added`, `tester-removed`,
    /// `suspended`, `resumed` or `support-version`.
    pub const SETTINGS_CHANGED: &str = "settings.changed";
    /// A mini program presents itself differently; `what` says in what: `avatar`, `introduction`,
    /// `searchability` or `categories`.
    pub const PROFILE_CHANGED: &str = "profile.changed";
    /// A name is in force.
    pub const PROFILE_NAME_APPROVED: &str = "profile.name-approved";
    /// A name was refused; `reason` says why.
    pub const PROFILE_NAME_REFUSED: &str = "profile.name-refused";
    /// A category is in force.
    pub const PROFILE_CATEGORY_APPROVED: &str = "profile.category-approved";
    /// A category was rejected; `reason` says why.
    pub const PROFILE_CATEGORY_REFUSED: &str = "profile.category-refused";
    /// The administrator is to show his face for the ICP filing.
    pub const FILING_FACE_BEGUN: &str = "filing.face-check-begun";
    /// It is he.
    pub const FILING_FACE_PASSED: &str = "filing.face-check-passed";
    /// It is not he, or he let the time pass.
    pub const FILING_FACE_FAILED: &str = "filing.face-check-failed";
    /// The ICP filing was applied for.
    pub const FILING_SUBMITTED: &str = "filing.submitted";
    /// WeChat passed the application on to the authority.
    pub const FILING_PASSED_ON: &str = "filing.passed-on";
    /// WeChat or the authority sent the application back.
    pub const FILING_REJECTED: &str = "filing.rejected";
    /// The ICP filing is in force.
    pub const FILING_COMPLETED: &str = "filing.completed";
    /// The application was taken back.
    pub const FILING_WITHDRAWN: &str = "filing.withdrawn";
    /// A filing that is in force is to be cancelled.
    pub const FILING_CANCELING: &str = "filing.canceling";
    /// A filing is in force no longer.
    pub const FILING_CANCELLED: &str = "filing.cancelled";
    /// WeChat's verification of the owner was begun.
    pub const VERIFICATION_BEGUN: &str = "verification.begun";
    /// Reviewers look at it.
    pub const VERIFICATION_SUBMITTED: &str = "verification.submitted";
    /// It was sent back to be corrected.
    pub const VERIFICATION_SENT_BACK: &str = "verification.sent-back";
    /// The owner is verified.
    pub const VERIFICATION_COMPLETED: &str = "verification.completed";
    /// It ended without a verification.
    pub const VERIFICATION_FAILED: &str = "verification.failed";
    /// The owner's verification is about to expire.
    pub const VERIFICATION_EXPIRES: &str = "verification.expires";
    /// The privacy guideline was written.
    pub const PRIVACY_GUIDELINE_CHANGED: &str = "privacy.guideline-changed";
    /// A privacy interface was applied for.
    pub const PRIVACY_INTERFACE_APPLIED: &str = "privacy.interface-applied";
    /// A privacy interface may be used.
    pub const PRIVACY_INTERFACE_GRANTED: &str = "privacy.interface-granted";
    /// A privacy interface may not be used.
    pub const PRIVACY_INTERFACE_REFUSED: &str = "privacy.interface-refused";
    /// The page of the order centre was applied for.
    pub const ORDER_PATH_APPLIED: &str = "order-path.applied";
    /// WeChat did not take the application for the page of the order centre.
    pub const ORDER_PATH_NOT_TAKEN: &str = "order-path.not-taken";
    /// The page of the order centre is in force.
    pub const ORDER_PATH_GRANTED: &str = "order-path.granted";
    /// The page of the order centre was refused.
    pub const ORDER_PATH_REFUSED: &str = "order-path.refused";
    /// WeChat punished the mini program.
    pub const PUNISHMENT_RECORDED: &str = "punishment.recorded";
    /// An appeal against a punishment went on a step.
    pub const APPEAL_CHANGED: &str = "appeal.changed";
    /// WeChat pushed something from which nothing follows here; `name` is what WeChat calls it, and
    /// `inbox` the item that holds it.
    pub const WECHAT_EVENT: &str = "wechat.event";
    /// The same, about one of a mini program's users. It is told and stands in no timeline.
    pub const WECHAT_USER_EVENT: &str = "wechat.user-event";
    /// A rollout, or targets of it, are due; `rollout` is its id, `positions` are the targets.
    pub const ROLLOUT_DUE: &str = "rollout.due";
    /// A rollout is planned; here and below, `rollout` is its id.
    pub const ROLLOUT_PLANNED: &str = "rollout.planned";
    /// A rollout was started.
    pub const ROLLOUT_STARTED: &str = "rollout.started";
    /// A wave of a rollout began.
    pub const ROLLOUT_WAVE: &str = "rollout.wave";
    /// A rollout is paused, by somebody or by itself.
    pub const ROLLOUT_PAUSED: &str = "rollout.paused";
    /// A rollout goes on.
    pub const ROLLOUT_RESUMED: &str = "rollout.resumed";
    /// A rollout was ended.
    pub const ROLLOUT_ABORTED: &str = "rollout.aborted";
    /// Every mini program of a rollout is through.
    pub const ROLLOUT_FINISHED: &str = "rollout.finished";
    /// A rollout, or a wave of it, is to be rolled back.
    pub const ROLLOUT_ROLLBACK: &str = "rollout.rollback";
    /// A rollout, or a wave of it, was rolled back.
    pub const ROLLOUT_ROLLED_BACK: &str = "rollout.rolled-back";
    /// A mini program of a rollout is in another state.
    pub const ROLLOUT_TARGET: &str = "rollout.target";
    /// Somebody asked for something that takes two; here and below, `approval` is its id, `decision` what
    /// kind of decision it is, and `operation` what was asked for.
    pub const APPROVAL_REQUESTED: &str = "approval.requested";
    /// A second person approved it, and it is being done.
    pub const APPROVAL_GIVEN: &str = "approval.given";
    /// A second person refused it.
    pub const APPROVAL_REFUSED: &str = "approval.refused";
    /// Whoever asked took it back.
    pub const APPROVAL_WITHDRAWN: &str = "approval.withdrawn";
    /// Nobody decided in time.
    pub const APPROVAL_EXPIRED: &str = "approval.expired";
    /// It was approved and done; `status` is what it was answered.
    pub const APPROVAL_PERFORMED: &str = "approval.performed";
    /// It was approved and did not work; `status` is what it was answered.
    pub const APPROVAL_FAILED: &str = "approval.failed";
    /// It was approved, and nobody saw the end of it.
    pub const APPROVAL_OUTCOME_UNKNOWN: &str = "approval.outcome-unknown";
    /// Deliveries to a webhook are due; `webhook` and `deliveries` are their ids.
    pub const WEBHOOK_DUE: &str = "webhook.due";
    /// A webhook was paused because it is gone or fails; `webhook` is its id.
    pub const WEBHOOK_PAUSED: &str = "webhook.paused";
    /// An operator tries a webhook. It is sent to that one alone and never on the bus.
    pub const WEBHOOK_PING: &str = "webhook.ping";

    /// All of them.
    pub const ALL: &[&str] = &[
        INBOX_RECEIVED,
        MERCHANT_AUTHORIZED,
        MERCHANT_UNAUTHORIZED,
        RELEASE_COMMITTED,
        RELEASE_SUBMITTED,
        RELEASE_APPROVED,
        RELEASE_REJECTED,
        RELEASE_FAILED,
        RELEASE_DELAYED,
        RELEASE_WITHDRAWN,
        RELEASE_RELEASED,
        RELEASE_GRAY,
        RELEASE_GRAY_REVERTED,
        RELEASE_ROLLED_BACK,
        RELEASE_CHANGED_OUTSIDE,
        PAYMENT_CHANGED,
        PAYMENT_CREDENTIALS_READ,
        SELF_TEST_REQUESTED,
        REGISTRATION_BEGUN,
        REGISTRATION_REGISTERED,
        REGISTRATION_FAILED,
        REGISTRATION_EXPIRED,
        ONBOARDING_BEGAN,
        ONBOARDING_STEP,
        ONBOARDING_WAITS,
        ONBOARDING_FINISHED,
        ONBOARDING_STOPPED,
        MINI_PROGRAM_TAGGED,
        MINI_PROGRAM_VARIABLES,
        SETTINGS_CHANGED,
        PROFILE_CHANGED,
        PROFILE_NAME_APPROVED,
        PROFILE_NAME_REFUSED,
        PROFILE_CATEGORY_APPROVED,
        PROFILE_CATEGORY_REFUSED,
        FILING_FACE_BEGUN,
        FILING_FACE_PASSED,
        FILING_FACE_FAILED,
        FILING_SUBMITTED,
        FILING_PASSED_ON,
        FILING_REJECTED,
        FILING_COMPLETED,
        FILING_WITHDRAWN,
        FILING_CANCELING,
        FILING_CANCELLED,
        VERIFICATION_BEGUN,
        VERIFICATION_SUBMITTED,
        VERIFICATION_SENT_BACK,
        VERIFICATION_COMPLETED,
        VERIFICATION_FAILED,
        VERIFICATION_EXPIRES,
        PRIVACY_GUIDELINE_CHANGED,
        PRIVACY_INTERFACE_APPLIED,
        PRIVACY_INTERFACE_GRANTED,
        PRIVACY_INTERFACE_REFUSED,
        ORDER_PATH_APPLIED,
        ORDER_PATH_NOT_TAKEN,
        ORDER_PATH_GRANTED,
        ORDER_PATH_REFUSED,
        PUNISHMENT_RECORDED,
        APPEAL_CHANGED,
        WECHAT_EVENT,
        WECHAT_USER_EVENT,
        ROLLOUT_DUE,
        ROLLOUT_PLANNED,
        ROLLOUT_STARTED,
        ROLLOUT_WAVE,
        ROLLOUT_PAUSED,
        ROLLOUT_RESUMED,
        ROLLOUT_ABORTED,
        ROLLOUT_FINISHED,
        ROLLOUT_ROLLBACK,
        ROLLOUT_ROLLED_BACK,
        ROLLOUT_TARGET,
        APPROVAL_REQUESTED,
        APPROVAL_GIVEN,
        APPROVAL_REFUSED,
        APPROVAL_WITHDRAWN,
        APPROVAL_EXPIRED,
        APPROVAL_PERFORMED,
        APPROVAL_FAILED,
        APPROVAL_OUTCOME_UNKNOWN,
        WEBHOOK_DUE,
        WEBHOOK_PAUSED,
        WEBHOOK_PING,
    ];
}

/// The members that every event has; no detail is named like one of them.
const OWN: [&str; 6] = ["id", "component", "appid", "version", "at", "by"];

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The event's own id: the same on every repetition.
    pub id: String,
    /// One of [`kind`]; on the bus it is the `detail-type`, beside the event.
    #[serde(skip)]
    pub kind: String,
    /// The component it concerns.
    pub component: AppId,
    /// The merchant's account, if it concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<AppId>,
    /// The version of the entity after what happened; a receiver keeps the highest.
    #[serde(default)]
    pub version: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who brought it about.
    #[serde(default)]
    pub by: Actor,
    /// What else there is to say.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// What EventBridge writes around an event.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Event,
}

/// A text that is no event of ours. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event of this platform")]
pub struct NoEvent;

impl Event {
    /// Reads an event as EventBridge hands it on.
    pub fn from_bus(text: &str) -> Result<Self, NoEvent> {
        let Envelope { detail_type, detail } = serde_json::from_str(text).map_err(|_| NoEvent)?;
        Ok(Event { kind: detail_type, ..detail })
    }

    /// A new event that happens now. `details` is an object, or null.
    pub fn new(
        clock: &dyn Clock,
        random: &dyn Random,
        kind: &str,
        component: &AppId,
        appid: Option<&AppId>,
        version: u64,
        details: Value,
    ) -> Self {
        let now = clock.now();
        let details = match details {
            Value::Object(details) => details,
            Value::Null => Map::new(),
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        debug_assert!(
            OWN.iter().all(|own| !details.contains_key(*own)),
            "{kind}: a detail named like a member of every event makes it unreadable"
        );
        Event {
            id: random.identifier(now),
            kind: kind.to_owned(),
            component: component.clone(),
            appid: appid.cloned(),
            version,
            at: now,
            by: Actor::present(),
            details,
        }
    }
}
