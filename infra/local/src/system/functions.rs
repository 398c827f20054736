//! The functions, each made from its own environment as it is on AWS.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use axum::Router;
use platform::{Platform, StartError as FunctionError, aws::Pace, webhooks::Network};
use tokio::sync::watch;

use super::start::{Environment, StartError};

/// A tick begins nothing new after this; the next one comes after a minute.
const TICK: Duration = Duration::from_secs(45);

/// `webhooks` begins no attempt after this.
const ATTEMPTS: Duration = Duration::from_secs(40);

/// `rollout` begins no step after this.
const STEPS: Duration = Duration::from_secs(40);

/// Every function of the system. Clones share them.
#[derive(Clone)]
pub(super) struct Functions {
    callback: callback::App,
    authorize: authorize::App,
    console: console::App,
    operations: operations::App,
    relay: relay::App,
    events: Arc<events::App>,
    refresh: Arc<refresh::App>,
    rollout: Arc<rollout::App>,
    webhooks: Arc<webhooks::App>,
    /// Changes when everybody who works on a queue is to die.
    killed: Arc<watch::Sender<()>>,
}

/// A function that died in the middle of its work.
#[derive(Debug, thiserror::Error)]
#[error("killed")]
pub(super) struct Killed;

/// What a function does with a batch of messages.
type Working = Pin<Box<dyn Future<Output = Result<SqsBatchResponse, Killed>> + Send>>;

impl Functions {
    /// Makes every function, and with it whatever it connects to at its start. They share nothing,
    /// as processes of their own would.
    pub(super) async fn start(environment: &Environment) -> Result<Functions, StartError> {
        let variables = environment.variables();
        let steady = |function| environment.outside(function, Pace::STEADY);
        let prompt = environment.outside("callback", Pace::PROMPT);
        let mut callback =
            callback::App::new(&variables, prompt).await.map_err(failed("callback"))?;
        let mut operations = operations::App::new(&variables, steady("operations"))
            .await
            .map_err(failed("operations"))?;
        let console =
            console::App::new(&variables, steady("console")).await.map_err(failed("console"))?;
        let mut relay =
            relay::App::new(&variables, steady("relay")).await.map_err(failed("relay"))?;
        // Whoever tries a webhook has its receiver on this machine.
        let network = Network::with_loopback();
        operations.platform.webhooks.network = network.clone();
        operations.platform.self_tests.network = network.clone();
        let webhooks =
            webhooks::App::new(&variables, steady("webhooks")).await.map_err(failed("webhooks"))?;
        let mut webhooks = webhooks.with_network(network.clone());
        let platform = async |function| {
            Platform::new(&variables, steady(function)).await.map_err(failed(function))
        };
        let authorize = authorize::App { platform: platform("authorize").await? };
        let mut events = events::App::new(platform("events").await?);
        events.platform.self_tests.network = network;
        let mut refresh = refresh::App::new(platform("refresh").await?);
        let rollout = rollout::App::new(platform("rollout").await?);
        callback.metrics = environment.metrics();
        operations.metrics = environment.metrics();
        operations.operators.count_to(environment.metrics());
        relay.operators.count_to(environment.metrics());
        events.metrics = environment.metrics();
        refresh.metrics = environment.metrics();
        webhooks.metrics = environment.metrics();
        Ok(Functions {
            callback,
            authorize,
            console,
            operations,
            relay,
            events: Arc::new(events),
            refresh: Arc::new(refresh),
            rollout: Arc::new(rollout),
            webhooks: Arc::new(webhooks),
            killed: Arc::new(watch::Sender::new(())),
        })
    }

    /// The routes of `callback`.
    pub(super) fn callback(&self) -> Router {
        callback::router(self.callback.clone())
    }

    /// Every route of the system.
    pub(super) fn router(&self) -> Router {
        self.callback()
            .merge(authorize::router(self.authorize.clone()))
            .merge(operations::router(self.operations.clone()))
            .merge(relay::router(self.relay.clone()))
            .merge(console::router(self.console.clone()))
    }

    /// The function of this name, which works a queue off.
    pub(super) fn worker(
        &self,
        function: &'static str,
    ) -> impl Fn(SqsEvent) -> Working + Send + Sync + 'static {
        let functions = self.clone();
        move |event| {
            let functions = functions.clone();
            Box::pin(async move {
                let mut killed = functions.killed.subscribe();
                let work = async {
                    match function {
                        "webhooks" => webhooks::handle(&functions.webhooks, event, ATTEMPTS).await,
                        "rollout" => rollout::handle(&functions.rollout, event, STEPS).await,
                        _ => events::handle(&functions.events, event).await,
                    }
                };
                // Dropped at whatever it waits for, as a process that dies would be.
                tokio::select! {
                    answer = work => Ok(answer),
                    _ = killed.changed() => Err(Killed),
                }
            })
        }
    }

    /// Kills everybody who works on a queue at the moment.
    pub(super) fn kill_workers(&self) {
        self.killed.send_replace(());
    }

    /// Calls `refresh` once.
    pub(super) async fn tick(&self) -> refresh::Summary {
        refresh::tick(&self.refresh, TICK).await
    }
}

/// Says which function it was.
fn failed(function: &'static str) -> impl FnOnce(FunctionError) -> StartError {
    move |source| StartError::Function { function, source: Box::new(source) }
}
