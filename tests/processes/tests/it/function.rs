//! A function as Lambda keeps it: some processes, each with one event at a time, replaced when they
//! die.

use std::{
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use processes::{Process, RuntimeApi};
use serde_json::Value;
use tokio::sync::{Semaphore, watch};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The process died under the event.
    Died,
    /// The function failed, or did not answer in its time.
    Failed(String),
}

pub(crate) struct Function {
    name: &'static str,
    binary: PathBuf,
    variables: Vec<(String, String)>,
    timeout: Duration,
    room: Semaphore,
    /// Nobody's at the moment.
    idle: Mutex<Vec<Arc<Instance>>>,
    /// Every process that lives, stopped ones too.
    alive: Mutex<Vec<Arc<Instance>>>,
    started: AtomicUsize,
}

struct Instance {
    runtime_api: RuntimeApi,
    process: Process,
    dead: watch::Sender<bool>,
}

impl Function {
    pub(crate) fn new(
        name: &'static str,
        binary: PathBuf,
        variables: Vec<(String, String)>,
        timeout: Duration,
        at_once: usize,
    ) -> Arc<Function> {
        Arc::new(Function {
            name,
            binary,
            variables,
            timeout,
            room: Semaphore::new(at_once),
            idle: Mutex::default(),
            alive: Mutex::default(),
            started: AtomicUsize::new(0),
        })
    }

    /// Gives the event to a process that has nothing to do, or to a new one.
    pub(crate) async fn invoke(&self, event: &Value) -> Result<Value, NoAnswer> {
        let _place = self.room.acquire().await.unwrap();
        let idle = self.idle.lock().unwrap().pop();
        let instance = match idle {
            Some(instance) => instance,
            None => self.start().await,
        };
        let mut dead = instance.dead.subscribe();
        let answer = tokio::select! {
            answer = instance.runtime_api.invoke(event, self.timeout) => answer,
            _ = dead.wait_for(|dead| *dead) => return Err(NoAnswer::Died),
            // Lambda waits no longer; a process that is stopped goes on when it is continued.
            () = tokio::time::sleep(self.timeout) => {
                return Err(NoAnswer::Failed("took too long".into()));
            }
        };
        self.idle.lock().unwrap().push(instance);
        answer.map_err(|error| NoAnswer::Failed(error.to_string()))
    }

    /// Kills one of its processes, whatever it is doing.
    pub(crate) fn kill_one(&self, rng: &mut Rng) -> bool {
        let mut alive = self.alive.lock().unwrap();
        if alive.is_empty() {
            return false;
        }
        let count = alive.len();
        let instance = alive.swap_remove(rng.usize(0..count));
        self.idle.lock().unwrap().retain(|idle| !Arc::ptr_eq(idle, &instance));
        signal("KILL", &instance);
        instance.dead.send_replace(true);
        true
    }

    /// Stops one of its processes for so long.
    pub(crate) fn stop_one(&self, rng: &mut Rng, time: Duration) -> bool {
        let alive = self.alive.lock().unwrap();
        if alive.is_empty() {
            return false;
        }
        let instance = alive[rng.usize(0..alive.len())].clone();
        drop(alive);
        signal("STOP", &instance);
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            signal("CONT", &instance);
        });
        true
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// How many processes were started.
    pub(crate) fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    async fn start(&self) -> Arc<Instance> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let runtime_api = RuntimeApi::start().await;
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let process = Process::start(&self.binary, self.name, &runtime_api.address(), &variables);
        let instance = Arc::new(Instance { runtime_api, process, dead: watch::Sender::new(false) });
        self.alive.lock().unwrap().push(instance.clone());
        instance
    }
}

fn signal(name: &str, instance: &Instance) {
    // It may be gone already.
    let _ = Command::new("kill")
        .args([&format!("-{name}"), &instance.process.id().to_string()])
        .status();
}
