//! Tests that no report shows a value that is not known to be harmless, whatever is wrong with a file.

use super::ConfigFolder;
use crate::config::keys::{CONCEPT, FORMAT, SECRET, SECTIONS};

/// What no report may show; every value of these tests contains it.
const HUNTER: &str = "hunter2";

/// The forms of a value with the secret in it.
const FORMS: &[&str] = &[
    "\"hunter2\"",
    "'hunter2'",
    "\"https://hunter2.example.org/hooks/x\"",
    "\"https://hooks.example.org/hunter2\"",
    "\"smtp://marsad:hunter2@mail.example.org\"",
    "\"hunter2@example.org\"",
    "\"whsec_hunter2\"",
    "hunter2",
    "7hunter2",
    "[\"a@example.org\", \"hunter2\"]",
    "{ value = \"hunter2\" }",
    "{ every = \"hunter2\", lang = 'hunter2' }",
    "{ X-Token = \"hunter2\" }",
    "\"\"\"\nfirst\nhunter2\n\"\"\"",
    "'''hunter2'''",
];

/// The ways in which a line may be wrong; `K` is its key and `V` its value.
const BREAKS: &[&str] = &[
    "K = V",
    "K V",
    "K: V",
    "K == V",
    "K = V V",
    "K = V # V",
    "K = V,",
    "K = [V",
    "K = { a = V",
    "K = \"V",
    "K = 'V",
    "K = \"\"\"V",
    "K = \"\\q V\"",
    "K = \"a\"V\"",
    "K = V\nK = V",
    "K = V\nK.x = V",
    "[K = V",
    "[[K]\nK = V",
    "\"K = V",
    "= V",
    "V",
    "# fine\n\u{1}V",
    "[V]]",
    "{\"K\": V}",
    "export K=V",
];

fn shown(text: &str) -> String {
    let desk = ConfigFolder::new(text);
    let path = desk.folder.path().display().to_string();
    match desk.load() {
        Ok(config) => format!("{}\n{:?}", config.warnings, config.warnings),
        Err(report) => format!("{}\n{}\n{}\n{report:?}", report.render(true), report.summary(), report.render(false)),
    }
    .replace(&path, "")
}

fn assert_hidden(text: &str) {
    let shown = shown(text);
    assert!(!shown.contains(HUNTER), "{text}\n----\n{shown}");
}

/// A key with typing errors.
fn mistyped(key: &str) -> [String; 3] {
    let (first, rest) = key.split_at(1);
    [format!("{first}{first}{rest}"), format!("{key}s_"), key.to_uppercase()]
}

/// A table of every section, with its keys.
fn tables() -> Vec<(String, Vec<&'static str>)> {
    let sections = SECTIONS.iter().map(|section| {
        let name = if section.name.starts_with('[') { section.name } else { "" };
        (name.to_owned(), section.names())
    });
    let nested = [("[concept.oic]", &CONCEPT), ("[channel.secret]", &SECRET), ("[channel.format]", &FORMAT)];
    sections.chain(nested.map(|(name, section)| (name.to_owned(), section.names()))).collect()
}

#[test]
fn a_value_under_a_mistyped_key_is_never_shown() {
    for (table, keys) in tables() {
        for form in FORMS {
            let lines: Vec<String> = keys.iter().flat_map(|key| mistyped(key)).collect();
            // All keys of a table at once if they can be read; alone if one of them ends the file.
            let lines: Vec<String> = lines.iter().map(|key| format!("{key} = {form}\n")).collect();
            assert_hidden(&format!("{table}\n{}", lines.concat()));
            assert_hidden(&format!("{table}\n{}", lines[0]));
        }
    }
}

#[test]
fn a_line_of_invalid_toml_shows_no_secret() {
    let keys = ["webhook", "webhoook", "password", "token", "secret", "email", "headers", "passwrd", "x-y"];
    for (form, line) in FORMS.iter().flat_map(|form| BREAKS.iter().map(move |line| (form, line))) {
        // The host of an address is shown under the right key.
        for key in keys.into_iter().filter(|key| *key != "webhook" || !form.contains("//hunter2.")) {
            let line = line.replace('K', key).replace('V', form);
            assert_hidden(&format!("[[channel]]\nid = \"desk\"\n{line}\nlang = \"ar\"\n"));
        }
        assert_hidden(&line.replace('K', "token").replace('V', form));
    }
}

#[test]
fn a_secret_in_the_place_of_a_value_is_never_shown() {
    let lines = [
        ("[[channel]]", "webhook"),
        ("[[channel]]", "email"),
        ("[[channel]]", "headers"),
        ("[[channel]]\nwebhook = \"https://example.org/\"", "secret"),
        ("[[channel]]\nwebhook = \"https://example.org/\"", "previous_secret"),
        ("[[channel]]\nwebhook = \"https://example.org/\"\nsecret = { value = \"x\" }", "headers"),
        ("[[channel]]\nemail = [\"a@example.org\"]", "secret"),
        ("[[channel]]\nwebhook = \"https://example.org/\"", "secret.file"),
        ("[[channel]]\nwebhook = \"https://example.org/\"", "secret.value"),
        ("[http]\nlisten = \"0.0.0.0:80\"", "token"),
        ("[http]", "public_url"),
        ("[smtp]", "url"),
        ("[smtp]\nurl = \"smtp://a@example.org\"", "password"),
        ("[smtp]\nurl = \"smtp://a@example.org\"", "from"),
        ("[fetch]", "proxy"),
        ("[health]", "ping"),
        ("[[source]]\nfeed = \"http://127.0.0.1/\"", "headers"),
        ("", "store"),
    ];
    for (table, key) in lines {
        for form in FORMS.iter().filter(|form| !form.contains("https://hunter2.")) {
            assert_hidden(&format!("{table}\n{key} = {form}\n"));
        }
    }
}

