//! What the function needs, made once.

use platform::{
    Outside, Platform, StartError, approvals::Approvals, configuration::Variables, metric::Metrics,
    oidc::Directory, operators::Operators, uploads::Uploads,
};

/// What `operations` needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The platform's services.
    pub platform: Platform,
    /// Who may use the API.
    pub operators: Operators,
    /// The company's directory, where there is one.
    pub directory: Option<Directory>,
    /// What takes two, and what waits for a second one.
    pub approvals: Approvals,
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
        let uploads = Uploads::new(variables, &aws, clock.clone(), random)?;
        let directory = Directory::from_variables(variables, &aws, clock)?;
        let approvals = platform.approvals.clone();
        Ok(App {
            platform,
            operators,
            directory,
            approvals,
            uploads,
            metrics: Metrics::to_standard_output(),
        })
    }
}
