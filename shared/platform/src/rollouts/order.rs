//! What a rollout is to do, as somebody ordered it; and everything that can be wrong with an order.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wechat::AppId;

use super::{render, window::Window};
use crate::{
    fault::{self, Fault},
    releases::{Submission, ext_faults},
    segments::Query,
    text::Text,
};

/// Waves of one rollout, at most.
const MOST_WAVES: usize = 20;
/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// WeChat's limit on a version's name.
const USER_VERSION: usize = 64;
/// Ours on a description, as for a single commit.
const USER_DESC: usize = 180;
/// Mini programs that are put in front.
const MOST_CANARIES: usize = 50;
/// The longest soak: 30 days.
const LONGEST_SOAK: u32 = 30 * 24 * 60;
/// Parts of the users that have a version before all do, at most.
const MOST_PARTS: usize = 10;
/// The template of settings, as JSON, in bytes.
const LONGEST_EXT: usize = 64 * 1024;

/// What a rollout is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// What operators call it.
    pub name: String,
    /// The segment that the query is of, if it is a saved one.
    #[serde(default)]
    pub segment: Option<String>,
    /// Who gets it. It is asked once, while the rollout is planned.
    pub query: Query,
    /// These come first, whatever their appids.
    #[serde(default)]
    pub canaries: Vec<AppId>,
    /// The template.
    pub template_id: i64,
    /// The version's name.
    pub user_version: String,
    /// A word about the version.
    #[serde(default)]
    pub user_desc: String,
    /// The settings (`ext_json`) with variables in them, `{{shop}}`.
    #[serde(default)]
    pub ext: Map<String, Value>,
    /// What is said to the reviewer.
    #[serde(default)]
    pub submission: Submission,
    /// The waves, from the first to the last.
    pub waves: Vec<Wave>,
    /// When it stops by itself.
    #[serde(default)]
    pub stop: Stop,
    /// When an approved version goes online.
    #[serde(default)]
    pub release: ReleaseMode,
    /// The parts of a mini program's users that have the version before all do, from the smallest to
    /// the largest; all at once if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gray: Vec<UsersPart>,
    /// Reviews that are left for hot fixes: the rollout waits rather than take them.
    #[serde(default)]
    pub reserve: i64,
    /// Those who come to match the query later are taken along.
    #[serde(default)]
    pub follow: bool,
    /// Gives up a review that is being prepared, or an approved version that was not released.
    #[serde(default)]
    pub replace: bool,
}

/// A part of the fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// How many mini programs have had their turn when it is through, those before it included.
    pub size: Size,
    /// What has to hold until it begins.
    #[serde(default)]
    pub gate: Gate,
}

/// A number of mini programs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// So many.
    Count(u64),
    /// So many of a hundred, rounded up.
    Percent(f64),
}

/// What has to hold until a wave begins. The first wave has nothing before it: of its gate, window
/// and people count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// Of a hundred mini programs of the waves before, so many are through: online, or out.
    pub through_percent: u8,
    /// Of a hundred decided reviews, so many were approved.
    pub approved_percent: Option<u8>,
    /// Of a hundred that are through, no more failed or were rejected.
    pub failed_percent: Option<u8>,
    /// So many minutes have passed since the waves before were through.
    pub soak_minutes: u32,
    /// It is within these hours.
    pub window: Option<Window>,
    /// So many people said so: 0, 1 or 2.
    pub people: u8,
}

impl Default for Gate {
    fn default() -> Self {
        Gate {
            through_percent: 100,
            approved_percent: None,
            failed_percent: None,
            soak_minutes: 0,
            window: None,
            people: 0,
        }
    }
}

/// When a rollout stops by itself: it is paused, and a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stop {
    /// More than so many of a hundred that are through failed or were rejected …
    pub failed_percent: Option<u8>,
    /// … once so many are through.
    pub at_least: u64,
    /// The same code of WeChat's came so often in a row at the same step.
    pub same_code: Option<u32>,
}

impl Default for Stop {
    fn default() -> Self {
        Stop { failed_percent: Some(20), at_least: 10, same_code: Some(5) }
    }
}

/// When an approved version goes online.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseMode {
    /// As soon as it is approved.
    #[default]
    AtOnce,
    /// Within these hours.
    Window(Window),
    /// When so many people said so for its wave: 1 or 2.
    AfterOk(u8),
}

/// A part of each mini program's users, who have the version for a while before the next part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersPart {
    /// So many of a hundred, 1 to 99.
    pub percent: u8,
    /// For so many minutes at least.
    pub minutes: u32,
}

