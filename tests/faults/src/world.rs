//! The world of one schedule: machines with the functions' own code, an AWS, WeChat, and a network
//! between them on which every call takes its time and may meet a fault. All in one thread, on
//! Tokio's paused clock, so that the seed alone decides who comes first.

mod aws;
mod keys;
mod network;
mod node;
mod push;
mod queue;
mod straight;
mod tables;
mod trace;
mod wechat;

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Duration,
};

use jiff::Timestamp;
use simulator::{Options, Receiver, Simulator};
use tokio::{sync::Notify, time::Instant};

pub(crate) use self::aws::renew_budget;
pub(crate) use self::{
    keys::{Keys, component, component_with_next_keys, sealing},
    network::Call,
    node::Limit,
    push::Sending,
    tables::{Key, Tables},
};
use self::{node::Node, queue::Waiting, trace::Trace};
use crate::{
    dynamodb::Snapshot,
    plan::{Fault, NODES, Plan, Way},
    truth::{Counts, Truth},
};

/// When every schedule begins: a full minute, in milliseconds.
pub(crate) const BEGINNING: i64 = 1_790_000_040_000;

/// A source of numbers that the seed alone decides.
pub(crate) type Rng = fastrand::Rng;

/// One world. It is held by everything in it: [`World::close`] lets go.
pub(crate) struct World {
    /// What the clocks show at the start, in milliseconds.
    epoch: i64,
    started: Instant,
    /// Nothing takes any time.
    instant: bool,
    /// How the functions reach the tables.
    pub(crate) way: Way,
    state: Mutex<State>,
    /// Whoever hands the component over or takes it back: one order after the other.
    pub(crate) operator: tokio::sync::Mutex<()>,
    /// Machines that stood still go on before their time.
    woken: Notify,
    simulator: OnceLock<Simulator>,
}

/// What changes.
pub(crate) struct State {
    pub(crate) random: Rng,
    pub(crate) tables: Tables,
    pub(crate) backup: Option<Snapshot>,
    /// How often the tables were restored.
    pub(crate) restores: u64,
    pub(crate) nodes: Vec<Node>,
    /// Those that wait, as far as they were not met.
    pub(crate) faults: Vec<Fault>,
    pub(crate) calm: bool,
    pub(crate) truth: Truth,
    pub(crate) trace: Trace,
    pub(crate) keys: Keys,
    pub(crate) waiting: Waiting,
    /// How the next push goes out.
    pub(crate) sending: Sending,
    /// Tickets that WeChat issued, with their `CreateTime`.
    pub(crate) tickets: Vec<(String, i64)>,
    /// The component token that another system lends.
    pub(crate) lent: Option<String>,
}

/// What a world grows out of: how things stood when it was set up.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) tables: Snapshot,
    pub(crate) truth: Truth,
    pub(crate) simulator: Simulator,
    pub(crate) tickets: Vec<(String, i64)>,
}

impl World {
    /// The world of `plan`, grown out of `origin`.
    pub(crate) fn of(plan: &Plan, origin: &Origin, traced: bool) -> Arc<Self> {
        let mut state = State {
            random: Rng::with_seed(plan.seed ^ u64::from(plan.class) << 56),
            tables: Tables::of(&origin.tables),
            backup: None,
            restores: 0,
            nodes: plan.offsets.iter().map(|offset| Node::new(*offset)).collect(),
            faults: plan.faults.clone(),
            calm: false,
            truth: origin.truth.clone(),
            trace: Trace::new(traced),
            keys: Keys::default(),
            waiting: Waiting { doubled: plan.doubled, ..Waiting::default() },
            sending: Sending::default(),
            tickets: origin.tickets.clone(),
            lent: None,
        };
        // A clock that goes wrong is met by everything that looks at it.
        let wrong = plan.offsets.iter().filter(|offset| **offset != 0).count() as u64;
        state.truth.counts = Counts { injections: wrong, ..Counts::default() };
        let world = Arc::new(World {
            epoch: BEGINNING,
            started: Instant::now(),
            instant: false,
            way: plan.way,
            state: Mutex::new(state),
            operator: tokio::sync::Mutex::new(()),
            woken: Notify::new(),
            simulator: OnceLock::new(),
        });
        let options =
            Options { token_behaviour: plan.behaviour, seed: plan.seed, ..world.options() };
        // Nothing in the options can be wrong: there is no component in them.
        if let Ok(simulator) = origin.simulator.branch(options) {
            let _ = world.simulator.set(simulator);
        }
        world
    }

