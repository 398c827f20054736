//! Domains registered on the platform: what its mini programs may then be given.

use serde_json::{Map, Value, json};

use crate::{
    clock::month,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, Reply, done, fields, refuse},
    scene::Scene,
    state::{ConfirmFile, PlatformDomains, SERVER_EDITS_A_MONTH, World},
};

/// Server domains a platform may register.
const MOST_SERVER_DOMAINS: usize = 1000;

/// Jump domains a platform may register.
const MOST_JUMP_DOMAINS: usize = 200;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/cgi-bin/component/modify_wxa_server_domain",
        TokenKind::Component,
        &[
            Field::required("action", Kind::Text),
            Field::optional("wxa_server_domain", Kind::Text),
            Field::optional("is_modify_published_together", Kind::Flag),
        ],
        server_domains,
    ),
    Endpoint::post(
        "/cgi-bin/component/modify_wxa_jump_domain",
        TokenKind::Component,
        &[
            Field::required("action", Kind::Text),
            Field::optional("wxa_jump_h5_domain", Kind::Text),
            Field::optional("is_modify_published_together", Kind::Flag),
        ],
        jump_domains,
    ),
    Endpoint::post(
        "/cgi-bin/component/get_domain_confirmfile",
        TokenKind::Component,
        &[],
        confirm_file,
    ),
];

fn server_domains(scene: &mut Scene<'_>) -> Answer {
    let wanted = hosts(scene.text("wxa_server_domain"));
    let (good, bad) = wanted.into_iter().partition(|host| is_host(host));
    modify(scene, "wxa_server_domain", good, bad)
}

fn jump_domains(scene: &mut Scene<'_>) -> Answer {
    let wanted = hosts(scene.text("wxa_jump_h5_domain"));
    let asked = scene.component().confirm_file.is_some();
    let missing = &scene.world.hosts_without_confirm_file;
    // WeChat fetches the confirm file from each host; nobody can serve what he never asked for.
    let (good, bad) =
        wanted.into_iter().partition(|host| is_host(host) && asked && !missing.contains(host));
    modify(scene, "wxa_jump_h5_domain", good, bad)
}

fn modify(scene: &mut Scene<'_>, name: &str, hosts: Vec<String>, invalid: Vec<String>) -> Answer {
    let action = scene.text("action").to_owned();
    let published_too = scene.flag("is_modify_published_together").unwrap_or(false);
    let this_month = month(scene.now);
    let component = scene.component();
    let unpublished = component.settings.unpublished;
    let (lists, most): (&mut PlatformDomains, usize) = match name {
        "wxa_server_domain" => (&mut component.server_domains, MOST_SERVER_DOMAINS),
        _ => (&mut component.jump_domains, MOST_JUMP_DOMAINS),
    };
    if action != "get" {
        if lists.edits.used(&this_month) >= SERVER_EDITS_A_MONTH {
            return refuse(86102, "modify domain reach month limit");
        }
        let change = |list: &[String]| -> Option<Vec<String>> {
            let mut next = match action.as_str() {
                "add" => [list, &hosts].concat(),
                "set" => hosts.clone(),
                "delete" => list.iter().filter(|it| !hosts.contains(it)).cloned().collect(),
                _ => return None,
            };
            let mut seen = std::collections::BTreeSet::new();
            next.retain(|host| seen.insert(host.clone()));
            Some(next)
        };
        let (Some(testing), Some(published)) = (change(&lists.testing), change(&lists.published))
        else {
            return refuse(85022, "invalid action");
        };
        if testing.len() > most || published.len() > most {
            return refuse(85016, "domain count out of limit");
        }
        lists.testing = testing;
        if published_too {
            lists.published = published;
        }
        lists.edits.add(&this_month);
    }
    let mut reply = Map::new();
    // Empty strings are left out, and so is what an unpublished platform does not have.
    let mut tell = |prefix: &str, hosts: &[String]| {
        if !hosts.is_empty() {
            reply.insert(format!("{prefix}_{name}"), Value::String(hosts.join(";")));
        }
    };
    if !unpublished {
        tell("published", &lists.published);
    }
    tell("testing", &lists.testing);
    tell("invalid", &invalid);
    Ok(Reply::Fields(reply))
}

fn confirm_file(scene: &mut Scene<'_>) -> Answer {
    if scene.component().confirm_file.is_none() {
        let file = new_confirm_file(scene.world);
        scene.component().confirm_file = Some(file);
    }
    match scene.component().confirm_file.clone() {
        Some(file) => fields(json!({ "file_name": file.name, "file_content": file.content })),
        None => done(),
    }
}

/// A confirm file that nobody has yet.
pub(super) fn new_confirm_file(world: &mut World) -> ConfirmFile {
    let name = format!("{}.txt", world.random.hex(10));
    ConfirmFile { name, content: world.random.hex(32) }
}

fn hosts(list: &str) -> Vec<String> {
    list.split(';').filter(|host| !host.is_empty()).map(str::to_owned).collect()
}

/// Whether this is a bare host name: no scheme, port or path, and not an address of digits.
pub(super) fn is_host(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
        && !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
