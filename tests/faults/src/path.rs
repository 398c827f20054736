//! The paths of WeChat's calls that schedules are about.

/// The component's token.
pub(crate) const COMPONENT_TOKEN: &str = "/cgi-bin/component/api_component_token";
/// A merchant's token.
pub(crate) const MERCHANT_TOKEN: &str = "/cgi-bin/component/api_authorizer_token";
/// A code becomes an authorization.
pub(crate) const QUERY_AUTH: &str = "/cgi-bin/component/api_query_auth";
/// What WeChat shows of an authorization.
pub(crate) const AUTHORIZER_INFO: &str = "/cgi-bin/component/api_get_authorizer_info";
/// All authorizations.
pub(crate) const AUTHORIZER_LIST: &str = "/cgi-bin/component/api_get_authorizer_list";
/// WeChat begins to push tickets, and pushes one.
pub(crate) const START_TICKETS: &str = "/cgi-bin/component/api_start_push_ticket";
/// Code goes on trial.
pub(crate) const COMMIT: &str = "/wxa/commit";
/// What is on trial goes to review.
pub(crate) const SUBMIT: &str = "/wxa/submit_audit";
/// What was approved goes online.
pub(crate) const RELEASE: &str = "/wxa/release";
/// An older version goes online again.
pub(crate) const REVERT: &str = "/wxa/revertcoderelease";
