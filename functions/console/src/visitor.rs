//! Who looks: the language, the colours, and the session.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{Extensions, HeaderMap, header, request::Parts},
};
use lambda_http::request::RequestContext;
use platform::{operators::Source, text::Language};

use crate::{
    App,
    api::Caller,
    session::{Session, cookie},
    trouble::Trouble,
};

/// What a request tells of its sender, signed in or not.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) language: Language,
    pub(crate) colours: Colours,
    pub(crate) session: Option<Session>,
    /// The path and query that were asked for.
    pub(crate) here: String,
    agent: String,
    source: Source,
}

/// Which colours the pages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    /// As the operator's system has them.
    System,
    Light,
    Dark,
}

/// Somebody who is signed in; whoever is not is led to where one does.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) session: Session,
    pub(crate) caller: Caller,
    pub(crate) language: Language,
    pub(crate) colours: Colours,
    pub(crate) here: String,
}

impl Visitor {
    pub(crate) fn of(app: &App, headers: &HeaderMap, extensions: &Extensions, here: &str) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let language = match cookie(headers, "language") {
            Some("zh") => Language::Chinese,
            Some("en") => Language::English,
            _ => Language::accepted(header(header::ACCEPT_LANGUAGE).unwrap_or_default()),
        };
        let colours = match cookie(headers, "colours") {
            Some("light") => Colours::Light,
            Some("dark") => Colours::Dark,
            _ => Colours::System,
        };
        let agent = header(header::USER_AGENT).unwrap_or_default();
        Visitor {
            language,
            colours,
            session: app.sessions.read(headers),
            here: here.to_owned(),
            agent: agent.chars().filter(char::is_ascii).take(150).collect(),
            source: match extensions.get::<RequestContext>() {
                Some(RequestContext::ApiGatewayV2(context)) => {
                    Source::of_gateway(context.http.source_ip.as_deref())
                }
                _ => Source::default(),
            },
        }
    }

    /// Whoever is signed in.
    pub(crate) fn signed(&self) -> Option<Signed> {
        let session = self.session.clone()?;
        Some(Signed {
            caller: self.caller(session.key.clone()),
            session,
            language: self.language,
            colours: self.colours,
            here: self.here.clone(),
        })
    }

    /// Somebody without a key, to the API.
    pub(crate) fn stranger(&self) -> Caller {
        self.caller(secrecy::SecretString::default())
    }

    /// Whoever holds `key`, to the API.
    pub(crate) fn caller(&self, key: secrecy::SecretString) -> Caller {
        Caller { key, language: self.language, agent: self.agent.clone(), source: self.source }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let here = parts.uri.path_and_query().map_or("/", |here| here.as_str());
        Ok(Visitor::of(app, &parts.headers, &parts.extensions, here))
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Trouble> {
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        visitor.signed().ok_or(Trouble::SignedOut(None))
    }
}
