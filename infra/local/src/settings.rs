//! How a [`System`](crate::System) is started.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use platform::{
    clock::{Clock, SystemClock},
    random::{Random, SystemRandom},
    storage::Engine,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    arguments::{Arguments, WeChatKind},
    credentials::Component,
    data::DataDirectory,
    delivery::{RETRY_DELAY, Retry},
};

/// What makes a directory to sign in with. The client's secret itself stands in its variable here; on AWS
/// that names a secret.
const DIRECTORY: [&str; 4] = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ROLES"];
/// EventBridge Scheduler calls `refresh` this often.
const SCHEDULE: Duration = Duration::from_secs(60);
/// The time limit of the functions that work queues off, on AWS.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(60);
/// WeChat pushes a ticket this often.
const TICKET_INTERVAL: Duration = Duration::from_secs(600);
/// The simulated WeChat approves a review after this long if nobody decides before: long enough to
/// reject one by hand, or to read on in between.
const REVIEW: Duration = Duration::from_secs(600);

/// How a system is started.
pub struct Settings {
    /// Where the functions listen. Port 0 means any free port.
    pub listen: SocketAddr,
    /// Where state is kept; without it everything is in memory.
    pub data: Option<DataDirectory>,
    /// Which WeChat to talk to.
    pub wechat: WeChat,
    /// How many components the simulated WeChat knows and the functions serve; at least one.
    pub components: usize,
    /// Other tables than the embedded DynamoDB's, which the functions ask without the SDK between: to
    /// measure the functions alone.
    pub tables: Option<Arc<dyn Engine>>,
    /// How often `refresh` is called by itself.
    pub schedule: Option<Duration>,
    /// What happens to messages that a function did not finish.
    pub retry: Retry,
    /// Other variables of the functions, such as those of a directory to sign in with.
    pub variables: Vec<(String, String)>,
    /// What time it is, for the functions.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for the functions.
    pub random: Arc<dyn Random>,
    /// A directory in which a file says what each function asked of AWS, in IAM's words.
    pub rights: Option<PathBuf>,
}

/// Which WeChat to talk to.
pub enum WeChat {
    /// The simulated one. Its address, components and state file are the system's to choose.
    Simulated(Box<simulator::Options>),
    /// The real one.
    Real(RealWeChat),
}

/// What the real WeChat needs.
#[derive(Debug)]
pub struct RealWeChat {
    /// The component, as WeChat's console shows it.
    pub component: Component,
    /// Where WeChat reaches this system.
    pub public_url: Url,
}

/// The environment lacks what the real WeChat needs.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// These variables are not set.
    #[error(
        "--wechat real 需要环境变量 / --wechat real needs the environment variables {}",
        .0.join(", ")
    )]
    Missing(Vec<&'static str>),
    /// This one holds something else than it should.
    #[error("环境变量有误 / the environment variable {name} is malformed: {expected}")]
    Malformed {
        /// The variable. Its value is not repeated, for it may be a secret.
        name: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
}

impl Settings {
    /// Everything in memory, nothing by itself: for tests, which call
    /// [`System::tick`](crate::System::tick) and the simulator's verbs by hand.
    pub fn in_memory() -> Settings {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: None,
            wechat: WeChat::Simulated(Box::default()),
            components: 1,
            tables: None,
            schedule: None,
            retry: Retry { delay: Duration::from_millis(50), timeout: QUEUE_TIMEOUT },
            variables: Vec::new(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            rights: None,
        }
    }

    /// A system to work with: state in `data`, everything by itself.
    ///
    /// # Errors
    /// When the real WeChat is asked for and the environment, read through `variable`, does not
    /// say who we are there.
    pub fn on_disk(
        arguments: &Arguments,
        data: DataDirectory,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Settings, EnvironmentError> {
        let wechat = match arguments.wechat {
            WeChatKind::Simulated => WeChat::Simulated(Box::new(simulator::Options {
                ticket_interval: Some(TICKET_INTERVAL),
                auto_review: Some(REVIEW),
                ..simulator::Options::default()
            })),
            WeChatKind::Real => WeChat::Real(RealWeChat::from_environment(&variable)?),
        };
        Ok(Settings {
            listen: arguments.listen,
            data: Some(data),
            wechat,
            components: arguments.components,
            tables: None,
            schedule: Some(SCHEDULE),
            retry: Retry { delay: RETRY_DELAY, timeout: QUEUE_TIMEOUT },
            variables: DIRECTORY
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), variable(name)?)))
                .collect(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            rights: None,
        })
    }
}

impl RealWeChat {
    /// Reads `COMPONENT_APPID`, `COMPONENT_SECRET`, `COMPONENT_TOKEN`,
    /// `COMPONENT_ENCODING_AES_KEY` and `PUBLIC_URL`.
    ///
    /// # Errors
    /// When one of them is missing or malformed; the error names it.
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<RealWeChat, EnvironmentError> {
        let mut missing = Vec::new();
        let mut required = |name: &'static str| {
            let value = variable(name).map(|value| value.trim().to_owned()).unwrap_or_default();
            if value.is_empty() {
                missing.push(name);
            }
            value
        };
        let appid = required("COMPONENT_APPID");
        let component = Component {
            appid: appid.clone(),
            secret: SecretString::from(required("COMPONENT_SECRET")),
            token: SecretString::from(required("COMPONENT_TOKEN")),
            encoding_aes_key: SecretString::from(required("COMPONENT_ENCODING_AES_KEY")),
        };
        let public_url = required("PUBLIC_URL");
        if !missing.is_empty() {
            return Err(EnvironmentError::Missing(missing));
        }

        let malformed = |name, expected| EnvironmentError::Malformed { name, expected };
        if appid.parse::<platform::AppId>().is_err() {
            return Err(malformed("COMPONENT_APPID", "such as wx570bc396a51b8ff8"));
        }
        let key = component.encoding_aes_key.expose_secret();
        if key.parse::<wechat::crypto::EncodingAesKey>().is_err() {
            return Err(malformed("COMPONENT_ENCODING_AES_KEY", "it has 43 letters and digits"));
        }
        let public_url = Url::parse(&public_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "https" | "http") && url.path() == "/")
            .ok_or_else(|| {
                malformed("PUBLIC_URL", "scheme and host only, such as https://fleet.example.com")
            })?;
        Ok(RealWeChat { component, public_url })
    }
}
