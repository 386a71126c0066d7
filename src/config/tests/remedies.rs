//! Tests that a mistake has one message, and that its remedy works as it is written.

use super::{ConfigFolder, SIGNING};

const SOURCE: &str = "[[source]]\nid = \"a\"\nfeed = \"https://a.example.net/\"\n";
const PRINT: &str = "[[channel]]\nid = \"desk\"\nprint = true\n";
const WATCH: &str = "[[watch]]\nid = \"w\"\nany = [\"Gaza\"]\nalert = [\"desk\"]\n";

/// Every error of a configuration with its remedy.
fn errors(folder: &ConfigFolder) -> Vec<(String, String)> {
    let report = folder.load().expect_err("the configuration is broken");
    report.errors().iter().map(|problem| (problem.message.clone(), problem.remedy.clone())).collect()
}

/// The remedy of the only error.
#[track_caller]
fn remedy(text: &str) -> String {
    let found = errors(&ConfigFolder::new(text));
    assert_eq!(found.len(), 1, "{text}\n{found:#?}");
    found[0].1.clone()
}

/// Every warning with its remedy.
fn warnings(folder: &ConfigFolder) -> Vec<String> {
    let config = folder.load().unwrap_or_else(|report| panic!("{}", report.render(false)));
    config.warnings.warnings().iter().map(|warning| format!("{}; {}", warning.message, warning.remedy)).collect()
}

#[test]
fn a_key_under_another_name_is_the_only_problem() {
    let webhook = |rest: &str| format!("[[channel]]\nid = \"c\"\nwebhook = \"https://c.example.net/\"\n{rest}\n");
    assert_eq!(remedy(&webhook("token = { file = \"x\" }")), "write `secret`, which signs each alert");
    let unsigned = ConfigFolder::new(&webhook("token = { file = \"x\" }")).load().expect_err("an unknown key");
    assert!(unsigned.warnings().is_empty(), "{unsigned}");
    assert_eq!(remedy(&webhook("secret = { path = \"x\" }")), "write `file`");
    assert!(remedy("[[source]]\nid = \"a\"\nurl = \"https://a.example.net/\"\n").starts_with("write `feed`, `page`"));
    assert_eq!(remedy("[[channel]]\nid = \"c\"\nurl = \"https://c.example.net/\"\n"), "write `webhook`");
    assert_eq!(remedy("[[channel]]\nid = \"c\"\nto = [\"a@example.net\"]\n"), "write `email`");
    let mistyped = "[[source]]\nid = \"a\"\nfeed = \"http://127.0.0.1/\"\nallow-networks = [\"127.0.0.1\"]\n";
    assert_eq!(remedy(mistyped), "did you mean `allow_networks`?");
}

#[test]
fn an_unsigned_webhook_to_another_machine_is_a_warning() {
    let watch = WATCH.replace("desk", "c");
    let folder =
        ConfigFolder::new(&format!("{SOURCE}{watch}[[channel]]\nid = \"c\"\nwebhook = \"https://c.example.net/\"\n"));
    assert!(warnings(&folder).iter().any(|warning| warning.starts_with("the webhook is not signed")));
}

#[test]
fn a_misnamed_section_is_the_only_problem() {
    let mail = "[[channel]]\nid = \"desk\"\nemail = [\"a@example.net\"]\n";
    for (text, written) in [
        (format!("{SOURCE}{WATCH}{}", PRINT.replace("[[channel]]", "[[channels]]")), "write [[channel]]"),
        (format!("{SOURCE}{WATCH}{}", PRINT.replace("[[channel]]", "[channel]")), "write [[channel]]"),
        (format!("{SOURCE}{WATCH}{mail}[mail]\nurl = \"smtp://mail.example.net\"\n"), "write [smtp]"),
        (
            format!(
                "{}{WATCH}sources = [\"a\"]\nquery = 'source:a'\n{PRINT}",
                SOURCE.replace("[[source]]", "[[feeds]]")
            ),
            "write [[source]]",
        ),
    ] {
        assert_eq!(remedy(&text), written, "{text}");
    }
}

#[test]
fn a_value_that_is_no_text_is_told_the_texts() {
    for (text, written) in [
        (format!("{WATCH}revisions = true\n{PRINT}"), "write \"never\", \"title\", \"terms\" or \"any\""),
        (format!("{SOURCE}follow = true\n"), "write \"auto\", \"always\" or \"never\""),
        (format!("{SOURCE}first_visit = 5\n"), "write \"quiet\", \"latest:5\", \"since:24h\" or \"all\""),
        (format!("{PRINT}send = 5\n"), "write \"at-once\", \"every 30m\", \"daily 08:00\" or \"weekly Sun 08:00\""),
    ] {
        assert_eq!(remedy(&text), written, "{text}");
    }
}

#[test]
fn several_terms_in_one_text_are_written_out() {
    for (any, written) in [
        ("(\"@oic\", \"غزة\")", "write any = [\"…\", \"…\"]"),
        ("\"@oic, غزة\"", "write any = [\"@oic\", \"غزة\"]"),
        ("[\"@oic أو غزة\"]", "write any = [\"@oic\", \"غزة\"]"),
        ("[\"@oic OR غزة\"]", "write query = '@oic OR غزة' instead of `any`"),
    ] {
        let text = format!("[[watch]]\nid = \"w\"\nany = {any}\nalert = [\"desk\"]\n{PRINT}");
        assert_eq!(remedy(&text), written, "{any}");
    }
}

