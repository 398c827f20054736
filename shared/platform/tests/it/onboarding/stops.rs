//! What does not go on: errors that pass, errors for somebody to mend, and an order to stop.

use platform::{adoption::AdoptionError, attention::Need, tokens::Mode};

use super::*;

#[tokio::test]
async fn an_error_that_passes_is_tried_again_with_growing_pauses_and_marks_nobody() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    let busy = Fault::new("/wxa/get_effective_domain", How::Errcode(-1));
    story.world.wechat.fail(Fault { times: 2, ..busy });

    let first = story.tick().await;
    assert_eq!(at(&first), (Step::ServerDomains, StepState::Waiting, Some(Whom::WeChat)));
    assert_eq!(first.current().unwrap().wait.as_ref().unwrap().errcode, Some(-1));
    let asked = story.world.wechat.count("/wxa/get_effective_domain");
    story.tick().await;
    assert_eq!(story.world.wechat.count("/wxa/get_effective_domain"), asked, "not at once");
    let second = story.later(2).await;
    let pause =
        |onboarding: &Onboarding| onboarding.next_look.unwrap().as_second() - story.world.now();
    assert!(pause(&second) > 60, "{} s", pause(&second));
    assert!(!story.is_marked(Need::OnboardingFailed).await);

    let third = story.later(3).await;

    assert_eq!(at(&third).0, Step::Review, "{third:#?}");
    let waits = story.told().into_iter().filter(|it| *it == told("waits", "server-domains"));
    assert_eq!(waits.count(), 1, "told once");
}

fn told(kind: &str, step: &str) -> (String, String) {
    (format!("onboarding.{kind}"), step.to_owned())
}

#[tokio::test]
async fn variables_that_are_missing_stop_it_until_somebody_sets_them() {
    let story = Story::of(MERCHANT).await;
    let trial = json!({ "template_id": story.template, "user_version": "1.0.0",
        "ext": { "ext": { "shop": "{{shop}}" } } });
    story.begin(json!({ "trial": trial })).await;

    let stopped = story.tick().await;
    assert_eq!(at(&stopped), (Step::Trial, StepState::Failed, Some(Whom::Operator)));
    let why = &stopped.current().unwrap().wait.as_ref().unwrap().why;
    assert!(why.zh.contains("shop") && why.en.contains("shop"), "{why:?}");
    assert!(story.is_marked(Need::OnboardingFailed).await);
    assert_eq!(stopped.state(), Some(State::Failed));

    let variables: serde_json::Map<String, Value> =
        serde_json::from_value(json!({ "shop": "8812" })).unwrap();
    let accounts = &story.world.platform.mini_programs;
    accounts.set_variables(&story.world.component, &story.appid, &variables).await.unwrap();
    let gone_on = story.soon().await;

    assert_eq!(at(&gone_on).0, Step::Review, "{gone_on:#?}");
    assert!(!story.is_marked(Need::OnboardingFailed).await);
}

#[tokio::test]
async fn what_wechat_refuses_stops_it_with_the_code_in_words_and_is_looked_at_again() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    story.world.wechat.fail(Fault::new("/wxa/bind_tester", How::Errcode(85_001)));

    let stopped = story.tick().await;

    assert_eq!(at(&stopped), (Step::Testers, StepState::Failed, Some(Whom::Operator)));
    let wait = stopped.current().unwrap().wait.clone().unwrap();
    assert_eq!(wait.errcode, Some(85_001));
    assert!(!wait.why.zh.is_empty() && wait.why.zh != wait.why.en, "{wait:?}");
    assert!(story.is_marked(Need::OnboardingFailed).await);
    let gone_on = story.later(61).await;
    assert_eq!(at(&gone_on).0, Step::Review, "it was mended elsewhere: {gone_on:#?}");
}

#[tokio::test]
async fn an_order_has_it_looked_at_at_once_and_one_to_stop_ends_it_for_good() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    let refused = Fault::new("/wxa/bind_tester", How::Errcode(85_001));
    story.world.wechat.fail(Fault { times: 2, ..refused });
    story.tick().await;
    let (component, appid) = (&story.world.component, &story.appid);
    let onboardings = &story.world.platform.onboardings;
    let asked = story.world.wechat.count("/wxa/bind_tester");

    onboardings.retry(component, appid).await.unwrap();
    story.tick().await;
    assert_eq!(story.world.wechat.count("/wxa/bind_tester"), asked + 1);

    onboardings.stop(component, appid).await.unwrap();
    assert!(onboardings.retry(component, appid).await.is_err());
    story.soon().await;
    let stopped = story.later(24 * 60).await;
    assert_eq!((stopped.state(), stopped.next_look), (Some(State::Stopped), None));
    assert_eq!(story.world.wechat.count("/wxa/bind_tester"), asked + 1);
    assert!(!story.is_marked(Need::OnboardingFailed).await);
    assert_eq!(story.told().last().unwrap().0, "onboarding.stopped");
}

#[tokio::test]
async fn who_goes_on_with_it_while_somebody_stops_it_brings_nothing_back() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    let slow = Fault::new("/wxa/get_effective_domain", How::Slow(800));
    story.world.wechat.fail(slow);
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let onboardings = &story.world.platform.onboardings;
        onboardings.stop(&story.world.component, &story.appid).await.unwrap();
    };

    let (after, ()) = tokio::join!(story.tick(), stopping);

    assert_eq!(after.state(), Some(State::Stopped), "{after:#?}");
    assert_eq!(story.acted(COMMIT), 0);
}

#[tokio::test]
async fn nothing_begins_in_shadow_mode_nor_with_wechats_test_accounts() -> Result<(), AdoptionError>
{
    let story = Story::of(MERCHANT).await;
    story.put(story.plan(json!({}))).await;
    let (component, onboardings) = (&story.world.component, &story.world.platform.onboardings);
    let test_account: AppId = "wx570bc396a51b8ff8".parse().unwrap();
    assert!(!onboardings.begin_first(component, &test_account).await.unwrap());

    story.world.platform.adoption.switch(component, Mode::Shadow, "admin", false).await?;
    assert!(!onboardings.begin_first(component, &story.appid).await.unwrap());
    assert_eq!(story.show().await.state(), None);
    Ok(())
}
