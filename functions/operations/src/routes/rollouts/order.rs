//! An order as it is written.

use platform::{
    AppId,
    fault::Faults,
    rollouts::{Gate, Order, ReleaseMode, Size, Stop, UsersPart, Wave, Window},
    text::Text,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    extract::Meaning,
    routes::{releases::SubmitReview, segments::QueryView},
};

/// A rollout to be planned.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "夏季菜单 3.2.0",
    "query": {"tags": {"any": ["restaurant"]}, "version": {"not": ["3.2.0"]}},
    "template_id": 12,
    "user_version": "3.2.0",
    "user_desc": "夏季菜单",
    "ext": {"ext": {"shop": "{{shop}}", "title": "{{name}}"}},
    "waves": [
        {"count": 1},
        {"percent": 1, "gate": {"approved_percent": 90, "soak_minutes": 60}},
        {"percent": 10, "gate": {"failed_percent": 5, "people": 1}},
        {"percent": 50},
        {"percent": 100, "gate": {"window": {"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}}}
    ],
    "release": {"mode": "at-once"},
    "gray": [{"percent": 10, "minutes": 1440}],
    "reserve": 20
}))]
pub(crate) struct CreateRollout {
    /// What operators call it. 1 to 60 characters.
    #[schema(max_length = 60)]
    name: String,
    /// A saved segment; its query is taken as it is now. Instead of `query`.
    #[serde(default)]
    segment: Option<String>,
    /// Who gets it. Instead of `segment`.
    #[serde(default)]
    query: Option<QueryView>,
    /// These come first, 50 at most.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 50)]
    canaries: Vec<AppId>,
    /// The template, by its number.
    template_id: i64,
    /// The version's name, 64 characters at most.
    #[schema(max_length = 64)]
    user_version: String,
    /// A word about the version, 180 characters at most.
    #[serde(default)]
    #[schema(max_length = 180)]
    user_desc: String,
    /// The settings, WeChat's `ext_json` as an object, with variables such as `{{shop}}` in it:
    /// those of each mini program, and `appid`, `name` and `principal`. `extAppid` is added.
    #[serde(default)]
    #[schema(value_type = Object)]
    ext: Map<String, Value>,
    /// What is said to the reviewer.
    #[serde(default)]
    submission: SubmitReview,
    /// The waves. The last is 100 percent.
    waves: Vec<WaveView>,
    /// When it stops by itself: more than 20 of 100 failed once 10 are through, or the same code
    /// five times in a row, where it is left out.
    #[serde(default)]
    stop: Option<StopView>,
    /// When an approved version goes online; at once where it is left out.
    #[serde(default)]
    release: ReleaseModeView,
    /// The parts of each mini program's users that have the version before all do, from the smallest
    /// to the largest, 10 at most; all at once where it is left out. A first version goes to all.
    #[serde(default)]
    #[schema(max_items = 10)]
    gray: Vec<UsersPartView>,
    /// Reviews of the month that are left for hot fixes.
    #[serde(default)]
    #[schema(minimum = 0)]
    reserve: i64,
    /// Takes those along who come to match later, or are mended.
    #[serde(default)]
    follow: bool,
    /// Gives up reviews that are being prepared, and approved versions that were not released.
    #[serde(default)]
    replace: bool,
}

/// A part of the fleet: `count` or `percent`, of all, those of the waves before included.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaveView {
    /// So many mini programs have had their turn when it is through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// So many of a hundred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    percent: Option<f64>,
    /// What has to hold until it begins; of the first wave's, only window and people count.
    #[serde(default)]
    gate: GateView,
}

/// A part of each mini program's users, who have the version for a while before the next part.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsersPartView {
    /// So many of a hundred.
    #[schema(minimum = 1, maximum = 99)]
    percent: u8,
    /// For so many minutes at least.
    #[schema(minimum = 1, maximum = 43200)]
    minutes: u32,
}

/// What has to hold until a wave begins.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GateView {
    /// Of a hundred mini programs of the waves before, so many are through. 100 where it is left
    /// out.
    through_percent: u8,
    /// Of a hundred decided reviews, so many were approved.
    approved_percent: Option<u8>,
    /// Of a hundred that are through, no more failed or were rejected.
    failed_percent: Option<u8>,
    /// So many minutes have passed since they were through.
    soak_minutes: u32,
    /// It is within these hours.
    window: Option<WindowView>,
    /// So many people said so: 0, 1 or 2.
    people: u8,
}

/// Hours of some days of the week, in Beijing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowView {
    /// 1 Monday to 7 Sunday; every day where it is left out.
    #[serde(default)]
    days: Vec<i8>,
    /// When it opens.
    #[schema(example = "09:00")]
    from: String,
    /// When it closes; before `from` it is the next day's.
    #[schema(example = "18:00")]
    to: String,
}

/// When a rollout stops by itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopView {
    /// More than so many of a hundred that are through failed or were rejected; never for that
    /// where it is null.
    #[serde(default)]
    failed_percent: Option<u8>,
    /// Once so many are through.
    #[serde(default)]
    at_least: u64,
    /// The same code came so often in a row at the same step; never for that where it is null.
    #[serde(default)]
    same_code: Option<u32>,
}

/// When an approved version goes online.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseModeView {
    /// `at-once`, `window` or `after-ok`.
    mode: ReleaseModeName,
    /// The hours, for `window`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<WindowView>,
    /// How many people, for `after-ok`: 1 or 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    people: Option<u8>,
}

/// See [`ReleaseModeView`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ReleaseModeName {
    /// As soon as it is approved.
    #[default]
    AtOnce,
    /// Within these hours.
    Window,
    /// When people said so for its wave.
    AfterOk,
}

