//! The bugs that are planted find their places. That each is caught is shown by `--mutations`, which
//! builds the sources once for each.

use std::path::Path;

#[test]
fn every_bug_finds_its_place_in_the_sources_exactly_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");

    let unplantable = faults::mutations::unplantable(&root).unwrap();

    assert!(unplantable.is_empty(), "what they replace stands there so often: {unplantable:?}");
}
