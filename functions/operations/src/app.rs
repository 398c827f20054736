//! What the function needs, made once.

use platform::{
    Outside, Platform, StartError, configuration::Variables, metric::Metrics, operators::Operators,
    uploads::Uploads,
};

/// What `operations` needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The platform's services.
    pub platform: Platform,
    /// Who may use the API.
    pub operators: Operators,
    /// Bodies of relayed calls that are too long to come along.
    pub uploads: Uploads,
    /// Counts what an alarm should ring for.
    pub metrics: Metrics,
}

impl App {
    /// Wires the function.
    pub async fn new(variables: &Variables, outside: Outside) -> Result<Self, StartError> {
        let aws = outside.aws.clone();
        let platform = Platform::new(variables, outside).await?;
        let operators = Operators::new(
            variables,
            &aws,
            platform.tables.fleet.clone(),
            platform.clock.clone(),
            platform.random.clone(),
        )?;
        let (clock, random) = (platform.clock.clone(), platform.random.clone());
        let uploads = Uploads::new(variables, &aws, clock, random)?;
        Ok(App { platform, operators, uploads, metrics: Metrics::to_standard_output() })
    }
}
