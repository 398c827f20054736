//! A target: where events are sent, and which.

use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::{Reach, SealedSecret};
use crate::{
    event::{Event, kind},
    fault::Faults,
    sealed::Sealed,
    text::Text,
};

/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 200;
/// Entries of one list of a filter.
const LONGEST_LIST: usize = 50;
/// The longest kind of event, or beginning of one.
const LONGEST_KIND: usize = 64;
/// What no target is told: the platform's own work.
const UNTOLD: [&str; 4] =
    [kind::INBOX_RECEIVED, kind::ROLLOUT_DUE, kind::WEBHOOK_DUE, kind::WEBHOOK_PING];

/// Where events are sent, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its id.
    pub id: String,
    /// Its address.
    pub url: String,
    /// What operators call it.
    pub description: String,
    /// Which events it is told.
    pub filter: Filter,
    /// Nothing is sent; none where everything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// Since when every attempt has failed, in seconds; none after a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<i64>,
    /// What messages are signed with.
    pub secret: Sealed<SealedSecret>,
    /// What they are signed with as well, for a while after a rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret: Option<Sealed<SealedSecret>>,
    /// Until when, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_until: Option<i64>,
    /// Counts what operators changed.
    pub version: u64,
    /// When it was made, in seconds.
    pub created_at: i64,
    /// The id of the key that made it.
    pub created_by: String,
}

/// Since when and why nothing is sent. What happens meanwhile is kept for thirty days, and sent
/// when the target is active again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Why.
    pub reason: PauseReason,
    /// Since when, in seconds.
    pub at: i64,
}

/// Why nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PauseReason {
    /// An operator said so.
    Operator,
    /// The target answered 410: it is gone.
    Gone,
    /// Every attempt failed for days.
    Failing,
}

impl PauseReason {
    /// The reason's name.
    pub fn as_str(self) -> &'static str {
        match self {
            PauseReason::Operator => "operator",
            PauseReason::Gone => "gone",
            PauseReason::Failing => "failing",
        }
    }
}

/// Which events a target is told. An empty list lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Kinds of events; `release.*` is every kind that begins so.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Components.
    #[serde(default)]
    pub components: Vec<AppId>,
    /// Merchants' accounts.
    #[serde(default)]
    pub appids: Vec<AppId>,
}

/// A target that somebody wishes for, as it was written.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Where events are to be sent.
    pub url: String,
    /// What operators call it.
    pub description: String,
    /// Kinds of events.
    pub kinds: Vec<String>,
    /// Components.
    pub components: Vec<String>,
    /// Merchants' accounts.
    pub appids: Vec<String>,
    /// Whether anything is sent.
    pub active: bool,
}

/// What of a target is to become different.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Where events are sent.
    pub url: Option<String>,
    /// What operators call it.
    pub description: Option<String>,
    /// Kinds of events.
    pub kinds: Option<Vec<String>>,
    /// Components.
    pub components: Option<Vec<String>>,
    /// Merchants' accounts.
    pub appids: Option<Vec<String>>,
    /// Whether anything is sent.
    pub active: Option<bool>,
}

impl Target {
    /// Whether anything is sent.
    pub fn is_active(&self) -> bool {
        self.paused.is_none()
    }

    /// What operators may change.
    pub(super) fn wish(&self) -> Wish {
        let texts = |appids: &[AppId]| appids.iter().map(|appid| appid.to_string()).collect();
        Wish {
            url: self.url.clone(),
            description: self.description.clone(),
            kinds: self.filter.kinds.clone(),
            components: texts(&self.filter.components),
            appids: texts(&self.filter.appids),
            active: self.is_active(),
        }
    }
}

impl Filter {
    /// Whether `event` passes.
    pub fn wants(&self, event: &Event) -> bool {
        let kind = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => event.kind.starts_with(beginning),
            None => event.kind == *pattern,
        };
        let appid = |appid: &AppId| event.appid.as_ref() == Some(appid);
        (self.kinds.is_empty() || self.kinds.iter().any(kind))
            && (self.components.is_empty() || self.components.contains(&event.component))
            && (self.appids.is_empty() || self.appids.iter().any(appid))
    }
}

impl Wish {
    /// The wish with `changes`.
    pub(super) fn with(self, changes: Changes) -> Self {
        Wish {
            url: changes.url.unwrap_or(self.url),
            description: changes.description.unwrap_or(self.description),
            kinds: changes.kinds.unwrap_or(self.kinds),
            components: changes.components.unwrap_or(self.components),
            appids: changes.appids.unwrap_or(self.appids),
            active: changes.active.unwrap_or(self.active),
        }
    }

