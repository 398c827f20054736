//! What is said when everything answers: to programs in a file, to people on the screen.

use std::{io, path::Path};

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::{System, credentials::Component, file};

/// Removes a file that an earlier run left, so that nobody takes it for ours.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes where the system is and how to use it, as one JSON object. The file appears in one step.
///
/// # Errors
/// When the directory cannot be written to.
pub fn write(path: &Path, system: &System) -> io::Result<()> {
    let component = |component: &Component| {
        json!({
            "appid": component.appid,
            "token": component.token.expose_secret(),
            "encoding_aes_key": component.encoding_aes_key.expose_secret(),
        })
    };
    let components: Vec<Value> = system.components().iter().map(component).collect();
    let content = json!({
        "base_url": system.base_url(),
        "simulator_url": system.simulator().map(|simulator| simulator.base_url()),
        "admin_key": system.sign_in_key().expose_secret(),
        "component": component(system.component()),
        "components": components,
    });
    file::replace(path, format!("{content}\n").as_bytes())
}

/// The lines to print: where everything is and what to try first.
pub fn welcome(system: &System) -> String {
    let base = system.base_url();
    let appid = &system.component().appid;
    let key = system.sign_in_key();
    let key = key.expose_secret();
    let wechat = match system.simulator() {
        Some(simulator) => format!("模拟微信 / simulated WeChat   {}", simulator.base_url()),
        None => format!(
            "消息推送 / WeChat pushes to     {base}/wechat/{appid}/events, …/messages/$APPID$"
        ),
    };
    let variable = match system.simulator() {
        Some(simulator) => format!(" WECHAT={}", simulator.base_url()),
        None => String::new(),
    };
    let others: String = system.components()[1..]
        .iter()
        .map(|other| format!("  另一平台 / another component     {}\n", other.appid))
        .collect();
    format!(
        "
wechat-fleet 已就绪 / is ready

  系统     / this system         {base}
  控制台   / console             {base}/console
  {wechat}
  登录密钥 / key to sign in with   {key}
{others}
先试试 / try first:
  BASE={base}{variable} KEY={key} COMPONENT={appid}
  浏览器打开控制台，用上面的密钥登录 / open the console and sign in with the key
  商家授权 / a merchant authorizes: {base}/authorize/{appid}
  curl -H \"Authorization: Bearer $KEY\" $BASE/v1/components
  curl -H \"Authorization: Bearer $KEY\" $BASE/v1/components/$COMPONENT/mini-programs

Ctrl-C 停止 / stops it
"
    )
}
