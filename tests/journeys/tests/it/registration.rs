//! J2: from a registration to the first review.

use journeys::{Answer, Form, World, address_on};
use serde_json::{Value, json};
use simulator::{
    AuthorizedEvent, ConfirmRegistration, EventShape, MerchantOptions, RegistrationStep,
    ReviewCategory, ReviewName,
};

use crate::shop::DETECTION;

const DAY: i64 = 86_400;

pub(crate) fn company() -> Value {
    json!({
        "kind": "enterprise",
        "name": "城南面馆（北京）有限公司",
        "code": "91110108MA01KPGK0T",
        "component_phone": "010-88880000",
    })
}

/// The beginning of a PNG of 400 × 400 pixels, which is all that anybody looks at.
pub(crate) fn picture() -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend([0, 0, 1, 0x90, 0, 0, 1, 0x90, 8, 2, 0, 0, 0, 0, 0, 0, 0]);
    file
}

/// What an operator does with the registrations of a component.
pub(crate) struct Desk {
    pub(crate) world: World,
}

impl Desk {
    pub(crate) async fn open() -> Desk {
        let world = World::start().await;
        world.begin().await;
        Desk { world }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/components/{}/registrations{rest}", self.world.component())
    }

    pub(crate) async fn begin(&self, order: Value) -> Value {
        let begun = self.world.operator().post(&self.path(""), order).await;
        begun.expect_status(201).json()
    }

    async fn show(&self, registration: &Value) -> Value {
        let id = registration["id"].as_str().unwrap();
        let shown = self.world.operator().get(&self.path(&format!("/{id}"))).await;
        shown.expect_status(200).json()
    }

    async fn renew(&self, registration: &Value) -> Answer {
        let id = registration["id"].as_str().unwrap();
        self.world.operator().post(&self.path(&format!("/{id}/renewal")), json!({})).await
    }

    /// The person opens the link of this task, and WeChat tells the end.
    pub(crate) async fn confirm(&self, order: ConfirmRegistration) -> Option<String> {
        let registered = self.world.simulator().confirm_registration(order).await.unwrap();
        assert!(registered.pushes.iter().all(|push| push.accepted), "{registered:?}");
        self.world.settle().await;
        registered.appid
    }

    /// A day goes by. Tickets come meanwhile.
    async fn day(&self) {
        self.world.clock().advance(DAY + 60);
        self.world.push_ticket().await;
        self.world.tick().await;
        self.world.settle().await;
    }
}

