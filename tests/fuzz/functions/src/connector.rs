//! Secrets Manager with two secrets; nothing else of AWS can be reached.

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// Answers the SDK.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    /// The document of the platform secret.
    pub(crate) platform: String,
    /// The first key.
    pub(crate) admin_key: String,
}

impl Connector {
    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        if target != "secretsmanager.GetSecretValue" {
            return Err(ConnectorError::io("there is nobody".into()));
        }
        let asked: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default())
            .map_err(|error| ConnectorError::other(error.into(), None))?;
        let secret = match asked["SecretId"].as_str() {
            Some("platform") => &self.platform,
            _ => &self.admin_key,
        };
        let answer = json!({ "Name": "secret", "SecretString": secret }).to_string();
        let status =
            StatusCode::try_from(200).map_err(|error| ConnectorError::other(error.into(), None))?;
        Ok(HttpResponse::new(status, SdkBody::from(answer)))
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(&request))
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
