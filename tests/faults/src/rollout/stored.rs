//! What is stored of a rollout, read as it stands in the table, all at one moment.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{truth::number, world::Tables};

/// A rollout as it is stored.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// `none` if nobody has ordered one.
    pub(super) state: String,
    /// How many waves have begun.
    pub(super) waves_begun: usize,
    /// Where each wave ends among the positions.
    pub(super) boundaries: Vec<i64>,
    /// What it waits for, in words.
    pub(super) waits_for: String,
    pub(super) targets: Vec<Target>,
    /// How many targets of a wave are in a state, as its counters say.
    counted: BTreeMap<(usize, String), i64>,
}

/// One of its mini programs.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) appid: String,
    pub(super) position: i64,
    pub(super) state: String,
    /// Why it is out, or what it waits for.
    pub(super) words: String,
    /// The kind of what it waits for.
    pub(super) hold_up: String,
    /// It will be looked at.
    pub(super) is_due: bool,
}

impl Target {
    /// Nothing more happens to it by itself.
    pub(super) fn is_through(&self) -> bool {
        let under_way = ["waiting", "queued", "committed", "in-review", "approved", "rolling-back"];
        !under_way.contains(&self.state.as_str())
    }
}

impl Stored {
    /// The rollout in the table `fleet`.
    pub(super) fn read(tables: &Tables) -> Stored {
        let mut stored = Stored { state: "none".to_owned(), ..Stored::default() };
        let of_rollouts = |pk: &str, _: &str| pk.starts_with("rollout");
        for item in &tables.items_with("fleet", of_rollouts) {
            let (pk, sk) = (text(&item["pk"]), text(&item["sk"]));
            if pk.starts_with("rollouts#") {
                stored.state = text(&item["state"]);
                stored.waves_begun = number(item, "waves_begun")
                    .and_then(|waves| usize::try_from(waves).ok())
                    .unwrap_or(0);
                let ends = item["boundaries"]["L"].as_array().into_iter().flatten();
                stored.boundaries =
                    ends.filter_map(|end| end["N"].as_str()?.parse().ok()).collect();
                let reasons = item["waits_for"]["L"].as_array().into_iter().flatten();
                let reasons = reasons.chain([&item["pause"]["M"]["words"]]);
                let reasons: Vec<String> = reasons
                    .map(|reason| text(&reason["M"]["en"]))
                    .filter(|reason| !reason.is_empty())
                    .collect();
                stored.waits_for = reasons.join("; ");
            } else if !pk.starts_with("rollout#") {
                continue;
            } else if sk.starts_with("target#") {
                stored.targets.push(target(item));
            } else if let Some(counter) = sk.strip_prefix("count#") {
                let wave = counter.split('#').next().and_then(|wave| wave.parse().ok());
                let counts = item.as_object().into_iter().flatten();
                for (state, count) in counts {
                    if let (Some(wave), Some(count)) = (wave, count["N"].as_str()) {
                        let count: i64 = count.parse().unwrap_or(0);
                        *stored.counted.entry((wave, state.clone())).or_default() += count;
                    }
                }
            }
        }
        stored
    }

    /// The wave of a target, from 0.
    pub(super) fn wave_of(&self, target: &Target) -> usize {
        self.boundaries.partition_point(|end| *end <= target.position)
    }

    /// Where the counters say something else than the targets.
    pub(super) fn miscounted(&self) -> Vec<String> {
        let mut differences = self.counted.clone();
        for target in self.targets.iter().filter(|target| target.state != "waiting") {
            *differences.entry((self.wave_of(target), target.state.clone())).or_default() -= 1;
        }
        let wrong = differences.into_iter().filter(|(_, difference)| *difference != 0);
        wrong
            .map(|((wave, state), difference)| {
                format!("wave {wave} counts {difference:+} {state} beyond its targets")
            })
            .collect()
    }
}

fn target(item: &Value) -> Target {
    let hold_up = &item["hold_up"]["M"];
    let cause = &item["cause"]["M"];
    Target {
        appid: text(&item["appid"]),
        position: number(item, "position").unwrap_or(-1),
        state: text(&item["state"]),
        words: text(&cause["words"]["M"]["en"]) + &text(&hold_up["words"]["M"]["en"]),
        hold_up: text(&hold_up["kind"]),
        is_due: number(item, "due_at").is_some(),
    }
}

fn text(value: &Value) -> String {
    value["S"].as_str().unwrap_or_default().to_owned()
}
