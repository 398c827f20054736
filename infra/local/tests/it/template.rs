//! What is made here must be what `template.yaml` makes on AWS.
//!
//! The template is read as text: its resources are blocks of lines, and what is compared is
//! spelled the same way wherever it occurs.

use local::delivery::{DetailTypes, QUEUES, RULES, SOURCE};
use tables::{EXPIRY_ATTRIBUTE, TABLES};

fn template() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
    std::fs::read_to_string(path).unwrap()
}

/// The lines of the resource `name`.
fn resource(template: &str, name: &str) -> String {
    let start = format!("  {name}:\n");
    let at = template.find(&format!("\n{start}")).unwrap_or_else(|| panic!("no resource {name}"));
    let body = &template[at + 1 + start.len()..];
    let is_next = |line: &&str| line.starts_with("  ") && !line[2..].starts_with([' ', '#']);
    let lines: Vec<&str> = body.lines().take_while(|line| !is_next(line)).collect();
    lines.join("\n")
}

/// The resources of the type `kind`, by their names.
fn resources_of(template: &str, kind: &str) -> Vec<String> {
    let lines: Vec<&str> = template.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[1].trim() == format!("Type: {kind}"))
        .map(|pair| pair[0].trim().trim_end_matches(':').to_owned())
        .collect()
}

/// The number after `name:`.
fn number(block: &str, name: &str) -> usize {
    let (_, rest) = block.split_once(&format!("{name}: ")).unwrap();
    rest.lines().next().unwrap().trim().parse().unwrap()
}

/// `events` → `Events`.
fn capitalized(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

#[test]
fn the_tables_have_the_same_keys_index_and_expiry() {
    let template = template();

    assert_eq!(resources_of(&template, "AWS::DynamoDB::Table").len(), TABLES.len());
    for table in TABLES {
        let block = resource(&template, &format!("{}Table", capitalized(table.name)));
        let keys = "KeySchema:
        - { AttributeName: pk, KeyType: HASH }
        - { AttributeName: sk, KeyType: RANGE }";
        assert!(block.contains(keys), "{block}");
        match table.due {
            Some(projection) => {
                for part in [
                    "- IndexName: due".to_owned(),
                    "{ AttributeName: due_shard, KeyType: HASH }".to_owned(),
                    "{ AttributeName: due_at, KeyType: RANGE }".to_owned(),
                    format!("{{ ProjectionType: {} }}", projection.as_str()),
                ] {
                    assert!(block.contains(&part), "{part} is not in {block}");
                }
            }
            None => assert!(!block.contains("GlobalSecondaryIndexes"), "{block}"),
        }
        let expiry = format!("{{ AttributeName: {EXPIRY_ATTRIBUTE}, Enabled: true }}");
        assert_eq!(block.contains(&expiry), table.expires, "{block}");
    }
}

#[test]
fn the_rules_send_the_same_events_to_the_same_queues() {
    let template = template();
    let names = resources_of(&template, "AWS::Events::Rule");

    assert_eq!(names.len(), RULES.len());
    for rule in RULES {
        let target = format!("Arn: !GetAtt {}Queue.Arn", capitalized(rule.queue));
        let block = names
            .iter()
            .map(|name| resource(&template, name))
            .find(|block| block.contains(&target))
            .unwrap_or_else(|| panic!("no rule has the target {target}"));
        assert!(block.contains(&format!("source: [{SOURCE}]")), "{block}");
        let before = match rule.detail_types {
            DetailTypes::Only(_) => "detail-type:\n",
            DetailTypes::AllBut(_) => "detail-type:\n          - anything-but:\n",
        };
        let (_, list) = block.split_once(before).unwrap_or_else(|| panic!("{before} in {block}"));
        let listed: Vec<&str> =
            list.lines().map_while(|line| line.trim_start().strip_prefix("- ")).collect();
        let (DetailTypes::Only(expected) | DetailTypes::AllBut(expected)) = rule.detail_types;
        assert_eq!(listed, expected);
    }
}

#[test]
fn the_queues_feed_the_same_functions_as_patiently() {
    let template = template();

    for queue in QUEUES {
        let name = format!("{}Queue", capitalized(queue.name));
        let block = resource(&template, &name);
        assert_eq!(number(&block, "maxReceiveCount"), queue.max_receives as usize, "{block}");
        let function = resource(&template, &format!("{}Function", capitalized(queue.function)));
        let (_, source) = function.split_once(&format!("Queue: !GetAtt {name}.Arn")).unwrap();
        assert_eq!(number(source, "BatchSize"), queue.batch_size, "{function}");
        assert!(source.contains("ReportBatchItemFailures"), "{function}");
    }
}
