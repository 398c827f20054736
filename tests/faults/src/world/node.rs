//! A machine: one process of every function on it, with a clock of its own. It may die at any call,
//! or stand still.

use std::{
    future::Future,
    ops::Range,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, identity::IdentityCache, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::Router;
use jiff::{SignedDuration, Timestamp};
use platform::{
    Outside, Platform, StartError,
    aws::{Pace, timeouts},
    clock::Clock,
    configuration::Variables,
    metric::Metrics,
    random::Random,
    storage::Engine,
};
use tokio::{
    task::{AbortHandle, JoinHandle},
    time::{Instant, sleep_until},
};

use super::{Rng, World, aws::Connector, straight::Straight, wechat::Line};
use crate::{plan::Way, truth::Invariant};

/// One machine.
pub(crate) struct Node {
    /// How far its clock is ahead, in milliseconds.
    pub(crate) offset: i64,
    /// Goes up with every crash.
    pub(crate) incarnation: u32,
    pub(crate) paused_until: Option<Instant>,
    /// Its pauses, in milliseconds.
    pub(crate) stood_still: Vec<Range<u64>>,
    /// When it last had trouble with the tables, in milliseconds.
    pub(crate) hindered_at: Option<u64>,
    /// When Lambda last ended something on it that had not come to its end, in milliseconds.
    pub(crate) ended_at: Option<u64>,
    /// Its connections have died, service by service, without its knowing.
    pub(crate) dead_connections: Vec<crate::plan::Service>,
    process: Option<Arc<Process>>,
    tasks: Vec<AbortHandle>,
    /// What runs on it, and when Lambda ends that.
    running: Vec<(Limit, Instant)>,
}

/// How long a function may take: Lambda ends it then, even one that stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(Duration);

impl Limit {
    pub(crate) const CALLBACK: Limit = Limit(Duration::from_secs(5));
    pub(crate) const EVENTS: Limit = Limit(Duration::from_secs(60));
    pub(crate) const OPERATIONS: Limit = Limit(Duration::from_secs(29));
    pub(crate) const REFRESH: Limit = Limit(Duration::from_secs(55));
    pub(crate) const ROLLOUT: Limit = Limit(Duration::from_secs(180));
}

/// The functions on one machine.
pub(crate) struct Process {
    pub(crate) platform: Platform,
    pub(crate) callback: Router,
    pub(crate) events: events::App,
    pub(crate) refresh: refresh::App,
    pub(crate) rollout: rollout::App,
}

impl Node {
    pub(crate) fn new(offset: i64) -> Self {
        Node {
            offset,
            incarnation: 0,
            paused_until: None,
            stood_still: Vec::new(),
            hindered_at: None,
            ended_at: None,
            dead_connections: Vec::new(),
            process: None,
            tasks: Vec::new(),
            running: Vec::new(),
        }
    }

    /// Whether a call that is dropped by a task of its own goes out all the same when the machine
    /// wakes up, for on a machine that stands still nothing is dropped. Not if it does not stand
    /// still, or if Lambda has ended by then what the task belongs to.
    pub(crate) fn goes_on(&self) -> bool {
        // These alone have tasks of their own.
        let parents = [Limit::REFRESH, Limit::ROLLOUT];
        let parents = self.running.iter().filter(|(limit, _)| parents.contains(limit));
        let end = parents.map(|(_, end)| *end).min();
        self.paused_until.zip(end).is_some_and(|(until, end)| until > Instant::now() && until < end)
    }

    /// Everything that runs on it ends here and now.
    pub(crate) fn end(&mut self) {
        self.incarnation += 1;
        self.paused_until = None;
        self.dead_connections.clear();
        self.process = None;
        self.running.clear();
        for task in self.tasks.drain(..) {
            task.abort();
        }
    }
}

impl World {
    /// Does `work` with the functions of a machine, which is started if it is not running. None if
    /// it dies meanwhile, or cannot start, or has not done it when Lambda ends it.
    pub(crate) async fn on<T, F>(
        self: &Arc<Self>,
        node: usize,
        limit: Limit,
        work: impl FnOnce(Arc<Process>) -> F + Send + 'static,
    ) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send,
    {
        let world = Arc::clone(self);
        let end = Instant::now() + limit.0;
        let task = async move {
            let done = async {
                let process = world.process(node).await.ok()?;
                Some(work(process).await)
            };
            tokio::select! {
                // Whoever stood still until then does nothing more.
                biased;
                () = sleep_until(end) => {
                    world.state().nodes[node].ended_at = Some(world.elapsed());
                    None
                }
                done = done => done,
            }
        };
        self.state().nodes[node].running.push((limit, end));
        let done = self.spawn(node, task).await;
        let at = self.elapsed();
        let mut state = self.state();
        let running = &mut state.nodes[node].running;
        if let Some(place) = running.iter().position(|run| *run == (limit, end)) {
            running.swap_remove(place);
        }
        match done {
            Ok(done) => done,
            Err(ended) if ended.is_panic() => {
                state.truth.breaks(
                    Invariant::NotHealed,
                    at,
                    format!("a function panicked: {ended}"),
                );
                None
            }
            Err(_) => None,
        }
    }

    fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        node: usize,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let task = Standing { world: Arc::clone(self), node, task: Box::pin(task), pause: None };
        let handle = tokio::spawn(task);
        let mut state = self.state();
        let tasks = &mut state.nodes[node].tasks;
        tasks.retain(|task| !task.is_finished());
        tasks.push(handle.abort_handle());
        handle
    }

    async fn process(self: &Arc<Self>, node: usize) -> Result<Arc<Process>, StartError> {
        let (known, incarnation, seed, restores) = {
            let mut state = self.state();
            let seed = state.random.u64(..);
            let node = &state.nodes[node];
            (node.process.clone(), node.incarnation, seed, state.restores)
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let outside = |pace| Outside {
            aws: configuration(pace, Connector::new(Arc::clone(self), node)),
            tables: self.way_to_tables(node, pace),
            wechat: Some(Arc::new(Line::new(Arc::clone(self), node))),
            clock: Arc::new(NodeClock { world: Arc::downgrade(self), node }),
            random: Arc::new(Seeded(Mutex::new(Rng::with_seed(seed)))),
        };
        let variables = variables(restores);
        let platform = Platform::new(&variables, outside(Pace::STEADY)).await?;
        let metrics = Metrics::to(|_| {});
        let mut callback = callback::App::new(&variables, outside(Pace::PROMPT)).await?;
        callback.metrics = metrics.clone();
        let process = Arc::new(Process {
            callback: callback::router(callback),
            events: events::App { platform: platform.clone(), metrics: metrics.clone() },
            refresh: refresh::App { platform: platform.clone(), metrics },
            rollout: rollout::App::new(platform.clone()),
            platform,
        });
        let mut state = self.state();
        let node = &mut state.nodes[node];
        if node.incarnation == incarnation {
            node.process.get_or_insert_with(|| Arc::clone(&process));
        }
        Ok(process)
    }

    fn way_to_tables(self: &Arc<Self>, node: usize, pace: Pace) -> Option<Arc<dyn Engine>> {
        match self.way {
            Way::Straight => Some(Arc::new(Straight::new(Arc::clone(self), node, pace))),
            Way::Sdk => None,
        }
    }

    /// The machine dies: nothing that runs on it goes on.
    pub(crate) fn crash(&self, node: usize) {
        let at = self.elapsed();
        let mut state = self.state();
        state.trace.note(at, node, "crash", "");
        state.nodes[node].end();
    }

    /// The machine stands still.
    pub(crate) fn pause(&self, node: usize, milliseconds: u64) {
        let at = self.elapsed();
        let mut state = self.state();
        state.trace.note(at, node, "pause", "");
        let node = &mut state.nodes[node];
        node.paused_until = Some(Instant::now() + Duration::from_millis(milliseconds));
        node.stood_still.push(at..at + milliseconds);
    }

    /// Waits while the machine stands still.
    pub(crate) async fn gate(&self, node: usize) {
        while let Some(until) = self.paused_until(node) {
            tokio::select! {
                () = sleep_until(until) => {}
                () = self.woken.notified() => {}
            }
        }
    }

    fn paused_until(&self, node: usize) -> Option<Instant> {
        self.state().nodes[node].paused_until.filter(|until| *until > Instant::now())
    }
}

/// A task of a machine: while the machine stands still, nothing of it moves, not even its timers.
struct Standing<F> {
    world: Arc<World>,
    node: usize,
    task: Pin<Box<F>>,
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<F: Future> Future for Standing<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        loop {
            if self.pause.is_none() {
                if self.world.paused_until(self.node).is_none() {
                    return self.task.as_mut().poll(context);
                }
                let (world, node) = (Arc::clone(&self.world), self.node);
                self.pause = Some(Box::pin(async move { world.gate(node).await }));
            }
            if let Some(pause) = &mut self.pause
                && pause.as_mut().poll(context).is_pending()
            {
                return Poll::Pending;
            }
            self.pause = None;
        }
    }
}

