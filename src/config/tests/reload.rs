//! What is noticed of edits, and what becomes of them.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use super::{ConfigFolder, NEWSROOM};
use crate::config::Config;
use crate::config::file::Environment;
use crate::config::reload::{Reload, ReloadNotice, Reloader, apply};

pub(super) const SMALL: &str = "[[source]]\nid = \"a\"\nfeed = \"https://a.example.net/\"\n";
const OTHER: &str = "[[source]]\nid = \"b\"\nfeed = \"https://b.example.net/\"\n";

/// The poll alone would take 30 s: what is noticed sooner was heard.
async fn noticed(reloader: &mut Reloader) {
    tokio::time::timeout(Duration::from_secs(20), reloader.changed()).await.expect("the change is noticed");
}

#[tokio::test]
async fn a_config_renamed_into_place_is_noticed() {
    let desk = ConfigFolder::new(SMALL);
    let config = desk.load().unwrap();
    let mut reloader = Reloader::new(&config);
    for text in [OTHER, SMALL, OTHER] {
        desk.write("marsad.toml.new", text);
        fs::rename(desk.path("marsad.toml.new"), desk.path("marsad.toml")).unwrap();
        noticed(&mut reloader).await;
    }
    assert!(matches!(apply(&config, desk.load()), Reload::Applied { .. }));
}

#[tokio::test]
async fn a_deleted_and_a_half_written_config_are_rejected_and_a_whole_one_is_applied() {
    let desk = ConfigFolder::new(SMALL);
    let config = desk.load().unwrap();
    let mut reloader = Reloader::new(&config);
    fs::remove_file(desk.path("marsad.toml")).unwrap();
    noticed(&mut reloader).await;
    assert!(matches!(apply(&config, desk.load()), Reload::Rejected(_)));
    desk.write("marsad.toml", &OTHER[..20]);
    noticed(&mut reloader).await;
    assert!(matches!(apply(&config, desk.load()), Reload::Rejected(_)));
    desk.write("marsad.toml", "");
    noticed(&mut reloader).await;
    let Reload::Rejected(report) = apply(&config, desk.load()) else { panic!("an empty file is taken over") };
    assert!(report.summary().contains("no [[source]] is left"), "{}", report.summary());
    desk.write("marsad.toml", OTHER);
    noticed(&mut reloader).await;
    assert!(matches!(apply(&config, desk.load()), Reload::Applied { .. }));
}

#[tokio::test]
async fn a_swapped_link_to_a_folder_is_noticed_every_time() {
    let desk = ConfigFolder::new("");
    fs::remove_file(desk.path("marsad.toml")).unwrap();
    for (version, text) in [("..v1", SMALL), ("..v2", OTHER), ("..v3", SMALL)] {
        desk.write(&format!("{version}/marsad.toml"), text);
    }
    symlink("..v1", desk.path("..data")).unwrap();
    symlink("..data/marsad.toml", desk.path("marsad.toml")).unwrap();
    let mut reloader = Reloader::new(&desk.load().unwrap());
    for version in ["..v2", "..v3"] {
        symlink(version, desk.path("..swap")).unwrap();
        fs::rename(desk.path("..swap"), desk.path("..data")).unwrap();
        noticed(&mut reloader).await;
    }
    fs::write(desk.path("..v3/marsad.toml"), OTHER).unwrap();
    noticed(&mut reloader).await;
}

#[tokio::test]
async fn a_file_that_the_console_writes_and_a_new_secret_are_noticed() {
    let desk = ConfigFolder::newsroom();
    let config = desk.load().unwrap();
    let mut reloader = Reloader::new(&config);
    desk.write("state/watches.d/w.toml", "[[watch]]\nid = \"w\"\nany = [\"حج\"]\nalert = [\"mail\"]\n");
    noticed(&mut reloader).await;
    let Reload::Applied { config, changes, .. } = apply(&config, desk.load()) else { panic!("applied") };
    assert_eq!(changes.watches.added, ["w"]);
    reloader.follow(&config);
    desk.write("secrets/partner-url", "https://partner.example.net/hooks/other");
    noticed(&mut reloader).await;
    let Reload::Applied { changes, .. } = apply(&config, desk.load()) else { panic!("applied") };
    assert_eq!(changes.channels.changed, ["partner"]);
    assert_eq!(changes.to_string(), "channels: 0 added, 0 removed, 1 changed");
}

