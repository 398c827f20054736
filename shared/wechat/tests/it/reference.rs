//! Every path of the reference is declared, and nothing else is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// How many paths the reference names.
const PATHS: usize = 123;

/// Methods and kind of token by path.
type Calls = BTreeMap<String, BTreeSet<(String, String)>>;

/// What the reference names.
fn listed() -> Calls {
    let mut calls = Calls::new();
    for line in include_str!("../data/paths.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let words: Vec<&str> = line.split(' ').collect();
        let &[methods, path, token, _section] = words.get(..4).expect("four words a line") else {
            unreachable!("four words were taken");
        };
        assert!(["none", "component", "merchant", "either"].contains(&token), "{line}");
        let of = methods.split('|').map(|method| (method.to_owned(), token.to_owned())).collect();
        assert!(calls.insert(path.to_owned(), of).is_none(), "{path} stands twice in the list");
    }
    calls
}

/// What the crate declares, read from its sources so that no declaration can be forgotten.
fn declared() -> Calls {
    let mut calls = Calls::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/endpoint");
    for entry in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        let words = source.split_whitespace().collect::<Vec<_>>().join(" ");
        for declaration in words.split(" Endpoint for ").skip(1) {
            let after = |start: &str| {
                let rest = declaration.split_once(start).expect("a declaration says all of it").1;
                rest.split_once(';').expect("a declaration ends").0.trim_matches('"').to_owned()
            };
            let token = match after("type Token = ").as_str() {
                "NoToken" => "none",
                "ComponentToken" => "component",
                "AuthorizerToken" => "merchant",
                "T" => "either",
                other => panic!("{other} is no kind of token"),
            };
            let path = after("const PATH: &'static str = ");
            let method = after("const METHOD: Method = Method::");
            calls.entry(path).or_default().insert((method, token.to_owned()));
        }
    }
    calls
}

#[test]
fn every_path_of_the_reference_is_declared_with_its_method_and_token() {
    let (listed, declared) = (listed(), declared());
    assert_eq!(listed.len(), PATHS, "a path came or went");
    let missing: Vec<_> = listed.keys().filter(|path| !declared.contains_key(*path)).collect();
    assert!(missing.is_empty(), "not declared: {missing:?}");
    for (path, ways) in &declared {
        let of = listed.get(path).unwrap_or_else(|| panic!("{path} is not in the list"));
        assert!(ways.is_subset(of), "{path} is declared as {ways:?} and listed as {of:?}");
    }
}
