//! What the functions that act for merchants share, made once, before the first event.

use std::sync::Arc;

use aws_config::SdkConfig;

use crate::{
    attention::Attention,
    audit::Audit,
    authorization::Authorizations,
    aws::{self, Pace},
    breaker::Breakers,
    bus::Bus,
    call::Caller,
    clock::{Clock, SystemClock},
    configuration::{Addresses, ConfigurationError, Variables},
    confirm_files::ConfirmFiles,
    grants::Grants,
    idempotency::Idempotency,
    inbox::Inbox,
    intake::Intake,
    mini_programs::MiniPrograms,
    outbox::Outbox,
    random::{Random, SystemRandom},
    reconcile::{Reconciliations, Runs},
    releases::Releases,
    rollouts::Rollouts,
    secrets::{Secrets, SecretsError},
    segments::Segments,
    settings::{Codes, Domains, Templates, Testers},
    storage::{Table, Tables},
    ticket::Tickets,
    tokens::{Tokens, Watch},
    webhooks::{Network, Webhooks},
};

/// The platform's services, wired. Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    /// The web addresses.
    pub addresses: Arc<Addresses>,
    /// The tables.
    pub tables: Tables,
    /// Credentials and sealing keys.
    pub secrets: Secrets,
    /// Tickets.
    pub tickets: Tickets,
    /// Tokens.
    pub tokens: Tokens,
    /// When WeChat is not asked for tokens.
    pub breakers: Breakers,
    /// Mini programs that need a person.
    pub attention: Attention,
    /// Calls with a token.
    pub caller: Caller,
    /// What WeChat pushed.
    pub inbox: Inbox,
    /// Takes in what WeChat pushes.
    pub intake: Intake,
    /// Events on their way to the bus.
    pub outbox: Outbox,
    /// Code, reviews and releases.
    pub releases: Releases,
    /// Releases of many mini programs, in waves.
    pub rollouts: Rollouts,
    /// The merchant's way to WeChat's authorization page and back.
    pub authorizations: Authorizations,
    /// Authorizations, granted and withdrawn.
    pub grants: Grants,
    /// Whether WeChat sees the merchants as we do.
    pub reconciliations: Reconciliations,
    /// Merchants' accounts.
    pub mini_programs: MiniPrograms,
    /// Groups of mini programs.
    pub segments: Segments,
    /// What proves to WeChat that a domain is ours.
    pub confirm_files: ConfirmFiles,
    /// Drafts and the template library.
    pub templates: Templates,
    /// Server domains and business domains.
    pub domains: Domains,
    /// Who may use trial versions.
    pub testers: Testers,
    /// Mini-program codes.
    pub codes: Codes,
    /// Events, told to the company's own systems.
    pub webhooks: Webhooks,
    /// Who did what.
    pub audit: Audit,
    /// What was answered to requests that may be sent twice.
    pub idempotency: Idempotency,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers and nonces.
    pub random: Arc<dyn Random>,
}

/// A function that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing or malformed.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The platform secret cannot be read.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
}

/// What a [`Platform`] is made of besides its environment; tests exchange it.
pub struct Outside {
    /// Region, credentials, endpoints and HTTP stack of AWS.
    pub aws: SdkConfig,
    /// How WeChat is reached; none for real sockets.
    pub wechat: Option<Arc<dyn wechat::transport::Transport>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers and nonces.
    pub random: Arc<dyn Random>,
}

impl Outside {
    /// The real world.
    pub async fn real(pace: Pace) -> Self {
        Outside {
            aws: aws::configuration(pace).await,
            wechat: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }
}

impl Platform {
    /// Wires the platform as the environment of this process says.
    pub async fn from_environment() -> Result<Self, StartError> {
        Self::new(&Variables::of_process(), Outside::real(Pace::STEADY).await).await
    }

