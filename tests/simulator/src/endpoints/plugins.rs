//! Plugins: used by mini programs, given by their owners.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
    state::Plugin,
};

/// Plugins a mini program may use or ask for.
const MOST: usize = 50;

const DAY: i64 = 86_400;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/plugin",
        TokenKind::Merchant,
        &[
            Field::required("action", Kind::Text).missing(40097, "invalid args"),
            Field::optional("plugin_appid", Kind::Text),
            Field::optional("reason", Kind::Text),
            Field::optional("user_version", Kind::Text),
        ],
        user,
    )
    .sets(&[40]),
    Endpoint::post(
        "/wxa/devplugin",
        TokenKind::Merchant,
        &[
            Field::required("action", Kind::Text).missing(40097, "invalid args"),
            Field::optional("page", Kind::Integer),
            Field::optional("num", Kind::Integer),
            Field::optional("appid", Kind::Text),
            Field::optional("reason", Kind::Text),
        ],
        owner,
    )
    .sets(&[40]),
];

fn user(scene: &mut Scene<'_>) -> Answer {
    let (now, plugin) = (scene.now, scene.text("plugin_appid").to_owned());
    let (reason, version) =
        (scene.text("reason").to_owned(), scene.text("user_version").to_owned());
    let action = scene.text("action").to_owned();
    let plugins = &mut scene.merchant().plugins;
    let at = plugins.iter().position(|it| it.appid == plugin);
    match (action.as_str(), at) {
        ("list", _) => {
            let list: Vec<Value> = plugins
                .iter()
                .map(|it| {
                    json!({
                        "appid": it.appid, "status": it.status, "nickname": "插件",
                        "headimgurl": "http://wx.qlogo.cn/mmopen/plugin/0", "version": it.version,
                    })
                })
                .collect();
            fields(json!({ "plugin_list": list }))
        }
        ("apply", at) => {
            let is_an_appid = plugin.len() == 18 && plugin.starts_with("wx");
            if !is_an_appid {
                return refuse(89239, "plugin no exist");
            }
            match at.map(|at| plugins[at].status) {
                Some(1 | 2) => {
                    return refuse(89237, "plugin has send apply message or already bind");
                }
                None if plugins.len() >= MOST => return refuse(89238, "plugin count reach limit"),
                _ => plugins.retain(|it| it.appid != plugin),
            }
            let version = "latest".to_owned();
            plugins.push(Plugin { appid: plugin, status: 1, reason, version, since: now });
            done()
        }
        ("unbind", Some(at)) => {
            plugins.remove(at);
            done()
        }
        ("update", Some(at)) if plugins[at].status == 2 => match version.as_str() {
            "" => refuse(89257, "no such version"),
            _ => {
                plugins[at].version = version;
                done()
            }
        },
        ("unbind" | "update", _) => refuse(89244, "plugin appid is no in the plugin list"),
        _ => refuse(40097, "invalid args: action"),
    }
}

fn owner(scene: &mut Scene<'_>) -> Answer {
    let (now, own) = (scene.now, scene.appid.clone());
    let (user, reason) = (scene.text("appid").to_owned(), scene.text("reason").to_owned());
    let page = scene.integer("page").unwrap_or(1).max(1) - 1;
    let number = scene.integer("num").unwrap_or(10).clamp(1, 50);
    let action = scene.text("action").to_owned();
    let mut asking: Vec<(&String, &mut Plugin, String)> = Vec::new();
    for (appid, merchant) in &mut scene.world.merchants {
        let name = merchant.account.nick_name.clone();
        if let Some(plugin) = merchant.plugins.iter_mut().find(|it| it.appid == own) {
            asking.push((appid, plugin, name));
        }
    }
    match action.as_str() {
        "dev_apply_list" => {
            let skip = usize::try_from(page * number).unwrap_or(usize::MAX);
            let shown = asking.iter().skip(skip).take(usize::try_from(number).unwrap_or(10));
            let list: Vec<Value> = shown
                .map(|(appid, plugin, name)| {
                    json!({
                        "appid": appid, "status": plugin.status, "nickname": name,
                        "headimgurl": "", "reason": plugin.reason, "apply_url": "",
                        // A string, as in WeChat's sample.
                        "create_time": plugin.since.to_string(),
                        "categories": [],
                    })
                })
                .collect();
            fields(json!({ "apply_list": list }))
        }
        "dev_agree" => match asking.iter_mut().find(|(appid, ..)| **appid == user) {
            None => refuse(89242, "appid is no in the apply list, make sure appid is right"),
            Some((_, plugin, _)) if plugin.status != 1 => {
                refuse(89240, "only applying status can be agreed or refused")
            }
            Some((_, plugin, _)) => {
                plugin.status = 2;
                done()
            }
        },
        "dev_refuse" => {
            let mut refused = false;
            for (_, plugin, _) in asking.iter_mut().filter(|(_, plugin, _)| plugin.status == 1) {
                plugin.status = 3;
                plugin.reason.clone_from(&reason);
                plugin.since = now;
                refused = true;
            }
            match refused {
                true => done(),
                false => refuse(89240, "only applying status can be agreed or refused"),
            }
        }
        "dev_delete" => {
            let refused: Vec<i64> = asking
                .iter()
                .filter(|(_, plugin, _)| plugin.status == 3)
                .map(|(_, plugin, _)| plugin.since)
                .collect();
            if refused.is_empty() {
                return refuse(89241, "only refused status can be deleted, please refused first");
            }
            if refused.iter().any(|since| now < since + DAY) {
                return refuse(89243, "can not delete apply request in 24 hours");
            }
            for merchant in scene.world.merchants.values_mut() {
                merchant.plugins.retain(|it| it.appid != own || it.status != 3);
            }
            done()
        }
        _ => refuse(40097, "invalid args: action"),
    }
}
