//! The simulator itself: where requests come in, and on what they work.

use std::{
    collections::HashSet,
    future::Future,
    io,
    net::SocketAddr,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

use crate::{
    call::Call,
    crypto::CallbackKey,
    errand::Errand,
    exchange, grants,
    log::Log,
    misbehaviour::Faults,
    options::Options,
    pages,
    push::{Delivery, Outgoing, Sender, Tweaks, compose},
    random::Random,
    snapshot::Snapshot,
    state::{Component, Draft, Merchant, World},
    verbs::{self, Target},
};

/// The longest request body, in bytes.
const LONGEST_REQUEST: usize = 16 * 1024 * 1024;

/// A simulated WeChat. Clones are handles of the same one; it stops with the last handle.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) inner: Arc<Inner>,
    tasks: Arc<Tasks>,
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The state file is there and cannot be read.
    #[error("cannot read the state in {}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A component's key cannot encrypt anything.
    #[error("encoding_aes_key of component {0} is not 43 letters and digits")]
    Key(String),
}

/// What a caller gets when an accident cuts its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection was cut")]
pub struct ConnectionCut;

impl Simulator {
    /// A simulator without a socket and without anything that happens by itself: see
    /// [`Simulator::service`].
    pub fn new(options: Options) -> Result<Self, StartError> {
        let inner = Arc::new(Inner::new(options)?);
        Ok(Simulator { inner, tasks: Arc::default() })
    }

    /// Another simulator, without a socket, that has lived through the same as this one. From here
    /// on it goes its own way, by its own clock, receiver and seed; what `options` says of who
    /// exists does not count.
    pub fn branch(&self, options: Options) -> Result<Self, StartError> {
        let mut world = self.inner.with(|shared| shared.world.clone());
        world.random = Random::new(options.seed);
        world.token_behaviour = options.token_behaviour;
        let nobody = Options { components: Vec::new(), merchants: Vec::new(), ..options };
        let branch = Simulator::new(nobody)?;
        branch.inner.with(|shared| shared.world = world);
        Ok(branch)
    }

    /// A simulator that listens on [`Options::listen`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let address = options.listen;
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        Simulator::start_on(options, listener)
    }

    /// A simulator that listens on a socket that is already bound.
    pub fn start_on(options: Options, listener: TcpListener) -> Result<Self, StartError> {
        let failed = |source| StartError::Listen { address: options.listen, source };
        let address = listener.local_addr().map_err(failed)?;
        let simulator = Simulator::new(options)?;
        let inner = &simulator.inner;
        // Set here for the first time, so that it cannot fail.
        let _ = inner.base_url.set(format!("http://{address}"));
        simulator.tasks.spawn(serve(listener, Arc::clone(inner)));
        if let Some(interval) = inner.options.ticket_interval {
            simulator.tasks.spawn(push_tickets(Arc::clone(inner), interval));
        }
        if let Some(after) = inner.options.auto_review {
            simulator.tasks.spawn(verbs::approve_by_itself(Arc::clone(inner), after));
        }
        Ok(simulator)
    }

    /// Where it listens, as `http://127.0.0.1:4321`, with no slash at the end. This one address
    /// stands for `api.weixin.qq.com`, `mp.weixin.qq.com` and `open.weixin.qq.com`.
    ///
    /// Without a socket it is an address that nobody answers.
    pub fn base_url(&self) -> String {
        self.inner.base_url.get().cloned().unwrap_or_else(|| "http://wechat.invalid".to_owned())
    }

    /// Answers requests within the process. The host in their URL does not matter.
    pub fn service(&self) -> InProcess {
        InProcess(Arc::clone(&self.inner))
    }

    /// Closes the socket and ends what happens by itself. Open connections are cut.
    pub fn stop(&self) {
        self.tasks.abort();
    }
}

/// A [`Simulator`] as a service: [`ConnectionCut`] is its only error.
#[derive(Clone)]
pub struct InProcess(Arc<Inner>);

impl InProcess {
    /// Answers one request.
    pub async fn answer(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ConnectionCut> {
        answer(&self.0, request).await
    }
}

impl tower::Service<Request<Bytes>> for InProcess {
    type Response = Response<Bytes>;
    type Error = ConnectionCut;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, ConnectionCut>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectionCut>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { answer(&inner, request).await })
    }
}

/// What all handles share.
pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) sender: Sender,
    base_url: OnceLock<String>,
    shared: Mutex<Shared>,
    /// Mini programs with an exclusive call under way.
    pub(crate) busy: Mutex<HashSet<String>>,
}

/// What changes.
pub(crate) struct Shared {
    pub(crate) world: World,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    snapshot: Option<Snapshot>,
}

impl Inner {
    fn new(options: Options) -> Result<Self, StartError> {
        for component in &options.components {
            if CallbackKey::parse(&component.encoding_aes_key).is_none() {
                return Err(StartError::Key(component.appid.clone()));
            }
        }
        let (snapshot, saved) = match &options.state_file {
            Some(path) => {
                let (snapshot, saved) = Snapshot::open(path)?;
                (Some(snapshot), saved)
            }
            None => (None, None),
        };
        let mut world = match saved {
            Some(world) => world,
            None => first_world(&options),
        };
        for settings in &options.components {
            let known = world.components.entry(settings.appid.clone());
            known
                .and_modify(|component| component.settings = settings.clone())
                .or_insert_with(|| Component::new(settings.clone()));
        }
        let first = options.components.first();
        world.first_component = first.map(|first| first.appid.clone()).unwrap_or_default();
        options.clock.advance(world.clock_ahead - options.clock.ahead());
        let sender = Sender::new(&options);
        let shared = Shared { world, log: Log::default(), faults: Faults::default(), snapshot };
        Ok(Inner {
            options,
            sender,
            base_url: OnceLock::new(),
            shared: Mutex::new(shared),
            busy: Mutex::default(),
        })
    }

