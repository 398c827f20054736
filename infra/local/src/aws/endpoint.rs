//! The one HTTP endpoint: finds the service and the operation, and misbehaves when asked to.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};
use wechat::transport::{HttpTransport, Transport};

use super::{
    Services,
    answer::{Refusal, cut_connection, respond, silence},
    faults::{Fault, Service},
    kms, objects,
    recorder::Exchange,
};

/// DynamoDB takes bodies of up to 16 MB; uploads may be longer.
const MAX_BODY: usize = platform::uploads::LONGEST as usize;
/// The engine is on the same machine: it answers at once or not at all.
const ENGINE_TIMEOUT: Duration = Duration::from_secs(30);

/// What a request is answered from.
struct Endpoint {
    services: Arc<Services>,
    engine: SocketAddr,
    engine_client: HttpTransport,
}

/// Answers on `listener` until told to stop. DynamoDB's operations are passed to `engine`.
pub(super) async fn serve(
    listener: TcpListener,
    engine: SocketAddr,
    services: Arc<Services>,
    mut stopped: watch::Receiver<bool>,
) {
    let endpoint = Arc::new(Endpoint { services, engine, engine_client: HttpTransport::new() });
    let router =
        Router::new().fallback(answer).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(endpoint);
    let stop = async move {
        // A sender that is gone means the same as one that says so.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!("the AWS on this machine stopped: {error}");
    }
}

async fn answer(
    State(endpoint): State<Arc<Endpoint>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or("");
    let service = match target {
        "" if uri.path() != "/" => Some(Service::S3),
        target => Service::from_target(target),
    };
    let Some(service) = service else {
        return Refusal::new(
            "UnknownOperationException",
            "the header x-amz-target names no service that is here",
        )
        .into_response();
    };
    endpoint.services.rights.note(service, target, &method, &uri, &headers, &body);
    match endpoint.services.faults.meet(service) {
        None => endpoint.act(service, target, &method, &uri, &headers, body).await,
        Some(Fault::Away) => cut_connection(),
        Some(Fault::LostAnswer) => {
            // The work is done, only its answer is lost.
            let _ = endpoint.act(service, target, &method, &uri, &headers, body).await;
            cut_connection()
        }
        Some(Fault::Silent) => match silence().await {},
        Some(Fault::Throttled) if service == Service::S3 => {
            objects::Refusal::new(503, "SlowDown", "Please reduce your request rate.")
                .into_response()
        }
        Some(Fault::Failing) if service == Service::S3 => {
            objects::Refusal::new(500, "InternalError", "the service fails on purpose")
                .into_response()
        }
        Some(Fault::Throttled) => throttled(service).into_response(),
        Some(Fault::Failing) => Refusal::internal("the service fails on purpose").into_response(),
    }
}

impl Endpoint {
    async fn act(
        &self,
        service: Service,
        target: &str,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Response {
        if service == Service::S3 {
            let answer = self.services.objects.answer(method, uri, headers, body);
            return answer.unwrap_or_else(objects::Refusal::into_response);
        }
        let operation = target.split_once('.').map_or(target, |(_, operation)| operation);
        if service == Service::DynamoDb {
            let answer = self.ask_engine(operation, uri, headers, body).await;
            return answer.map_or_else(Refusal::into_response, |answer| answer.map(Body::from));
        }
        let request: Value = match serde_json::from_slice(&body) {
            Ok(request) => request,
            Err(_) => {
                return Refusal::new("SerializationException", "the body is not JSON")
                    .into_response();
            }
        };
        let answer = match service {
            Service::SecretsManager => self.services.secrets.answer(operation, &request),
            Service::EventBridge => self.services.bus.answer(operation, &request),
            Service::Sqs => self.services.queues.answer(operation, &request),
            Service::Kms => {
                let signed = kms::Signed { method, uri, headers, body: &body };
                self.services.kms.answer(operation, &request, signed)
            }
            Service::DynamoDb | Service::S3 => Err(Refusal::internal("answered above")),
        };
        match answer {
            Ok(answer) => respond(StatusCode::OK, &answer),
            Err(refusal) => refusal.into_response(),
        }
    }

    async fn ask_engine(
        &self,
        operation: &str,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<http::Response<Bytes>, Refusal> {
        let mut recording = self.services.recorder.0.lock().await;
        let Some(recorded) = &mut *recording else {
            drop(recording);
            return self.pass_to_engine(uri, headers, body).await;
        };
        let answer = self.pass_to_engine(uri, headers, body.clone()).await?;
        recorded.push(Exchange {
            operation: operation.to_owned(),
            request: body,
            status: answer.status().as_u16(),
            answer: answer.body().clone(),
        });
        Ok(answer)
    }

    async fn pass_to_engine(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<http::Response<Bytes>, Refusal> {
        let mut request = http::Request::new(body);
        *request.method_mut() = http::Method::POST;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        match format!("http://{}{path}", self.engine).parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return Err(Refusal::internal("the address is not a URL")),
        }
        *request.headers_mut() = headers.clone();
        request.headers_mut().remove(http::header::HOST);
        match self.engine_client.send(request, ENGINE_TIMEOUT).await {
            Ok(mut answer) => {
                // The body is whole by now; how it was transferred no longer matters.
                answer.headers_mut().remove(http::header::TRANSFER_ENCODING);
                Ok(answer)
            }
            Err(error) => Err(Refusal::internal(format!("the embedded DynamoDB: {error}"))),
        }
    }
}

/// Each service's own word for "too many calls".
fn throttled(service: Service) -> Refusal {
    let code = match service {
        Service::DynamoDb => {
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
        }
        Service::SecretsManager | Service::EventBridge | Service::Kms => "ThrottlingException",
        Service::Sqs => "RequestThrottled",
        Service::S3 => "SlowDown",
    };
    Refusal::new(code, "Rate exceeded")
}
