//! To come with its area.

use crate::endpoint::Endpoint;

pub(super) const ENDPOINTS: &[Endpoint] = &[];
