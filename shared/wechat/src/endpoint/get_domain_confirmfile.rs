use http::Method;
use serde::Serialize;

use super::get_webviewdomain_confirmfile::ConfirmFile;
use crate::{Endpoint, answer::Json, token::ComponentToken};

/// Obtains the file that proves a business domain to be the platform's; `get_domain_confirmfile`.
#[derive(Debug, Serialize)]
pub struct GetDomainConfirmFile {}

impl Endpoint for GetDomainConfirmFile {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/get_domain_confirmfile";
    type Token = ComponentToken;
    type Answer = Json<ConfirmFile>;
}