pub(crate) fn of_task(registration: &Value) -> ConfirmRegistration {
    let task = registration["task"].as_str().map(str::to_owned);
    ConfirmRegistration { task, ..ConfirmRegistration::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_comes_from_its_registration_to_its_first_review() {
    // Registered: the link is delivered, the legal person confirms, the grant is exchanged.
    let desk = Desk::open().await;
    let world = &desk.world;
    let begun = desk.begin(company()).await;
    let link = begun["invitation"]["link"].as_str().unwrap();
    assert!(begun["invitation"]["message"].as_str().unwrap().contains(link), "{begun:#}");
    let code = desk.path(&format!("/{}/qr-code?format=svg", begun["id"].as_str().unwrap()));
    assert!(world.operator().get(&code).await.expect_status(200).text().starts_with("<svg"));
    let appid = desk.confirm(of_task(&begun)).await.unwrap();
    let registered = desk.show(&begun).await;
    assert_eq!((&registered["state"], &registered["appid"]), (&json!("registered"), &json!(appid)));
    let operator = world.operator();
    let account = world.mini_program(&appid);
    let path = |rest: &str| format!("{account}/{rest}");
    let shown = operator.get(&account).await.expect_status(200).json();
    assert_eq!(
        (&shown["authorized"], &shown["missing_permission_sets"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(world.calls("/cgi-bin/component/api_query_auth"), 1);

    // Profile: name, avatar, introduction, categories, one of which is reviewed.
    let free =
        operator.get(&path("profile/name-check?name=%E5%9F%8E%E5%8D%97%E6%96%B0%E9%A6%86")).await;
    assert_eq!(free.expect_status(200).json()["needs_proof"], false);
    let named = operator.put(&path("profile/name"), json!({ "name": "城南新馆" })).await;
    named.expect_status(200);
    let avatar = operator.send_file("PUT", &path("profile/avatar"), "image/png", picture()).await;
    avatar.expect_status(200);
    let words = json!({ "introduction": "手工面条，在线点单，到店自取。" });
    operator.put(&path("profile/introduction"), words).await.expect_status(200);
    let licence = operator.send_file("POST", &path("materials"), "image/png", picture()).await;
    let licence = licence.expect_status(201).json();
    let categories = json!({ "categories": [
        { "first": 220, "second": 221 },
        { "first": 220, "second": 223, "documents": [
            { "name": "《食品经营许可证》", "media_id": licence["media_id"], "permanent": true },
        ] },
    ] });
    let added = operator.post(&path("categories"), categories).await.expect_status(200).json();
    assert_eq!(added["in_review"], true, "{added:#}");
    let review = ReviewCategory { appid: appid.clone(), passed: true, ..ReviewCategory::default() };
    assert!(world.simulator().review_category(review).await.unwrap().push.unwrap().accepted);
    world.settle().await;
    let on_record = operator.get(&path("profile?fresh=false")).await.expect_status(200).json();
    assert_eq!(on_record["in_review"], false, "the event alone moved it: {on_record:#}");
    let profile = operator.get(&path("profile")).await.expect_status(200).json();
    assert_eq!(profile["name"], "城南新馆");
    assert_eq!(profile["introduction_changes"]["left"], 4, "{profile:#}");
    let listed = operator.get(&account).await.expect_status(200).json();
    assert_eq!(listed["name"], "城南新馆", "lists show it too");

    // Privacy, filing, domains, code.
    privacy_guideline(world, &appid).await;
    world.simulator().set_icp(&appid, 6).unwrap();
    let domains = json!({ "domains": { "requestdomain": ["https://api.noodles.example.com"] } });
    operator.put(&path("server-domains"), domains).await.expect_status(200);
    let component = format!("/v1/components/{}", world.component());
    let drafts = operator.get(&format!("{component}/drafts")).await.expect_status(200).json();
    let draft = json!({ "draft_id": drafts["drafts"][0]["draft_id"] });
    let added = operator.post(&format!("{component}/templates"), draft).await;
    assert!(added.status.is_success(), "{}", added.text());
    let templates = operator.get(&format!("{component}/templates")).await.expect_status(200).json();
    let trial = json!({
        "template_id": templates["templates"][0]["template_id"], "user_version": "1.0.0",
        "ext": { "ext": { "shop": "8812" } },
    });
    operator.put(&path("trial"), trial).await.expect_status(200);
    world.later(DETECTION).await;
    let preflight = operator.get(&path("preflight")).await.expect_status(200).json();
    assert_eq!(preflight["ready"], true, "{preflight:#}");
    let ordered = operator.post(&path("review"), json!({})).await;
    assert!(ordered.status.is_success(), "{}", ordered.text());
    world.later(DETECTION).await;
    let review = operator.get(&path("review")).await.expect_status(200).json();
    assert_eq!(review["state"], "in-review");

    // Everything was told, once.
    for kind in ["registration.begun", "registration.registered", "profile.category-approved"] {
        assert_eq!(world.events(kind).len(), 1, "{kind}");
    }
    let told = world.events("registration.registered");
    assert!(
        format!("{told:?}").contains(&appid) && !format!("{told:?}").contains(link),
        "{told:?}"
    );
    assert!(world.aws().queues().named("events").unwrap().dead_letters().is_empty());
}

/// The merchant's guideline, which has to name everything that the code asks users for.
async fn privacy_guideline(world: &World, appid: &str) {
    let guideline = json!({
        "owner": { "phone": "010-88880000", "notice_method": "弹窗" },
        "statements": [
            { "key": "UserInfo", "purpose": "展示昵称" },
            { "key": "PhoneNumber", "purpose": "联系顾客" },
        ],
    });
    let path = format!("{}/privacy/guideline/development", world.mini_program(appid));
    world.operator().put(&path, guideline).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_shape_and_order_the_events_have_there_is_one_mini_program() {
    for shape in [EventShape::Documented, EventShape::Captured] {
        for authorized in [AuthorizedEvent::After, AuthorizedEvent::Before, AuthorizedEvent::Lost] {
            let desk = Desk::open().await;
            let begun = desk.begin(company()).await;
            let order = ConfirmRegistration { shape, authorized, ..of_task(&begun) };
            let appid = desk.confirm(order).await.unwrap();
            let shown = desk.show(&begun).await;
            assert_eq!(shown["appid"], json!(appid), "{shape:?} {authorized:?} {shown:#}");
            let account = desk.world.operator().get(&desk.world.mini_program(&appid)).await;
            assert_eq!(account.expect_status(200).json()["authorized"], true, "{shape:?}");
            assert_eq!(desk.world.calls("/cgi-bin/component/api_query_auth"), 1);
            assert_eq!(desk.world.events("registration.registered").len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_confirms_in_time_and_one_command_begins_again() {
    let desk = Desk::open().await;
    let begun = desk.begin(company()).await;

    desk.day().await;
    let expired = desk.show(&begun).await;
    let renewed = desk.renew(&begun).await.expect_status(200).json();
    let appid = desk.confirm(of_task(&renewed)).await;

    assert_eq!(expired["state"], "expired", "{expired:#}");
    assert_eq!(renewed["attempt"], 2);
    assert_ne!(renewed["task"], begun["task"]);
    assert_eq!(desk.show(&begun).await["appid"], json!(appid.unwrap()));
    assert_eq!(desk.world.events("registration.expired").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_event_is_made_up_for_by_asking() {
    let desk = Desk::open().await;
    let person = json!({
        "kind": "personal", "wechat_id": "lily_2026", "component_phone": "010-88880000",
    });
    let begun = desk.begin(person).await;
    let task = begun["task"].as_str().map(str::to_owned);
    desk.world.simulator().step_registration(&RegistrationStep { task, status: 4 }).unwrap();
    let check = desk.path(&format!("/{}/check", begun["id"].as_str().unwrap()));
    let checked = desk.world.operator().post(&check, json!({})).await.expect_status(200).json();
    let silent = ConfirmRegistration { silent: true, ..of_task(&begun) };
    desk.world.simulator().confirm_registration(silent).await.unwrap();
    desk.world.later(1900).await;
    let found = desk.show(&begun).await;

    assert_eq!((&checked["stage"], &checked["text"]), (&json!(4), &json!("正在刷脸。")));
    assert_eq!(found["state"], "registered", "{found:#}");
    assert!(found["text"].as_str().unwrap().contains("正在等待微信告知 appid"), "{found:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_registration_says_why() {
    let desk = Desk::open().await;
    let begun = desk.begin(company()).await;
    let made = desk.confirm(ConfirmRegistration { status: 1001, ..of_task(&begun) }).await;
    let failed = desk.show(&begun).await;
    assert_eq!(made, None);
    assert_eq!((&failed["state"], &failed["code"]), (&json!("failed"), &json!(1001)));
    assert_eq!(failed["text"], "该主体创建的小程序已达上限。");
    assert_eq!(desk.world.calls("/cgi-bin/component/api_query_auth"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_mini_program_becomes_a_companys() {
    let desk = Desk::open().await;
    let trial = json!({
        "kind": "trial", "name": "城南面馆", "openid": "oK8Yg5YaUM-axuE_vVZmV_oIZxxx",
    });
    let begun = desk.begin(trial).await;
    let appid = desk.confirm(of_task(&begun)).await.unwrap();
    let shown = desk.show(&begun).await;
    assert_eq!((&shown["state"], &shown["appid"]), (&json!("registered"), &json!(appid)));
    let mut order = company();
    order["kind"] = "trial-verification".into();
    order["appid"] = json!(appid);
    let conversion = desk.begin(order).await;
    desk.confirm(of_task(&conversion)).await;
    assert_eq!(desk.show(&conversion).await["state"], "registered");
    let account = desk.world.operator().get(&desk.world.mini_program(&appid)).await;
    let account = account.expect_status(200).json();
    assert_eq!(account["principal"], "城南面馆（北京）有限公司", "{account:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_an_official_account_gets_a_mini_program_once() {
    let official = MerchantOptions {
        appid: "wxaa00bb11cc22dd33".to_owned(),
        user_name: "gh_official".to_owned(),
        nick_name: "城南".to_owned(),
        principal_name: "城南".to_owned(),
        principal_type: 1,
        official_account: true,
        ..MerchantOptions::default()
    };
    let account = official.appid.clone();
    let world = World::start_with(|options| options.merchants.push(official)).await;
    world.begin().await;
    let authorize = simulator::Authorize::new(&*account);
    world.simulator().authorize(authorize).await.unwrap();
    world.settle().await;
    let desk = Desk { world };
    let ticket = desk.world.simulator().agree_to_fast_register(&account).unwrap();

    let order = json!({ "kind": "official-account", "appid": account, "ticket": ticket });
    let made = desk.begin(order).await;

    assert_eq!(made["state"], "registered", "{made:#}");
    let appid = made["appid"].as_str().unwrap();
    let shown = desk.world.operator().get(&desk.world.mini_program(appid)).await;
    assert_eq!(shown.expect_status(200).json()["authorized"], true);
    let stored = format!("{:?}", desk.world.aws().database().items("fleet").unwrap());
    assert!(!stored.contains(&ticket), "the ticket is kept nowhere");
    desk.renew(&made).await.expect_problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administrator_of_an_official_account_comes_back_to_a_mini_program() {
    let official = MerchantOptions {
        appid: "wx9d2c7b41e8f05a63".to_owned(),
        official_account: true,
        ..MerchantOptions::default()
    };
    let account = official.appid.clone();
    let world = World::start_with(|options| options.merchants.push(official)).await;
    world.begin().await;
    let operator = world.operator();
    let links = format!("/v1/components/{}/registration-links", world.component());
    let wish = json!({ "appid": account });
    operator.post(&links, wish.clone()).await.expect_problem(409);
    world.simulator().authorize(simulator::Authorize::new(&*account)).await.unwrap();
    world.settle().await;
    operator.post(&links, json!({ "appid": "no appid" })).await.expect_problem(422);
    world.authorize(journeys::MERCHANT).await.expect_status(200);
    let mini_program = json!({ "appid": journeys::MERCHANT });
    let refused = operator.post(&links, mini_program).await.expect_problem(422);
    assert_eq!(refused["field"], "appid", "no link for nobody: {refused:#}");

    let link = operator.post(&links, wish).await.expect_status(201).json();
    let mut browser = world.browser();
    let page = browser.open(link["link"].as_str().unwrap()).await.expect_status(200);
    assert!(page.text().contains(&account), "{}", page.text());
    let wechat = browser.open(&address_on(&page, "fastregisterauth")).await.expect_status(200);
    let form = Form::on(&wechat);
    let agree: String = browser.here().unwrap().join(&form.action).unwrap().into();
    let way_back = browser.submit(&agree, &form.fields()).await.expect_status(302);
    let done = browser.follow(&way_back).await.expect_status(200);
    world.settle().await;

    assert!(done.text().contains("小程序已注册"), "{}", done.text());
    let list = format!("/v1/components/{}/registrations", world.component());
    let listed = operator.get(&list).await.expect_status(200).json();
    let made = &listed["registrations"][0];
    assert_eq!((&made["state"], &made["kind"]), (&json!("registered"), &json!("official-account")));
    let appid = made["appid"].as_str().unwrap();
    assert!(done.text().contains(appid), "{}", done.text());
    let shown = operator.get(&world.mini_program(appid)).await.expect_status(200).json();
    assert_eq!(shown["authorized"], true, "{shown:#}");

    // Reloaded, it says the same and registers nothing; and the link is good for nobody else.
    let again = browser.follow(&way_back).await.expect_status(200);
    assert!(again.text().contains(appid), "{}", again.text());
    let another = browser.submit(&agree, &form.fields()).await.expect_status(302);
    let refused = browser.follow(&another).await.expect_status(410);
    assert!(refused.text().contains("链接已失效"), "{}", refused.text());
    let forged = format!("/authorize/{}/register?state=AAAA", world.component());
    browser.open(&forged).await.expect_status(410);
    assert_eq!(world.calls("/cgi-bin/account/fastregister"), 1);
    let stored = format!("{:?}", world.aws().database().items("fleet").unwrap());
    let ticket = way_back.header("location").split("ticket=").nth(1).unwrap().to_owned();
    assert!(!stored.contains(&ticket), "the ticket is kept nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_decided_by_its_event_or_by_asking() {
    for silent in [false, true] {
        let world = World::start().await;
        world.begin().await;
        world.authorize(journeys::MERCHANT).await.expect_status(200);
        let operator = world.operator();
        let account = world.mini_program(journeys::MERCHANT);
        let materials = format!("{account}/materials");
        let kept = operator.send_file("POST", &materials, "image/png", picture()).await;
        let proof = kept.expect_status(201).json();
        let order = json!({ "name": "中国城南面馆", "license": proof["media_id"] });
        let asked = operator.put(&format!("{account}/profile/name"), order).await;
        assert_eq!(asked.expect_status(202).json()["name_review"]["state"], "in-review");

        let review = ReviewName {
            appid: journeys::MERCHANT.to_owned(),
            passed: true,
            silent,
            ..ReviewName::default()
        };
        world.simulator().review_name(review).await.unwrap();
        world.settle().await;
        if silent {
            world.later(7300).await;
        }

        let path = format!("{account}/profile?fresh=false");
        let shown = operator.get(&path).await.expect_status(200).json();
        assert_eq!(shown["name_review"]["state"], "in-force", "{shown:#}");
        assert_eq!(world.events("profile.name-approved").len(), 1);
    }
}
