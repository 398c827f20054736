//! What the function needs, made once.

use platform::{
    Outside, Platform, StartError, configuration::Variables, metric::Metrics, operators::Operators,
};

/// What `operations` needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The platform's services.
    pub platform: Platform,
    /// Who may use the API.
    pub operators: Operators,
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
        Ok(App { platform, operators, metrics: Metrics::to_standard_output() })
    }
}
