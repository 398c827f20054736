//! An AWS on this machine, as far as the system uses it.
//!
//! Functions keep their real SDK clients and are told this address by the standard endpoint
//! setting, so that nothing in them knows where it runs. One HTTP endpoint answers for DynamoDB
//! (an embedded engine), Secrets Manager, EventBridge, SQS and KMS, which all speak "AWS JSON": the
//! operation stands in the `x-amz-target` header and the body is a JSON object. Every other path is
//! one of S3's.
//!
//! [`Aws::inject`] takes a service away in the ways AWS itself does at times.

mod answer;
mod bus;
mod dynamodb;
mod endpoint;
mod faults;
mod kms;
mod objects;
mod queues;
mod recorder;
mod rights;
mod secrets;

use std::{net::SocketAddr, path::Path, sync::Arc};

use platform::clock::{Clock, SystemClock};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use bus::{BusEvent, EventBus};
pub use dynamodb::{Database, DatabaseError};
pub use faults::{Fault, Faults, Service};
pub use kms::KEY_ID;
pub use objects::{AUDIT_BUCKET, BUCKET, Objects};
pub use queues::{Message, Queue, QueueError, Queues};
pub use recorder::Exchange;
pub use secrets::Secrets;

/// The region everything here claims to be in.
pub const REGION: &str = "us-east-1";
/// The account everything here claims to belong to.
pub const ACCOUNT: &str = "000000000000";
/// The secret of everybody's credentials. Their id is the name of the function that signs.
pub const SECRET_KEY: &str = "local";

/// What the endpoint needs in order to answer.
pub(crate) struct Services {
    pub(crate) database: Database,
    pub(crate) secrets: Secrets,
    pub(crate) bus: EventBus,
    pub(crate) queues: Queues,
    pub(crate) objects: Objects,
    pub(crate) kms: kms::Kms,
    pub(crate) faults: Faults,
    pub(crate) recorder: recorder::Recorder,
    pub(crate) rights: rights::Rights,
}

/// A running AWS on a port of its own, on the loopback interface. Dropping it stops it.
pub struct Aws {
    address: SocketAddr,
    services: Arc<Services>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Why the AWS on this machine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database file could not be opened, or its tables not made.
    #[error("the embedded database did not open")]
    Database(#[from] DatabaseError),
    /// A queue's file could not be read.
    #[error("a queue did not open")]
    Queue(#[from] QueueError),
    /// The files of a bucket could not be read.
    #[error("a bucket did not open")]
    Objects(#[source] std::io::Error),
    /// The file of the key could not be had.
    #[error("the key did not open")]
    Key(#[source] std::io::Error),
    /// No port could be opened on the loopback interface.
    #[error("no port could be opened on the loopback interface")]
    Port(#[source] std::io::Error),
    /// What functions ask for cannot be written down where it was to be.
    #[error("what functions ask of AWS cannot be written down")]
    Rights(#[source] std::io::Error),
}

impl Aws {
    /// Starts with the tables of [`tables::TABLES`] made, the queues of
    /// [`delivery::QUEUES`](crate::delivery::QUEUES) open and no secrets.
    ///
    /// With a directory, tables and queues are kept in it and survive the process, however it
    /// ends; without one they live in memory.
    ///
    /// # Errors
    /// When the directory's files cannot be opened or a port cannot be had.
    pub async fn start(directory: Option<&Path>) -> Result<Aws, StartError> {
        Aws::start_by(Arc::new(SystemClock), directory, None).await
    }

    /// The same, where it is another time: S3 tells whether an address is still good. With `rights`
    /// a file in that directory says what each function asked for, in IAM's words.
    ///
    /// # Errors
    /// As [`Aws::start`].
    pub async fn start_by(
        clock: Arc<dyn Clock>,
        directory: Option<&Path>,
        rights: Option<&Path>,
    ) -> Result<Aws, StartError> {
        let database = Database::open(directory.map(|path| path.join("dynamodb.sqlite")))?;
        let queues = Queues::open(directory)?;
        let objects = Objects::open(clock.clone(), directory).map_err(StartError::Objects)?;
        let kms = kms::Kms::open(clock, directory).map_err(StartError::Key)?;
        let services = Arc::new(Services {
            database,
            secrets: Secrets::default(),
            bus: EventBus::new(queues.clone()),
            queues,
            objects,
            kms,
            faults: Faults::default(),
            recorder: recorder::Recorder::default(),
            rights: rights::Rights::open(rights).map_err(StartError::Rights)?,
        });
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(loopback).await.map_err(StartError::Port)?;
        let engine = TcpListener::bind(loopback).await.map_err(StartError::Port)?;
        let address = listener.local_addr().map_err(StartError::Port)?;
        let engine_address = engine.local_addr().map_err(StartError::Port)?;

        let (stop, stopped) = watch::channel(false);
        let tasks = vec![
            tokio::spawn(services.database.clone().serve(engine, stopped.clone())),
            tokio::spawn(endpoint::serve(listener, engine_address, services.clone(), stopped)),
        ];
        Ok(Aws { address, services, stop, tasks })
    }

    /// The endpoint to give to every SDK client: scheme, host and port.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The tables.
    pub fn database(&self) -> &Database {
        &self.services.database
    }

    /// The secrets that `GetSecretValue` answers.
    pub fn secrets(&self) -> &Secrets {
        &self.services.secrets
    }

    /// The event bus and what was put on it.
    pub fn bus(&self) -> &EventBus {
        &self.services.bus
    }

    /// The queues.
    pub fn queues(&self) -> &Queues {
        &self.services.queues
    }

    /// What was uploaded, and what is locked.
    pub fn objects(&self) -> &Objects {
        &self.services.objects
    }

    /// The URL to give to `SendMessage` for a queue of [`delivery::QUEUES`](crate::delivery::QUEUES).
    pub fn queue_url(&self, name: &str) -> String {
        format!("{}/{ACCOUNT}/{name}", self.endpoint())
    }

    /// Begins to record what DynamoDB is asked, one request at a time from now on.
    pub async fn record(&self) {
        self.services.recorder.0.lock().await.get_or_insert_default();
    }

    /// What was recorded, in the order in which it was done; ends the recording.
    pub async fn recorded(&self) -> Vec<Exchange> {
        self.services.recorder.0.lock().await.take().unwrap_or_default()
    }

    /// Makes calls to `service` go wrong until [`Aws::restore`].
    pub fn inject(&self, service: Service, fault: Fault) {
        self.services.faults.inject(service, fault);
    }

    /// Makes the next `count` calls to `service` go wrong.
    pub fn inject_next(&self, service: Service, count: usize, fault: Fault) {
        self.services.faults.inject_next(service, count, fault);
    }

    /// Makes calls to `service` work again.
    pub fn restore(&self, service: Service) {
        self.services.faults.restore(service);
    }

    /// How many calls `service` was sent so far, those that went wrong included.
    pub fn calls(&self, service: Service) -> usize {
        self.services.faults.calls(service)
    }

    /// Stops answering.
    pub fn stop(&self) {
        // Nobody left to hear it is as good as heard.
        let _ = self.stop.send(true);
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        self.stop();
    }
}
