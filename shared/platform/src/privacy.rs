//! Privacy: the guideline that users are shown, and the interfaces that have to be applied for.
//!
//! The guideline is WeChat's, and read there. Applications for interfaces are followed here: by
//! WeChat's events, which only make us ask, and by the clock.

mod guideline;
mod interfaces;
mod record;

pub use guideline::{Guideline, GuidelineVersion, Owner, Sdk, Statement};
pub use interfaces::{Detection, InterfaceOrder};
pub use record::{Application, ApplicationState, PrivacyInterfaces};

use std::sync::Arc;

use crate::{call::Caller, clock::Clock, random::Random, records::Records};

/// Privacy of every mini program. Cheap to clone.
#[derive(Clone)]
pub struct Privacy {
    /// Where applications are kept.
    pub records: Records,
    /// How WeChat is called.
    pub caller: Caller,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What stands between the parts of an upload.
    pub random: Arc<dyn Random>,
}
