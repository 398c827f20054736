use std::fmt;

use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, numbered::numbered, token::AuthorizerToken};

/// Reads the page that WeChat's order centre opens; `getorderpathinfo`. 61041 where none was set.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetOrderPathInfo {
    /// 0 the one in force, 1 the one in review.
    pub info_type: u8,
}

/// The answer to [`GetOrderPathInfo`].
#[derive(Debug, Clone, Deserialize)]
pub struct GetOrderPathInfoResponse {
    /// The page.
    pub msg: OrderPathInfo,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A page of the order centre, and how the reviewer gets there.
#[derive(Clone, Deserialize)]
pub struct OrderPathInfo {
    /// The page.
    #[serde(default, deserialize_with = "lenient::text")]
    pub path: String,
    /// Addresses of pictures.
    #[serde(default, deserialize_with = "lenient::list")]
    pub img_list: Vec<String>,
    /// The address of a video.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub video: Option<String>,
    /// The reviewer's account.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub test_account: Option<String>,
    /// Its password.
    #[serde(default, rename = "test_pwd", deserialize_with = "lenient::optional_secret")]
    pub test_password: Option<SecretString>,
    /// A word to the reviewer.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub test_remark: Option<String>,
    /// How the application stands.
    #[serde(default)]
    pub status: Option<OrderPathStatus>,
    /// When it was made, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub apply_time: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

numbered! {
    /// How an application for an order page stands. Serialized, it is WeChat's number.
    pub enum OrderPathStatus {
        /// In review.
        Reviewing = 2,
        /// Refused.
        Failed = 3,
        /// Granted.
        Passed = 4,
    }
}

impl Endpoint for GetOrderPathInfo {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/security/getorderpathinfo";
    type Token = AuthorizerToken;
    type Answer = Json<GetOrderPathInfoResponse>;
}

impl fmt::Debug for OrderPathInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OrderPathInfo")
            .field("path", &self.path)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
