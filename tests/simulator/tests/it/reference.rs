//! Every path of the reference is answered, and nothing else is.

use std::collections::BTreeMap;

/// Methods and whose token, by path.
type Calls = BTreeMap<String, (Vec<String>, String)>;

/// What the reference names.
fn listed() -> Calls {
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/wechat/tests/data/paths.txt");
    let list = std::fs::read_to_string(list).unwrap();
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let methods = words[0].split('|').map(str::to_owned).collect();
            (words[1].to_owned(), (methods, words[2].to_owned()))
        })
        .collect()
}

#[test]
fn every_path_of_the_reference_is_answered_with_its_method_and_token() {
    let answered: Vec<_> = simulator::answered().collect();
    let calls: Calls = answered
        .iter()
        .map(|call| {
            let methods = call.methods.iter().map(|method| (*method).to_owned()).collect();
            (call.path.to_owned(), (methods, call.token.to_owned()))
        })
        .collect();
    assert_eq!(calls.len(), answered.len(), "a path is answered twice");
    let listed = listed();
    let is_missing = |path: &&String| !calls.contains_key(*path);
    let missing: Vec<_> = listed.keys().filter(is_missing).collect();
    assert!(missing.is_empty(), "not answered: {missing:?}");
    for (path, call) in &calls {
        let wanted = listed.get(path).unwrap_or_else(|| panic!("{path} is not in the list"));
        assert_eq!(call, wanted, "{path}");
    }
}
