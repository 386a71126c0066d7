//! Tests what an operator reads about a file that is not TOML.

use std::fmt::Write as _;

use super::ConfigFolder;

const SOURCE: &str = "[[source]]\nid = \"a\"\nfeed = \"https://a.example.net/\"\n";

/// Files that are not TOML, each with the mistake in it.
fn mistakes() -> Vec<(&'static str, String)> {
    let watch = |line: &str| format!("[[watch]]\nid = \"gaza\"\n{line}\nalert = [\"desk\"]\n{SOURCE}");
    let channel = |line: &str| format!("[[channel]]\nid = \"desk\"\n{line}\nlang = \"ar\"\n{SOURCE}");
    vec![
        ("a list without its bracket", watch("any = [\"غزة\", \"Gaza\"")),
        ("a list over several lines without its bracket", watch("any = [\n  \"غزة\",  # Arabic\n  \"Gaza\",\n")),
        ("a list at the end of the file", format!("{SOURCE}tags = [\"wire\"")),
        ("a list that a header follows", format!("include = [\"conf.d/*.toml\"\n\n{SOURCE}")),
        ("a list within a list", watch("any = [[\"غزة\", \"Gaza\"]")),
        ("a table without its brace", channel("secret = { file = \"/etc/marsad/hunter2\"")),
        (
            "a table over several lines without its brace",
            channel("headers = {\n  X-Token = \"hunter2\",\n  X-Team = \"x\""),
        ),
        ("a text without its quote", channel("webhook = \"https://example.org/hunter2")),
        ("a text in single quotes without its quote", channel("webhook = 'https://example.org/hunter2")),
        ("a text of a list without its quote", watch("any = [\"غزة\", \"Gaza]")),
        ("a text of a list without its opening quote", watch("any = [غزة\", \"Gaza\"]")),
        ("a text of several lines", watch("query = \"\"\"\nغزة OR Gaza\n")),
        ("a text of several lines in single quotes", watch("query = '''\nغزة OR Gaza\n")),
        ("a header without its brackets", SOURCE.replace("]]", "")),
        ("a header without one of its brackets", SOURCE.replace("]]", "]")),
        ("a header with a bracket too many", format!("[http]]\nlisten = \"\"\n{SOURCE}")),
        ("a header without a known name", format!("[hunter2\n{SOURCE}")),
        ("text after a header", SOURCE.replace("]]", "]] id = \"a\"")),
        ("English typographic quotes", watch("any = [“Gaza”]")),
        ("German typographic quotes", watch("query = „Gaza“")),
        ("French typographic quotes", watch("query = «Gaza»")),
        ("typographic quotes around a key", watch("“any” = [\"Gaza\"]")),
        ("an invisible mark after a text", watch("query = \"غزة\"\u{200f}")),
        ("a space of a web page", watch("query\u{a0}= \"غزة\"")),
        ("no equals sign", watch("query \"غزة\"")),
        ("a colon", watch("query: \"غزة\"")),
        ("two equals signs", watch("query == \"غزة\"")),
        ("no value", watch("query =")),
        ("a key alone", watch("query")),
        ("an unknown word alone", watch("hunter2")),
        ("no comma in a list", watch("any = [\"غزة\" \"Gaza\"]")),
        ("no comma between the lines of a list", watch("any = [\n  \"غزة\"\n  \"Gaza\",\n]")),
        ("two commas in a list", watch("any = [\"غزة\",, \"Gaza\"]")),
        ("no comma in a table", channel("headers = { X-Token = \"hunter2\" X-Team = \"x\" }")),
        ("a word without quotes", watch("query = Gaza")),
        ("a duration without quotes", format!("{SOURCE}every = 10m\n")),
        ("words without quotes in a list", watch("any = [Gaza, Quds]")),
        ("a capital truth value", format!("{SOURCE}enabled = True\n")),
        ("a truth value in words", format!("{SOURCE}enabled = yes\n")),
        ("a quote within a text", watch("query = \"the \"Gaza\" talks\"")),
        ("an apostrophe within single quotes", watch("any = ['l'OCI']")),
        ("an apostrophe within a list of texts in single quotes", watch("any = ['غزة', 'Côte d'Ivoire', 'x']")),
        ("an apostrophe within a query in single quotes", watch("query = '\"Côte d'Ivoire\" OR Gaza'")),
        ("an Arabic comma in a list", watch("any = [\"غزة\"، \"رفح\"]")),
        ("an Arabic semicolon in a list", watch("any = [\"غزة\"؛ \"رفح\"]")),
        ("a semicolon in a list", watch("any = [\"غزة\"; \"رفح\"]")),
        ("an Arabic comma between the lines of a list", watch("any = [\n  \"غزة\"،\n  \"رفح\",\n]")),
        ("an Arabic comma after a comma", watch("any = [\"غزة\", ، \"رفح\"]")),
        ("an Arabic comma in a table", channel("headers = { X-Token = \"hunter2\"، X-Team = \"x\" }")),
        ("an Arabic comma outside a list", watch("any = \"غزة\"، \"رفح\"")),
        ("a semicolon at the end of a line", watch("any = [\"غزة\"];")),
        ("a semicolon at the end of a text", watch("query = \"غزة\";")),
        ("a list without brackets", watch("any = \"غزة\", \"Gaza\"")),
        ("a bracket too many", watch("any = [\"غزة\"]]")),
        ("a bracket alone", watch("any = [\"غزة\"]\n]")),
        ("two keys on a line", watch("any = [\"غزة\"] lang = [\"ar\"]")),
        ("a path of Windows", channel("file = \"C:\\marsad\\hunter2\"")),
        ("a key twice", watch("query = \"غزة\"\nany = [\"Gaza\"]\nquery = \"Quds\"")),
        ("an unknown key twice", format!("hunter2 = 1\nhunter2 = 2\n{SOURCE}")),
        ("a section twice", format!("[http]\nlisten = \"\"\n[fetch]\ntimeout = \"30s\"\n[http]\n{SOURCE}")),
        ("JSON", "{\"source\": [{\"id\": \"hunter2\"}]}\n".to_owned()),
        ("YAML", "source:\n  - id: hunter2\n".to_owned()),
        ("a control character", watch("# fine\n\u{1}query = \"غزة\"")),
        ("lines that end with a carriage return only", SOURCE.replace('\n', "\r")),
        ("lines that end with CRLF", watch("any = [\"غزة\", \"Gaza\"").replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{}", watch("any = [\"غزة\", \"Gaza\""))),
    ]
}

