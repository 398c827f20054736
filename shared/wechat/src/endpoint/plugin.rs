use http::Method;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{
    Endpoint,
    answer::{Done, Json},
    lenient,
    numbered::numbered,
    token::AuthorizerToken,
};

/// Asks the owner of a plugin whether the mini program may use it; `wxa/plugin` with
/// `action=apply`. 89236 the plugin cannot be asked for, 89237 it was asked for or is in use,
/// 89238 too many, 89239 there is none.
#[derive(Debug)]
pub struct PluginApply<'a> {
    /// The plugin.
    pub plugin_appid: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Lists the plugins that the mini program uses or has asked for; `wxa/plugin` with
/// `action=list`.
#[derive(Debug)]
pub struct PluginList {}

/// Stops using a plugin; `wxa/plugin` with `action=unbind`. 89244 if it is not in use.
#[derive(Debug)]
pub struct PluginUnbind<'a> {
    /// The plugin.
    pub plugin_appid: &'a str,
}

/// Uses another version of a plugin; `wxa/plugin` with `action=update`. 89257 if there is no such
/// version.
#[derive(Debug)]
pub struct PluginUpdate<'a> {
    /// The plugin.
    pub plugin_appid: &'a str,
    /// The version.
    pub user_version: &'a str,
}

/// The answer to [`PluginList`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PluginListResponse {
    /// The plugins.
    #[serde(default, deserialize_with = "lenient::list")]
    pub plugin_list: Vec<PluginInUse>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A plugin that the mini program uses or has asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PluginInUse {
    /// The plugin.
    pub appid: String,
    /// How the application for it stands.
    pub status: PluginStatus,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub nickname: String,
    /// Its picture.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub headimgurl: Option<String>,
    /// The version in use.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub version: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

numbered! {
    /// How the application for a plugin stands. Serialized, it is WeChat's number.
    pub enum PluginStatus {
        /// Its owner has not answered.
        Applying = 1,
        /// May be used.
        Granted = 2,
        /// Its owner refused.
        Refused = 3,
        /// Its owner did not answer in time.
        Expired = 4,
    }
}

fn action<S: Serializer>(
    serializer: S,
    action: &str,
    fields: &[(&str, &str)],
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("action", action)?;
    for (name, value) in fields {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

impl Serialize for PluginApply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = [("plugin_appid", self.plugin_appid), ("reason", self.reason)];
        action(serializer, "apply", &fields)
    }
}

impl Serialize for PluginList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        action(serializer, "list", &[])
    }
}

impl Serialize for PluginUnbind<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        action(serializer, "unbind", &[("plugin_appid", self.plugin_appid)])
    }
}

impl Serialize for PluginUpdate<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = [("plugin_appid", self.plugin_appid), ("user_version", self.user_version)];
        action(serializer, "update", &fields)
    }
}

impl Endpoint for PluginApply<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/plugin";
    type Token = AuthorizerToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}

impl Endpoint for PluginList {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/plugin";
    type Token = AuthorizerToken;
    type Answer = Json<PluginListResponse>;
}

impl Endpoint for PluginUnbind<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/plugin";
    type Token = AuthorizerToken;
    type Answer = Done;
}

impl Endpoint for PluginUpdate<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/plugin";
    type Token = AuthorizerToken;
    type Answer = Done;
}
