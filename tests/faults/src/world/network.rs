//! The way of one call and back, and the faults that wait on it.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::time::sleep;

use super::World;
use crate::plan::{Effect, Fault, Service, When};

/// One call on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) node: usize,
    pub(crate) service: Service,
    /// The operation, or WeChat's path.
    pub(crate) operation: &'a str,
    /// A read that need not be consistent.
    pub(crate) eventual: bool,
}

/// What came back.
pub(crate) enum Back<T> {
    /// The answer.
    Answer(T),
    /// The connection broke.
    Cut,
    /// Nothing, ever.
    Silence,
    /// It was never reached.
    Unreachable,
    /// Something else than the answer, which is known if the call took effect.
    Instead(Effect, Option<T>),
}

impl Fault {
    fn concerns(&self, call: &Call<'_>) -> bool {
        self.service.is_none_or(|service| service == call.service)
            && self.operation.as_ref().is_none_or(|operation| operation == call.operation)
            && match self.effect {
                Effect::Stale(_) => call.eventual,
                Effect::Partly => call.operation == "PutEvents",
                Effect::Errcode(_) | Effect::Html | Effect::HalfJson(_) | Effect::Drip => {
                    call.service == Service::WeChat
                }
                Effect::Fail(_) => call.service != Service::WeChat,
                _ => true,
            }
    }
}

impl World {
    /// Takes `call` to where `perform` answers it, and brings the answer back. `perform` learns of
    /// the fault, in case it concerns the answer.
    pub(crate) async fn pass<T, F: Future<Output = T>>(
        self: &Arc<Self>,
        call: Call<'_>,
        perform: impl FnOnce(Option<Effect>) -> F,
    ) -> Back<T> {
        let node = call.node;
        self.gate(node).await;
        self.travel().await;
        self.gate(node).await;
        if self.meets_dead_connection(&call) {
            return Back::Cut;
        }
        let effect = self.meet(&call);
        match effect {
            Some(Effect::CrashBefore) => {
                self.crash(node);
                pending::<()>().await;
            }
            Some(Effect::PauseBefore(milliseconds)) => {
                self.pause(node, milliseconds);
                self.gate(node).await;
            }
            Some(Effect::Cut(false)) => return Back::Cut,
            Some(Effect::Silence(false)) => return Back::Silence,
            Some(Effect::Unreachable) => return Back::Unreachable,
            Some(
                instead @ (Effect::Fail(_)
                | Effect::Errcode(_)
                | Effect::Html
                | Effect::HalfJson(false)),
            ) => {
                self.travel().await;
                return Back::Instead(instead, None);
            }
            _ => {}
        }
        let answer = perform(effect).await;
        match effect {
            Some(Effect::CrashAfter) => {
                self.crash(node);
                pending::<()>().await;
            }
            Some(Effect::PauseAfter(milliseconds)) => self.pause(node, milliseconds),
            Some(Effect::Slow(milliseconds)) => sleep(Duration::from_millis(milliseconds)).await,
            Some(Effect::Cut(true)) => return Back::Cut,
            Some(Effect::Silence(true) | Effect::Drip) => return Back::Silence,
            _ => {}
        }
        self.travel().await;
        self.gate(node).await;
        match effect {
            Some(instead @ Effect::HalfJson(true)) => Back::Instead(instead, Some(answer)),
            _ => Back::Answer(answer),
        }
    }

    /// Half a way, as long as the seed wants it to be.
    async fn travel(&self) {
        if self.instant {
            return;
        }
        let milliseconds = {
            let mut state = self.state();
            match state.pick(16) {
                0 => 40 + state.pick(260),
                _ => 1 + state.pick(12),
            }
        };
        sleep(Duration::from_millis(milliseconds)).await;
    }

    /// The fault that this call meets, if any.
    fn meet(&self, call: &Call<'_>) -> Option<Effect> {
        let now = self.elapsed();
        let mut state = self.state();
        if state.calm {
            return None;
        }
        let state = &mut *state;
        for fault in &mut state.faults {
            if !fault.concerns(call) {
                continue;
            }
            let met = match &mut fault.when {
                When::Nth { skip, .. } if *skip > 0 => {
                    *skip -= 1;
                    false
                }
                When::Nth { times, .. } => {
                    let met = *times > 0;
                    *times = times.saturating_sub(1);
                    met
                }
                When::Between { from, until, percent } => {
                    (*from..*until).contains(&now) && state.random.u8(..100) < *percent
                }
            };
            if met {
                let effect = fault.effect;
                if call.service == Service::Tables && effect.hinders() {
                    state.nodes[call.node].hindered_at = Some(now);
                }
                state.truth.counts.injections += 1;
                let what = format!("{:?} {}", call.service, call.operation);
                state.trace.note(now, call.node, &what, &format!("meets {effect:?}"));
                return Some(effect);
            }
        }
        None
    }

    /// After a freeze the first call of each service goes into a connection that the other side
    /// has long forgotten.
    fn meets_dead_connection(&self, call: &Call<'_>) -> bool {
        let mut state = self.state();
        let dead = &mut state.nodes[call.node].dead_connections;
        let Some(place) = dead.iter().position(|service| *service == call.service) else {
            return false;
        };
        dead.remove(place);
        state.truth.counts.injections += 1;
        true
    }
}
