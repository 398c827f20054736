//! The operators' pages, as a browser asks for them: they say what the API says, and do what it does.

use http::header::{LOCATION, SET_COOKIE};
use journeys::{Answer, MERCHANT, World};
use secrecy::ExposeSecret;

use crate::shop::Shop;

/// A browser that keeps its cookie and reads the token of the forms it is shown.
pub(crate) struct Console<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Console<'a> {
    pub(crate) async fn sign_in(world: &'a World, key: &str) -> Console<'a> {
        let answer =
            post(world, "/console/sign-in", "", &[("key", key), ("next", "/console")]).await;
        let answer = answer.expect_status(303);
        assert_eq!(answer.headers[LOCATION], "/console");
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        for wanted in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(wanted), "{cookie}");
        }
        assert!(!cookie.contains(key), "the key stands in no cookie");
        Console { world, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = http::Request::get(self.world.url(path)).header("cookie", &self.cookie);
        self.world.request(request, Vec::new()).await
    }

    /// Asks as htmx does, which puts what comes into the page.
    pub(crate) async fn get_part(&self, path: &str) -> Answer {
        let request = http::Request::get(self.world.url(path))
            .header("cookie", &self.cookie)
            .header("hx-request", "true");
        self.world.request(request, Vec::new()).await
    }

    /// Sends the form of `page` whose action begins with `action`, as it is filled in, with these
    /// changes.
    pub(crate) async fn send(&self, page: &str, action: &str, changes: &[(&str, &str)]) -> Answer {
        let mut forms = page.split("<form ").skip(1);
        let form = forms.find(|form| form.contains(&format!("action=\"{action}")));
        let form = form.unwrap_or_else(|| panic!("no form to {action} on {page}"));
        let form = form.split("</form>").next().unwrap();
        let mut fields = crate::form::filled_in(form);
        fields.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let own = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = own.chain(changes.iter().copied()).collect();
        let to = form.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        post(self.world, to, &self.cookie, &fields).await
    }

    /// Fills in the form of an action, as it is drawn, and sends it.
    pub(crate) async fn carry_out(
        &self,
        action: &str,
        known: &[(&str, &str)],
        filled: &[(&str, &str)],
    ) -> Answer {
        let hidden = self.hidden(action, known).await;
        let fields: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(filled.iter().copied())
            .collect();
        post(self.world, &format!("/console/do/{action}"), &self.cookie, &fields).await
    }

    /// The same for a form that carries files: field, name, type and what is in them.
    pub(crate) async fn carry_out_with_files(
        &self,
        action: &str,
        known: &[(&str, &str)],
        filled: &[(&str, &str)],
        files: &[(&str, &str, &str, &[u8])],
    ) -> Answer {
        let hidden = self.hidden(action, known).await;
        let mut body = Vec::new();
        let texts = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in texts.chain(filled.iter().copied()) {
            let head = "--edge\r\nContent-Disposition: form-data; name";
            body.extend(format!("{head}=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (field, name, media_type, file) in files {
            let head = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
                 Content-Type: {media_type}\r\n\r\n"
            );
            body.extend([head.as_bytes(), file, b"\r\n"].concat());
        }
        body.extend(b"--edge--\r\n");
        let request = http::Request::post(self.world.url(&format!("/console/do/{action}")))
            .header("cookie", &self.cookie)
            .header("content-type", "multipart/form-data; boundary=edge");
        self.world.request(request, body).await
    }

    /// What the form of an action carries besides what is filled in.
    async fn hidden(&self, action: &str, known: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(known);
        let page = self.get(&format!("/console/do/{action}?{}", query.finish())).await;
        let page = page.expect_status(200).text();
        page.split("<input type=\"hidden\" ")
            .skip(1)
            .filter_map(|rest| {
                let tag = rest.split('>').next()?;
                let part = |name: &str| {
                    tag.split_once(&format!("{name}=\""))?.1.split_once('"').map(|it| it.0)
                };
                Some((part("name")?.to_owned(), part("value")?.to_owned()))
            })
            .filter(|(name, _)| name != "back")
            .collect()
    }
}

pub(crate) async fn post(
    world: &World,
    path: &str,
    cookie: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let request = http::Request::post(world.url(path))
        .header("cookie", cookie)
        .header("content-type", "application/x-www-form-urlencoded");
    world.request(request, form.finish().into_bytes()).await
}

#[tokio::test]
async fn nobody_sees_a_page_before_signing_in() {
    let world = World::start().await;
    let answer = world.request(http::Request::get(world.url("/console")), Vec::new()).await;
    let answer = answer.expect_status(303);
    assert_eq!(answer.headers[LOCATION], "/console/sign-in?next=%2Fconsole");
    let refused = post(&world, "/console/sign-in", "", &[("key", "wf_nobody_1")]).await;
    assert!(refused.expect_status(401).text().contains("role=\"alert\""));
}

