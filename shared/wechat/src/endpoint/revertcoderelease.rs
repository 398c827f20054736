use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Endpoint,
    answer::{Done, Json},
    lenient,
    token::AuthorizerToken,
};

/// Puts an earlier version online again; `revertcoderelease`.
///
/// A GET that changes what users see: must not be repeated blindly, for without `app_version` a
/// second one goes back a second step. After an unknown outcome read
/// [`GetVersionInfo`](super::GetVersionInfo). 87011 while a gray release runs, 87012 where there
/// is nothing to go back to.
#[derive(Debug, Serialize)]
pub struct RevertCodeRelease {
    /// Which version, from [`GetHistoryVersion`]; `None` for the one before the present one.
    pub app_version: Option<i64>,
}

/// Lists the versions that can be put online again, five at most; the same path with
/// `action=get_history_version`.
#[derive(Debug, Serialize)]
pub struct GetHistoryVersion {}

/// The answer to [`GetHistoryVersion`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetHistoryVersionResponse {
    /// The versions.
    #[serde(default, deserialize_with = "lenient::list")]
    pub version_list: Vec<HistoryVersion>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A version that was online once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryVersion {
    /// Its number, for [`RevertCodeRelease::app_version`].
    #[serde(deserialize_with = "lenient::integer")]
    pub app_version: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_version: String,
    /// What was said about it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_desc: String,
    /// When it was committed, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub commit_time: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for RevertCodeRelease {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/revertcoderelease";
    type Token = AuthorizerToken;
    type Answer = Done;
    const TIMEOUT: Duration = Duration::from_secs(20);
    const REPEATABLE: bool = false;

    fn query(&self) -> Vec<(&'static str, String)> {
        self.app_version.map(|number| ("app_version", number.to_string())).into_iter().collect()
    }
}

impl Endpoint for GetHistoryVersion {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/revertcoderelease";
    type Token = AuthorizerToken;
    type Answer = Json<GetHistoryVersionResponse>;

    fn query(&self) -> Vec<(&'static str, String)> {
        vec![("action", "get_history_version".to_owned())]
    }
}