    /// The filter, the host of the URL, and everything that is wrong. The host is there only where
    /// the URL is right.
    pub(super) fn read(&self, reach: &Reach) -> (Filter, Option<String>, Faults) {
        let mut wrong = Faults::new();
        let host = match reach.check(&self.url) {
            Ok(url) => url.host_str().map(str::to_owned),
            Err(faults) => {
                for fault in faults {
                    wrong.push("/url", fault.words());
                }
                None
            }
        };
        wrong.characters("/description", &self.description, 0..=LONGEST_DESCRIPTION);
        wrong.visible("/description", &self.description, true);
        let filter = Filter {
            kinds: list("/filter/kinds", &self.kinds, &mut wrong, pattern),
            components: list("/filter/components", &self.components, &mut wrong, appid),
            appids: list("/filter/appids", &self.appids, &mut wrong, appid),
        };
        (filter, host, wrong)
    }
}

/// Reads every entry of a list, without repetitions.
fn list<T: PartialEq>(
    pointer: &str,
    entries: &[String],
    wrong: &mut Faults,
    read: fn(&str) -> Result<T, Text>,
) -> Vec<T> {
    if entries.len() > LONGEST_LIST {
        wrong.entries(pointer, entries.len(), 0..=LONGEST_LIST);
        return Vec::new();
    }
    let mut list = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let read = wrong.read(format!("{pointer}/{place}"), read(entry));
        list.extend(read.filter(|read| !list.contains(read)));
    }
    list
}

fn pattern(text: &str) -> Result<String, Text> {
    let name = text.strip_suffix('*').unwrap_or(text);
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let fits = (1..=LONGEST_KIND).contains(&text.len()) && name.bytes().all(plain);
    if !fits {
        return Err(Text::fixed(
            "事件类型形如 release.approved，末尾可用 * 匹配一类事件，如 release.*",
            "a kind of event looks like release.approved; with * at its end it stands for all \
             that begin so",
        ));
    }
    let is_known = match text.strip_suffix('*') {
        Some(beginning) => told().any(|kind| kind.starts_with(beginning)),
        None => told().any(|kind| kind == text),
    };
    let all = || told().collect::<Vec<_>>().join(", ");
    match is_known {
        true => Ok(text.to_owned()),
        false => Err(Text::new(
            format!("没有这类事件，可选：{}", all()),
            format!("there is no event of this kind; there are {}", all()),
        )),
    }
}

/// The kinds of events that targets are told.
fn told() -> impl Iterator<Item = &'static str> {
    kind::ALL.iter().copied().filter(|kind| !UNTOLD.contains(kind))
}

fn appid(text: &str) -> Result<AppId, Text> {
    text.parse().map_err(|_| {
        Text::fixed("appid 形如 wx570bc396a51b8ff8", "an appid looks like wx570bc396a51b8ff8")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{clock::SystemClock, random::SystemRandom};

    const COMPONENT: &str = "wx570bc396a51b8ff8";
    const APPID: &str = "wxf8b4f85f3a794e77";

    fn event(kind: &str, appid: Option<&str>) -> Event {
        let component = COMPONENT.parse().unwrap();
        let appid = appid.map(|appid| appid.parse().unwrap());
        let (clock, random) = (SystemClock, SystemRandom);
        Event::new(&clock, &random, kind, &component, appid.as_ref(), 1, Value::Null)
    }

    fn filter(kinds: &[&str], components: &[&str], appids: &[&str]) -> Filter {
        let appid = |appid: &&str| appid.parse().unwrap();
        Filter {
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            components: components.iter().map(appid).collect(),
            appids: appids.iter().map(appid).collect(),
        }
    }

    #[test]
    fn every_part_of_a_filter_must_let_an_event_through() {
        let approved = event("release.approved", Some(APPID));
        for (filter, wanted) in [
            (filter(&[], &[], &[]), true),
            (filter(&["*"], &[], &[]), true),
            (filter(&["release.*"], &[], &[]), true),
            (filter(&["merchant.*", "release.approved"], &[], &[]), true),
            (filter(&["release."], &[], &[]), false),
            (filter(&["release.rejected"], &[], &[]), false),
            (filter(&["release.*"], &[COMPONENT], &[APPID]), true),
            (filter(&["release.*"], &["wx0000000000000000"], &[APPID]), false),
            (filter(&["release.*"], &[], &[COMPONENT]), false),
        ] {
            assert_eq!(filter.wants(&approved), wanted, "{filter:?}");
        }
        let paused = event("webhook.paused", None);
        assert!(!filter(&[], &[], &[APPID]).wants(&paused), "it concerns no account");
    }

    #[test]
    fn everything_that_is_wrong_is_named_by_its_place() {
        let wish = Wish {
            url: "http://10.0.0.1".to_owned(),
            description: "长".repeat(201),
            kinds: vec!["release.*".to_owned(), "Release".to_owned(), "a*b".to_owned()],
            components: vec!["wx".to_owned()],
            appids: vec![APPID.to_owned(); 51],
            active: true,
        };

        let (_, host, wrong) = wish.read(&Reach::public([443]));

        assert_eq!(host, None);
        let pointers: Vec<&str> = wrong.list().iter().map(|wrong| &*wrong.pointer).collect();
        assert_eq!(
            pointers,
            [
                "/url",
                "/url",
                "/description",
                "/filter/kinds/1",
                "/filter/kinds/2",
                "/filter/components/0",
                "/filter/appids",
            ]
        );
    }
}
