//! How often WeChat may still be called today, the reset of these counters, and what WeChat
//! remembers of a call that it refused.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use wechat::{
    endpoint::{
        ComponentClearQuotaV2, OpenapiQuotaGet, OpenapiQuotaGetResponse, OpenapiRidGet,
        RememberedCall,
    },
    token::{AuthorizerToken, ComponentToken, NoToken},
};

use super::SettingsError;
use crate::{
    call::{CallError, Caller},
    counters::{Counted, Counters},
    tokens::{Subject, TokenError},
};

/// The longest path that anybody asks about, in bytes.
const LONGEST_PATH: usize = 128;

/// Counters of calls. Cheap to clone.
#[derive(Clone)]
pub struct Calls {
    /// How WeChat is called.
    pub caller: Caller,
    /// What WeChat counts.
    pub counters: Counters,
}

/// A call that WeChat refused, as it remembers it, without anything that may be a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// When it came in.
    pub at: Option<Timestamp>,
    /// How long it took, in milliseconds.
    pub milliseconds: Option<i64>,
    /// Where it came from.
    pub client_ip: Option<String>,
    /// Its query: names alone.
    pub query: Vec<String>,
    /// Members of what was sent: names alone.
    pub sent: Vec<String>,
    /// WeChat's code in the answer.
    pub errcode: Option<i64>,
}

impl Calls {
    /// How often `path`, such as `/wxa/commit`, may be called today with the account's token.
    pub async fn quota(
        &self,
        whose: &Subject,
        path: &str,
    ) -> Result<OpenapiQuotaGetResponse, SettingsError> {
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
        if !path.starts_with('/') || path.len() > LONGEST_PATH || !path.bytes().all(sound) {
            return Err(SettingsError::invalid(
                "/path",
                "应为微信接口路径，不含域名和参数，例如 /wxa/commit",
                "is one of WeChat's paths without host and query, such as /wxa/commit",
            ));
        }
        let answer = match whose {
            Subject::Component(component) => {
                let request = OpenapiQuotaGet::<ComponentToken>::new(path);
                self.caller.component(component, &request).await
            }
            Subject::Merchant { component, appid } => {
                let request = OpenapiQuotaGet::<AuthorizerToken>::new(path);
                self.caller.merchant(component, appid, &request).await
            }
        };
        Ok(answer?)
    }

    /// Sets the account's counters of today's calls to zero. Ten times a month, here and in
    /// WeChat's console together. Takes no token, so that it works when there is none to get.
    pub async fn reset(&self, whose: &Subject) -> Result<(), SettingsError> {
        let component = self
            .caller
            .tokens
            .secrets
            .component(whose.component())
            .await
            .map_err(|error| CallError::Token(TokenError::from(error)))?;
        let request = ComponentClearQuotaV2 {
            component_appid: component.appid.as_str(),
            appsecret: component.secret.expose_secret(),
            appid: match whose {
                Subject::Component(_) => None,
                Subject::Merchant { appid, .. } => Some(appid.as_str()),
            },
        };
        let counted = match whose {
            Subject::Component(_) => Counted::PlatformResets,
            Subject::Merchant { .. } => Counted::Resets,
        };
        let call = async {
            let sent = self.caller.tokens.wechat.send(&NoToken, &request).await;
            sent.map_err(CallError::from)
        };
        self.counters.around(whose, counted, call).await
    }

    /// What WeChat remembers of the refused call `rid`, for seven days.
    pub async fn remembered(
        &self,
        whose: &Subject,
        rid: &str,
    ) -> Result<Remembered, SettingsError> {
        let parts: Vec<&str> = rid.split('-').collect();
        let hexadecimal =
            |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if parts.len() != 3 || !parts.iter().all(hexadecimal) {
            return Err(SettingsError::invalid(
                "/rid",
                "rid 形如 6740c6b1-0c4a5b6d-7e8f9a0b",
                "a rid looks like 6740c6b1-0c4a5b6d-7e8f9a0b",
            ));
        }
        let answer = match whose {
            Subject::Component(component) => {
                let request = OpenapiRidGet::<ComponentToken>::new(rid);
                self.caller.component(component, &request).await
            }
            Subject::Merchant { component, appid } => {
                let request = OpenapiRidGet::<AuthorizerToken>::new(rid);
                self.caller.merchant(component, appid, &request).await
            }
        };
        Ok(answer?.request.into())
    }
}

impl From<RememberedCall> for Remembered {
    fn from(call: RememberedCall) -> Self {
        let members = |secret: &Option<SecretString>| {
            let text = secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
            let json: Option<serde_json::Map<String, serde_json::Value>> =
                serde_json::from_str(text).ok();
            json.unwrap_or_default()
        };
        let query = call.request_url.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
        let query = query.rsplit('?').next().unwrap_or_default().split('&');
        let names = query.filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
        Remembered {
            at: call.invoke_time.and_then(|at| Timestamp::from_second(at).ok()),
            milliseconds: call.cost_in_ms,
            client_ip: call.client_ip,
            query: names.map(str::to_owned).collect(),
            sent: members(&call.request_body).into_iter().map(|(name, _)| name).collect(),
            errcode: members(&call.response_body)
                .get("errcode")
                .and_then(serde_json::Value::as_i64),
        }
    }
}
