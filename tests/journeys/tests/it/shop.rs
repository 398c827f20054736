//! One merchant's mini program, as an operator sees it.

use std::sync::OnceLock;

use journeys::{Answer, MERCHANT, World};
use serde_json::{Value, json};
use simulator::Verdict;

/// Longer than WeChat's privacy detection runs after a commit, in seconds.
pub(crate) const DETECTION: i64 = 60;

/// An authorized merchant and a template.
pub(crate) struct Shop {
    pub(crate) world: World,
    template: OnceLock<i64>,
}

impl Shop {
    /// A component in working order, an authorized merchant, a template in the library.
    pub(crate) async fn open() -> Shop {
        let world = World::start().await;
        world.begin().await;
        world.authorize(MERCHANT).await.expect_status(200);
        let shop = Shop { world, template: OnceLock::new() };
        let template = shop.add_template().await;
        shop.template.set(template).unwrap();
        shop
    }

    /// The path of something of the mini program.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.world.mini_program(MERCHANT))
    }

    /// The path of something of the component.
    fn component_path(&self, rest: &str) -> String {
        format!("/v1/components/{}/{rest}", self.world.component())
    }

    /// Takes the first draft into the library and answers the template's number.
    async fn add_template(&self) -> i64 {
        let operator = self.world.operator();
        let drafts = operator.get(&self.component_path("drafts")).await.expect_status(200).json();
        let draft = json!({ "draft_id": drafts["drafts"][0]["draft_id"] });
        let added = operator.post(&self.component_path("templates"), draft).await;
        assert!(added.status.is_success(), "{}", added.text());
        let templates = operator.get(&self.component_path("templates")).await.expect_status(200);
        templates.json()["templates"][0]["template_id"].as_i64().unwrap()
    }

    pub(crate) async fn get(&self, rest: &str) -> Answer {
        self.world.operator().get(&self.path(rest)).await
    }

    pub(crate) async fn post(&self, rest: &str, body: Value) -> Answer {
        self.world.operator().post(&self.path(rest), body).await
    }

    pub(crate) async fn put(&self, rest: &str, body: Value) -> Answer {
        self.world.operator().put(&self.path(rest), body).await
    }

    /// What an order to commit says.
    pub(crate) fn trial(&self, user_version: &str) -> Value {
        json!({
            "template_id": self.template.get().unwrap(),
            "user_version": user_version,
            "user_desc": "夏季菜单",
            "ext": { "ext": { "shop": "8812" } },
        })
    }

    /// Commits, and waits for WeChat's privacy detection.
    pub(crate) async fn commit(&self, user_version: &str) {
        self.put("trial", self.trial(user_version)).await.expect_status(200);
        self.world.later(DETECTION).await;
    }

    /// Uploads something for the reviewer and answers its media id.
    pub(crate) async fn keep_for_review(&self, content_type: &str, file: Vec<u8>) -> String {
        let path = self.path("review/media");
        let kept = self.world.operator().send_file("POST", &path, content_type, file).await;
        kept.expect_status(201).json()["media_id"].as_str().unwrap().to_owned()
    }

    /// Orders a review, which must be in WeChat's hands when this returns.
    pub(crate) async fn submit(&self, body: Value) {
        let answer = self.post("review", body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        if answer.status.as_u16() == 202 {
            self.world.later(DETECTION).await;
        }
        assert_eq!(self.review().await["state"], "in-review");
    }

    pub(crate) async fn review(&self) -> Value {
        self.get("review").await.expect_status(200).json()
    }

    /// WeChat approves, and its event is worked off.
    pub(crate) async fn approve(&self) {
        let reviewed = self.world.simulator().approve(Verdict::on(MERCHANT)).await.unwrap();
        assert!(reviewed.push.unwrap().accepted);
        self.world.settle().await;
        assert_eq!(self.review().await["state"], "approved");
    }

    /// Releases what was approved and answers how things stand.
    pub(crate) async fn release(&self) -> Value {
        self.post("release", json!({})).await.expect_status(200).json()
    }
}
