//! A strict WeChat with verbs and a memory, for tests and for the local system.
//!
//! It is written from WeChat's documentation and from nothing else: paths, fields and JSON are
//! spelled by hand and no declaration of the product is imported, so that a misunderstanding
//! cannot stand on both sides. Where the documentation leaves something open (does a replaced
//! token die at once? does a refresh token change?) every reading can be chosen, see [`Options`].
//!
//! * [`Simulator::start`] serves it on a port; [`Simulator::new`] keeps it in the process, where
//!   [`Simulator::service`] answers requests without a socket.
//! * Verbs ([`Simulator::authorize`], [`Simulator::reject`], [`Simulator::fail`], …) play the
//!   people and the accidents. `POST /simulator/<verb>` takes the same arguments as JSON.
//! * `GET /simulator/state` and `GET /simulator/log` show what it holds and what it was asked.
//!
//! To add a call of WeChat's, add a row to the table of its area in `endpoints/` and the function
//! that answers it. Which calls there are is told by one list, `shared/wechat/tests/data/paths.txt`,
//! that both sides are tested against.

mod call;
mod checks;
mod clock;
pub mod crypto;
mod endpoint;
mod endpoints;
mod errand;
mod exchange;
mod form;
mod grants;
mod images;
mod log;
mod misbehaviour;
mod options;
mod pages;
mod push;
mod random;
mod reply;
mod scene;
mod seeds;
mod server;
mod snapshot;
mod state;
mod verbs;

pub use clock::Clock;
pub use endpoints::{Answered, answered};
pub use log::{CallRecord, Log};
pub use misbehaviour::{Fault, How};
pub use options::{
    AuditSpelling, Category, ComponentOptions, DraftOptions, MerchantOptions, Options, Receive,
    Receiver, RefreshTokens, ReplacedTokens, TokenBehaviour,
};
pub use push::{Attempt, Delivery};
pub use random::CANARY;
pub use server::{ConnectionCut, InProcess, Simulator, StartError};
pub use state::AppealStatus;
pub use verbs::{
    Addresses, AppealOrder, Authorization, Authorize, Authorized, AuthorizedEvent, ChangeOutside,
    CheckRelease, CheckStep, ConfirmRegistration, DecidePlugin, Decided, EventShape, Expire,
    Expiring, ExpiringVerification, FilingRemark, FilingShape, FinishFaceCheck, Host, Key, LogIn,
    Message, OrderPathVerdict, Outside, PrivacyDetection, PrivacyReviewed, PrivacyVerdict, Punish,
    Push, PushedTicket, Quota, Recorded, Registered, RegisteredOpenAccount, RegistrationStep,
    ReleaseCheck, ReviewCategory, ReviewFiling, ReviewName, Reviewed, Revoke, Revoked, Signing,
    StepProcedure, StepVerification, Target, VerbError, Verdict, Via, Word,
};
