//! What is said about a broken configuration.

use super::Desk;

#[test]
fn every_problem_is_told_at_once() {
    let desk = Desk::new(
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
