//! The ways a service can be away, for tests: nobody emulates throttling or a lost answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A service of AWS that the system uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// The tables.
    DynamoDb,
    /// The platform secret and the administrator's key.
    SecretsManager,
    /// The bus.
    EventBridge,
    /// The spill queue.
    Sqs,
    /// Uploads and anchors.
    S3,
    /// Data keys.
    Kms,
}

impl Service {
    /// The service that an `x-amz-target` header names.
    pub(crate) fn from_target(target: &str) -> Option<Service> {
        Some(match target.split_once('.')?.0 {
            "DynamoDB_20120810" => Service::DynamoDb,
            "secretsmanager" => Service::SecretsManager,
            "AWSEvents" => Service::EventBridge,
            "AmazonSQS" => Service::Sqs,
            "TrentService" => Service::Kms,
            _ => return None,
        })
    }
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection closes without an answer and nothing was done.
    Away,
    /// The call is done, and the connection closes without an answer.
    LostAnswer,
    /// No answer ever comes and nothing was done; the caller's own timeout has to end it.
    Silent,
    /// The service says that there were too many calls.
    Throttled,
    /// The service says that it failed, with status 500.
    Failing,
}

#[derive(Default)]
struct State {
    lasting: HashMap<Service, Fault>,
    next: HashMap<Service, (usize, Fault)>,
    calls: HashMap<Service, usize>,
}

/// Which services are away at present.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// Makes calls to `service` go wrong until [`Faults::restore`].
    pub fn inject(&self, service: Service, fault: Fault) {
        self.state().lasting.insert(service, fault);
    }

    /// Makes the next `count` calls to `service` go wrong.
    pub fn inject_next(&self, service: Service, count: usize, fault: Fault) {
        self.state().next.insert(service, (count, fault));
    }

    /// Makes calls to `service` work again.
    pub fn restore(&self, service: Service) {
        let mut state = self.state();
        state.lasting.remove(&service);
        state.next.remove(&service);
    }

    /// How many calls `service` was sent so far.
    pub fn calls(&self, service: Service) -> usize {
        self.state().calls.get(&service).copied().unwrap_or(0)
    }

    /// Counts a call and says how it is to go wrong, if it is.
    pub(crate) fn meet(&self, service: Service) -> Option<Fault> {
        let mut state = self.state();
        *state.calls.entry(service).or_insert(0) += 1;
        if let Some((count, fault)) = state.next.get_mut(&service)
            && *count > 0
        {
            *count -= 1;
            return Some(*fault);
        }
        state.lasting.get(&service).copied()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere leaves the maps whole: each change is one insert or remove.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