    /// Wires the platform. Reads the platform secret; calls nothing else.
    pub async fn new(variables: &Variables, outside: Outside) -> Result<Self, StartError> {
        let addresses = Arc::new(Addresses::from_variables(variables)?);
        let dynamodb = aws_sdk_dynamodb::Client::new(&outside.aws);
        let table = |name, holds| {
            Ok::<_, ConfigurationError>(Table::new(
                dynamodb.clone(),
                variables.required(name, holds)?,
            ))
        };
        let tables = Tables {
            inbox: table("INBOX_TABLE", "the table of tickets and pushes")?,
            tokens: table("TOKENS_TABLE", "the table of tokens")?,
            fleet: table("FLEET_TABLE", "the table of everything else")?,
        };
        let bus = Bus::new(
            aws_sdk_eventbridge::Client::new(&outside.aws),
            variables.required("EVENT_BUS", "the name of the event bus")?,
        );
        let secret = variables.required("PLATFORM_SECRET", "the id of the platform secret")?;
        let secrets =
            Secrets::load(aws_sdk_secretsmanager::Client::new(&outside.aws), secret).await?;
        let wechat = match outside.wechat {
            Some(transport) => wechat::Client::with_transport(&addresses.api, transport),
            None => wechat::Client::new(&addresses.api),
        };
        let (clock, random) = (outside.clock, outside.random);
        let intake = Intake::new(
            tables.inbox.clone(),
            bus.clone(),
            secrets.clone(),
            clock.clone(),
            random.clone(),
        );
        let runs =
            Runs { table: tables.fleet.clone(), clock: clock.clone(), random: random.clone() };
        let attention = Attention { table: tables.fleet.clone() };
        let breakers = Breakers { table: tables.fleet.clone(), clock: clock.clone() };
        let tokens = Tokens {
            table: tables.tokens.clone(),
            tickets: intake.tickets.clone(),
            secrets: secrets.clone(),
            wechat,
            clock: clock.clone(),
            random: random.clone(),
            breakers: breakers.clone(),
            attention: attention.clone(),
            runs: runs.clone(),
            watch: Watch::default(),
        };
        let outbox = Outbox {
            table: tables.fleet.clone(),
            bus,
            clock: clock.clone(),
            random: random.clone(),
        };
        let caller = Caller { tokens: tokens.clone() };
        let authorizations = Authorizations {
            table: tables.fleet.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let mini_programs = MiniPrograms {
            table: tables.fleet.clone(),
            caller: caller.clone(),
            clock: clock.clone(),
        };
        let grants = Grants {
            table: tables.fleet.clone(),
            tokens: tokens.clone(),
            mini_programs: mini_programs.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let reconciliations = Reconciliations {
            table: tables.fleet.clone(),
            runs: runs.clone(),
            tokens: tokens.clone(),
            grants: grants.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let releases = Releases {
            table: tables.fleet.clone(),
            addresses: addresses.clone(),
            caller: caller.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let segments =
            Segments { table: tables.fleet.clone(), clock: clock.clone(), random: random.clone() };
        let rollouts = Rollouts {
            table: tables.fleet.clone(),
            segments: segments.clone(),
            mini_programs: mini_programs.clone(),
            releases: releases.clone(),
            caller: caller.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            random: random.clone(),
            epoch: epoch(variables)?,
        };
        let audit = Audit::new(tables.fleet.clone(), clock.clone(), random.clone());
        let idempotency = Idempotency {
            table: tables.fleet.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let confirm_files = ConfirmFiles { table: tables.fleet.clone() };
        let webhooks = Webhooks {
            table: tables.fleet.clone(),
            secrets: secrets.clone(),
            outbox: outbox.clone(),
            network: Network::from_variables(variables)?,
            clock: clock.clone(),
            random: random.clone(),
        };
        Ok(Platform {
            webhooks,
            templates: Templates { caller: caller.clone() },
            testers: Testers {
                caller: caller.clone(),
                table: tables.fleet.clone(),
                clock: clock.clone(),
            },
            codes: Codes { caller: caller.clone() },
            domains: Domains { caller: caller.clone(), confirm_files: confirm_files.clone() },
            audit,
            idempotency,
            caller,
            authorizations,
            grants,
            reconciliations,
            mini_programs,
            segments,
            confirm_files,
            addresses,
            tables,
            secrets,
            tickets: intake.tickets.clone(),
            tokens,
            breakers,
            attention,
            inbox: intake.inbox.clone(),
            intake,
            outbox,
            releases,
            rollouts,
            clock,
            random,
        })
    }
}

/// How often the tables were restored from a backup, as whoever did so tells; none is 0.
fn epoch(variables: &Variables) -> Result<u64, ConfigurationError> {
    const NAME: &str = "EPOCH";
    let Some(text) = variables.optional(NAME) else { return Ok(0) };
    text.parse().map_err(|_| ConfigurationError::Malformed {
        name: NAME,
        why: "a number that goes up with every restored backup is wanted".to_owned(),
    })
}
