//! What a simulator is started with.

use std::{
    fmt, future::Future, net::SocketAddr, path::PathBuf, pin::Pin, sync::Arc, time::Duration,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{clock::Clock, seeds};

/// Settings of a [`Simulator`](crate::Simulator). The default is what tests want: one component,
/// three merchants who have not authorized yet, two drafts, nothing that happens by itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. Only [`Simulator::start`](crate::Simulator::start)
    /// reads it.
    pub listen: SocketAddr,
    /// The third-party platforms that exist.
    pub components: Vec<ComponentOptions>,
    /// The mini programs that exist. Nobody has authorized anything.
    pub merchants: Vec<MerchantOptions>,
    /// What the first component's developers have uploaded.
    pub drafts: Vec<DraftOptions>,
    /// What happens to tokens that were replaced.
    pub token_behaviour: TokenBehaviour,
    /// How often a ticket is pushed by itself; WeChat does it every ten minutes.
    pub ticket_interval: Option<Duration>,
    /// After how long a review is approved by itself, on the simulator's clock.
    pub auto_review: Option<Duration>,
    /// How long the privacy detection runs after a commit, on the simulator's clock.
    pub privacy_detection: Duration,
    /// How `get_latest_auditstatus` spells what the sources disagree on.
    pub audit_spelling: AuditSpelling,
    /// Whether `api_get_authorizer_info` tells the refresh token.
    pub info_carries_refresh_token: bool,
    /// Where the state is kept: one JSON file, replaced before a change is answered, so that it
    /// survives a kill. What the file knows wins over [`Options::merchants`] and
    /// [`Options::drafts`]; components take their settings from here.
    pub state_file: Option<PathBuf>,
    /// What time it is.
    pub clock: Clock,
    /// The seed of all tokens, codes and ids.
    pub seed: u64,
    /// Whether every address is off the whitelist at the start.
    pub refuse_address: bool,
    /// How long a push may take; WeChat waits five seconds.
    pub push_time_limit: Duration,
    /// How often a push is tried in all; WeChat tries three times.
    pub push_attempts: u32,
    /// How pushes (and the merchant's browser) reach the other side.
    pub receiver: Receiver,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            components: vec![seeds::component()],
            merchants: seeds::merchants(),
            drafts: seeds::drafts(),
            token_behaviour: TokenBehaviour::default(),
            ticket_interval: None,
            auto_review: None,
            privacy_detection: Duration::from_secs(3),
            audit_spelling: AuditSpelling::default(),
            info_carries_refresh_token: true,
            state_file: None,
            clock: Clock::system(),
            seed: 20_260_430,
            refuse_address: false,
            push_time_limit: Duration::from_secs(5),
            push_attempts: 3,
            receiver: Receiver::Network,
        }
    }
}

/// What becomes of tokens when newer ones take their place. The documentation does not settle it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenBehaviour {
    /// Access tokens, of components and of mini programs.
    pub replaced_tokens: ReplacedTokens,
    /// Refresh tokens, when they are used.
    pub refresh_tokens: RefreshTokens,
}

/// What becomes of an access token when the next one is issued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplacedTokens {
    /// It answers 40001 from now on.
    #[default]
    DieAtOnce,
    /// It works for five more minutes.
    LiveFiveMinutes,
}

/// What becomes of a refresh token when it is used. A new authorization always replaces it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefreshTokens {
    /// It stays.
    #[default]
    Constant,
    /// A new one comes with every answer and the old one is dead.
    Rotate,
    /// A new one comes with every answer and the old one works for five more minutes.
    RotateWithGrace,
}

/// How `get_latest_auditstatus` spells its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditSpelling {
    /// As the page says: `screenshot`, and `auditid` a number.
    #[default]
    Documented,
    /// As it was seen: `ScreenShot`, and `auditid` a string.
    Seen,
}

/// A third-party platform, as its own console describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComponentOptions {
    /// Appid.
    pub appid: String,
    /// Name shown on the authorization page.
    pub name: String,
    /// AppSecret.
    pub secret: String,
    /// Token that signs pushes.
    pub token: String,
    /// EncodingAESKey that pushes are encrypted with: 43 letters and digits.
    pub encoding_aes_key: String,
    /// The key before that, for pushes that come late.
    pub previous_encoding_aes_key: Option<String>,
    /// Authorization-event URL.
    pub event_url: Option<String>,
    /// Message-and-event URL; `$APPID$` stands for the mini program.
    pub message_url: Option<String>,
    /// Domain that authorizations start from; without it, the event URL's host.
    pub authorization_host: Option<String>,
    /// Whether the platform is not published, so that its testing domains count.
    pub unpublished: bool,
}

/// A mini program that its owner may authorize.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MerchantOptions {
    /// Appid.
    pub appid: String,
    /// Original id, `gh_…`.
    pub user_name: String,
    /// Name; empty if it was never set.
    pub nick_name: String,
    /// Owner's name.
    pub principal_name: String,
    /// 0 a person, 1 a company, …
    pub principal_type: i64,
    /// Introduction; empty if it was never set.
    pub signature: String,
    /// Address of the avatar; empty if it was never set.
    pub head_image: String,
    /// Service categories.
    pub categories: Vec<Category>,
    /// ICP filing: 6 filed, 1024 not filed, …
    pub icp_status: i64,
    /// A trial mini program, which belongs to nobody until it is verified.
    pub trial: bool,
    /// An official account and no mini program at all.
    pub official_account: bool,
    /// Whether the privacy guideline was filled in.
    pub privacy_guideline: bool,
    /// Pages and settings of the console: `requestdomain` and its five sisters.
    pub console_domains: std::collections::BTreeMap<String, Vec<String>>,
}

/// A service category of a mini program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Category {
    /// First level.
    pub first_class: String,
    /// Its id.
    pub first_id: i64,
    /// Second level.
    pub second_class: String,
    /// Its id.
    pub second_id: i64,
    /// 1 in review, 2 rejected, 3 approved; 0 counts as approved.
    pub audit_status: i64,
    /// Why it was rejected.
    pub audit_reason: String,
}

impl Category {
    pub(crate) fn is_approved(&self) -> bool {
        matches!(self.audit_status, 0 | 3)
    }
}

/// Code uploaded from a development mini program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DraftOptions {
    /// Version text.
    pub user_version: String,
    /// Description.
    pub user_desc: String,
    /// Appid of the development mini program; a new upload replaces its former one.
    pub source_miniprogram_appid: String,
    /// Name of the development mini program.
    pub source_miniprogram: String,
    /// Developer's nickname.
    pub developer: String,
    /// Pages in it.
    pub pages: Vec<String>,
}

/// Answers one request in the place of the network.
pub type Receive = dyn Fn(
        http::Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, String>> + Send>>
    + Send
    + Sync;

/// How pushes reach the other side.
#[derive(Clone)]
pub enum Receiver {
    /// Over HTTP(S).
    Network,
    /// By a function call in the same process.
    Function(Arc<Receive>),
}

impl fmt::Debug for Receiver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Receiver::Network => "Network",
            Receiver::Function(_) => "Function",
        })
    }
}
