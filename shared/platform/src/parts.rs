//! What the functions that act for merchants share, made once, before the first event.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use aws_types::SdkConfig;
use wechat::transport::HttpTransport;

use crate::{
    adoption::Adoption,
    approvals::Approvals,
    attention::Attention,
    audit::{Anchors, Audit, Chain},
    authorization::Authorizations,
    aws::{self, Pace},
    breaker::Breakers,
    bus::Bus,
    call::Caller,
    changes::Changes,
    clock::{Clock, SystemClock},
    configuration::{Addresses, ConfigurationError, Variables},
    confirm_files::ConfirmFiles,
    counters::Counters,
    erasure::Erasures,
    filing::Filings,
    grants::Grants,
    idempotency::Idempotency,
    inbox::Inbox,
    intake::Intake,
    kms::DataKeys,
    mini_programs::MiniPrograms,
    onboarding::Onboardings,
    order_path::OrderPaths,
    outbox::Outbox,
    payment::Payments,
    privacy::Privacy,
    profile::Profiles,
    punishments::Punishments,
    random::{Random, SystemRandom},
    reconcile::{Reconciliations, Runs},
    records::Records,
    registrations::Registrations,
    releases::{self, Releases},
    rollouts::Rollouts,
    roster::{self, Roster},
    secrets::{Secrets, SecretsError},
    segments::Segments,
    self_test::SelfTests,
    settings::{Calls, Codes, Domains, OpenAccounts, Plugins, Quotas, Serving, Templates, Testers},
    storage::{Engine, Table, Tables},
    ticket::Tickets,
    timeline::Timeline,
    tokens::{Tokens, Watch},
    verification::Verifications,
    webhooks::{Network, Webhooks},
    wechat_time::WeChatTime,
};

/// The platform's services, wired. Cheap to clone, for every route and every task has one; a change is the
/// changed clone's alone.
#[derive(Clone)]
pub struct Platform(Arc<Services>);

impl Deref for Platform {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

impl DerefMut for Platform {
    fn deref_mut(&mut self) -> &mut Services {
        Arc::make_mut(&mut self.0)
    }
}

/// What a [`Platform`] consists of.
#[derive(Clone)]
pub struct Services {
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
    /// What happened to each mini program.
    pub timeline: Timeline,
    /// What is kept of each mini program beside its code.
    pub records: Records,
    /// ICP filings.
    pub filings: Filings,
    /// WeChat's verifications of owners.
    pub verifications: Verifications,
    /// Privacy guidelines and interfaces.
    pub privacy: Privacy,
    /// Pages of the order centre.
    pub order_paths: OrderPaths,
    /// How rules were broken.
    pub punishments: Punishments,
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
    /// Mini programs that are being registered.
    pub registrations: Registrations,
    /// How mini programs present themselves.
    pub profiles: Profiles,
    /// Mini programs on their way to their first release.
    pub onboardings: Onboardings,
    /// Moving a running platform here, and back.
    pub adoption: Adoption,
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
    /// What WeChat counts.
    pub counters: Counters,
    /// How much is left of what WeChat counts.
    pub quotas: Quotas,
    /// How often WeChat may still be called.
    pub calls: Calls,
    /// Whether mini programs serve their users.
    pub serving: Serving,
    /// Plugins, used and owned.
    pub plugins: Plugins,
    /// Open-platform accounts.
    pub open_accounts: OpenAccounts,
    /// Whether WeChat's check before a platform goes live would pass.
    pub self_tests: SelfTests,
    /// What merchants' payments need.
    pub payments: Payments,
    /// What is kept of a merchant goes, on request.
    pub erasures: Erasures,
    /// Events, told to the company's own systems.
    pub webhooks: Webhooks,
    /// What takes two, and what waits for a second person.
    pub approvals: Approvals,
    /// Who did what.
    pub audit: Audit,
    /// What shows whether the audit log is as it was written.
    pub audit_chain: Chain,
    /// Who changed something last.
    pub changes: Changes,
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
    /// What answers for the tables; none for DynamoDB.
    pub tables: Option<Arc<dyn Engine>>,
    /// How WeChat is reached; none for real sockets.
    pub wechat: Option<Arc<dyn wechat::transport::Transport>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers and nonces.
    pub random: Arc<dyn Random>,
}

impl Outside {
    /// The real world, for a deployed function; within a runtime.
    pub fn real(variables: &Variables, pace: Pace) -> Result<Self, ConfigurationError> {
        Ok(Outside {
            aws: aws::connected(variables, pace)?,
            tables: None,
            wechat: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        })
    }
}

impl Platform {
    /// Wires the platform as the environment of this process says.
    pub async fn from_environment() -> Result<Self, StartError> {
        let variables = Variables::of_process();
        let outside = Outside::real(&variables, Pace::STEADY)?;
        Self::new(&variables, outside).await
    }