#[test]
fn a_tag_in_the_place_of_a_source_is_recognised() {
    let tagged = format!("{SOURCE}tags = [\"official\"]\n");
    let list = format!("{tagged}{WATCH}sources = [\"official\"]\n{PRINT}");
    assert_eq!(remedy(&list), "it is a tag: write \"tag:official\"");
    let query = format!("{tagged}{WATCH}query = 'source:official'\n{PRINT}");
    assert_eq!(remedy(&query), "it is a tag: write tag:official");
}

#[test]
fn the_bounds_of_an_interval_are_corrected_in_one_round() {
    assert_eq!(remedy(&format!("{SOURCE}max_every = \"2s\"\n")), "give 10m or more, or remove it");
    assert!(ConfigFolder::new(&format!("{SOURCE}max_every = \"10m\"\n")).load().is_ok());
    assert_eq!(remedy(&format!("{SOURCE}every = \"5m\"\nmax_every = \"2s\"\n")), "give 5m or more, or remove it");
}

#[test]
fn the_example_of_a_relay_works_as_it_is_written() {
    for (password, user) in [("", ""), ("password = { file = \"p\" }\n", "user@")] {
        let relay = |url: &str| {
            let folder = ConfigFolder::new(&format!("[smtp]\nurl = \"{url}\"\nfrom = \"m@example.net\"\n{password}"));
            folder.write("p", "correct horse");
            folder
        };
        let found = errors(&relay("http://mail.example.net:25"));
        let written = [format!("smtp://{user}mail.example.org:587"), format!("smtps://{user}mail.example.org")];
        assert_eq!(found[0].1, format!("write \"{}\" or \"{}\"", written[0], written[1]));
        assert!(written.iter().all(|url| relay(url).load().is_ok()));
    }
}

#[test]
fn a_folder_in_include_is_written_with_a_pattern() {
    let folder = ConfigFolder::new("include = \"conf.d\"\n");
    let remedy = "write \"conf.d/*.toml\" for the files of a folder, or remove it from `include`";
    assert_eq!(errors(&folder)[0].1, remedy);
    folder.write("conf.d/a.toml", SOURCE);
    assert_eq!(errors(&folder)[0].1, "write \"conf.d/*.toml\" for its files");
}

#[test]
fn a_signing_secret_in_another_form_is_named() {
    let secret = |text: &str| {
        let folder = ConfigFolder::new(
            "[[channel]]\nid = \"c\"\nwebhook = \"https://c.example.net/\"\nsecret = { file = \"./secret\" }\n",
        );
        folder.write("secret", text);
        errors(&folder).remove(0)
    };
    let (message, remedy) = secret(&format!("\u{feff}{SIGNING}"));
    assert!(message.ends_with("/secret begins with a byte order mark"), "{message}");
    assert_eq!(remedy, "save it as UTF-8 without a byte order mark");
    let (message, remedy) = secret(SIGNING.trim_start_matches("whsec_"));
    assert_eq!(message, "the signing secret does not begin with whsec_");
    assert_eq!(remedy, "write whsec_ before it, in the same line");
    assert!(secret("hello").1.starts_with("create one: "));
    assert!(secret("whsec_hello").0.starts_with("invalid signing secret"));
}

#[test]
fn a_state_dir_is_a_folder_that_is_written_out() {
    assert_eq!(remedy("state_dir = \"~/x\"\n"), "write the full path, such as /var/lib/marsad");
    let folder = ConfigFolder::new(&format!("state_dir = \"./state\"\n{SOURCE}"));
    folder.write("state", "");
    assert!(warnings(&folder).contains(&"`state_dir` is a file; give a folder, such as /var/lib/marsad".to_owned()));
}

#[test]
fn an_address_that_is_configured_twice_is_a_warning() {
    let again = |rest: &str| format!("{SOURCE}[[source]]\nid = \"b\"\n{rest}\n");
    let twice = "the sources `a` and `b` have the same address; keep one of them";
    assert_eq!(warnings(&ConfigFolder::new(&again("feed = \"https://a.example.net/\""))), [twice]);
    for fine in ["feed = \"https://b.example.net/\"", "page = \"https://a.example.net/\""] {
        assert_eq!(warnings(&ConfigFolder::new(&again(fine))), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn a_number_without_a_unit_keeps_its_number() {
    for (text, written) in [
        ("[fetch]\ntimeout = 30\n", "timeout = \"30s\""),
        ("[retention]\ntext = 365\n", "text = \"365d\""),
        ("[[source]]\nid = \"a\"\nfeed = \"https://a.example.net/\"\nevery = 15\n", "every = \"15m\""),
        ("[[source]]\nid = \"a\"\nfeed = \"https://a.example.net/\"\nevery = 3600\n", "every = \"3600s\""),
    ] {
        assert!(remedy(text).ends_with(written), "{}", remedy(text));
        let key = written.split(' ').next().unwrap();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        let mended = text.replace(line, written);
        let found =
            ConfigFolder::new(&format!("{mended}{}", if mended.contains("[[source]]") { "" } else { SOURCE })).load();
        assert!(found.is_ok(), "{mended}");
    }
}

#[test]
fn an_excluded_list_in_one_text_is_not_turned_into_a_requirement() {
    for none in ["sport, football", "رياضة أو كرة", "sport OR football"] {
        let folder = ConfigFolder::new(&format!("{SOURCE}{PRINT}{WATCH}none = [\"{none}\"]\n"));
        let found = warnings(&folder).join("\n");
        assert!(!found.is_empty() && !found.contains("query = "), "{found}");
    }
}
