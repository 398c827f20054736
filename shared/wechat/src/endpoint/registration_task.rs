use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lenient;

/// How a registration, or the conversion of a trial mini program, stands. How it ends is told by
/// an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegistrationTask {
    /// The task; the event names it in `info.taskid`.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub taskid: Option<String>,
    /// What the legal person, or the person, opens in WeChat within 24 hours. WeChat does not
    /// send it to anybody: whoever began the registration brings it there.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub authorize_url: Option<String>,
    /// How far it is. The numbers of the calls differ: see the call.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub status: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}
