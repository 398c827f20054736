//! Accidents to order: error codes, broken answers, silence.

use serde::{Deserialize, Serialize};

/// What goes wrong with the next calls of a path.
///
/// ```
/// use simulator::{Fault, How};
///
/// // WeChat releases, and the answer is lost on its way back.
/// let lost = Fault { acted: true, ..Fault::new("/wxa/release", How::CutConnection) };
/// // Two calls in a row meet a busy system, then it recovers.
/// let busy = Fault { times: 2, ..Fault::new("/wxa/commit", How::Errcode(-1)) };
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The path, or `*` for all of WeChat's.
    pub path: String,
    /// How many calls meet it.
    #[serde(default = "once")]
    pub times: u32,
    /// How many calls go well before that.
    #[serde(default)]
    pub after: u32,
    /// Only calls with this mini program's token, or about it in `authorizer_appid`.
    #[serde(default)]
    pub appid: Option<String>,
    /// Whether WeChat does what was asked all the same.
    #[serde(default)]
    pub acted: bool,
    /// What the caller gets.
    pub how: How,
}

/// What the caller gets instead of the answer. In JSON: `"html"`, `{"errcode": -1}`,
/// `{"slow": 300}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// An error of WeChat's, by its number.
    Errcode(i64),
    /// A page of HTML with status 200.
    Html,
    /// The first half of the JSON, with status 200.
    CutJson,
    /// Another HTTP status, with a page of HTML.
    Status(u16),
    /// Nothing for two minutes, then the connection is cut.
    Timeout,
    /// The connection is cut.
    CutConnection,
    /// The right answer after so many milliseconds. With [`Fault::acted`] WeChat acts first and
    /// then waits, without it the other way round.
    Slow(u64),
}

impl How {
    pub(crate) fn name(self) -> String {
        match self {
            How::Errcode(errcode) => format!("errcode {errcode}"),
            How::Html => "html".to_owned(),
            How::CutJson => "cut-json".to_owned(),
            How::Status(status) => format!("status {status}"),
            How::Timeout => "timeout".to_owned(),
            How::CutConnection => "cut-connection".to_owned(),
            How::Slow(milliseconds) => format!("slow {milliseconds} ms"),
        }
    }
}

impl Fault {
    /// `how` for the next call of `path`, which WeChat does not act upon.
    pub fn new(path: impl Into<String>, how: How) -> Self {
        Fault { path: path.into(), times: 1, after: 0, appid: None, acted: false, how }
    }
}

/// The accidents that are still to come.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn left(&self) -> &[Fault] {
        &self.0
    }

    /// The accident that this call meets, if any.
    pub(crate) fn meet(&mut self, path: &str, appid: &str) -> Option<Fault> {
        let at = self.0.iter().position(|fault| {
            (fault.path == "*" || fault.path == path)
                && fault.appid.as_deref().is_none_or(|wanted| wanted == appid)
        })?;
        let fault = &mut self.0[at];
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let met = fault.clone();
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            self.0.remove(at);
        }
        Some(met)
    }
}

fn once() -> u32 {
    1
}