/// A machine's clock.
struct NodeClock {
    world: std::sync::Weak<World>,
    node: usize,
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        let Some(world) = self.world.upgrade() else { return Timestamp::UNIX_EPOCH };
        let offset = world.state().nodes[self.node].offset;
        world.now() + SignedDuration::from_millis(offset)
    }
}

/// A process's randomness.
struct Seeded(Mutex<Rng>);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    }
}

fn variables(epoch: u64) -> Variables {
    let epoch = epoch.to_string();
    Variables::from_pairs([
        ("EPOCH", epoch.as_str()),
        ("INBOX_TABLE", "inbox"),
        ("TOKENS_TABLE", "tokens"),
        ("FLEET_TABLE", "fleet"),
        ("EVENT_BUS", "wechat-fleet"),
        ("PLATFORM_SECRET", "platform"),
        ("SPILL_QUEUE_URL", "https://sqs.invalid/000000000000/spill"),
        ("PUBLIC_URL", "https://fleet.example.com"),
        ("WECHAT_API_URL", "http://wechat.invalid"),
        ("WECHAT_MP_URL", "http://wechat.invalid"),
        ("WECHAT_OPEN_URL", "http://wechat.invalid"),
    ])
}

/// Every limit and every repetition as in the deployed functions; the connector is ours.
fn configuration(pace: Pace, connector: Connector) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(connector.region()))
        .endpoint_url("http://aws.invalid")
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .identity_cache(IdentityCache::no_cache())
        .http_client(SharedHttpClient::new(connector))
        .timeout_config(timeouts(pace))
        .retry_config(RetryConfig::standard().with_max_attempts(pace.attempts))
        .build()
}
