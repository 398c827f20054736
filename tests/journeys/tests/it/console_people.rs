//! People on the operators' pages: invited, and of two minds about what takes two.

use http::header::LOCATION;
use journeys::{Answer, World};
use secrecy::ExposeSecret;

use crate::console::{Console, post};

/// What stands in the box of secrets that are told once.
fn told(page: &Answer) -> String {
    let page = page.text();
    let told = page.split("<code class=\"secret\">").nth(1).and_then(|it| it.split('<').next());
    told.unwrap_or_else(|| panic!("nothing is told on {page}")).to_owned()
}

/// Invites somebody by `console`, and takes the key as they would.
async fn invited(world: &World, console: &Console<'_>, name: &str, role: &str) -> String {
    let made = console.carry_out("invite", &[], &[("name", name), ("role", role)]).await;
    let link = told(&made.expect_status(200));
    let (page, token) = link.split_once('#').unwrap();
    assert_eq!(page, world.url("/console/invitation"));
    let drawn = world.request(http::Request::get(page), Vec::new()).await;
    let drawn = drawn.expect_status(200).text();
    assert!(drawn.contains("name=\"token\"") && drawn.contains("data-from-fragment"), "{drawn}");
    let taken = post(world, "/console/invitation", "", &[("token", token)]).await;
    let key = told(&taken.expect_status(200));
    let again = post(world, "/console/invitation", "", &[("token", &*link)]).await;
    assert!(again.expect_status(409).text().contains("role=\"alert\""));
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_are_invited_and_one_approves_what_the_other_asks_for() {
    let world = World::start().await;
    let first = world.system().sign_in_key().expose_secret().to_owned();
    let console = Console::sign_in(&world, &first).await;
    let lei = invited(&world, &console, "李雷", "admin").await;
    let mei = invited(&world, &console, "韩梅梅", "admin").await;
    let (lei, mei) = (Console::sign_in(&world, &lei).await, Console::sign_in(&world, &mei).await);
    let page = "/console/approvals";
    let drawn = lei.get(page).await.expect_status(200).text();
    let set = lei.send(&drawn, "/console/do/set-approval-policy", &[("required", "operators")]);
    set.await.expect_status(303);

    let asked = lei.carry_out("invite", &[], &[("name", "小王"), ("role", "viewer")]).await;
    let there = asked.expect_status(303).headers[LOCATION].to_str().unwrap().to_owned();
    assert!(there.starts_with("/console/approvals/") && there.ends_with("?asked=1"), "{there}");
    let own = lei.get(&there).await.expect_status(200).text();
    assert!(own.contains("等待另一人批准") && own.contains("withdraw-request"), "{own}");
    assert!(!own.contains("approve-request"), "nobody is offered to approve their own");
    let today = mei.get("/console").await.expect_status(200).text();
    assert!(today.contains("李雷") && today.contains("/console/approvals"), "{today}");

    let one = mei.get(there.split('?').next().unwrap()).await.expect_status(200).text();
    mei.send(&one, "/console/do/approve-request", &[]).await.expect_status(303);

    let done = lei.get(there.split('?').next().unwrap()).await.expect_status(200).text();
    assert!(done.contains("已执行") && done.contains("韩梅梅"), "{done}");
    let answer = format!("{}/answer", there.split('?').next().unwrap());
    let link = told(&lei.get(&answer).await.expect_status(200));
    assert!(link.contains("/console/invitation#wi_"), "{link}");
    mei.get(&answer).await.expect_status(403);
    let log = mei.get("/console/audit").await.expect_status(200).text();
    assert!(log.contains("批准：韩梅梅"), "{log}");
}
