//! What the function needs, made once.

use platform::{
    Outside, Platform, StartError,
    approvals::Approvals,
    configuration::Variables,
    operators::{Limits, Operators},
    uploads::Uploads,
};

/// What `relay` needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The platform's services.
    pub platform: Platform,
    /// Whose keys there are. The first admin key opens nothing here.
    pub operators: Operators,
    /// Whether calls that move releases are open: where that takes two, nobody can approve them.
    pub approvals: Approvals,
    /// Bodies that are too long to come along.
    pub uploads: Uploads,
}

impl App {
    /// Wires the function.
    pub async fn new(variables: &Variables, outside: Outside) -> Result<Self, StartError> {
        let aws = outside.aws.clone();
        let platform = Platform::new(variables, outside).await?;
        let operators = Operators::without_first_key(
            Limits::from_variables(variables)?,
            platform.tables.fleet.clone(),
            platform.clock.clone(),
            platform.random.clone(),
        );
        let (clock, random) = (platform.clock.clone(), platform.random.clone());
        let uploads = Uploads::new(variables, &aws, clock, random)?;
        let approvals = platform.approvals.clone();
        Ok(App { platform, operators, approvals, uploads })
    }
}
