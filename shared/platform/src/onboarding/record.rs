//! What is kept about an onboarding, and how it moves from step to step. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    board::Row,
    plan::{KeptPlan, Plan},
    step::{Stage, State, Step, StepState, Whom},
};
use crate::{
    attention::Need,
    event::kind,
    records::{Kept, Needed, Told},
    text::Text,
};

/// Whoever goes on with an onboarding has it for so long; then somebody else may.
const HOLD: SignedDuration = SignedDuration::from_mins(5);
/// The first pause after an error that passes; each one after it is twice as long.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// An error that came so often in a row does not pass without somebody looking.
const PATIENCE: u32 = 8;

/// The onboarding of a mini program: the plan as it stood when it began, and its steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Onboarding {
    /// When it began; none if it never did.
    pub began_at: Option<Timestamp>,
    /// When it came to its end, or was ended.
    pub ended_at: Option<Timestamp>,
    /// An operator ended it.
    pub stopped: bool,
    /// The plan.
    pub plan: Plan,
    /// The plan's version.
    pub plan_version: u64,
    /// Who wrote the plan: in whose name code is uploaded.
    pub plan_by: Option<String>,
    /// The steps, in their order.
    pub steps: Vec<StepRecord>,
    /// How often in a row the present step met an error that passes.
    pub attempts: u32,
    /// When it is looked at next.
    pub next_look: Option<Timestamp>,
    /// Somebody goes on with it.
    pub hold: Option<Hold>,
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The step.
    pub step: Step,
    /// How it stands.
    pub state: StepState,
    /// Since when.
    pub since: Timestamp,
    /// Why it does not go on, where it does not.
    #[serde(default)]
    pub wait: Option<Wait>,
}

/// Why a step does not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Who has to do something.
    pub whom: Whom,
    /// Why.
    pub why: Text,
    /// What to do.
    pub what_to_do: Text,
    /// WeChat's code, where one is the reason.
    #[serde(default)]
    pub errcode: Option<i64>,
    /// Another record has the mark of it.
    #[serde(default)]
    pub is_marked_elsewhere: bool,
}

/// Who goes on with an onboarding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// An id of its own.
    pub id: String,
    /// Until when.
    pub until: Timestamp,
}

/// What a look at a step came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It is as it should be.
    Done,
    /// It does not go on now.
    Stops(Box<Stop>),
}

/// A step that does not go on now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stop {
    /// Something has to be mended.
    pub(super) failed: bool,
    pub(super) wait: Wait,
    pub(super) look: Look,
}

/// When a step that does not go on is looked at again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Look {
    /// After an error that passes: each time twice as late.
    Growing,
    /// After so long.
    In(SignedDuration),
    /// Then.
    At(Timestamp),
}

impl Kept for Onboarding {
    const NAME: &'static str = "onboarding";

    fn next_poll(&self) -> Option<Timestamp> {
        self.next_look
    }

    fn poll_at(&mut self, at: Option<Timestamp>) {
        self.next_look = at;
    }

    fn needs(&self) -> Vec<Needed> {
        let Some(current) = self.current() else { return Vec::new() };
        let need = match (current.state, &current.wait) {
            (StepState::Failed, _) => Need::OnboardingFailed,
            (StepState::Waiting, Some(wait))
                if wait.whom != Whom::WeChat && !wait.is_marked_elsewhere =>
            {
                Need::OnboardingWaits
            }
            _ => return Vec::new(),
        };
        vec![Needed { need, until: None }]
    }

    fn row(&self) -> Option<Value> {
        serde_json::to_value(Row::of(self)?).ok()
    }
}

impl Onboarding {
    /// The step that it is at; none where it has ended or never began.
    pub fn current(&self) -> Option<&StepRecord> {
        let is_open =
            |step: &&StepRecord| !matches!(step.state, StepState::Done | StepState::LeftOut);
        self.steps.iter().find(is_open).filter(|_| self.ended_at.is_none())
    }

    /// How it stands as a whole; none if it never began.
    pub fn state(&self) -> Option<State> {
        self.began_at?;
        Some(match self.current().map(|step| step.state) {
            None if self.stopped => State::Stopped,
            None => State::Finished,
            Some(StepState::Waiting) => State::Waiting,
            Some(StepState::Failed) => State::Failed,
            Some(_) => State::Running,
        })
    }

