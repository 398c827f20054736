use http::Method;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use super::{CategoryNames, PluginStatus};
use crate::{
    Endpoint,
    answer::{Done, Json},
    lenient,
    token::AuthorizerToken,
};

/// Lists who has asked to use our plugin; `wxa/devplugin` with `action=dev_apply_list`.
#[derive(Debug)]
pub struct DevPluginApplyList {
    /// The page, from 1.
    pub page: i64,
    /// Entries on a page.
    pub num: i64,
}

/// Lets a mini program use our plugin; `wxa/devplugin` with `action=dev_agree`. 89240 unless it is
/// asking, 89242 if it never asked.
#[derive(Debug)]
pub struct DevPluginAgree<'a> {
    /// The mini program.
    pub appid: &'a str,
}

/// Refuses every application for our plugin that waits; `wxa/devplugin` with `action=dev_refuse`.
#[derive(Debug)]
pub struct DevPluginRefuse<'a> {
    /// Why.
    pub reason: &'a str,
}

/// Forgets the applications for our plugin that were refused; `wxa/devplugin` with
/// `action=dev_delete`.
#[derive(Debug)]
pub struct DevPluginDelete {}

/// The answer to [`DevPluginApplyList`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DevPluginApplyListResponse {
    /// The applications.
    #[serde(default, deserialize_with = "lenient::list")]
    pub apply_list: Vec<PluginApplication>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A mini program that has asked to use our plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PluginApplication {
    /// The mini program.
    pub appid: String,
    /// How its application stands.
    pub status: PluginStatus,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub nickname: String,
    /// Its picture.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub headimgurl: Option<String>,
    /// What it wants the plugin for.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub reason: Option<String>,
    /// The page that it would use the plugin on.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub apply_url: Option<String>,
    /// When it asked, in seconds of Unix time; a string in WeChat's sample.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub create_time: Option<i64>,
    /// Its categories.
    #[serde(default, deserialize_with = "lenient::list")]
    pub categories: Vec<CategoryNames>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Serialize for DevPluginApplyList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("action", "dev_apply_list")?;
        map.serialize_entry("page", &self.page)?;
        map.serialize_entry("num", &self.num)?;
        map.end()
    }
}

impl Serialize for DevPluginAgree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("action", "dev_agree")?;
        map.serialize_entry("appid", self.appid)?;
        map.end()
    }
}

impl Serialize for DevPluginRefuse<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("action", "dev_refuse")?;
        map.serialize_entry("reason", self.reason)?;
        map.end()
    }
}

impl Serialize for DevPluginDelete {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("action", "dev_delete")?;
        map.end()
    }
}

impl Endpoint for DevPluginApplyList {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/devplugin";
    type Token = AuthorizerToken;
    type Answer = Json<DevPluginApplyListResponse>;
}

impl Endpoint for DevPluginAgree<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/devplugin";
    type Token = AuthorizerToken;
    type Answer = Done;
}

impl Endpoint for DevPluginRefuse<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/devplugin";
    type Token = AuthorizerToken;
    type Answer = Done;
}

impl Endpoint for DevPluginDelete {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/devplugin";
    type Token = AuthorizerToken;
    type Answer = Done;
}