#[test]
fn what_needs_a_restart_is_named() {
    let desk = ConfigFolder::newsroom();
    let before = desk.load().unwrap();
    assert!(matches!(apply(&before, desk.load()), Reload::Unchanged));
    desk.write("marsad.toml", NEWSROOM.replace("0.0.0.0:9480", "127.0.0.1:9480").replace("\"state\"", "\"elsewhere\""));
    let Reload::Applied { needs_restart, changes, .. } = apply(&before, desk.load()) else { panic!("applied") };
    assert_eq!(needs_restart, ["state_dir", "http.listen"]);
    assert_eq!(changes.to_string(), "only settings changed");
}

#[tokio::test]
async fn a_restart_on_broken_files_begins_from_the_last_good_one_and_their_repair_is_noticed() {
    let text = format!("state_dir = \"kept\"\ninclude = [\"more/*.toml\"]\n{SMALL}");
    let desk = ConfigFolder::new(&text);
    desk.write("more/b.toml", OTHER);
    desk.write("kept/watches.d/w.toml", "[[watch]]\nid = \"w\"\nany = [\"حج\"]\nalert = []\n");
    desk.load().unwrap().keep_as_last_good().unwrap();
    let asked = desk.path("marsad.toml");
    desk.write("marsad.toml", "state_dir = \"kept\"\n[[source]\nid =");
    let config = Config::fall_back_in(Some(&asked), &desk.around()).unwrap();
    assert_eq!((config.sources.len(), config.watches.all().len()), (2, 1));
    assert_eq!(config.files[0], asked);
    let mut reloader = Reloader::new(&config);
    desk.write("marsad.toml", text);
    noticed(&mut reloader).await;
    let Reload::Applied { changes, .. } = apply(&config, desk.load()) else { panic!("applied") };
    assert_eq!(changes.to_string(), "only settings changed");
}

/// The system reports the events of a folder under one of the names under which it is watched.
#[tokio::test]
async fn an_edit_is_noticed_if_another_path_of_the_configuration_names_its_folder_differently() {
    let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for path in ["more/../key", "link/key"] {
        let channel = format!(
            "[[channel]]\nid = \"c\"\nwebhook = \"https://c.example.net/\"\nsecret = {{ file = \"{path}\" }}\n"
        );
        let desk = ConfigFolder::new(&format!("{SMALL}{channel}"));
        desk.write("more/other", "");
        symlink(".", desk.path("link")).unwrap();
        desk.write("key", key);
        let mut reloader = Reloader::new(&desk.load().unwrap());
        desk.write("marsad.toml", format!("{OTHER}{channel}"));
        noticed(&mut reloader).await;
        // The first look at the files may have found that edit; the second one was heard.
        desk.write("marsad.toml", format!("{SMALL}{channel}"));
        noticed(&mut reloader).await;
    }
}

#[tokio::test]
async fn a_missing_file_that_only_a_rejected_configuration_names_is_noticed_when_it_appears() {
    let channel = |more: &str| format!("{SMALL}[[channel]]\nid = \"c\"\nwebhook = \"http://127.0.0.1:9/\"\n{more}\n");
    for (missing, text) in [
        ("new/key", channel("secret = { file = \"new/key\" }")),
        ("key", channel("secret = { file = \"key\" }")),
        ("body.j2", channel("format = { template = \"body.j2\" }")),
        ("more.toml", format!("include = [\"more.toml\"]\n{SMALL}")),
        ("other/more.toml", format!("include = [\"other/more.toml\"]\n{SMALL}")),
    ] {
        let desk = ConfigFolder::new(SMALL);
        let config = desk.load().unwrap();
        let mut reloader = Reloader::new(&config);
        desk.write("marsad.toml", text);
        noticed(&mut reloader).await;
        let Reload::Rejected(report) = apply(&config, desk.load()) else { panic!("{missing} is missing") };
        reloader.follow_rejected(&config, &report);
        desk.write(missing, "# neither a secret nor a template");
        noticed(&mut reloader).await;
    }
}