    /// The column of the board in which it stands; none if it never began.
    pub fn stage(&self) -> Option<Stage> {
        self.began_at?;
        Some(match self.current() {
            None if self.stopped => Stage::Stopped,
            None => Stage::Finished,
            Some(current) => current.step.stage(),
        })
    }

    /// It begins, or begins anew, with this plan.
    pub(super) fn begin(&mut self, kept: &KeptPlan, now: Timestamp) -> Vec<Told> {
        let step = |step| {
            let state = match kept.plan.has(step) {
                true => StepState::Pending,
                false => StepState::LeftOut,
            };
            StepRecord { step, state, since: now, wait: None }
        };
        *self = Onboarding {
            began_at: Some(now),
            plan: kept.plan.clone(),
            plan_version: kept.version,
            plan_by: kept.changed_by.clone(),
            steps: Step::ALL.into_iter().map(step).collect(),
            next_look: Some(now),
            ..Onboarding::default()
        };
        vec![(kind::ONBOARDING_BEGAN, json!({ "plan": kept.version }))]
    }

    /// An operator ends it; what was done stays.
    pub(super) fn stop(&mut self, now: Timestamp) -> Vec<Told> {
        if self.current().is_none() {
            return Vec::new();
        }
        (self.stopped, self.ended_at) = (true, Some(now));
        (self.next_look, self.hold) = (None, None);
        vec![(kind::ONBOARDING_STOPPED, json!({}))]
    }

    /// It is looked at as soon as may be: something has happened.
    pub(super) fn look_now(&mut self, now: Timestamp) {
        if self.current().is_some() && self.next_look.is_none_or(|at| at > now) {
            self.next_look = Some(now);
        }
    }

    /// Whoever bears `id` goes on with it, if it is due and nobody else does.
    pub(super) fn take(&mut self, id: &str, now: Timestamp) {
        let is_due = self.next_look.is_some_and(|at| at <= now);
        let is_free = self.hold.as_ref().is_none_or(|hold| hold.until <= now);
        if self.current().is_some() && is_due && is_free {
            let until = now + HOLD;
            self.hold = Some(Hold { id: id.to_owned(), until });
            self.next_look = Some(until);
        }
    }

    /// Whether `id` goes on with it.
    pub(super) fn is_held_by(&self, id: &str) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.id == id)
    }

    /// Whoever went on with it leaves it to the next one.
    pub(super) fn let_go(&mut self, now: Timestamp) {
        self.hold = None;
        self.look_now(now);
    }

    /// Takes in what a look at a step came to; answers what there is to tell of it.
    pub(super) fn note(&mut self, step: Step, outcome: &Outcome, now: Timestamp) -> Vec<Told> {
        let Some(place) = self.steps.iter().position(|it| it.step == step) else {
            return Vec::new();
        };
        let title = step.title();
        let stop = match outcome {
            Outcome::Stops(stop) => &**stop,
            Outcome::Done => {
                self.steps[place] =
                    StepRecord { step, state: StepState::Done, since: now, wait: None };
                self.attempts = 0;
                let details = json!({ "step": step, "step_zh": title.zh, "step_en": title.en });
                let mut told = vec![(kind::ONBOARDING_STEP, details)];
                if self.current().is_none() {
                    self.ended_at = Some(now);
                    (self.next_look, self.hold) = (None, None);
                    told.push((kind::ONBOARDING_FINISHED, json!({})));
                }
                return told;
            }
        };
        let (mut failed, mut wait) = (stop.failed, stop.wait.clone());
        let mut at = match stop.look {
            Look::In(pause) => now + pause,
            Look::At(at) => at.max(now + FIRST_PAUSE),
            Look::Growing => now + pause(self.attempts),
        };
        self.attempts = if stop.look == Look::Growing { self.attempts + 1 } else { 0 };
        if self.attempts >= PATIENCE {
            (failed, wait.whom) = (true, Whom::Operator);
        }
        // Something happened since it was looked at.
        let is_hurried =
            self.hold.as_ref().zip(self.next_look).is_some_and(|(hold, at)| at < hold.until);
        if is_hurried {
            at = now;
        }
        (self.next_look, self.hold) = (Some(at), None);
        let state = if failed { StepState::Failed } else { StepState::Waiting };
        let record = &mut self.steps[place];
        let before = record.wait.as_ref().map(|it| (record.state, it.whom, &it.what_to_do));
        let is_news = before != Some((state, wait.whom, &wait.what_to_do));
        let details = json!({
            "step": step, "step_zh": title.zh, "step_en": title.en, "for": wait.whom,
            "failed": failed, "errcode": wait.errcode, "why_zh": wait.why.zh, "why_en": wait.why.en,
            "what_to_do_zh": wait.what_to_do.zh, "what_to_do_en": wait.what_to_do.en,
        });
        let since = if is_news { now } else { record.since };
        *record = StepRecord { step, state, since, wait: Some(wait) };
        let told = is_news.then_some((kind::ONBOARDING_WAITS, details));
        told.into_iter().collect()
    }
}