#[test]
fn a_mistake_is_shown_where_it_begins_with_the_text_to_type() {
    let mut shown = String::new();
    for (name, text) in mistakes() {
        let problems = ConfigFolder::new(&text).problems();
        assert!(!problems.contains("hunter2"), "{problems}");
        assert!(problems.ends_with("\n1 problem"), "one mistake is one problem: {problems}");
        let _ = writeln!(shown, "## {name}\n{}\n", problems.trim_end_matches("\n\n1 problem"));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_word_that_is_no_key_is_not_shown() {
    for text in ["swordfish", "swordfish=", "swordfish =\n", "swordfish and more", "swordfish: x", "id swordfish"] {
        let problems = ConfigFolder::new(text).problems();
        assert!(!problems.contains("swordfish"), "{problems}");
    }
}

#[test]
fn a_file_in_another_encoding_is_named_with_the_remedy() {
    let wide = |text: &str, begin: &[u8], unit: fn(u16) -> [u8; 2]| {
        begin.iter().copied().chain(text.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
    };
    let files = [
        ("UTF-16, little endian", wide(SOURCE, &[0xff, 0xfe], u16::to_le_bytes)),
        ("UTF-16, big endian", wide(SOURCE, &[0xfe, 0xff], u16::to_be_bytes)),
        ("UTF-16 without a byte order mark", wide(SOURCE, &[], u16::to_le_bytes)),
        ("Windows-1256", [SOURCE.as_bytes(), &b"tags = [\"\xda\xe3\"]\n"[..]].concat()),
    ];
    let mut shown = String::new();
    for (name, bytes) in files {
        let folder = ConfigFolder::new("");
        folder.write("marsad.toml", bytes);
        let _ = writeln!(shown, "## {name}\n{}\n", folder.problems());
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_file_with_windows_line_ends_and_a_byte_order_mark_is_read() {
    let text =
        format!("\u{feff}{SOURCE}tags = [\n  \"wire\", # official\n  \"x\"\n]\nheaders = {{\n  X-Team = \"x\",\n}}\n");
    let config = ConfigFolder::new(&text.replace('\n', "\r\n")).load().unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(config.sources[0].tags, ["wire", "x"]);
}

#[test]
fn no_text_of_a_valid_file_is_a_fault() {
    for text in [super::NEWSROOM, include_str!("../../../config/oic.toml"), include_str!("../../../config/marsad.toml")]
    {
        assert!(crate::config::syntax::explain(text).is_none_or(|(span, what)| panic!("{span:?} {what:?}")));
    }
}
