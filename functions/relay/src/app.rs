//! What the function needs, made once.

use platform::{
    Outside, Platform, StartError, configuration::Variables, operators::Operators, uploads::Uploads,
};

/// What `relay` needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The platform's services.
    pub platform: Platform,
    /// Whose keys there are. The first admin key opens nothing here.
    pub operators: Operators,
    /// Bodies that are too long to come along.
    pub uploads: Uploads,
}

impl App {
    /// Wires the function.
    pub async fn new(variables: &Variables, outside: Outside) -> Result<Self, StartError> {
        let aws = outside.aws.clone();
        let platform = Platform::new(variables, outside).await?;
        let operators = Operators::without_first_key(
            platform.tables.fleet.clone(),
            platform.clock.clone(),
            platform.random.clone(),
        );
        let (clock, random) = (platform.clock.clone(), platform.random.clone());
        let uploads = Uploads::new(variables, &aws, clock, random)?;
        Ok(App { platform, operators, uploads })
    }
}
