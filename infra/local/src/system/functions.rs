//! The functions, each made from its own environment as it is on AWS.

use std::{future::Future, pin::Pin};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use axum::Router;
use platform::{StartError as FunctionError, aws::Pace};

use super::start::{Environment, StartError};

/// Every function of the system. Clones share them.
#[derive(Clone)]
pub(super) struct Functions {}

/// What a function does with a batch of messages.
pub(super) type Working = Pin<Box<dyn Future<Output = Result<SqsBatchResponse, String>> + Send>>;

impl Functions {
    /// Makes every function, and with it whatever it connects to at its start.
    pub(super) async fn start(environment: &Environment) -> Result<Functions, StartError> {
        let variables = environment.variables();
        platform::Platform::new(&variables, environment.outside(Pace::STEADY))
            .await
            .map_err(failed("platform"))?;
        Ok(Functions {})
    }

    /// Every route of the system.
    pub(super) fn router(&self) -> Router {
        Router::new()
    }

    /// The function that works a queue off.
    pub(super) fn worker(&self) -> impl Fn(SqsEvent) -> Working + Send + Sync + 'static {
        move |_| Box::pin(async move { Ok(SqsBatchResponse::default()) })
    }

    /// Calls `refresh` once.
    pub(super) async fn tick(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Says which function it was.
fn failed(function: &'static str) -> impl FnOnce(FunctionError) -> StartError {
    move |source| StartError::Function { function, source: Box::new(source) }
}
