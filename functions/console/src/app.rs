//! What the function needs, made once.

use std::sync::Arc;

use platform::{
    Outside, StartError,
    clock::Clock,
    configuration::{Addresses, Variables},
    random::Random,
    secrets::Secrets,
};

use crate::{api::Api, session::Sessions};

/// What `console` needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Where the system is reached.
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) api: Api,
    pub(crate) sessions: Sessions,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl App {
    /// Wires the function. Reads the platform secret, whose sealing key protects sessions; calls
    /// nothing else.
    pub async fn new(variables: &Variables, outside: Outside) -> Result<Self, StartError> {
        let addresses = Arc::new(Addresses::from_variables(variables)?);
        let secret = variables.required("PLATFORM_SECRET", "the id of the platform secret")?;
        let secrets =
            Secrets::load(aws_sdk_secretsmanager::Client::new(&outside.aws), secret).await?;
        let sessions = Sessions {
            secrets,
            encrypted: addresses.public.scheme() == "https",
            clock: outside.clock.clone(),
            random: outside.random.clone(),
        };
        Ok(App {
            api: Api::new(
                addresses.public.clone(),
                sessions.secrets.clone(),
                outside.clock.clone(),
            ),
            addresses,
            sessions,
            clock: outside.clock,
            random: outside.random,
        })
    }
}
