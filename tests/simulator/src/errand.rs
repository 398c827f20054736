//! What WeChat does after it has answered.

use crate::push::Outgoing;

/// Something to do once the answer is out.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Push a fresh ticket to this component.
    PushTicket(String),
    /// Push this message to this component's event URL.
    PushEvent { component: String, message: String },
    /// Send this push.
    Deliver(Box<Outgoing>),
}
