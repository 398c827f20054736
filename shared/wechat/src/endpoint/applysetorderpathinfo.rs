use std::fmt;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::ComponentToken};

/// Applies for the page that WeChat's order centre opens, for many mini programs at once;
/// `applysetorderpathinfo`. Mini programs that sell need it before a review.
///
/// Reviewers decide on each mini program; [`GetOrderPathInfo`](super::GetOrderPathInfo) tells. A
/// mini program that has the same application open is told so and nothing else happens.
#[derive(Debug, Serialize)]
pub struct ApplySetOrderPathInfo<'a> {
    /// The application.
    pub batch_req: OrderPathApplication<'a>,
}

/// The page of the order centre, and how the reviewer gets there.
#[derive(Clone, Default, Serialize)]
pub struct OrderPathApplication<'a> {
    /// The mini programs, a hundred at most.
    pub appid_list: &'a [String],
    /// The page, such as `pages/orders/index`.
    pub path: &'a str,
    /// Addresses of pictures.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub img_list: &'a [String],
    /// The address of a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<&'a str>,
    /// An account for the reviewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_account: Option<&'a str>,
    /// Its password.
    #[serde(rename = "test_pwd", skip_serializing_if = "Option::is_none")]
    pub test_password: Option<&'a str>,
    /// A word to the reviewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_remark: Option<&'a str>,
}

impl Endpoint for ApplySetOrderPathInfo<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/security/applysetorderpathinfo";
    type Token = ComponentToken;
    type Answer = Done;
}

impl fmt::Debug for OrderPathApplication<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OrderPathApplication")
            .field("appid_list", &self.appid_list)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