impl Order {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Fault> {
        let mut wrong = Faults(self.query.check("/query"));
        wrong.length("/name", &self.name, 1, LONGEST_NAME);
        wrong.length("/user_version", &self.user_version, 1, USER_VERSION);
        wrong.length("/user_desc", &self.user_desc, 0, USER_DESC);
        let mut hidden = fault::Faults::new();
        hidden.visible("/user_version", self.user_version.trim(), false);
        hidden.visible("/user_desc", self.user_desc.trim(), true);
        wrong.0.extend(hidden);
        if self.user_desc.contains("[wf:") {
            wrong.add(
                "/user_desc",
                "不能包含 [wf:，它由系统用于识别版本",
                "must not contain [wf:, by which versions are known again",
            );
        }
        if self.template_id < 0 {
            wrong.add("/template_id", "不能为负数", "must not be negative");
        }
        if self.reserve < 0 {
            wrong.add("/reserve", "不能为负数", "must not be negative");
        }
        if self.canaries.len() > MOST_CANARIES {
            wrong.add("/canaries", "最多 50 个", "there are 50 at most");
        }
        wrong.0.extend(check_variables(&self.ext));
        wrong.0.extend(ext_faults(&self.ext).0);
        let moved = |fault: Fault| {
            let pointer = format!("/submission{}", fault.pointer);
            Fault { pointer, ..fault }
        };
        wrong.0.extend(self.submission.check().into_iter().map(moved));
        self.check_waves(&mut wrong);
        if let Some(percent) = self.stop.failed_percent {
            wrong.percent("/stop/failed_percent", percent);
        }
        if self.stop.same_code == Some(0) {
            wrong.add("/stop/same_code", "应为正数", "it is 1 at least");
        }
        match &self.release {
            ReleaseMode::AtOnce => {}
            ReleaseMode::Window(window) => wrong.window("/release/window", window),
            ReleaseMode::AfterOk(people) if (1..=2).contains(people) => {}
            ReleaseMode::AfterOk(_) => {
                wrong.add("/release/people", "应为 1 或 2", "it is 1 or 2");
            }
        }
        self.check_gray(&mut wrong);
        wrong.0
    }

    fn check_gray(&self, wrong: &mut Faults) {
        if self.gray.len() > MOST_PARTS {
            wrong.add("/gray", "最多 10 步", "there are 10 parts at most");
        }
        let mut before = 0;
        for (place, part) in self.gray.iter().enumerate() {
            if !(1..=99).contains(&part.percent) || part.percent <= before {
                wrong.add(
                    &format!("/gray/{place}/percent"),
                    "应为 1 至 99，且比上一步大",
                    "it is 1 to 99, and more than the part before",
                );
            }
            if !(1..=LONGEST_SOAK).contains(&part.minutes) {
                wrong.add(
                    &format!("/gray/{place}/minutes"),
                    "应为 1 分钟至 30 天",
                    "it is 1 minute to 30 days",
                );
            }
            before = part.percent;
        }
    }

    fn check_waves(&self, wrong: &mut Faults) {
        if !(1..=MOST_WAVES).contains(&self.waves.len()) {
            wrong.add("/waves", "应有 1 至 20 波", "there are 1 to 20 waves");
        }
        for (place, wave) in self.waves.iter().enumerate() {
            let at = |rest: &str| format!("/waves/{place}/{rest}");
            match wave.size {
                Size::Count(0) => wrong.add(&at("count"), "应为正数", "it is 1 at least"),
                Size::Percent(percent) if !(percent > 0.0 && percent <= 100.0) => {
                    wrong.add(
                        &at("percent"),
                        "应大于 0 且不超过 100",
                        "it is above 0 and at most 100",
                    );
                }
                _ => {}
            }
            let gate = &wave.gate;
            wrong.percent(&at("gate/through_percent"), gate.through_percent);
            for (name, percent) in
                [("approved", gate.approved_percent), ("failed", gate.failed_percent)]
            {
                if let Some(percent) = percent {
                    wrong.percent(&at(&format!("gate/{name}_percent")), percent);
                }
            }
            if gate.soak_minutes > LONGEST_SOAK {
                wrong.add(&at("gate/soak_minutes"), "最多 30 天", "it is 30 days at most");
            }
            if gate.people > 2 {
                wrong.add(&at("gate/people"), "应为 0、1 或 2", "it is 0, 1 or 2");
            }
            if let Some(window) = &gate.window {
                wrong.window(&at("gate/window"), window);
            }
        }
        if let Some(last) = self.waves.last()
            && last.size != Size::Percent(100.0)
        {
            wrong.add(
                &format!("/waves/{}/percent", self.waves.len() - 1),
                "最后一波应为 100%",
                "the last wave is 100 percent",
            );
        }
    }