    pub(crate) fn now(&self) -> i64 {
        self.options.clock.now()
    }

    /// Looks at or changes everything; what has changed is on disk when this returns. The file is
    /// written under the lock so that an older state never follows a newer one.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> T {
        let mut shared = self.lock();
        let result = work(&mut shared);
        shared.world.clock_ahead = self.options.clock.ahead();
        let Shared { world, snapshot, .. } = &mut *shared;
        if let Some(Err(error)) = snapshot.as_mut().map(|snapshot| snapshot.save(world)) {
            tracing::error!(%error, "cannot save the simulator's state");
        }
        result
    }

    /// Changes the world.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&mut World, i64) -> T) -> T {
        let now = self.now();
        self.with(|shared| work(&mut shared.world, now))
    }

    /// Looks at or changes what is not part of the state.
    pub(crate) fn note<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> T {
        work(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // A test that failed while it held the lock must not hide its own message.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what was composed and notes what came of it.
    pub(crate) async fn deliver(&self, outgoing: Outgoing) -> Delivery {
        let delivery = self.sender.push(outgoing).await;
        self.lock().log.push(delivery.clone());
        delivery
    }

    /// Issues a ticket and pushes it.
    pub(crate) async fn push_ticket(&self, component: &str) -> Result<(String, Delivery), String> {
        let (ticket, outgoing) = self.change(|world, now| {
            let (ticket, message) = grants::issue_ticket(world, component, now);
            let to = &Target::Events;
            (ticket, compose(world, now, component, to, &message, &Tweaks::default()))
        });
        Ok((ticket, self.deliver(outgoing?).await))
    }

    /// Does in the background what WeChat does after an answer.
    pub(crate) fn run(self: &Arc<Self>, errands: Vec<Errand>) {
        for errand in errands {
            let inner = Arc::clone(self);
            tokio::spawn(async move {
                match errand {
                    Errand::Deliver(outgoing) => {
                        inner.deliver(*outgoing).await;
                    }
                    Errand::PushTicket(component) => {
                        if let Err(error) = inner.push_ticket(&component).await {
                            tracing::warn!(component, error, "cannot push a ticket");
                        }
                    }
                    Errand::PushEvent { component, message } => {
                        let outgoing = inner.change(|world, now| {
                            let (to, tweaks) = (&Target::Events, &Tweaks::default());
                            compose(world, now, &component, to, &message, tweaks)
                        });
                        match outgoing {
                            Ok(outgoing) => {
                                inner.deliver(outgoing).await;
                            }
                            Err(error) => tracing::warn!(component, error, "cannot push an event"),
                        }
                    }
                }
            });
        }
    }
}

/// The world before anything has happened.
fn first_world(options: &Options) -> World {
    let mut world = World::default();
    world.random = Random::new(options.seed);
    world.token_behaviour = options.token_behaviour;
    world.refuse_address = options.refuse_address;
    for merchant in &options.merchants {
        world.merchants.insert(merchant.appid.clone(), Merchant::new(merchant.clone()));
    }
    if let Some(first) = options.components.first() {
        let now = options.clock.now();
        let mut component = Component::new(first.clone());
        for draft in &options.drafts {
            let id = world.number();
            component.drafts.push(Draft { id, created: now, code: draft.clone() });
        }
        world.components.insert(first.appid.clone(), component);
    }
    world
}

/// Sends a request to whoever answers its path.
async fn answer(
    inner: &Arc<Inner>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, ConnectionCut> {
    let call = Call::new(request);
    if call.path == "/" || call.path.starts_with("/simulator") {
        return Ok(verbs::over_http(inner, &call).await);
    }
    if pages::is_page(&call.path) {
        return Ok(pages::answer(inner, &call).await);
    }
    exchange::answer(inner, call).await
}

async fn serve(listener: TcpListener, inner: Arc<Inner>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        let inner = Arc::clone(&inner);
        connections.spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let inner = Arc::clone(&inner);
                async move {
                    let (head, body) = request.into_parts();
                    let body = Limited::new(body, LONGEST_REQUEST).collect().await;
                    let body = body.map_err(|_| ConnectionCut)?.to_bytes();
                    let response = answer(&inner, Request::from_parts(head, body)).await?;
                    // An error instead of a response makes hyper drop the connection.
                    Ok::<_, ConnectionCut>(response.map(Full::<Bytes>::new))
                }
            });
            // A broken connection is the other side's affair, or an accident that was ordered.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn push_tickets(inner: Arc<Inner>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let components = inner.change(|world, _| {
            let pushing = world.components.iter().filter(|(_, component)| component.pushing);
            pushing.map(|(appid, _)| appid.clone()).collect::<Vec<_>>()
        });
        inner.run(components.into_iter().map(Errand::PushTicket).collect());
    }
}

/// What runs beside the requests; ended when the last handle is dropped.
#[derive(Default)]
struct Tasks(Mutex<Vec<JoinHandle<()>>>);

impl Tasks {
    fn spawn<F>(&self, task: F)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let handle = tokio::spawn(async move {
            task.await;
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
    }

    fn abort(&self) {
        for task in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.abort();
    }
}
