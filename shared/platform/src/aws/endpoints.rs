//! Where AWS is. Usually that follows from the region; `AWS_ENDPOINT_URL` says otherwise for every
//! service, and `AWS_ENDPOINT_URL_DYNAMODB` and its like for one.

use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::configuration::Variables;

/// The services that are called by an SDK: as it names them, their variables, their hosts.
const SERVICES: [(&str, &str, &str); 4] = [
    (TABLES, "AWS_ENDPOINT_URL_DYNAMODB", "dynamodb"),
    ("EventBridge", "AWS_ENDPOINT_URL_EVENTBRIDGE", "events"),
    ("Secrets Manager", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "secretsmanager"),
    ("SQS", "AWS_ENDPOINT_URL_SQS", "sqs"),
];
const TABLES: &str = "DynamoDB";

/// The endpoints of those services that have one that need not be looked up.
#[derive(Debug)]
pub(super) struct Endpoints(Vec<(&'static str, String)>);

impl Endpoints {
    /// As the variables say, else as usual in `region`. The SDK could tell, too: by a document of all
    /// partitions and a dozen regular expressions, which each client reads anew. Where that is needed,
    /// in a partition that is not `common` or for endpoints with special properties, it is left to it.
    pub(super) fn new(variables: &Variables, region: &str, common: bool) -> Self {
        let all = variables.optional("AWS_ENDPOINT_URL");
        let suffix = suffix(region).filter(|_| common);
        let of = |(service, variable, host)| {
            let told = variables.optional(variable).or_else(|| all.clone());
            let usual = || Some(format!("https://{host}.{region}.{}", suffix?));
            Some((service, told.or_else(usual)?))
        };
        Endpoints(SERVICES.into_iter().filter_map(of).collect())
    }

    /// DynamoDB's.
    pub(super) fn of_tables(&self) -> Option<String> {
        self.of(TABLES)
    }

    fn of(&self, service: &str) -> Option<String> {
        let own = self.0.iter().find(|(name, _)| *name == service);
        own.map(|(_, endpoint)| endpoint.clone())
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.env() == "AWS_ENDPOINT_URL").then(|| self.of(key.service_id())).flatten()
    }
}

/// What the names of hosts end in, in the partitions where this can run: `aws` and `aws-cn`.
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
fn suffix(region: &str) -> Option<&'static str> {
    const AWS: [&str; 9] = ["af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-"];
    if region.starts_with("cn-") {
        return Some("amazonaws.com.cn");
    }
    // The secret ones have names such as us-iso-east-1 and eu-isoe-west-1.
    let is_aws = AWS.iter().any(|area| region.starts_with(area)) && !region.contains("-iso");
    is_aws.then_some("amazonaws.com")
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

    use super::*;

    fn endpoints(region: &str) -> Endpoints {
        Endpoints::new(&Variables::from_pairs::<&str, &str>([]), region, true)
    }

    #[tokio::test]
    async fn the_usual_endpoints_are_those_of_the_sdk() {
        for region in
            ["eu-central-1", "us-gov-west-1", "cn-north-1", "cn-northwest-1", "mx-central-1"]
        {
            let parameters = Params::builder().region(region).build().unwrap();
            let sdk = DefaultResolver::new().resolve_endpoint(&parameters).await.unwrap();
            assert_eq!(endpoints(region).of_tables().as_deref(), Some(sdk.url()));
        }
    }

    #[test]
    fn other_partitions_are_left_to_the_sdk() {
        for region in
            ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1", "moon-1"]
        {
            assert_eq!(endpoints(region).of_tables(), None, "{region}");
        }
        let special = Endpoints::new(&Variables::from_pairs::<&str, &str>([]), "us-east-1", false);
        assert_eq!(special.of_tables(), None);
    }
}
