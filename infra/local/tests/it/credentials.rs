use local::{credentials::Credentials, data::DataDirectory};
use secrecy::ExposeSecret;

use crate::directory::TestDirectory;

#[test]
fn generated_secrets_are_the_same_at_the_next_start() {
    let directory = TestDirectory::new("secrets-same");
    let file = directory.path().join("secrets.json");

    let first = Credentials::load_or_generate(&file).unwrap();
    let second = Credentials::load_or_generate(&file).unwrap();

    assert_eq!(first.sealing_key.expose_secret(), second.sealing_key.expose_secret());
    assert_eq!(first.sign_in_key().expose_secret(), second.sign_in_key().expose_secret());
    assert_eq!(first.component.appid, second.component.appid);
    assert_eq!(
        first.component.encoding_aes_key.expose_secret(),
        second.component.encoding_aes_key.expose_secret()
    );
}

#[test]
fn further_components_are_made_once_and_kept() {
    let directory = TestDirectory::new("secrets-components");
    let file = directory.path().join("secrets.json");
    let appids = |count| -> Vec<String> {
        let mut credentials = Credentials::load_or_generate(&file).unwrap();
        let components = credentials.components(count, Some(&file)).unwrap();
        components.into_iter().map(|component| component.appid).collect()
    };

    let (one, three, two) = (appids(1), appids(3), appids(2));

    assert_eq!(one[..], three[..1]);
    assert_eq!(two[..], three[..2]);
    assert_eq!(three, appids(3), "the same at every start");
    assert!(three[0] != three[1] && three[1] != three[2] && three[0] != three[2]);
}

#[test]
fn generated_secrets_have_the_shapes_wechat_wants() {
    let credentials = Credentials::generate();

    let component = &credentials.component;
    assert_eq!(component.appid.len(), 18);
    assert!(component.appid.starts_with("wx"));
    assert_eq!(component.encoding_aes_key.expose_secret().len(), 43);
    assert!(component.encoding_aes_key.expose_secret().bytes().all(|b| b.is_ascii_alphanumeric()));
    assert_eq!(credentials.sealing_key.expose_secret().len(), 64);
    assert!(credentials.sign_in_key().expose_secret().starts_with("wf_admin_"));
    assert!(credentials.admin_key.expose_secret().len() >= 43);
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_secrets() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TestDirectory::new("secrets-mode");
    let data = directory.path().join("data");

    let _data = DataDirectory::open(&data).unwrap();
    Credentials::load_or_generate(&data.join("secrets.json")).unwrap();

    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data.join("secrets.json")), 0o600);
    assert_eq!(mode(&data), 0o700);
}

#[test]
fn a_damaged_file_is_refused_and_not_quoted() {
    let directory = TestDirectory::new("secrets-damaged");
    let file = directory.path().join("secrets.json");
    std::fs::write(&file, r#"{"sealing_key":"canary""#).unwrap();

    let error = Credentials::load_or_generate(&file).unwrap_err();

    assert!(error.to_string().contains("secrets.json"));
    assert!(!format!("{error:?}{error}").contains("canary"));
    assert!(std::fs::read_to_string(&file).unwrap().contains("canary"), "the file was overwritten");
}

#[test]
fn secrets_do_not_print() {
    let credentials = Credentials::generate();

    let printed = format!("{credentials:?}");

    assert!(!printed.contains(credentials.sealing_key.expose_secret()));
    assert!(!printed.contains(credentials.component.token.expose_secret()));
}

#[test]
fn a_data_directory_has_one_user_at_a_time() {
    let directory = TestDirectory::new("data-lock");

    let first = DataDirectory::open(directory.path()).unwrap();
    let refusal = DataDirectory::open(directory.path()).unwrap_err();
    drop(first);
    let third = DataDirectory::open(directory.path());

    assert!(refusal.to_string().contains("another process"));
    assert!(third.is_ok());
}
