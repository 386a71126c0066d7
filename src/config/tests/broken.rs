//! Tests the report on a broken configuration.

use super::{ConfigFolder, NEWSROOM, SIGNING};
use crate::config::context::LoadContext;

/// The first problem with a configuration, and its remedy.
fn first(text: &str) -> (String, String) {
    let report = ConfigFolder::new(text).load().expect_err("the configuration is broken");
    let problem = &report.errors()[0];
    (problem.message.clone(), problem.remedy.clone())
}

#[test]
fn every_problem_is_reported_at_once() {
    let desk = ConfigFolder::new(
        r#"timezone = "Asia/Riad"
listen = "127.0.0.1:1"
[fetch]
timeout = "fast"
concurency = 3
[[source]]
id = "a"
feed = "http://127.0.0.1/feed"
evry = "10m"
[[source]]
id = "A"
feed = "https://example.net/feed"
page = "https://example.net/"
split = "***"
[[watch]]
id = "w"
any = ["", "غزة", 7]
sources = ["tag:x", "aa"]
alert = ["dsk"]
[[channel]]
id = "desk"
email = ["nobody"]
max_in_flight = 9
"#,
    );
    insta::assert_snapshot!(desk.problems());
}

#[test]
fn invalid_toml_is_reported_with_its_place() {
    insta::assert_snapshot!(ConfigFolder::new("[[source]\nid = \"a\nfeed = 'x'\n").problems());
}

#[test]
fn an_unclosed_bracket_is_one_problem() {
    let desk = ConfigFolder::new(
        "[[source]]\nid = \"a\"\ntags = [\"x\"\nfeed = \"https://a.example.net/\"\n".repeat(40).as_str(),
    );
    let report = desk.load().expect_err("the configuration is broken");
    assert_eq!(report.errors().len(), 1, "{}", report.render(false));
}

#[test]
fn right_to_left_words_are_repeated_at_the_caret() {
    insta::assert_snapshot!(
        ConfigFolder::new("[[watch]]\nid = \"w\"\nany = [\"غزة\"]\nsources = [\"غزة\"]\nalert = []\n").problems()
    );
}

#[test]
fn a_long_line_is_shown_around_its_caret_and_keeps_its_column() {
    let terms: String = (0..200).map(|n| format!("\"كلمة{n}\", ")).collect();
    insta::assert_snapshot!(
        ConfigFolder::new(&format!("[[watch]]\nid = \"w\"\nany = [{terms}\"\"]\nalert = []\n")).problems()
    );
}

#[test]
fn each_mistake_has_its_own_message() {
    for (text, expected) in mistakes() {
        let (message, remedy) = first(&text);
        assert!(message.ends_with(expected), "{text}\n{message}");
        assert!(!remedy.is_empty(), "{text}");
    }
}

#[test]
fn each_mistake_is_shown_with_its_place_and_remedy() {
    let shown: Vec<String> = mistakes().iter().map(|(text, _)| ConfigFolder::new(text).problems()).collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}