    /// Where each wave ends among so many mini programs, never before the one before it.
    pub(super) fn boundaries(&self, total: u64) -> Vec<u64> {
        let mut reached = 0;
        let ends = self.waves.iter().map(|wave| {
            let end = match wave.size {
                Size::Count(count) => count,
                Size::Percent(percent) => (total as f64 * percent / 100.0).ceil() as u64,
            };
            reached = end.min(total).max(reached);
            reached
        });
        ends.collect()
    }
}

/// Everything that is wrong with settings (`ext_json`, under `/ext`) that have variables in them and
/// are for many mini programs.
pub(crate) fn check_variables(ext: &Map<String, Value>) -> Vec<Fault> {
    let mut wrong = Faults(Vec::new());
    let bytes = serde_json::to_vec(ext).map_or(usize::MAX, |bytes| bytes.len());
    if bytes > LONGEST_EXT {
        wrong.add("/ext", "不能超过 64 KB", "it has 64 KB at most");
    }
    if ext.contains_key("extAppid") {
        wrong.add(
            "/ext/extAppid",
            "请不要填写，由系统按小程序补上",
            "leave it out; it is added for each mini program",
        );
    }
    for (pointer, name) in render::malformed(&Value::Object(ext.clone())) {
        wrong.add(
            &format!("/ext{pointer}"),
            &format!("变量 {name} 的写法不对，应为 {{{{名称}}}}，名称只含字母、数字和下划线"),
            &format!("the variable {name} is malformed: {{{{name}}}} of letters, digits and _"),
        );
    }
    wrong.0
}

/// Everything that is wrong, as it is found.
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: &str, zh: &str, en: &str) {
        self.0.push(Fault { pointer: pointer.to_owned(), why: Text::new(zh, en) });
    }

    fn length(&mut self, pointer: &str, text: &str, least: usize, most: usize) {
        if !(least..=most).contains(&text.trim().chars().count()) {
            self.add(
                pointer,
                &format!("应为 {least} 至 {most} 个字符"),
                &format!("it has {least} to {most} characters"),
            );
        }
    }

    fn percent(&mut self, pointer: &str, percent: u8) {
        if percent > 100 {
            self.add(pointer, "应为 0 至 100", "it is 0 to 100");
        }
    }

    fn window(&mut self, pointer: &str, window: &Window) {
        if !window.is_possible() {
            self.add(
                pointer,
                "时间段有误：days 为 1（周一）至 7（周日），from 与 to 不同",
                "it never opens: days are 1 (Monday) to 7 (Sunday), from and to differ",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(change: Value) -> Order {
        let mut order = json!({
            "name": "夏季菜单", "query": {}, "template_id": 1, "user_version": "3.2.0",
            "waves": [
                { "size": { "count": 1 } }, { "size": { "percent": 1.0 } },
                { "size": { "percent": 10.0 } }, { "size": { "percent": 100.0 } },
            ],
        });
        for (name, value) in change.as_object().unwrap() {
            order[name] = value.clone();
        }
        serde_json::from_value(order).unwrap()
    }

    #[test]
    fn waves_are_counted_from_the_beginning_and_never_shrink() {
        let order = order(json!({}));
        assert!(order.check().is_empty(), "{:?}", order.check());
        assert_eq!(order.boundaries(1000), [1, 10, 100, 1000]);
        assert_eq!(order.boundaries(50), [1, 1, 5, 50]);
        assert_eq!(order.boundaries(1), [1, 1, 1, 1]);
        assert_eq!(order.boundaries(0), [0, 0, 0, 0]);
    }

    #[test]
    fn everything_that_is_wrong_with_an_order_is_named_by_its_place() {
        let wrong = order(json!({
            "name": "", "user_version": "v".repeat(65), "template_id": -1, "reserve": -1,
            "ext": { "extAppid": "wx", "ext": { "shop": "{{shop id}}" } },
            "submission": { "feedback_info": "长".repeat(201) },
            "waves": [{ "size": { "count": 0 }, "gate": { "people": 3, "failed_percent": 101 } }],
            "release": { "after-ok": 3 },
            "gray": [{ "percent": 20, "minutes": 60 }, { "percent": 20, "minutes": 0 }],
        }));
        let places: Vec<String> = wrong.check().into_iter().map(|wrong| wrong.pointer).collect();
        assert_eq!(
            places,
            [
                "/name",
                "/user_version",
                "/template_id",
                "/reserve",
                "/ext/extAppid",
                "/ext/ext/shop",
                "/submission/feedback_info",
                "/waves/0/count",
                "/waves/0/gate/failed_percent",
                "/waves/0/gate/people",
                "/waves/0/percent",
                "/release/people",
                "/gray/1/percent",
                "/gray/1/minutes",
            ]
        );
    }
}
