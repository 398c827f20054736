//! Accidents to order.

use std::time::Duration;

use http::Request;
use serde_json::{Value, json};
use simulator::{ConnectionCut, Fault, How};

use crate::support::{FLOWERS, NOODLES, Shop, code};

const PATH: &str = "/wxa/bind_tester";

fn fault(how: How, acted: bool) -> Fault {
    Fault { acted, ..Fault::new(PATH, how) }
}

/// Binds a tester: status and body, or the cut.
async fn bind(shop: &Shop) -> Result<(u16, String), ConnectionCut> {
    let request = Request::post(format!("http://x{PATH}?access_token={}", shop.token));
    let body = json!({ "wechatid": "zhangsan" }).to_string();
    let response = shop.world.wechat.answer(request.body(body.into()).unwrap()).await?;
    let status = response.status().as_u16();
    Ok((status, String::from_utf8(response.into_body().to_vec()).unwrap()))
}

async fn testers(shop: &Shop) -> usize {
    let answer = shop.post("memberauth", json!({ "action": "get_experiencer" })).await;
    answer["members"].as_array().unwrap().len()
}

#[tokio::test]
async fn each_accident_happens_with_and_without_effect() {
    for acted in [false, true] {
        for how in [How::Errcode(-1), How::Html, How::CutJson, How::Status(502), How::CutConnection]
        {
            let shop = Shop::new(NOODLES).await;
            shop.world.simulator.fail(fault(how, acted));

            let outcome = bind(&shop).await;

            match (how, outcome) {
                (How::Errcode(-1), Ok((200, body))) => {
                    assert_eq!(code(&serde_json::from_str(&body).unwrap()), -1);
                }
                (How::Html, Ok((200, body))) | (How::Status(502), Ok((502, body))) => {
                    assert!(body.starts_with("<html>"));
                }
                (How::CutJson, Ok((200, body))) => {
                    assert!(serde_json::from_str::<Value>(&body).is_err());
                    assert!(body.starts_with('{'));
                }
                (How::CutConnection, Err(ConnectionCut)) => {}
                (how, outcome) => panic!("{how:?}: {outcome:?}"),
            }
            assert_eq!(testers(&shop).await, usize::from(acted), "{how:?}");
            let log = shop.world.simulator.log();
            assert_eq!(log.of(PATH)[0].acted, acted);
            assert!(bind(&shop).await.is_ok(), "once");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_lasts_two_minutes() {
    let shop = Shop::new(NOODLES).await;
    shop.world.simulator.fail(fault(How::Timeout, true));
    let start = tokio::time::Instant::now();

    let outcome = bind(&shop).await;

    assert_eq!(outcome, Err(ConnectionCut));
    assert_eq!(start.elapsed(), Duration::from_secs(120));
    assert_eq!(testers(&shop).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_late_in_one_of_two_ways() {
    let shop = Shop::new(NOODLES).await;
    for acted in [false, true] {
        shop.world.simulator.fail(fault(How::Slow(5000), acted));
        let before = testers(&shop).await;

        let caller = tokio::time::timeout(Duration::from_secs(1), bind(&shop)).await;

        assert!(caller.is_err(), "the caller gave up");
        assert_eq!(testers(&shop).await - before, usize::from(acted));
    }
}

#[tokio::test]
async fn an_accident_waits_for_its_turn_its_count_and_its_mini_program() {
    let shop = Shop::new(NOODLES).await;
    let other = Fault { appid: Some(FLOWERS.to_owned()), ..fault(How::Html, false) };
    shop.world.simulator.fail(other);
    shop.world.simulator.fail(Fault { after: 1, times: 2, ..fault(How::Errcode(45011), false) });
    let mut codes = Vec::new();
    for _ in 0..4 {
        let (_, body) = bind(&shop).await.unwrap();
        codes.push(code(&serde_json::from_str(&body).unwrap()));
    }

    assert_eq!(codes, [0, 45011, 45011, 85004]);
    assert_eq!(shop.world.simulator.faults().len(), 1);
    shop.world.simulator.clear_faults();
    assert!(shop.world.simulator.faults().is_empty());
}

#[tokio::test]
async fn an_accident_may_strike_the_refresh_of_one_mini_program() {
    let shop = Shop::new(NOODLES).await;
    let token = shop.world.component_token().await;
    let path = "/cgi-bin/component/api_authorizer_token";
    let fault = Fault { appid: Some(NOODLES.to_owned()), ..Fault::new(path, How::Errcode(-1)) };
    shop.world.simulator.fail(fault);

    assert_eq!(code(&shop.world.refresh(&token, FLOWERS, "x").await), 61003);
    assert_eq!(code(&shop.world.refresh(&token, NOODLES, "x").await), -1);
}