/// Configurations, each with its problem.
fn mistakes() -> Vec<(String, &'static str)> {
    let source = |rest: &str| format!("[[source]]\nid = \"a\"\nfeed = \"https://a.example.net/\"\n{rest}\n");
    let channel = |rest: &str| format!("[[channel]]\nid = \"c\"\n{rest}\n");
    vec![
        (source("every = \"10s\""), "`every` is shorter than min_every (1m)"),
        (source("every = \"5h\"\nmax_every = \"2h\""), "`every` is longer than max_every"),
        (source("title = \"h2\""), "`title` is for a page, but this is a feed"),
        (source("encoding = \"klingon\""), "unknown encoding \"…\""),
        (source("lang = \"arabic\""), "\"arabic\" is not a language tag"),
        (source("lang = \"klingonish\""), "\"…\" is not a language tag such as \"ar\" or \"fr\""),
        (source("follow = \"allways\""), "unknown value \"allways\""),
        (source("enabled = \"yes\""), "`enabled` is a text, not true or false"),
        (source("max_items = 0"), "`max_items` is out of bounds"),
        (source("headers = { Host = \"x\" }"), "the header `Host` is set by marsad"),
        (source("allow_networks = [\"0.0.0.0/0\"]"), "the network covers the whole internet"),
        ("[[source]]\nid = \"a\"\n".into(), "a source has no address"),
        ("[[source]]\nfeed = \"https://a.example.net/\"\n".into(), "a source has no `id`"),
        (
            "[[source]]\nid = \"a\"\npage = \"https://a.example.net/\"\nlink = \"a@href\"\n".into(),
            "`link` needs `item`",
        ),
        ("[source]\nid = \"a\"\n".into(), "`source` is a list of tables"),
        (channel("webhook = \"https://u:p@a.example.net/\""), "the address contains a user name or password"),
        (channel("webhook = \"https://a.example.net:25/\""), "port 25 belongs to a service other than a web server"),
        (channel("webhook = \"https://a.example.net/\"\nsecret = \"x\""), "a secret must not be in the configuration"),
        (channel("webhook = \"https://a.example.net/\"\nformat = \"slak\""), "unknown format \"slak\""),
        (channel("print = true\nformat = \"slack\""), "`format` is for a webhook, but this is a print"),
        (channel("print = false"), "the channel does not print"),
        (channel("print = true\nsend = \"hourly\""), "invalid `send` \"hourly\""),
        (channel("print = true\nquiet = \"22-6\""), "invalid time of day \"22\""),
        (channel("print = true\nlang = \"de\""), "messages are not available in de"),
        (channel("email = []"), "the mail channel has no recipients"),
        (channel("email = [\"a@b.org\", \"A@b.org\"]"), "a recipient is listed twice"),
        (channel("email = [\"a@münchen.example\", \"A <a@xn--mnchen-3ya.example>\"]"), "a recipient is listed twice"),
        (channel("email = [\"A <a@b.org>, B <c@d.org>\"]"), "more than one mail address"),
        (
            channel("email = [\"josé@b.org\"]"),
            "needs a relay with SMTPUTF8, not supported: it has letters outside ASCII before the @",
        ),
        (
            "[smtp]\nurl = \"smtp://h\"\nfrom = \"a@b.org\"\nhelo = \"vm\"\n".into(),
            "\"vm\" is neither a full host name nor an address literal",
        ),
        ("[http]\nlisten = \"0.0.0.0:80\"\n".into(), "the server would be open to the network without a token"),
        ("[http]\nlisten = \":80\"\n".into(), "invalid listen address \":80\""),
        ("store = \"postgres://a:b@c/d\"\n".into(), "this version supports only SQLite"),
        ("store = { file = \"s\" }\n".into(), "this version supports only SQLite"),
        ("[[smtp]]\nurl = \"smtp://h\"\n".into(), "`smtp` is a list of tables, not a table"),
        ("[smtp]\nurl = \"mail.example.net:587\"\nfrom = \"a@b.org\"\n".into(), "the address has no scheme"),
        ("[smtp]\nurl = \"localhost:465\"\nfrom = \"a@b.org\"\n".into(), "the address has no scheme"),
        ("[mail]\nurl = \"smtp://h\"\n".into(), "unknown section `mail`"),
        ("[http]\nlisten = \"\"\nstate_dir = \"/x\"\n".into(), "unknown key `state_dir` in [http]"),
        (source("every = \"daily 07:00,19:00\""), "invalid time of day \"07:00,19:00\""),
        (source("timezone = \"Riyadh\""), "unknown timezone \"Riyadh\""),
        (
            "[[source]]\nid = \"una\u{200f}\"\nfeed = \"https://a.example.net/\"\n".into(),
            "it contains the invisible character U+200F",
        ),
        ("[[source]]\nid = \"a\"\nfeed = \"localhost:8080/feed\"\n".into(), "the address has no scheme"),
        (channel("webhook = \"hooks.example.net/x\""), "the address has no scheme"),
        ("[smtp]\nurl = \"smtp://u:p@h\"\nfrom = \"a@b.org\"\n".into(), "the address contains a password"),
        (
            "[smtp]\nurl = \"smtp://u@h\"\nfrom = \"a@b.org\"\n".into(),
            "a user name needs a password, and a password a user name",
        ),
        ("[retention]\ntext = \"1h\"\n".into(), "\"1h\" is out of bounds"),
        ("[health]\nalert = [\"ops\"]\n".into(), "no channel is called \"ops\""),
        ("include = [\"gone.toml\"]\n".into(), "does not exist"),
        ("[[watch]]\nid = \"w\"\nalert = []\n".into(), "the watch `w` has nothing to match"),
        ("[concept.x]\nar = [\"ا\"]\nnear = { OIC = [\"a\"] }\n".into(), "\"OIC\" is not a name of `x`"),
        ("[concept.x]\nnaer = []\n".into(), "unknown key `naer` in [concept.NAME]"),
    ]
}

