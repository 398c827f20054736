//! One seed, one schedule: twice in a process, in another process, beside another thread.

use std::process::Command;

use faults::{
    classes::{CLASSES, plan},
    plan::{Plan, Way},
    run::run,
    search::search,
};

#[test]
fn the_same_seed_is_the_same_schedule_a_second_time() {
    for class in &CLASSES {
        for seed in [1, 8] {
            let plan = plan(class, seed);
            let (first, second) = (run(&plan, false), run(&plan, true));

            assert_eq!(first.hash, second.hash, "class {}, seed {seed}", class.number);
            assert_eq!(first.counts, second.counts, "class {}, seed {seed}", class.number);
            assert!(!second.trace.is_empty());
        }
    }
}

#[test]
fn the_same_seed_is_the_same_schedule_in_another_process() {
    for number in [3_usize, 7, 9] {
        let here = run(&plan(&CLASSES[number - 1], 5), false);

        let there = Command::new(env!("CARGO_BIN_EXE_faults"))
            .args(["--class", &number.to_string(), "--seed", "5"])
            .output()
            .unwrap();

        let told = String::from_utf8(there.stdout).unwrap();
        assert!(told.contains(&format!("history {:016x}", here.hash)), "class {number}: {told}");
    }
}

#[test]
fn another_seed_is_another_schedule() {
    let class = &CLASSES[2];
    assert_ne!(run(&plan(class, 1), false).hash, run(&plan(class, 2), false).hash);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let class = &CLASSES[5];
    let counts = |threads| search(class, Way::Straight, 0, 12, threads).0;
    assert_eq!(counts(1), counts(3));
}

/// Nothing is repeated in these schedules, for the pauses before are any; and no two calls of theirs come
/// in one instant, when either may be the first.
#[test]
fn the_straight_way_to_the_tables_is_the_schedule_that_the_sdk_makes() {
    for number in [1_usize, 2, 10, 12, 17] {
        for seed in 0..4 {
            let plan = plan(&CLASSES[number - 1], seed);
            let sdk = run(&Plan { way: Way::Sdk, ..plan.clone() }, true);
            let straight = run(&plan, true);

            let differs = sdk.trace.iter().zip(&straight.trace).find(|(sdk, here)| sdk != here);
            assert_eq!(differs, None, "class {number}, seed {seed}");
            assert_eq!(sdk.counts, straight.counts, "class {number}, seed {seed}");
        }
    }
}
