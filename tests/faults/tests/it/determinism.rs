//! One seed, one schedule: twice in a process, in another process, beside another thread.

use std::process::Command;

use faults::{
    classes::{CLASSES, plan},
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
    assert_eq!(search(class, 0, 12, 1).0, search(class, 0, 12, 3).0);
}
