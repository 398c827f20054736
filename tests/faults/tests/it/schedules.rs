//! Some seeds of each class. CI runs many more of them in a release build.

use faults::{
    classes::{CLASSES, plan},
    plan::{Plan, Way, behaviour},
    search::search,
};

const SEEDS: u64 = 12;

#[test]
fn every_class_meets_its_faults_and_nothing_breaks() {
    for class in &CLASSES {
        let (counts, found) = search(class, Way::Straight, 0, SEEDS, 2);

        let broken: Vec<_> = found.iter().map(|found| (found.plan.seed, &found.broken)).collect();
        assert!(counts.is_well() && broken.is_empty(), "class {}: {broken:#?}", class.number);
        assert!(counts.met > 0, "class {} met no fault", class.number);
    }
}

/// Class and seed of schedules that broke something: dead letters about whoever had withdrawn, a
/// ticket that was asked for too seldom, tokens that were older than what they replaced, renewals that
/// nobody needed or that had no lease, an outcome that was asked for and not waited for, a grant that a
/// renewal hid, a review given up for a token that a moment later was good, a component that nobody got
/// back for want of a fresh token, a release that clocks minutes apart took for undone.
const ONCE_BROKEN: [(u8, u64); 25] = [
    (4, 46045),
    (8, 46),
    (10, 3),
    (11, 12),
    (11, 17),
    (11, 3367),
    (11, 4872),
    (11, 7138),
    (11, 7576),
    (11, 8418),
    (11, 56966),
    (12, 26322),
    (12, 37636),
    (16, 900),
    (16, 2051),
    (17, 41),
    (21, 1131),
    (21, 1463),
    (21, 1472),
    (21, 1997),
    (21, 15142),
    (22, 1011),
    (22, 2619),
    (22, 52380),
    (22, 74728),
];

#[test]
fn what_broke_once_does_not_break_again() {
    for (number, seed) in ONCE_BROKEN {
        let class = CLASSES.iter().find(|class| class.number == number).unwrap();
        let (_, found) = search(class, Way::Straight, seed, 1, 1);

        let broken: Vec<_> = found.iter().map(|found| &found.broken).collect();
        assert!(broken.is_empty(), "class {number}, seed {seed}: {broken:#?}");
    }
}

#[test]
fn a_component_goes_to_another_system_and_comes_back() {
    let (counts, _) = search(&CLASSES[20], Way::Straight, 100, SEEDS, 2);

    assert!(counts.hand_overs > 0 && counts.cut_overs > 0, "{counts:?}");
}

#[test]
fn rollouts_are_submitted_and_released_and_come_to_their_end() {
    let (counts, _) = search(&CLASSES[21], Way::Straight, 100, SEEDS, 2);

    let done = [counts.submissions, counts.releases, counts.rollouts_ended];
    assert!(done.iter().all(|times| *times > 0), "{counts:?}");
}

#[test]
fn every_class_plays_every_way_that_wechat_may_treat_tokens() {
    for class in &CLASSES {
        for number in 0..6 {
            assert_eq!(plan(class, number).behaviour, behaviour(number));
        }
    }
}

#[test]
fn a_plan_is_plain_data() {
    for class in &CLASSES {
        let made = plan(class, 7);
        let text = serde_json::to_string(&made).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), made);
    }
}