#[test]
fn no_secret_reaches_a_report() {
    let desk = ConfigFolder::new(
        r#"store = "postgres://marsad:hunter2@db.example.net/x"
http.listen = "0.0.0.0:80"
http.token = { value = "hunter2" }
[smtp]
url = "smtp://marsad:hunter2@mail.example.net"
password = "hunter2"
[[source]]
id = "a"
feed = "https://marsad:hunter2@example.net/feed"
headers = { Authorization = "hunter2 ✓", Cookie = { value = "hunter2" } }
[[channel]]
id = "c"
webhook = { value = "https://example.net/hunter2" }
secret = { file = "short", value = "hunter2" }
[[channel]]
id = "d"
webhook = "https://example.net/hunter2#x"
secret = { file = "short" }
previous_secret = { value = "hunter2
"#,
    );
    desk.write("short", "whsec_hunter2");
    let broken = desk.problems();
    let whole = std::fs::read_to_string(desk.path("marsad.toml"))
        .unwrap()
        .replace("previous_secret = { value = \"hunter2\n", "");
    desk.write("marsad.toml", whole);
    for report in [broken, desk.problems(), format!("{:?}", desk.load().unwrap_err())] {
        assert!(!report.contains("hunter2"), "{report}");
    }
    assert!(desk.load().unwrap_err().errors().len() >= 10);
}

#[test]
fn an_invalid_secret_file_is_named_with_a_remedy() {
    let text = NEWSROOM.replace("secrets/partner-old", "secrets/tried");
    let cases: [(Option<Vec<u8>>, &str); 6] = [
        (None, "No such file"),
        (Some(vec![]), "is empty"),
        (Some(b"\n".to_vec()), "is empty"),
        (Some(vec![b'x'; 65 * 1024]), "larger than 65536 bytes"),
        (Some(vec![0xff, 0xfe]), "not UTF-8"),
        (Some(b"whsec_c2hvcnQ=".to_vec()), "whsec_ and base64 of 24 to 64 bytes"),
    ];
    for (bytes, expected) in cases {
        let desk = ConfigFolder::newsroom();
        desk.write("marsad.toml", &text);
        if let Some(bytes) = &bytes {
            desk.write("secrets/tried", bytes);
        }
        let problems = desk.problems();
        assert!(problems.contains(expected) && problems.contains("\n1 problem"), "{problems}");
    }
}

#[test]
fn a_secret_that_everybody_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let desk = ConfigFolder::newsroom();
    std::fs::set_permissions(desk.path("secrets/smtp"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let warnings = desk.load().unwrap().warnings.render(false);
    assert!(
        warnings.contains("every user of this machine can read")
            && warnings.contains("chgrp marsad")
            && warnings.contains("chmod 640")
            && warnings.contains("chmod 600"),
        "{warnings}"
    );
}

#[test]
fn a_signing_secret_may_be_in_the_file_only_for_loopback() {
    let channel = |host: &str| {
        format!("[[channel]]\nid = \"c\"\nwebhook = \"http://{host}/\"\nsecret = {{ value = \"{SIGNING}\" }}\n")
    };
    assert!(ConfigFolder::new(&channel("127.0.0.1:9")).load().is_err(), "port 9 is refused");
    assert!(ConfigFolder::new(&channel("127.0.0.1:9000")).load().is_ok());
    assert!(ConfigFolder::new(&channel("[::1]:9000")).load().is_ok());
    assert!(first(&channel("10.0.0.1:9000")).0.contains("not on this machine"));
}

#[test]
fn a_secret_that_cannot_be_read_has_a_remedy_for_its_cause() {
    let (message, remedy) = first(&with_secret("{ env = \"DESK_SECRET\" }"));
    assert_eq!(message, "a secret cannot be read from an environment variable");
    assert!(remedy.starts_with("write { file = "), "{remedy}");
    let (message, remedy) = first(&with_secret("{ file = \"~/secret\" }"));
    assert_eq!(
        (message.as_str(), remedy.as_str()),
        ("`~` does not stand for a folder here", "write the full path, such as /etc/marsad/secret")
    );
    let desk = ConfigFolder::new(&with_secret("{ file = \"secrets\" }"));
    desk.write("secrets/desk", SIGNING);
    let problems = desk.problems();
    assert!(problems.contains("the secret file secrets is a folder"), "{problems}");
    assert!(problems.contains("write the file in it that holds the secret: { file = \"secrets/NAME\" }"), "{problems}");
    assert!(first("include = [\"~/more.toml\"]\n").0.starts_with("`~` does not stand"));
}

/// A signed webhook with this secret.
fn with_secret(secret: &str) -> String {
    format!("[[channel]]\nid = \"c\"\nwebhook = \"https://a.example.net/\"\nsecret = {secret}\n")
}

/// The warnings about a configuration.
fn warnings(desk: &ConfigFolder) -> Vec<(String, String)> {
    let config = desk.load().unwrap_or_else(|report| panic!("{report}"));
    config.warnings.warnings().iter().map(|warning| (warning.message.clone(), warning.remedy.clone())).collect()
}

#[test]
fn a_standard_webhook_without_a_secret_is_a_warning() {
    let health = "[health]\nalert = [\"c\"]\n";
    let channel = |url: &str, rest: &str| {
        ConfigFolder::new(&format!("{health}[[channel]]\nid = \"c\"\nwebhook = \"{url}\"\n{rest}\n"))
    };
    let [(message, remedy)] = &warnings(&channel("https://a.example.net/", ""))[..] else { panic!("one warning") };
    assert!(message.starts_with("the webhook is not signed"), "{message}");
    assert!(remedy.contains("openssl rand -base64 32") && remedy.contains("secret = { file = "), "{remedy}");
    for (url, rest) in [("http://127.0.0.1:9000/", ""), ("https://a.example.net/", "format = \"slack\"")] {
        assert_eq!(warnings(&channel(url, rest)), [], "{url} {rest}");
    }
}

#[test]
fn a_template_is_checked_with_its_variables() {
    let channel = "[health]\nalert = [\"c\"]\n[[channel]]\nid = \"c\"\nwebhook = \"https://a.example.net/\"\n";
    let desk = ConfigFolder::new(&format!("{channel}format = {{ template = \"my.json.j2\" }}\n"));
    let missing = desk.problems();
    assert!(missing.contains("cannot read the template my.json.j2"), "{missing}");
    assert!(missing.contains("marsad config template slack > my.json.j2"), "{missing}");
    desk.write("my.json.j2", "{\"text\": {{ data.item.titel }}}");
    let expected = "the template my.json.j2 uses `data.item.titel`, which no body has";
    let [(message, remedy)] = &warnings(&desk)[..] else { panic!("one warning") };
    let message = message.replace(&format!("{}/", desk.folder.path().display()), "");
    assert_eq!((message.as_str(), remedy.as_str()), (expected, "did you mean `data.item.title`?"));
}

#[test]
fn a_query_names_only_sources_that_exist() {
    let watch = |query: &str| {
        let source = "[[source]]\nid = \"una-ar\"\nfeed = \"https://a.example.net/\"\ntags = [\"official\"]\n";
        let text = "[[watch]]\nid = \"w\"\nalert = [\"c\"]\n[[channel]]\nid = \"c\"\nprint = true\n";
        ConfigFolder::new(&format!("{source}{}", text.replacen('\n', &format!("\nquery = '{query}'\n"), 1)))
    };
    let problems = watch("Gaza AND (source:una-a OR NOT source:una-ar)").problems();
    assert!(problems.contains("no source is called \"una-a\"") && problems.ends_with("1 problem"), "{problems}");
    assert!(problems.contains("did you mean \"una-ar\"?") && problems.contains("marsad.toml:6:20"), "{problems}");
    let [(message, remedy)] = &warnings(&watch("Gaza AND tag:oficial"))[..] else { panic!("one warning") };
    assert_eq!(message, "no source has the tag \"oficial\"");
    assert!(remedy.starts_with("did you mean \"official\"?"), "{remedy}");
    assert_eq!(warnings(&watch("Gaza AND source:una-ar AND tag:official")), []);
}

#[test]
fn a_watch_with_empty_lists_matches_nothing_by_mistake() {
    let watch = |keys: &str| format!("[[watch]]\nid = \"w\"\n{keys}\nalert = []\n");
    assert_eq!(first(&watch("any = []")).0, "the watch `w` has nothing to match: `any` is empty");
    assert_eq!(first(&watch("all = []\nlang = [\"ar\"]")).0, "the watch `w` has nothing to match: `all` is empty");
    let source = "[[source]]\nid = \"a\"\nfeed = \"https://a.example.net/\"\n";
    for (keys, message) in [
        ("any = []\nsources = [\"a\"]", "`any` is empty: the watch matches every item of its sources"),
        ("any = []\nquery = \"Gaza\"", "`any` is empty: it has no effect"),
    ] {
        let warned = warnings(&ConfigFolder::new(&format!("{source}{}", watch(keys))));
        assert!(warned.iter().any(|warning| warning.0 == message), "{warned:?}");
    }
}

#[test]
fn a_remedy_names_the_configuration_that_was_given() {
    let desk = ConfigFolder::new(&with_secret("{ file = \"secret\" }"));
    let loading = LoadContext::new(Some(&desk.path("marsad.toml")), &desk.around());
    assert_eq!(loading.check, format!("marsad check --config {}", desk.path("marsad.toml").display()));
}

#[test]
fn only_configuration_files_are_counted() {
    let desk = ConfigFolder::newsroom();
    let config = desk.load().unwrap();
    assert_eq!(config.file_count, 1);
    assert!(config.files.len() > 1, "secrets and templates are watched too");
}

#[test]
fn a_name_must_not_repeat_in_another_file() {
    let desk = ConfigFolder::new("include = [\"more/*.toml\"]\n[concept.x]\nar = [\"كلمة\"]\n[http]\n");
    desk.write("more/a.toml", "[concept.x]\nfa = [\"واژه\"]\n[http]\n");
    let problems = desk.problems();
    assert!(problems.contains("a concept with the id `x` is configured twice"), "{problems}");
    assert!(problems.contains("the first is at marsad.toml:2:10"), "{problems}");
    assert!(problems.contains("`http` is configured twice"), "{problems}");
}

#[test]
fn the_console_may_write_only_watches() {
    let desk = ConfigFolder::new("");
    desk.write("state/watches.d/x.toml", "[http]\nlisten = \"\"\n");
    assert!(desk.problems().contains("`http` is not allowed in watches.d"));
}

#[test]
fn a_hundred_thousand_terms_are_accepted_and_more_are_refused() {
    let text = |count: usize| {
        let terms: Vec<String> = (0..count).map(|n| format!("\"كلمة{n}\"")).collect();
        format!("[[watch]]\nid = \"w\"\nany = [{}]\nalert = []\n", terms.join(","))
    };
    assert!(ConfigFolder::new(&text(100_000)).load().is_ok());
    assert_eq!(first(&text(100_001)).0, "100001 terms in total");
}

#[test]
fn a_file_that_is_too_large_or_too_deep_is_refused() {
    let large = format!("# {}\n", "x".repeat(10 << 20));
    assert!(first(&large).0.ends_with("larger than 10485760 bytes"));
    for depth in [100, 10_000, 60_000] {
        let deep = format!("x = {}1{}\n", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(first(&deep).0, "lists, tables or dotted keys nest more than 64 deep");
        let drawn = ConfigFolder::new(&deep).load().unwrap_err().render(false);
        assert!(drawn.contains("marsad.toml:1:69") && !drawn.contains("[["), "{drawn}");
    }
}

#[test]
fn a_hundred_thousand_mistakes_make_a_report_of_fifty() {
    let terms = "\".\",\n".repeat(100_000);
    let report =
        ConfigFolder::new(&format!("[[watch]]\nid = \"w\"\nany = [\n{terms}]\nalert = []\n")).load().unwrap_err();
    let drawn = report.render(false);
    assert!(drawn.len() < 50_000 && drawn.contains("and 99950 more"));
}
