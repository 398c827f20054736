//! The operators' pages, as a browser asks for them: they say what the API says, and do what it does.

use http::header::{LOCATION, SET_COOKIE};
use journeys::{Answer, MERCHANT, World};
use secrecy::ExposeSecret;

use crate::shop::Shop;

/// A browser that keeps its cookie and reads the token of the forms it is shown.
struct Console<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Console<'a> {
    async fn sign_in(world: &'a World, key: &str) -> Console<'a> {
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

    async fn get(&self, path: &str) -> Answer {
        let request = http::Request::get(self.world.url(path)).header("cookie", &self.cookie);
        self.world.request(request, Vec::new()).await
    }

    /// Fills in the form of an action, as it is drawn, and sends it.
    async fn carry_out(
        &self,
        action: &str,
        known: &[(&str, &str)],
        filled: &[(&str, &str)],
    ) -> Answer {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(known);
        let page = self.get(&format!("/console/do/{action}?{}", query.finish())).await;
        let page = page.expect_status(200).text();
        let hidden: Vec<(String, String)> = page
            .split("<input type=\"hidden\" ")
            .skip(1)
            .filter_map(|rest| {
                let tag = rest.split('>').next()?;
                let part = |name: &str| {
                    tag.split_once(&format!("{name}=\""))?.1.split_once('"').map(|it| it.0)
                };
                Some((part("name")?.to_owned(), part("value")?.to_owned()))
            })
            .filter(|(name, _)| name != "back")
            .collect();
        let fields: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(filled.iter().copied())
            .collect();
        post(self.world, &format!("/console/do/{action}"), &self.cookie, &fields).await
    }
}

async fn post(world: &World, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
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
