//! What wechat-fleet decides: which token to use and when to renew it, what is stored and under
//! which condition, who may do what. The protocol itself is the crate [`wechat`].
//!
//! * [`configuration`], [`secrets`], [`aws`]: what a function is given.
//! * [`storage`], [`sealed`], [`kms`]: how state is kept. Every condition is in the write itself.
//! * [`intake`], [`ticket`], [`inbox`], [`spill`]: what WeChat pushes.
//! * [`tokens`], [`call`], [`breaker`]: tokens, calls that carry them, and when not to call.
//! * [`authorization`], [`grants`], [`mini_programs`]: merchants, from the link to the record;
//!   [`reconcile`]: whether WeChat sees them as we do.
//! * [`adoption`]: a running platform moves here from another system, and back.
//! * [`roster`]: every mini program in a few words; [`segments`]: groups of them, by what they have
//!   in common.
//! * [`attention`]: what needs a person; [`self_test`]: whether WeChat's check would pass;
//!   [`checkup`]: whether a component is well, [`check`] by check.
//! * [`registrations`], [`profile`]: mini programs that are made for merchants, and how they present
//!   themselves.
//! * [`onboarding`]: from the first authorization to the first release, by itself.
//! * [`confirm_files`]: what proves to WeChat that a domain is ours.
//! * [`releases`]: code, reviews and releases of one mini program; [`rollouts`]: of many.
//! * [`payment`]: what a merchant's payments need, kept for the company's payment service.
//! * [`filing`], [`verification`], [`privacy`], [`order_path`], [`punishments`]: what WeChat and the
//!   authority want beside the code, each a record that [`records`] keeps; [`orders`], [`document`]:
//!   orders about them, and what is sent along.
//! * [`counters`]: what WeChat counts, counted before it is asked; [`fault`]: what is wrong with a
//!   request, all of it; [`nightly`]: what is looked at each night.
//! * [`operators`], [`idempotency`], [`audit`], [`changes`]: who may change something, once, and on
//!   record; who did so last; [`witness`]: what was there before and after.
//! * [`erasure`]: what is kept of a merchant goes, on request.
//! * [`uploads`]: bodies that are too long for a function, by way of a [`bucket`].
//! * [`event`], [`actor`], [`bus`], [`outbox`], [`webhooks`]: what is told to others;
//!   [`timeline`], [`text`], [`explain`]: what is told to people.

pub mod actor;
pub mod adoption;
pub mod approvals;
pub mod attention;
pub mod audit;
pub mod authorization;
mod authorizers;
pub mod aws;
pub mod breaker;
pub mod bucket;
pub mod bus;
pub mod call;
pub mod changes;
pub mod check;
pub mod checkup;
pub mod clock;
pub mod configuration;
pub mod confirm_files;
pub mod counters;
pub mod csv;
pub mod document;
pub mod erasure;
pub mod event;
pub mod explain;
pub mod fault;
pub mod filing;
pub mod grants;
pub mod idempotency;
pub mod inbox;
pub mod intake;
pub mod kms;
pub mod logging;
pub mod metric;
pub mod mini_programs;
pub mod nightly;
pub mod oidc;
pub mod onboarding;
pub mod operators;
pub mod order_path;
pub mod orders;
pub mod outbox;
mod parts;
pub mod payment;
pub mod privacy;
pub mod profile;
pub mod punishments;
pub mod random;
pub mod reconcile;
pub mod records;
pub mod registrations;
pub mod releases;
pub mod rollouts;
pub mod roster;
pub mod sealed;
pub mod secrets;
pub mod segments;
pub mod self_test;
pub mod settings;
pub mod spill;
pub mod storage;
pub mod text;
pub mod ticket;
pub mod timeline;
pub mod tokens;
pub mod uploads;
pub mod verification;
pub mod webhooks;
pub mod wechat_time;
pub mod witness;

pub use parts::{Outside, Platform, Services, StartError};
pub use wechat::AppId;
