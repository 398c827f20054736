//! WeChat's list of the accounts that have authorized a component, a page at a time.

use secrecy::{ExposeSecret, SecretString};
use wechat::{
    AppId,
    endpoint::{ApiGetAuthorizerList, ListedAuthorizer},
};

/// Rows a page; WeChat's limit.
pub(crate) const PAGE: i64 = 500;

/// The call for one page of `count` rows, from `offset` on.
pub(crate) fn page(component: &AppId, offset: i64, count: i64) -> ApiGetAuthorizerList<'_> {
    ApiGetAuthorizerList { component_appid: component.as_str(), offset, count }
}

/// The refresh token that a row holds; some are empty.
pub(crate) fn refresh_token(row: &ListedAuthorizer) -> Option<&SecretString> {
    row.refresh_token.as_ref().filter(|token| is_filled(token))
}

/// WeChat shows an empty refresh token where it shows none.
pub(crate) fn is_filled(token: &SecretString) -> bool {
    !token.expose_secret().is_empty()
}