    /// A world in which nothing has happened yet and nothing goes wrong, `before` the beginning.
    pub(crate) fn empty(options: Options, before: Duration) -> Arc<Self> {
        let state = State {
            random: Rng::with_seed(0),
            tables: Tables::new(),
            backup: None,
            restores: 0,
            nodes: (0..NODES).map(|_| Node::new(0)).collect(),
            faults: Vec::new(),
            calm: true,
            truth: Truth::default(),
            trace: Trace::new(false),
            keys: Keys::default(),
            waiting: Waiting::default(),
            sending: Sending::default(),
            tickets: Vec::new(),
            lent: None,
        };
        let before = i64::try_from(before.as_millis()).unwrap_or(0);
        let world = Arc::new(World {
            epoch: BEGINNING - before,
            started: Instant::now(),
            instant: true,
            way: Way::Straight,
            state: Mutex::new(state),
            operator: tokio::sync::Mutex::new(()),
            woken: Notify::new(),
            simulator: OnceLock::new(),
        });
        let ours = world.options();
        let options = Options {
            clock: ours.clock,
            receiver: ours.receiver,
            push_time_limit: ours.push_time_limit,
            ..options
        };
        if let Ok(simulator) = Simulator::new(options) {
            let _ = world.simulator.set(simulator);
        }
        world
    }

    fn options(self: &Arc<Self>) -> Options {
        let (of_clock, of_receiver) = (Arc::downgrade(self), Arc::downgrade(self));
        Options {
            clock: simulator::Clock::from_source(move || {
                of_clock.upgrade().map_or(0, |world| world.milliseconds().div_euclid(1000))
            }),
            receiver: Receiver::Function(Arc::new(move |request| {
                Box::pin(push::receive(Weak::clone(&of_receiver), request))
            })),
            // The receiver keeps WeChat's time itself.
            push_time_limit: Duration::from_secs(86_400),
            privacy_detection: Duration::ZERO,
            ..Options::default()
        }
    }

    /// WeChat.
    pub(crate) fn simulator(&self) -> &Simulator {
        self.simulator.get().expect("a world is made with its WeChat")
    }

    /// Looks at or changes what changes. Never across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since the beginning, in milliseconds.
    pub(crate) fn elapsed(&self) -> u64 {
        u64::try_from((Instant::now() - self.started).as_millis()).unwrap_or(u64::MAX)
    }

    /// The true time in milliseconds.
    pub(crate) fn milliseconds(&self) -> i64 {
        self.epoch + i64::try_from(self.elapsed()).unwrap_or(0)
    }

    /// The true time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.milliseconds()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Waits until so many milliseconds after the beginning.
    pub(crate) async fn until(&self, at: u64) {
        tokio::time::sleep_until(self.started + Duration::from_millis(at)).await;
    }

    /// No fault acts from now on, and whoever stands still goes on.
    pub(crate) fn calm_down(&self) {
        let now = self.elapsed();
        let mut state = self.state();
        state.calm = true;
        for node in &mut state.nodes {
            if node.paused_until.take().is_some()
                && let Some(pause) = node.stood_still.last_mut()
            {
                pause.end = now;
            }
            node.dead_connections.clear();
        }
        self.woken.notify_waiters();
    }

    /// Ends every process, so that nothing holds the world any more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        for node in &mut state.nodes {
            node.end();
        }
    }

    /// What later worlds grow out of.
    pub(crate) fn origin(&self) -> Origin {
        let state = self.state();
        Origin {
            tables: state.tables.snapshot(),
            truth: state.truth.clone(),
            simulator: self.simulator().clone(),
            tickets: state.tickets.clone(),
        }
    }
}

impl State {
    /// One of `0..n`.
    pub(crate) fn pick(&mut self, n: u64) -> u64 {
        self.random.u64(..n.max(1))
    }
}