#[test]
fn readers_of_the_store_fall_back_while_a_secret_file_is_missing_and_the_daemon_does_not() {
    let text = "state_dir = \"kept\"\n[[channel]]\nid = \"c\"\nwebhook = \"https://partner.example.net/\"\n\
                secret = { file = \"signing\" }\n";
    let desk = ConfigFolder::new(text);
    desk.write("signing", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    std::fs::create_dir_all(desk.path("kept")).unwrap();
    desk.load().unwrap_or_else(|report| panic!("{report}")).keep_as_last_good().unwrap();
    std::fs::remove_file(desk.path("signing")).unwrap();
    let (asked, around) = (desk.path("marsad.toml"), desk.around());
    assert!(Config::load_in(Some(&asked), &around).is_err());
    assert!(Config::fall_back_in(Some(&asked), &around).is_none(), "the daemon would sign with a placeholder");
    let config = Config::fall_back_in(Some(&asked), &around.without_secrets()).unwrap();
    assert_eq!(config.channels.len(), 1);
    assert_eq!(config.unread.len(), 1);
}

#[test]
fn an_unreadable_configuration_uses_no_other_state_folder() {
    let desk = ConfigFolder::new(SMALL);
    let other = Environment { state_directory: None, state_home: Some(desk.path("home")), ..desk.around() };
    let asked = desk.path("marsad.toml");
    let config = Config::load_in(Some(&asked), &other).unwrap_or_else(|report| panic!("{report}"));
    std::fs::create_dir_all(&config.state_dir).unwrap();
    config.keep_as_last_good().unwrap();
    desk.write("marsad.toml", "[[source]\nid =");
    assert!(Config::fall_back_in(Some(&asked), &other).is_some(), "it names no other folder");
    std::fs::remove_file(&asked).unwrap();
    std::fs::create_dir(&asked).unwrap();
    assert!(Config::fall_back_in(Some(&asked), &other).is_none());
    assert!(!Config::knows_state_dir(Some(&asked), &other));
    let unit = Environment { state_directory: Some(config.state_dir), ..other };
    assert!(Config::fall_back_in(Some(&asked), &unit).is_some(), "systemd names the folder");
}

#[tokio::test]
async fn an_edit_between_reading_and_watching_is_noticed() {
    let desk = ConfigFolder::new(SMALL);
    let config = desk.load().unwrap();
    desk.write("marsad.toml", OTHER);
    noticed(&mut Reloader::new(&config)).await;
}

/// A configuration whose every beginning of whole tables is a valid one.
fn many_sources() -> Vec<String> {
    (0..8).map(|n| format!("[[source]]\nid = \"s{n}\"\nfeed = \"https://{n}.example.net/\"\n")).collect()
}

/// Writes the pieces a third of a second apart, as a slow copy does.
fn written_slowly(mut write: impl FnMut(&str) + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for piece in many_sources() {
            write(&piece);
            std::thread::sleep(Duration::from_millis(300));
        }
    })
}

async fn taken_whole(desk: &ConfigFolder, reloader: &mut Reloader, writer: std::thread::JoinHandle<()>) {
    noticed(reloader).await;
    let loaded = reloader.load(Some(&desk.path("marsad.toml"))).await.expect("the files are at rest").unwrap();
    assert_eq!(loaded.sources.len(), many_sources().len(), "half of the file was taken");
    writer.join().unwrap();
}

#[tokio::test]
async fn a_file_that_is_written_slowly_is_taken_whole() {
    let desk = ConfigFolder::new(SMALL);
    let mut reloader = Reloader::new(&desk.load().unwrap());
    let mut file = fs::File::create(desk.path("marsad.toml")).unwrap();
    let writer = written_slowly(move |piece| std::io::Write::write_all(&mut file, piece.as_bytes()).unwrap());
    taken_whole(&desk, &mut reloader, writer).await;
}

