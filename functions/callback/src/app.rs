//! What the function needs, made once.

use std::sync::Arc;

use platform::{
    Outside, StartError, bus::Bus, clock::Clock, configuration::Variables, intake::Intake,
    metric::Metrics, random::Random, secrets::Secrets, spill::SpillQueue, storage::Table,
};

/// What `callback` needs: no merchant's token, and no way to WeChat.
#[derive(Clone)]
pub struct App {
    /// The components' callback keys.
    pub secrets: Secrets,
    /// Where pushes are kept.
    pub intake: Intake,
    /// Where pushes go that cannot be kept.
    pub spill: SpillQueue,
    /// Counts refusals by cause.
    pub metrics: Metrics,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What no two replies have in common.
    pub random: Arc<dyn Random>,
}

impl App {
    /// Wires the function.
    pub async fn new(variables: &Variables, outside: Outside) -> Result<Self, StartError> {
        let dynamodb = aws_sdk_dynamodb::Client::new(&outside.aws);
        let inbox = variables.required("INBOX_TABLE", "the table of pushes")?;
        let inbox = Table::new(dynamodb, outside.tables, inbox);
        let bus =
            Bus::new(&outside.aws, variables.required("EVENT_BUS", "the name of the event bus")?);
        let spill = SpillQueue::new(
            &outside.aws,
            variables.required("SPILL_QUEUE_URL", "the URL of the spill queue")?,
        );
        let secret = variables.required("PLATFORM_SECRET", "the id of the platform secret")?;
        let secrets =
            Secrets::load(aws_sdk_secretsmanager::Client::new(&outside.aws), secret).await?;
        let (clock, random) = (outside.clock, outside.random);
        let intake = Intake::new(inbox, bus, secrets.clone(), clock.clone(), random.clone());
        let metrics = Metrics::to_standard_output();
        Ok(App { secrets, intake, spill, metrics, clock, random })
    }
}
