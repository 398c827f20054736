//! Brings the parts up, in the order in which they need each other.

use std::{io, net::SocketAddr, time::Duration};

use platform::{
    Outside,
    aws::{Pace, configuration},
    configuration::Variables,
};
use secrecy::{ExposeSecret, SecretString};
use simulator::{ComponentOptions, Simulator};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::{System, functions::Functions, web};
use crate::{
    aws::{self, AUDIT_BUCKET, Aws, BUCKET, KEY_ID, REGION, SECRET_KEY},
    credentials::{Component, Credentials, CredentialsError},
    delivery,
    metrics::Counters,
    settings::{Settings, WeChat},
};

/// The name of the platform secret on this machine.
const PLATFORM_SECRET: &str = "platform";
/// The name of the administrator's secret on this machine.
const ADMIN_KEY_SECRET: &str = "admin-key";
/// The id of the secret with which this system is known to a directory.
const OIDC_SECRET: &str = "oidc-client";

/// Why the system did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody listens there already.
    #[error(
        "地址已被占用 / the address {0} is in use: stop the other program, or choose another \
         address with --listen"
    )]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// The generated secrets cannot be had.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The AWS on this machine did not start.
    #[error(transparent)]
    Aws(#[from] aws::StartError),
    /// The simulated WeChat did not start.
    #[error("the simulated WeChat did not start")]
    Simulator(#[from] simulator::StartError),
    /// A function did not start.
    #[error("the function {function} did not start")]
    Function {
        /// Which one.
        function: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl System {
    /// Starts everything. When this returns, every route answers.
    ///
    /// # Errors
    /// When an address is taken, the data directory's files cannot be used, or a function refuses
    /// to start.
    pub async fn start(settings: Settings) -> Result<System, StartError> {
        let listener = listen(settings.listen).await?;
        let address = listener
            .local_addr()
            .map_err(|source| StartError::Listen { address: settings.listen, source })?;
        let base_url = format!("http://{}", reachable(address));

        let directory = settings.data.as_ref().map(|data| data.path());
        let secrets_file = directory.map(|directory| directory.join("secrets.json"));
        let mut credentials = match &secrets_file {
            Some(file) => Credentials::load_or_generate(file)?,
            None => Credentials::generate(),
        };
        let rights = settings.rights.as_deref();
        let aws = Aws::start_by(settings.clock.clone(), directory, rights).await?;

        let (components, public_url, simulator) = match settings.wechat {
            WeChat::Simulated(mut options) => {
                let count = settings.components.max(1);
                let components = credentials.components(count, secrets_file.as_deref())?;
                if let Some(directory) = directory {
                    options.state_file = Some(directory.join("wechat.json"));
                }
                let known = components.iter().enumerate();
                options.components = known
                    .map(|(place, component)| known_to_simulator(place, component, &base_url))
                    .collect();
                let simulator = start_simulator(*options, settings.listen).await?;
                (components, base_url.clone(), Some(simulator))
            }
            WeChat::Real(real) => {
                let public_url = real.public_url.as_str().trim_end_matches('/').to_owned();
                (vec![real.component], public_url, None)
            }
        };

        let platform_secret = credentials.platform_secret(&components);
        aws.secrets().put(PLATFORM_SECRET, platform_secret);
        aws.secrets().put(ADMIN_KEY_SECRET, credentials.admin_key.clone());
        let mut variables = variables(&aws, &public_url, simulator.as_ref());
        for (name, value) in settings.variables {
            if name == "OIDC_CLIENT_SECRET" {
                aws.secrets().put(OIDC_SECRET, SecretString::from(value));
                variables.push((name, OIDC_SECRET.to_owned()));
            } else {
                variables.push((name, value));
            }
        }
        let environment = Environment {
            variables,
            endpoint: aws.endpoint(),
            tables: settings.tables,
            clock: settings.clock,
            random: settings.random,
            counters: Counters::default(),
        };
        let functions = Functions::start(&environment).await?;

        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(web::serve(listener, functions.router(), stopped.clone()));
        let mut tasks: Vec<JoinHandle<()>> = Vec::new();
        for definition in delivery::QUEUES {
            if let Some(queue) = aws.queues().named(definition.name) {
                let worker = functions.worker(definition.function);
                let retry = settings.retry;
                let stopped = stopped.clone();
                tasks.push(tokio::spawn(delivery::pump(
                    queue.clone(),
                    definition,
                    retry,
                    worker,
                    stopped,
                )));
            }
        }
        if let Some(interval) = settings.schedule {
            let (functions, database) = (functions.clone(), aws.database().clone());
            tasks.push(tokio::spawn(schedule(functions, database, interval)));
        }
        Ok(System {
            address,
            base_url,
            credentials,
            components,
            aws,
            simulator,
            counters: environment.counters,
            functions,
            stop,
            server: Some(server),
            tasks,
            _data: settings.data,
        })
    }
}

/// What every function is started with.
pub(super) struct Environment {
    variables: Vec<(String, String)>,
    endpoint: String,
    tables: Option<std::sync::Arc<dyn platform::storage::Engine>>,
    clock: std::sync::Arc<dyn platform::clock::Clock>,
    random: std::sync::Arc<dyn platform::random::Random>,
    counters: Counters,
}

impl Environment {
    /// The environment variables, as `template.yaml` sets them on AWS.
    pub(super) fn variables(&self) -> Variables {
        Variables::from_pairs(self.variables.clone())
    }

    /// Where functions send their counters.
    pub(super) fn metrics(&self) -> platform::metric::Metrics {
        self.counters.receiver()
    }

    /// The world outside `function`, at the pace that it is deployed with.
    pub(super) fn outside(&self, function: &str, pace: Pace) -> Outside {
        // What Lambda tells a function, but for the endpoint and made-up credentials.
        let lambda = Variables::from_pairs([
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", function),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
        ]);
        Outside {
            aws: configuration(&lambda, pace).expect("all of it is there"),
            tables: self.tables.clone(),
            wechat: None,
            clock: self.clock.clone(),
            random: self.random.clone(),
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen { address, source },
    })
}

/// The address that a browser on this machine can use.
fn reachable(address: SocketAddr) -> SocketAddr {
    if !address.ip().is_unspecified() {
        return address;
    }
    let loopback = match address {
        SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(loopback, address.port())
}

/// Starts the simulated WeChat on the port after ours, so that its address stays the same; on any
/// free one if that is taken or ours was any.
async fn start_simulator(
    mut options: simulator::Options,
    ours: SocketAddr,
) -> Result<Simulator, StartError> {
    let next = match ours.port() {
        0 => 0,
        port => port.checked_add(1).unwrap_or(0),
    };
    for port in [next, 0] {
        options.listen = SocketAddr::new(ours.ip(), port);
        if let Ok(listener) = TcpListener::bind(options.listen).await {
            return Ok(Simulator::start_on(options, listener)?);
        }
    }
    Err(StartError::AddressInUse(options.listen))
}

/// Our component as its console at WeChat would show it.
fn known_to_simulator(place: usize, component: &Component, base_url: &str) -> ComponentOptions {
    let appid = &component.appid;
    let name = match place {
        0 => "演示平台".to_owned(),
        place => format!("演示平台 {}", place + 1),
    };
    ComponentOptions {
        appid: appid.clone(),
        name,
        secret: component.secret.expose_secret().to_owned(),
        token: component.token.expose_secret().to_owned(),
        encoding_aes_key: component.encoding_aes_key.expose_secret().to_owned(),
        event_url: Some(format!("{base_url}/wechat/{appid}/events")),
        message_url: Some(format!("{base_url}/wechat/{appid}/messages/$APPID$")),
        ..ComponentOptions::default()
    }
}

/// The variables that `template.yaml` gives to functions, and where the simulated WeChat is.
fn variables(aws: &Aws, public_url: &str, simulator: Option<&Simulator>) -> Vec<(String, String)> {
    let mut variables = vec![
        ("INBOX_TABLE", "inbox".to_owned()),
        ("TOKENS_TABLE", "tokens".to_owned()),
        ("FLEET_TABLE", "fleet".to_owned()),
        ("EVENT_BUS", delivery::BUS.to_owned()),
        ("SPILL_QUEUE_URL", aws.queue_url("spill")),
        ("PLATFORM_SECRET", PLATFORM_SECRET.to_owned()),
        ("ADMIN_KEY_SECRET", ADMIN_KEY_SECRET.to_owned()),
        ("UPLOADS_BUCKET", BUCKET.to_owned()),
        ("AUDIT_BUCKET", AUDIT_BUCKET.to_owned()),
        ("KMS_KEY", KEY_ID.to_owned()),
        ("PUBLIC_URL", public_url.to_owned()),
        // One process is everybody here, and a test's clock may stand still.
        ("REQUESTS_PER_SECOND", "1000000".to_owned()),
    ];
    if let Some(simulator) = simulator {
        for name in ["WECHAT_API_URL", "WECHAT_MP_URL", "WECHAT_OPEN_URL"] {
            variables.push((name, simulator.base_url()));
        }
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Calls `refresh` now and then at every `interval`; every hour, has expired items forgotten.
async fn schedule(functions: Functions, database: aws::Database, interval: Duration) {
    const HOUR: Duration = Duration::from_secs(3600);
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut forgotten_at = tokio::time::Instant::now();
    loop {
        ticks.tick().await;
        functions.tick().await;
        if forgotten_at.elapsed() >= HOUR {
            forgotten_at = tokio::time::Instant::now();
            if let Err(error) = database.forget_expired() {
                tracing::warn!("{error}");
            }
        }
    }
}