fn pause(attempts: u32) -> SignedDuration {
    let factor = 1_i32.checked_shl(attempts.min(16)).unwrap_or(i32::MAX);
    FIRST_PAUSE.checked_mul(factor).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> (Onboarding, Timestamp) {
        let (mut onboarding, now) = (Onboarding::default(), Timestamp::UNIX_EPOCH);
        onboarding.begin(&KeptPlan::default(), now);
        (onboarding, now)
    }

    fn passing() -> Outcome {
        let wait = Wait {
            whom: Whom::WeChat,
            why: Text::fixed("忙", "busy"),
            what_to_do: Text::fixed("等", "wait"),
            errcode: Some(-1),
            is_marked_elsewhere: false,
        };
        Outcome::Stops(Box::new(Stop { failed: false, wait, look: Look::Growing }))
    }

    #[test]
    fn what_passes_is_tried_ever_more_seldom_and_at_last_a_person_is_asked() {
        let (mut onboarding, mut now) = begun();
        let mut last = SignedDuration::ZERO;
        let mut told = Vec::new();
        for _ in 0..10 {
            onboarding.take("a", now);
            told.extend(onboarding.note(Step::Authorization, &passing(), now));
            let next = onboarding.next_look.unwrap();
            let pause = next.duration_since(now);
            assert!(pause >= last && pause <= LONGEST_PAUSE, "{pause}");
            (last, now) = (pause, next);
        }
        assert_eq!(onboarding.state(), Some(State::Failed));
        assert_eq!(onboarding.needs()[0].need, Need::OnboardingFailed);
        assert_eq!(told.len(), 2, "that it waits and that it failed are told once: {told:?}");
    }

    #[test]
    fn what_happens_while_somebody_goes_on_with_it_is_looked_at_at_once() {
        let (mut onboarding, now) = begun();
        onboarding.take("a", now);
        onboarding.take("b", now);
        assert!(onboarding.is_held_by("a"), "one at a time");
        onboarding.look_now(now);
        onboarding.take("b", now);
        assert!(onboarding.is_held_by("a"), "still");
        onboarding.note(Step::Authorization, &passing(), now);
        assert_eq!(onboarding.next_look, Some(now));
        onboarding.take("b", now);
        onboarding.take("c", now + HOLD);
        assert!(onboarding.is_held_by("c"), "whoever died does not keep it");
    }

    #[test]
    fn it_ends_with_its_last_step_or_by_an_order_and_never_both() {
        let (mut onboarding, now) = begun();
        assert_eq!(onboarding.stage(), Some(Stage::Authorization));
        for step in [Step::Authorization, Step::Filing, Step::Review] {
            assert_eq!(onboarding.current().unwrap().step, step);
            onboarding.note(step, &Outcome::Done, now);
        }
        assert_eq!(onboarding.state(), Some(State::Finished));
        assert!(onboarding.stop(now).is_empty());
        assert_eq!((onboarding.stage(), onboarding.next_look), (Some(Stage::Finished), None));

        let (mut onboarding, now) = begun();
        assert_eq!(onboarding.stop(now).len(), 1);
        onboarding.look_now(now);
        assert_eq!((onboarding.state(), onboarding.next_look), (Some(State::Stopped), None));
    }
}