impl Default for GateView {
    fn default() -> Self {
        Gate::default().into()
    }
}

impl Meaning for CreateRollout {
    fn faults(&self) -> Faults {
        match self.clone().order() {
            Ok(order) => Faults(order.check()),
            Err(faults) => faults,
        }
    }
}

impl CreateRollout {
    /// The order, if its parts fit together. What is wrong within them, the platform says.
    pub(super) fn order(self) -> Result<Order, Faults> {
        let mut wrong = Vec::new();
        if self.segment.is_some() == self.query.is_some() {
            let why = Text::fixed(
                "请填写 segment 或 query 其中之一",
                "give a segment or a query, and not both",
            );
            wrong.push(("/query".to_owned(), why));
        }
        let mut waves = Vec::new();
        for (place, wave) in self.waves.into_iter().enumerate() {
            let size = match (wave.count, wave.percent) {
                (Some(count), None) => Size::Count(count),
                (None, Some(percent)) => Size::Percent(percent),
                _ => {
                    let why = Text::fixed(
                        "请填写 count 或 percent 其中之一",
                        "give a count or a percent, and not both",
                    );
                    wrong.push((format!("/waves/{place}"), why));
                    continue;
                }
            };
            waves.push(Wave { size, gate: wave.gate.into() });
        }
        let release = match (self.release.mode, self.release.window, self.release.people) {
            (ReleaseModeName::AtOnce, None, None) => ReleaseMode::AtOnce,
            (ReleaseModeName::Window, Some(window), None) => ReleaseMode::Window(window.into()),
            (ReleaseModeName::AfterOk, None, people) => ReleaseMode::AfterOk(people.unwrap_or(1)),
            _ => {
                let why = Text::fixed(
                    "window 只用于 window 模式且必填，people 只用于 after-ok 模式",
                    "window belongs to the mode window, which needs it; people to after-ok",
                );
                wrong.push(("/release".to_owned(), why));
                ReleaseMode::AtOnce
            }
        };
        if !wrong.is_empty() {
            return Err(wrong.into_iter().collect());
        }
        Ok(Order {
            name: self.name.trim().to_owned(),
            segment: self.segment,
            query: self.query.unwrap_or_default().into(),
            canaries: self.canaries,
            template_id: self.template_id,
            user_version: self.user_version.trim().to_owned(),
            user_desc: self.user_desc.trim().to_owned(),
            ext: self.ext,
            submission: self.submission.into(),
            waves,
            stop: self.stop.map(Stop::from).unwrap_or_default(),
            release,
            gray: self.gray.into_iter().map(UsersPart::from).collect(),
            reserve: self.reserve,
            follow: self.follow,
            replace: self.replace,
        })
    }
}

impl From<WindowView> for Window {
    fn from(view: WindowView) -> Self {
        // What is no time of the day becomes one that never comes, and is refused by its place.
        let minutes = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let read = |text: &str| minutes(text).unwrap_or(u16::MAX);
        Window { days: view.days, from: read(&view.from), to: read(&view.to) }
    }
}

impl From<Window> for WindowView {
    fn from(window: Window) -> Self {
        let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        WindowView { days: window.days, from: text(window.from), to: text(window.to) }
    }
}

impl From<UsersPartView> for UsersPart {
    fn from(view: UsersPartView) -> Self {
        UsersPart { percent: view.percent, minutes: view.minutes }
    }
}

impl From<UsersPart> for UsersPartView {
    fn from(part: UsersPart) -> Self {
        UsersPartView { percent: part.percent, minutes: part.minutes }
    }
}

impl From<GateView> for Gate {
    fn from(view: GateView) -> Self {
        Gate {
            through_percent: view.through_percent,
            approved_percent: view.approved_percent,
            failed_percent: view.failed_percent,
            soak_minutes: view.soak_minutes,
            window: view.window.map(Window::from),
            people: view.people,
        }
    }
}

impl From<Gate> for GateView {
    fn from(gate: Gate) -> Self {
        GateView {
            through_percent: gate.through_percent,
            approved_percent: gate.approved_percent,
            failed_percent: gate.failed_percent,
            soak_minutes: gate.soak_minutes,
            window: gate.window.map(WindowView::from),
            people: gate.people,
        }
    }
}

impl From<StopView> for Stop {
    fn from(view: StopView) -> Self {
        Stop {
            failed_percent: view.failed_percent,
            at_least: view.at_least,
            same_code: view.same_code,
        }
    }
}

impl From<Stop> for StopView {
    fn from(stop: Stop) -> Self {
        StopView {
            failed_percent: stop.failed_percent,
            at_least: stop.at_least,
            same_code: stop.same_code,
        }
    }
}

impl From<Wave> for WaveView {
    fn from(wave: Wave) -> Self {
        let (count, percent) = match wave.size {
            Size::Count(count) => (Some(count), None),
            Size::Percent(percent) => (None, Some(percent)),
        };
        WaveView { count, percent, gate: wave.gate.into() }
    }
}

impl From<ReleaseMode> for ReleaseModeView {
    fn from(mode: ReleaseMode) -> Self {
        let none = ReleaseModeView::default();
        match mode {
            ReleaseMode::AtOnce => none,
            ReleaseMode::Window(window) => ReleaseModeView {
                mode: ReleaseModeName::Window,
                window: Some(window.into()),
                ..none
            },
            ReleaseMode::AfterOk(people) => {
                ReleaseModeView { mode: ReleaseModeName::AfterOk, people: Some(people), ..none }
            }
        }
    }
}
