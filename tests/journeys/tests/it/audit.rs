//! Who did what is on record, and nobody changes it unseen: by the clock, the API, the console and, far
//! from all of them, the command.

use std::{fs, path::PathBuf};

use journeys::World;
use local::{
    arguments::VerifyAudit,
    verify_audit::{run, words},
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::console::Console;

/// In seconds.
const DAY: i64 = 24 * 3600;

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Directory {
        let name = format!("wechat-fleet-audit-{}", std::process::id());
        let directory = Directory(std::env::temp_dir().join(name));
        fs::create_dir_all(directory.0.join("anchors")).unwrap();
        directory
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left behind the system forgets.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_chained_shown_exported_and_verified_elsewhere() {
    let world = World::start().await;
    // A quarter of an hour before a day ends, so that little has to be gone through.
    let now = world.clock().now().as_second();
    let midnight = (now.div_euclid(DAY) + 1) * DAY;
    world.clock().advance(midnight - now - 15 * 60);
    world.begin().await;
    let day = world.clock().now().strftime("%Y-%m-%d").to_string();
    let operator = world.operator();
    for name in ["一", "二"] {
        let key = json!({ "name": name, "role": "viewer" });
        operator.post("/v1/keys", key).await.expect_status(201);
    }
    world.later(30 * 60).await;

    // The API and the console say the same.
    let (mut lines, mut anchors, mut path) = (0, 0, "/v1/audit/verification".to_owned());
    loop {
        let part = operator.get(&path).await.expect_status(200).json();
        assert_eq!(part["intact"], true, "{part:#}");
        lines += part["lines"].as_u64().unwrap();
        anchors += part["anchors"].as_u64().unwrap();
        let Some(next) = part["next_cursor"].as_str() else { break };
        path = format!("/v1/audit/verification?cursor={next}");
    }
    assert_eq!((lines, anchors), (4, 1));
    let console = Console::sign_in(&world, world.system().sign_in_key().expose_secret()).await;
    let page = console.get(&format!("/console/audit?day={day}")).await.expect_status(200).text();
    assert!(
        page.contains("已链接至") && page.contains("新建密钥") && page.contains("变更"),
        "{page}"
    );
    let page = verified(&console).await;
    assert!(page.contains("完好") && page.contains("已校验到链的末端"), "{page}");
    let table = console.get(&format!("/console/audit/export?format=csv&from={day}")).await;
    assert!(table.expect_status(200).text().contains("create_key"));
    let parts = console.get(&format!("/console/audit/parts?format=csv&from={day}")).await;
    let parts = parts.expect_status(200).text();
    assert!(parts.contains(&format!("第 1 部分：{day} 00:00 至 {day} 24:00")), "{parts}");
    assert!(parts.contains("后面没有了") && !parts.contains("下一部分"), "{parts}");
    // What is longer than one part leads to the next, which says where it begins.
    let many = "/console/audit/parts?format=jsonl&from=2020-01-01&to=2020-03-01";
    let first = console.get(many).await.expect_status(200).text();
    assert!(first.contains("第 1 部分：2020-01-01 00:00 至 2020-02-10 00:00"), "{first}");
    let next =
        first.split("href=\"").find(|rest| rest.starts_with("/console/audit/parts?")).unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let second = console.get(&next).await.expect_status(200).text();
    assert!(second.contains("第 2 部分：2020-02-10 00:00 至 2020-03-01 24:00"), "{second}");
    assert!(second.contains("后面没有了"), "{second}");
    let file = second.split("href=\"").find(|rest| rest.starts_with("/console/audit/export?"));
    let file = file.unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let file = console.get(&file).await.expect_status(200);
    let name = "attachment; filename=\"audit-2020-01-01-2020-03-01-2020-02-10..jsonl\"";
    assert_eq!(file.header("content-disposition"), name);

    // Far from here there are the export and the anchors alone.
    let directory = Directory::new();
    let export = operator.get(&format!("/v1/audit/export?from={day}&to={day}")).await;
    let export = export.expect_status(200).text();
    for (name, versions) in world.aws().objects().locked() {
        directory.write(&name, versions.last().unwrap());
    }
    let file = directory.write("audit.jsonl", export.as_bytes());
    let anchors = Some(directory.0.join("anchors"));
    let what = VerifyAudit { files: vec![file.clone()], anchors };
    let exported = run(&what).unwrap();
    assert_eq!(exported.broken, None, "{exported:?}");
    assert_eq!((exported.lines, exported.anchored.is_empty()), (4, false), "{exported:?}");
    assert!(words(&exported).ends_with("完好 / intact"), "{}", words(&exported));
    fs::write(&file, export.replace("create_key", "revoke_key")).unwrap();
    let exported = run(&what).unwrap();
    assert!(
        words(&exported).contains("有记录被改动 / an entry was changed"),
        "{}",
        words(&exported)
    );

    // And here whoever can write to the bucket.
    let anchors = world.aws().objects();
    let name = anchors.locked().into_keys().next().unwrap();
    anchors.put_locked(&name, "{}".into()).unwrap();
    let page = verified(&console).await;
    assert!(page.contains("断裂") && page.contains("anchor-differs"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_rings_an_alarm_by_the_next_night() {
    let world = World::start().await;
    let ahead_of = |of_day: i64| {
        let now = world.clock().now().as_second();
        (of_day - now.rem_euclid(DAY)).rem_euclid(DAY)
    };
    world.clock().advance(ahead_of(DAY - 15 * 60));
    world.begin().await;
    let key = json!({ "name": "一", "role": "viewer" });
    world.operator().post("/v1/keys", key).await.expect_status(201);
    world.later(30 * 60).await;
    let anchors = world.aws().objects();
    let name = anchors.locked().into_keys().next().unwrap();
    anchors.put_locked(&name, "{}".into()).unwrap();
    let rung = || world.system().counters().count("AuditTroubles", "audit-broken");

    // Two at night in Beijing.
    world.clock().advance(ahead_of(18 * 3600));
    // The first one is too old by then, and a tick does not wait for the one that it asks for.
    world.push_ticket().await;
    let mut hours = 0;
    loop {
        let verified = world.tick().await.audit.verified_hours;
        if verified == 0 {
            break;
        }
        hours += verified;
        world.clock().advance(60);
    }
    assert!(hours > 24, "{hours}");
    world.later(ahead_of(19 * 3600)).await;

    assert!(rung() > 0);
    let first = rung();
    world.later(ahead_of(20 * 3600)).await;
    assert_eq!(rung(), first + 1, "once an hour for as long as it is so");
    let console = Console::sign_in(&world, world.system().sign_in_key().expose_secret()).await;
    let today = console.get("/console").await.expect_status(200).text();
    assert!(today.contains("操作记录与写入时不符") && today.contains("/console/audit"), "{today}");
}

/// The last page of a verification, to which the others lead.
async fn verified(console: &Console<'_>) -> String {
    let mut address = "/console/audit/verification".to_owned();
    loop {
        let page = console.get(&address).await.expect_status(200).text();
        let next =
            page.split("href=\"").find(|rest| rest.starts_with("/console/audit/verification?"));
        let Some(next) = next.and_then(|rest| rest.split('"').next()) else { return page };
        address = next.to_owned();
    }
}
