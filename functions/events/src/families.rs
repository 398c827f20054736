//! What follows from an event, family by family.

pub(crate) mod filings;
pub(crate) mod forwarded;
pub(crate) mod grants;
pub(crate) mod order_paths;
pub(crate) mod privacy;
pub(crate) mod profiles;
pub(crate) mod punishments;
pub(crate) mod registrations;
pub(crate) mod reviews;
pub(crate) mod verifications;

use std::pin::Pin;

use crate::failure::Failure;

/// What follows from one event. On the heap, so that what waits for it is not as large as the
/// largest family.
pub(crate) type Work<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;