#[tokio::test]
async fn a_mini_program_is_given_a_version_and_submitted_by_forms() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let key = world.system().sign_in_key().expose_secret().to_owned();
    let console = Console::sign_in(world, &key).await;
    let component = world.component();
    let here = format!("/console/{component}/mini-programs/{MERCHANT}");
    for path in [
        "/console".to_owned(),
        "/console/doctor".to_owned(),
        "/console/webhooks".to_owned(),
        "/console/keys".to_owned(),
        "/console/audit".to_owned(),
        "/console/errcodes?code=85009".to_owned(),
        format!("/console/{component}/mini-programs"),
        format!("/console/{component}/reviews"),
        format!("/console/{component}/templates"),
        format!("/console/{component}/events?state=done"),
        here.clone(),
        format!("{here}/delivery?show=checks"),
        format!("{here}/domains"),
        format!("{here}/testers"),
        format!("{here}/code"),
    ] {
        let answer = console.get(&path).await.expect_status(200);
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let page = answer.text();
        assert!(!page.contains(&key) && !page.contains(" style=\""), "{path}");
    }

    let listed = format!("/v1/components/{component}/templates");
    let listed = world.operator().get(&listed).await.expect_status(200).json();
    let template = listed["templates"][0]["template_id"].to_string();
    let known = [("component", component), ("appid", MERCHANT)];
    let wrong = [("template_id", "soon"), ("user_version", "")];
    let page = console.carry_out("commit", &known, &wrong).await.expect_status(422).text();
    assert!(page.contains("aria-invalid=\"true\"") && page.contains("value=\"soon\""), "{page}");
    let right = [("template_id", &*template), ("user_version", "1.0.0"), ("user_desc", "first")];
    let done = console.carry_out("commit", &known, &right).await.expect_status(303);
    assert!(done.header("location").contains("done=commit"), "{}", done.header("location"));
    let page = console.get(&format!("{here}/delivery")).await.expect_status(200).text();
    assert!(page.contains("1.0.0"), "the trial version is shown");
}

#[tokio::test]
async fn a_form_that_no_page_of_the_session_drew_does_nothing() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let key = world.system().sign_in_key().expose_secret().to_owned();
    let console = Console::sign_in(world, &key).await;
    let fields = [("component", world.component()), ("draft_id", "1"), ("_form", "guessed")];
    post(world, "/console/do/add-template", &console.cookie, &fields).await.expect_status(403);
    let request = http::Request::post(world.url("/console/do/add-template"))
        .header("cookie", &console.cookie)
        .header("sec-fetch-site", "cross-site");
    world.request(request, Vec::new()).await.expect_status(403);
    let templates = format!("/v1/components/{}/templates", world.component());
    let listed = world.operator().get(&templates).await.expect_status(200).json();
    assert_eq!(listed["templates"].as_array().map(Vec::len), Some(1), "only the shop's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_at_which_nothing_is_says_so_on_a_page() {
    let world = World::start().await;
    let key = world.system().sign_in_key().expose_secret().to_owned();
    let console = Console::sign_in(&world, &key).await;
    let component = world.component();
    for path in [
        "/console/nowhere".to_owned(),
        format!("/console/{component}/nowhere"),
        format!("/console/{component}/mini-programs/{MERCHANT}/nowhere"),
    ] {
        let page = console.get(&path).await.expect_status(404).text();
        assert!(page.contains("</html>"), "{path}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_written_by_a_form_and_a_mini_program_goes_through_it() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let key = world.system().sign_in_key().expose_secret().to_owned();
    let console = Console::sign_in(world, &key).await;
    let component = world.component();
    let page = format!("/console/{component}/onboarding/plan");

    let drawn = console.get(&page).await.expect_status(200).text();
    let testers = [("testers", "tester001"), ("automatic", "true")];
    let wrong = [&testers[..], &[("privacy.owner.days_kept", "many")]].concat();
    let refused = console.send(&drawn, "/console/do/set-onboarding-plan", &wrong).await;
    let again = refused.expect_status(422).text();
    assert!(again.contains("aria-invalid"), "the fault stands at its field: {again}");
    let right = [("privacy.owner.days_kept", "")];
    let saved = console.send(&again, "/console/do/set-onboarding-plan", &right).await;
    assert_eq!(
        saved.expect_status(303).headers[LOCATION].to_str().unwrap().split('?').next(),
        Some(&*page)
    );
    let drawn = console.get(&page).await.expect_status(200).text();
    assert!(drawn.contains("tester001"), "the form holds the plan: {drawn}");

    let begun = [("component", component), ("appid", MERCHANT)];
    console.carry_out("begin-onboarding", &begun, &[]).await.expect_status(303);
    let side = format!("/console/{component}/mini-programs/{MERCHANT}/onboarding");
    let shown = console.get(&side).await.expect_status(200).text();
    assert!(shown.contains("class=\"walk\""), "{shown}");
    let board = console.get(&format!("/console/{component}/onboarding")).await;
    let board = board.expect_status(200).text();
    assert!(board.contains(MERCHANT) && board.contains("class=\"stages\""), "{board}");
}