#[tokio::test]
async fn a_file_that_is_appended_to_line_by_line_is_taken_whole() {
    let desk = ConfigFolder::new(SMALL);
    let mut reloader = Reloader::new(&desk.load().unwrap());
    let path = desk.path("marsad.toml");
    fs::write(&path, "").unwrap();
    let append = move |piece: &str| {
        let mut file = fs::File::options().append(true).open(&path).unwrap();
        std::io::Write::write_all(&mut file, piece.as_bytes()).unwrap();
    };
    let writer = written_slowly(append);
    taken_whole(&desk, &mut reloader, writer).await;
}

#[tokio::test]
async fn an_included_file_and_a_secret_are_taken_whole_too() {
    let desk = ConfigFolder::newsroom();
    let mut reloader = Reloader::new(&desk.load().unwrap());
    let mut file = fs::File::create(desk.path("conf.d/slow.toml")).or_else(|_| {
        fs::create_dir_all(desk.path("conf.d")).unwrap();
        fs::File::create(desk.path("conf.d/slow.toml"))
    });
    let writer = written_slowly(move |piece| {
        std::io::Write::write_all(file.as_mut().unwrap(), piece.as_bytes()).unwrap();
    });
    noticed(&mut reloader).await;
    let config = desk.load().unwrap();
    assert!(config.source("s7").is_some(), "half of the file was taken");
    writer.join().unwrap();
    reloader.follow(&config);
    let mut file = fs::File::create(desk.path("secrets/smtp")).unwrap();
    let writer = std::thread::spawn(move || {
        for piece in ["cor", "rect ", "battery"] {
            std::io::Write::write_all(&mut file, piece.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(400));
        }
    });
    noticed(&mut reloader).await;
    let smtp = desk.load().unwrap().smtp.unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&smtp.password.unwrap()), "correct battery");
    writer.join().unwrap();
}

#[tokio::test]
async fn who_asks_while_a_file_is_written_gets_the_whole_file() {
    let desk = ConfigFolder::new(SMALL);
    let mut reloader = Reloader::new(&desk.load().unwrap());
    let mut file = fs::File::create(desk.path("marsad.toml")).unwrap();
    let writer = written_slowly(move |piece| std::io::Write::write_all(&mut file, piece.as_bytes()).unwrap());
    reloader.ask();
    taken_whole(&desk, &mut reloader, writer).await;
}

#[tokio::test]
async fn who_asks_without_an_edit_is_answered_at_once() {
    let desk = ConfigFolder::new(SMALL);
    let mut reloader = Reloader::new(&desk.load().unwrap());
    reloader.ask();
    assert_eq!(reloader.changed().await, ReloadNotice::Read);
    let loaded = reloader.load(Some(&desk.path("marsad.toml"))).await.unwrap();
    assert!(matches!(apply(&desk.load().unwrap(), loaded), Reload::Unchanged));
}

#[tokio::test]
async fn an_edit_and_a_question_are_one_notice() {
    let desk = ConfigFolder::new(SMALL);
    let mut reloader = Reloader::new(&desk.load().unwrap());
    desk.write("marsad.toml", OTHER);
    reloader.ask();
    noticed(&mut reloader).await;
    let again = tokio::time::timeout(Duration::from_secs(2), reloader.changed()).await;
    assert!(again.is_err(), "one edit was noticed twice");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_read_again() {
    let desk = ConfigFolder::new(SMALL);
    let mut reloader = Reloader::new(&desk.load().unwrap());
    desk.write("marsad.toml", OTHER);
    noticed(&mut reloader).await;
    desk.write("marsad.toml", SMALL);
    assert!(reloader.load(Some(&desk.path("marsad.toml"))).await.is_none());
    noticed(&mut reloader).await;
    assert!(reloader.load(Some(&desk.path("marsad.toml"))).await.is_some());
}
