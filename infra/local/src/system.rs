//! The whole system: every function on one port, what they stand on, and WeChat.

mod functions;
mod start;
mod web;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use secrecy::SecretString;
use simulator::Simulator;
use tokio::{sync::watch, task::JoinHandle};

use self::functions::Functions;
use crate::{
    aws::Aws,
    credentials::{Component, Credentials},
    data::DataDirectory,
    metrics::Counters,
};

pub use start::StartError;

/// Requests that are under way at the end are given this long.
const LAST_REQUESTS: Duration = Duration::from_millis(800);

/// A running system. Dropping it stops it at once; [`System::stop`] lets requests finish.
pub struct System {
    address: SocketAddr,
    base_url: String,
    credentials: Credentials,
    components: Vec<Component>,
    aws: Aws,
    simulator: Option<Simulator>,
    counters: Counters,
    functions: Functions,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
    /// Held so that nobody else takes the directory.
    _data: Option<DataDirectory>,
}

impl System {
    /// Where the functions listen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the functions answer on this machine: scheme, host and port, no slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The key to sign in with.
    pub fn sign_in_key(&self) -> SecretString {
        self.credentials.sign_in_key()
    }

    /// What secrets at rest are sealed with.
    pub fn sealing_key(&self) -> SecretString {
        self.credentials.sealing_key.clone()
    }

    /// The first component that the functions serve.
    pub fn component(&self) -> &Component {
        &self.components[0]
    }

    /// All components that the functions serve, the first one first.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The AWS that the functions use.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The simulated WeChat, unless the real one is used.
    pub fn simulator(&self) -> Option<&Simulator> {
        self.simulator.as_ref()
    }

    /// The routes of `callback` alone, for whoever sends more than goes through a socket.
    pub fn callback(&self) -> axum::Router {
        self.functions.callback()
    }

    /// What the functions have counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Has the simulated WeChat push a ticket at once, which it otherwise does every ten minutes,
    /// so that there is something to try. A push that fails is shown in the log.
    pub async fn begin(&self) {
        let Some(simulator) = &self.simulator else { return };
        for component in &self.components {
            match simulator.push_ticket_to(Some(&component.appid)).await {
                Ok(pushed) if pushed.delivery.accepted => {}
                Ok(pushed) => tracing::warn!("the first ticket was refused: {:?}", pushed.delivery),
                Err(error) => tracing::warn!("the first ticket was not pushed: {error}"),
            }
        }
    }

    /// Calls `refresh` once, as the schedule does every minute.
    pub async fn tick(&self) -> refresh::Summary {
        self.functions.tick().await
    }

    /// Kills every function that works on a queue at the moment, in the middle of whatever it does.
    /// Its messages come again.
    pub fn kill_workers(&self) {
        self.functions.kill_workers();
    }

    /// Waits until the queues are empty. False if they are not after `limit`.
    pub async fn settle(&self, limit: Duration) -> bool {
        let start = Instant::now();
        while !self.aws.queues().are_empty() {
            if start.elapsed() > limit {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        true
    }

    /// Stops within about a second: no new requests, a moment for those under way.
    pub async fn stop(mut self) {
        // Nobody left to hear it is as good as heard.
        let _ = self.stop.send(true);
        if let Some(server) = self.server.take() {
            let abort = server.abort_handle();
            if tokio::time::timeout(LAST_REQUESTS, server).await.is_err() {
                tracing::info!("some connections were still open");
                abort.abort();
            }
        }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        // Nobody left to hear it is as good as heard.
        let _ = self.stop.send(true);
        for task in self.tasks.iter().chain(&self.server) {
            task.abort();
        }
        if let Some(simulator) = &self.simulator {
            simulator.stop();
        }
        self.aws.stop();
    }
}