    /// Wires the platform. Reads the platform secret; calls nothing else.
    pub async fn new(variables: &Variables, outside: Outside) -> Result<Self, StartError> {
        let addresses = Arc::new(Addresses::from_variables(variables)?);
        let dynamodb = aws_sdk_dynamodb::Client::new(&outside.aws);
        let table = |name, holds| {
            Ok::<_, ConfigurationError>(Table::new(
                dynamodb.clone(),
                outside.tables.clone(),
                variables.required(name, holds)?,
            ))
        };
        let tables = Tables {
            inbox: table("INBOX_TABLE", "the table of tickets and pushes")?,
            tokens: table("TOKENS_TABLE", "the table of tokens")?,
            fleet: table("FLEET_TABLE", "the table of everything else")?,
        };
        let bus =
            Bus::new(&outside.aws, variables.required("EVENT_BUS", "the name of the event bus")?);
        let secret = variables.required("PLATFORM_SECRET", "the id of the platform secret")?;
        let secrets =
            Secrets::load(aws_sdk_secretsmanager::Client::new(&outside.aws), secret).await?;
        let (clock, random) = (outside.clock, outside.random);
        let time = WeChatTime::new(clock.clone());
        let transport = outside.wechat.unwrap_or_else(|| Arc::new(HttpTransport::new()));
        let wechat = wechat::Client::with_transport(&addresses.api, time.listen(transport));
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
        let timeline = Timeline { table: tables.fleet.clone(), clock: clock.clone() };
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
            outbox: outbox.clone(),
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
        let registrations = Registrations {
            table: tables.fleet.clone(),
            caller: caller.clone(),
            grants: grants.clone(),
            secrets: secrets.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let counters = Counters { table: tables.fleet.clone(), clock: clock.clone() };
        let profiles = Profiles {
            table: tables.fleet.clone(),
            caller: caller.clone(),
            counters: counters.clone(),
            mini_programs: mini_programs.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let releases = Releases {
            table: tables.fleet.clone(),
            addresses: addresses.clone(),
            caller: caller.clone(),
            counters: counters.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            time,
            random: random.clone(),
            epoch: variables.number("EPOCH")?,
            life: releases::LIFE,
        };
        let adoption = Adoption {
            table: tables.fleet.clone(),
            tickets: intake.tickets.clone(),
            tokens: tokens.clone(),
            mini_programs: mini_programs.clone(),
            releases: releases.clone(),
            clock: clock.clone(),
        };
        let records = Records {
            table: tables.fleet.clone(),
            outbox: outbox.clone(),
            attention: attention.clone(),
            clock: clock.clone(),
        };
        let filings = Filings {
            records: records.clone(),
            caller: caller.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let verifications = Verifications {
            table: tables.fleet.clone(),
            records: records.clone(),
            filings: filings.clone(),
            caller: caller.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let privacy = Privacy {
            records: records.clone(),
            caller: caller.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let order_paths = OrderPaths {
            records: records.clone(),
            mini_programs: mini_programs.clone(),
            caller: caller.clone(),
            clock: clock.clone(),
        };
        let punishments =
            Punishments { records: records.clone(), caller: caller.clone(), clock: clock.clone() };
        let roster = Roster {
            table: tables.fleet.clone(),
            clock: clock.clone(),
            random: random.clone(),
            known: roster::Known::default(),
        };
        let segments = Segments {
            table: tables.fleet.clone(),
            roster,
            clock: clock.clone(),
            random: random.clone(),
        };
        let rollouts = Rollouts {
            table: tables.fleet.clone(),
            segments: segments.clone(),
            mini_programs: mini_programs.clone(),
            releases: releases.clone(),
            caller: caller.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            random: random.clone(),
            epoch: variables.number("EPOCH")?,
        };
        let approvals = Approvals {
            table: tables.fleet.clone(),
            secrets: secrets.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let audit = Audit::new(tables.fleet.clone(), clock.clone(), random.clone());
        let audit_chain = Chain {
            table: tables.fleet.clone(),
            secrets: secrets.clone(),
            anchors: Anchors::new(variables, &outside.aws, clock.clone())?,
            clock: clock.clone(),
        };
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
        let payments = Payments {
            table: tables.fleet.clone(),
            secrets: secrets.clone(),
            data_keys: DataKeys::new(variables, &outside.aws, clock.clone())?,
            mini_programs: mini_programs.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let erasures = Erasures {
            table: tables.fleet.clone(),
            inbox: intake.inbox.clone(),
            mini_programs: mini_programs.clone(),
            payments: payments.clone(),
            registrations: registrations.clone(),
            clock: clock.clone(),
        };
        let self_tests = SelfTests {
            table: tables.fleet.clone(),
            secrets: secrets.clone(),
            tickets: intake.tickets.clone(),
            caller: caller.clone(),
            outbox: outbox.clone(),
            addresses: addresses.clone(),
            network: webhooks.network.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let testers = Testers {
            caller: caller.clone(),
            table: tables.fleet.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
        };
        let domains = Domains {
            caller: caller.clone(),
            counters: counters.clone(),
            confirm_files: confirm_files.clone(),
            outbox: outbox.clone(),
        };
        let onboardings = Onboardings {
            table: tables.fleet.clone(),
            records: records.clone(),
            tokens: tokens.clone(),
            mini_programs: mini_programs.clone(),
            domains: domains.clone(),
            privacy: privacy.clone(),
            testers: testers.clone(),
            profiles: profiles.clone(),
            filings: filings.clone(),
            releases: releases.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        Ok(Platform(Arc::new(Services {
            self_tests,
            payments,
            erasures,
            webhooks,
            templates: Templates { caller: caller.clone() },
            testers,
            domains,
            onboardings,
            codes: Codes { caller: caller.clone(), counters: counters.clone() },
            calls: Calls { caller: caller.clone(), counters: counters.clone() },
            serving: Serving { caller: caller.clone(), outbox: outbox.clone() },
            plugins: Plugins { caller: caller.clone() },
            open_accounts: OpenAccounts { caller: caller.clone() },
            quotas: Quotas {
                caller: caller.clone(),
                counters: counters.clone(),
                mini_programs: mini_programs.clone(),
            },
            changes: Changes {
                table: tables.fleet.clone(),
                clock: clock.clone(),
                random: random.clone(),
            },
            counters,
            approvals,
            audit,
            audit_chain,
            idempotency,
            caller,
            authorizations,
            adoption,
            grants,
            reconciliations,
            registrations,
            profiles,
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
            timeline,
            records,
            filings,
            verifications,
            privacy,
            order_paths,
            punishments,
            outbox,
            releases,
            rollouts,
            clock,
            random,
        })))
    }
}
