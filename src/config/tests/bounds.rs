//! Tests the cost of a configuration, whatever is at its paths.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use super::ConfigFolder;
use super::reload::SMALL;
use crate::clock::Clock;

/// Far more than each of these takes on a busy machine without optimisation; all of them once took minutes or did not
/// end.
const LONG: Duration = Duration::from_secs(60);

fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let watch = Clock::system().stopwatch();
    let done = work();
    assert!(watch.elapsed() < LONG, "{:?}", watch.elapsed());
    done
}

#[test]
fn a_pattern_over_every_file_is_refused_with_its_name_and_a_remedy() {
    for pattern in ["/**", "/**/*.toml", "/proc/**/*.toml"] {
        let problems = in_time(|| ConfigFolder::new(&format!("include = [\"{pattern}\"]\n{SMALL}")).problems());
        assert!(problems.contains(&format!("\"{pattern}\" in `include` searches too many files")), "{problems}");
        assert!(problems.contains("help: name one folder"), "{problems}");
    }
}

#[test]
fn files_that_include_each_other_are_read_once() {
    let desk =
        ConfigFolder::new(&format!("include = [\"**/*.toml\", \"./marsad.toml\", \"conf.d/../marsad.toml\"]\n{SMALL}"));
    desk.write("conf.d/a.toml", "include = [\"../*.toml\", \"loop/**/*.toml\"]\n");
    symlink("..", desk.path("conf.d/loop")).unwrap();
    symlink("marsad.toml", desk.path("again.toml")).unwrap();
    let config = in_time(|| desk.load()).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!((config.files.len(), config.sources.len()), (2, 1), "{:?}", config.files);
}

#[test]
fn a_new_file_below_a_folder_of_a_pattern_is_noticed() {
    let desk = ConfigFolder::new(&format!("include = [\"conf.d/**/*.toml\"]\n{SMALL}"));
    fs::create_dir_all(desk.path("conf.d/sub")).unwrap();
    let config = desk.load().unwrap();
    assert!(config.folders.contains(&desk.path("conf.d/sub")), "{:?}", config.folders);
}

#[test]
fn a_pipe_or_a_device_is_not_read() {
    let desk = ConfigFolder::new("include = [\"pipe.toml\", \"null.toml\", \"secret.toml\"]\n");
    let made = std::process::Command::new("mkfifo").arg(desk.path("pipe.toml")).arg(desk.path("key")).status();
    assert!(made.unwrap().success());
    symlink("/dev/zero", desk.path("null.toml")).unwrap();
    desk.write("secret.toml", "[http]\ntoken = { file = \"./key\" }\n");
    let problems = in_time(|| desk.problems());
    assert!(problems.contains("key: not a file"), "{problems}");
    assert!(
        problems.contains("pipe.toml does not exist") && problems.contains("null.toml does not exist"),
        "{problems}"
    );
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let desk = ConfigFolder::new("");
    let file = fs::File::create(desk.path("marsad.toml")).unwrap();
    file.set_len(3_000_000_000).unwrap();
    let problems = in_time(|| desk.problems());
    assert!(problems.contains("larger than 10485760 bytes"), "{problems}");
}

#[test]
fn all_files_together_are_bounded() {
    let desk = ConfigFolder::new("include = [\"conf.d/*.toml\"]\n");
    for n in 0..8 {
        desk.write(&format!("conf.d/{n}.toml"), format!("# {}\n", "x".repeat(10 * 1000 * 1000)));
    }
    let problems = in_time(|| desk.problems());
    assert!(problems.contains("more than 67108864 bytes in all files"), "{problems}");
}

#[test]
fn two_hundred_thousand_unknown_keys_make_a_short_report() {
    let desk = ConfigFolder::new(&(0..200_000).map(|n| format!("k{n} = {n}\n")).collect::<String>());
    let report = in_time(|| desk.load().unwrap_err());
    let drawn = in_time(|| report.render(false));
    assert!(drawn.len() < 20_000 && drawn.contains("and 199950 more"), "{}", drawn.len());
    assert!(report.summary().starts_with("200000 problems"), "{}", report.summary());
    // The case of keys that are all on one line.
    let keys: Vec<String> = (0..50_000).map(|n| format!("k{n} = {n}")).collect();
    let desk = ConfigFolder::new(&format!("http = {{ {} }}\n", keys.join(", ")));
    assert!(in_time(|| desk.load().unwrap_err().render(false)).contains("and 49950 more"));
}

#[test]
fn names_and_references_are_not_compared_each_with_each() {
    let many = 5_000;
    let sources = (0..many).map(|n| format!("[[source]]\nid = \"s{n}\"\nfeed = \"https://example.org/{n}\"\n"));
    let watches = (0..many).map(|n| format!("[[watch]]\nid = \"w{n}\"\nsources = [\"s{n}\", \"t{n}\"]\nalert = []\n"));
    let desk = ConfigFolder::new(&sources.chain(watches).collect::<String>());
    let report = in_time(|| desk.load().unwrap_err());
    assert!(report.summary().starts_with("5000 problems"), "{}", report.summary());
}