#[test]
fn a_secret_in_the_place_of_a_key_is_never_shown() {
    for key in ["hunter2", "\"https://hooks.example/T000/hunter2\"", "hunter2.x", "http.hunter2", "\"x\".\"hunter2\""] {
        for value in ["1", "\"x\"", "{ x = 1 }", "[1]", "true"] {
            assert_hidden(&format!("{key} = {value}\n"));
            for table in ["[http]", "[fetch]", "[[source]]", "[[watch]]", "[[channel]]", "[concept.oic]", "[concept]"] {
                assert_hidden(&format!("{table}\n{key} = {value}\n"));
            }
            for table in ["[[source]]\nid = \"a\"\nfeed = \"https://example.org/\"", "[[channel]]\nid = \"a\""] {
                assert_hidden(&format!("{table}\nwebhook = \"https://example.org/\"\nheaders.{key} = {value}\n"));
                assert_hidden(&format!("{table}\nsecret.{key} = {value}\nformat.{key} = {value}\n"));
            }
            assert_hidden(&format!("[concept.oic]\nen = [\"OIC\"]\n[concept.oic.near]\n{key} = {value}\n"));
        }
        for header in ["[K]", "[[K]]", "[K.x]", "[channel.K]", "[[source.K]]", "[http.K]", "[concept.K]", "[K"] {
            assert_hidden(&header.replace('K', key));
        }
    }
}

#[test]
fn a_secret_in_the_place_of_a_choice_a_number_or_a_name_is_never_shown() {
    let source = "[[source]]\nfeed = \"https://example.org/\"\n";
    let channel = "[[channel]]\nwebhook = \"https://example.org/\"\n";
    for (table, keys) in [
        (source, "id every min_every lang tags follow first_visit timezone encoding max_items enabled allow_networks"),
        (channel, "id max_in_flight format send quiet lang timezone secret.file secret.credential format.template"),
        ("[[channel]]\n", "id print file lang quiet"),
        ("[[watch]]\n", "id plurals lang sources fields once_per revisions urgent alert"),
        ("[fetch]\n", "user_agent timeout max_body concurrency per_host host_delay obey_robots"),
        ("[retention]\n", "text deliveries"),
        ("[http]\n", "listen"),
        ("[smtp]\n", "helo"),
        ("", "timezone include state_dir"),
    ] {
        let forms =
            ["\"hunter2\"", "\"hunter2/x\"", "7hunter2", "[\"hunter2\"]", "\"tag:hunter2\"", "\"hunter2-hunter2\""];
        for (key, form) in keys.split(' ').flat_map(|key| forms.map(|form| (key, form))) {
            assert_hidden(&format!("{table}{key} = {form}\n"));
            assert_hidden(&format!("{table}{key} = {form} x\n"));
        }
    }
}

#[test]
fn a_secret_file_taken_for_a_configuration_is_not_shown() {
    for text in [
        "hunter2",
        "hunter2\n",
        "whsec_hunter2==",
        "hunter2=",
        "TOKEN=hunter2",
        "machine mail.example.org login marsad password hunter2",
        "{\"private_key\": \"hunter2\", \"user\": \"x\"}",
        "-----BEGIN PRIVATE KEY-----\nhunter2\nhunter2==\n-----END PRIVATE KEY-----\n",
        "https://hooks.example.org/hunter2",
        "Bearer hunter2",
        "user:hunter2@host",
        "\"hunter2\"",
        "\"hunter2 and more\" = 1",
    ] {
        assert_hidden(text);
        let desk =
            ConfigFolder::new("include = [\"secrets/*\"]\n[[source]]\nid = \"a\"\nfeed = \"https://example.org/\"\n");
        desk.write("secrets/token", text);
        let report = desk.load().unwrap_err().render(false);
        assert!(!report.contains(HUNTER) && report.contains("secrets/token:1"), "{report}");
    }
}

#[test]
fn the_key_the_place_and_the_caret_are_shown() {
    let text = "[[channel]]\nid = \"desk\"\nwebhoook = \"https://hooks.example.org/hunter2\"\n";
    insta::assert_snapshot!(ConfigFolder::new(text).problems());
    let text = "[smtp]\nurl = \"smtp://marsad@mail.example.org\"\npassword = \"hunter2\n";
    insta::assert_snapshot!(ConfigFolder::new(text).problems());
}

#[test]
fn a_missing_secret_file_names_its_key_and_the_folder_but_not_itself() {
    for key in ["secret", "previous_secret"] {
        let given = if key == "secret" { "" } else { "secret = { value = \"x\" }\n" };
        let text = format!(
            "[[channel]]\nid = \"a\"\nwebhook = \"http://127.0.0.1/\"\n{given}{key} = {{ file = \"hunter2\" }}\n"
        );
        let desk = ConfigFolder::new(&text);
        let shown = desk.load().unwrap_err().render(false);
        let folder = desk.folder.path().display();
        assert!(shown.contains(&format!("the secret file of `{key}` does not exist in {folder}")), "{shown}");
        assert!(shown.contains(&format!("create it in {folder}, or write its whole path")), "{shown}");
        assert!(!shown.contains(HUNTER), "{shown}");
    }
}
