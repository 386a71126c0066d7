//! Tests receivers and relays that harm: silence, endless answers, certificates, refused recipients.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use marsad::loopback::mailbox::MailboxRefusal;
use marsad::store::DeliveryState;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::Process;
use crate::certificates::{Authorities, OLD_TLS, SecureSite, leaf, pem};
use crate::site::Rude;
use crate::world::{TEXT, World, feed, watch};

/// How much an answer without end may add to the daemon's memory, in kibibytes. The contract is 2 MiB for one receiver;
/// this is for four at once, in a build without optimisation.
const MEMORY: u64 = 8 << 10;

/// A server that keeps what it receives and answers each connection with `head`, and then with `piece` without end.
struct Torrent {
    url: String,
    received: Arc<Mutex<Vec<u8>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Torrent {
    async fn open(head: &'static str, piece: Vec<u8>, pause: Option<Duration>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let (kept, piece) = (Arc::clone(&received), Arc::new(piece));
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, piece) = (Arc::clone(&kept), Arc::clone(&piece));
                tokio::spawn(async move {
                    let mut request = vec![0; 16_384];
                    let read = stream.read(&mut request).await.unwrap_or(0);
                    kept.lock().unwrap().extend_from_slice(&request[..read]);
                    let mut ticks = pause.map(tokio::time::interval);
                    let mut written = stream.write_all(head.as_bytes()).await;
                    while written.is_ok() && !piece.is_empty() {
                        if let Some(ticks) = &mut ticks {
                            ticks.tick().await;
                        }
                        written = stream.write_all(&piece).await;
                    }
                });
            }
        });
        Self { url, received, _serving: AbortOnDropHandle::new(serving) }
    }
}

fn channel(id: &str, url: &str) -> String {
    format!("\n[[channel]]\nid = \"{id}\"\nwebhook = \"{url}\"\n")
}

/// Waits until each of these channels has made its attempt; returns the attempts in their order.
async fn attempts(process: &Process, channels: &[&str]) -> Vec<Value> {
    let of = |delivery: &Value| channels.iter().any(|id| delivery["channel"] == *id);
    let ended = |delivery: &Value| !of(delivery) || delivery["state"] == "pending" || delivery["state"] == "held";
    let tried = |delivery: &Value| ended(delivery) && (!of(delivery) || delivery["attempts"] != 0);
    let all = process.deliveries_are(tried).await;
    let attempt = |id: &&str| {
        let delivery = all.iter().find(|delivery| delivery["channel"] == **id);
        process.first_attempt(delivery.unwrap_or_else(|| panic!("{id}: {all:#?}")))
    };
    channels.iter().map(attempt).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn f08_a_receiver_that_never_answers_is_abandoned_after_15_s_and_delays_no_other() {
    let hole = Rude::falling_silent_after(b"").await;
    let more = format!("{}{}", channel("hole", &hole.url("/hook")), watch("all", "council", &["hole", "desk"]));
    let mut process = Process::start(&more).await;
    process.publish(1);
    process.arrived(1).await;
    let attempt = attempts(&process, &["hole"]).await.remove(0);
    let took = attempt["took_ms"].as_u64().unwrap();
    assert!((14_000..=16_000).contains(&took), "{attempt}");
    assert_eq!(attempt["failure"]["class"], "timeout", "{attempt}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_an_answer_without_end_costs_15_s_and_little_memory() {
    let long = "HTTP/1.1 500 X\r\nContent-Length: 1073741824\r\n\r\n";
    let header = format!("X-More: {}\r\n", "y".repeat(100)).repeat(500).into_bytes();
    let servers = [
        ("drip", Torrent::open("HTTP/1.1 5", b"0".to_vec(), Some(Duration::from_secs(5))).await),
        ("drop", Torrent::open(long, b"x".to_vec(), Some(Duration::from_secs(5))).await),
        ("body", Torrent::open("HTTP/1.1 500 X\r\n\r\n", vec![b'x'; 1 << 16], None).await),
        ("long", Torrent::open(long, vec![b'x'; 1 << 16], None).await),
        ("head", Torrent::open("HTTP/1.1 500 X\r\n", header, None).await),
    ];
    let ids = servers.each_ref().map(|(id, _)| *id);
    let channels: String = servers.iter().map(|(id, server)| channel(id, &server.url)).collect();
    let watches = format!("{}{}", watch("warm", "harbour", &["desk"]), watch("all", "council", &ids));
    let mut process = Process::start(&format!("{channels}{watches}")).await;
    process.site.feed("/feed", &[("one", "The harbour reopens", TEXT)]);
    process.letters(1).await;
    let before = process.peak_kib();
    process.publish(1);
    let attempts = attempts(&process, &ids).await;
    let grown = process.peak_kib().saturating_sub(before);
    for (id, attempt) in ids.iter().zip(&attempts) {
        let took = attempt["took_ms"].as_u64().unwrap();
        assert!(took <= 16_000 && attempt["failure"]["message"].is_string(), "{id}: {attempt}");
    }
    eprintln!("five answers without end added {grown} KiB to the daemon");
    assert!(grown < MEMORY, "the daemon grew by {grown} KiB");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_a_receiver_without_valid_tls_gets_nothing_and_its_fault_is_shown() {
    let known = Authorities::new();
    let of = |by, name, until| SecureSite::open(leaf(by, name, until), &[]);
    let (valid, expired) = (of(&known.root, "127.0.0.1", 2099).await, of(&known.root, "127.0.0.1", 2021).await);
    let (named, stranger) = (of(&known.root, "other.example", 2099).await, of(&known.other, "127.0.0.1", 2099).await);
    let (old, closing) = (Rude::sending(OLD_TLS).await, Rude::sending(b"").await);
    let plain = Torrent::open("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Vec::new(), None).await;
    let secure = |url: String| url.replace("http://", "https://");
    let faults = [
        ("expired", expired.url("/hook"), "its certificate expired on 2021-01-01"),
        ("named", named.url("/hook"), "certificate"),
        ("stranger", stranger.url("/hook"), "authority"),
        ("old", secure(old.url("/hook")), "only an old version of TLS (1.1 or older)"),
        ("closing", secure(closing.url("/hook")), "127.0.0.1"),
        ("plain", secure(plain.url.clone()), "127.0.0.1"),
    ];
    let ids = faults.each_ref().map(|(id, ..)| *id);
    let channels: String = faults.iter().map(|(id, url, _)| channel(id, url)).collect();
    let all: Vec<&str> = ids.into_iter().chain(["valid", "desk"]).collect();
    let more = format!("{channels}{}{}", channel("valid", &valid.url("/hook")), watch("all", "council", &all));
    let mut process = Process::start(&more).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let trusted = process.path().with_file_name("root.pem");
    std::fs::write(&trusted, pem(known.root.der())).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_marsad"));
    command.env("SSL_CERT_FILE", &trusted);
    process.spawn_by(command, process.log_file(), process.log_file());
    process.publish(1);
    process.arrived(1).await;
    for ((id, _, words), attempt) in faults.iter().zip(attempts(&process, &ids).await) {
        let message = attempt["failure"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{id}: {attempt}");
    }
    let deliveries = process.deliveries();
    let valid = deliveries.iter().find(|delivery| delivery["channel"] == "valid").unwrap();
    assert_eq!(valid["state"], "delivered", "{valid}");
    let received = plain.received.lock().unwrap().clone();
    assert!(!received.is_empty() && !String::from_utf8_lossy(&received).contains("POST"), "it never falls back");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test]
async fn f16_a_refused_recipient_does_not_keep_mail_from_the_others() {
    let three = "\n[[channel]]\nid = \"three\"\nemail = [\"a@example.org\", \"b@example.org\", \"c@example.org\"]\n";
    let more = format!("{}{three}{}", feed("wire", "/feed"), watch("watched", "council", &["three"]));
    let world = World::with(&more).await;
    world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
    world.visit("wire").await;
    world.mailbox.refuse([MailboxRefusal { verb: "RCPT", reply: "550 5.1.1 no such user" }]);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    let mut reached: Vec<String> = world.mailbox.mails().into_iter().flat_map(|mail| mail.to).collect();
    reached.sort();
    assert_eq!(reached.len(), 2, "{reached:?}");
    assert_eq!((world.count(DeliveryState::Delivered).await, world.count(DeliveryState::Dead).await), (2, 1));
}

const NO_SUCH_USER: MailboxRefusal = MailboxRefusal { verb: "RCPT", reply: "550 5.1.1 no such user" };

/// A world whose watch mails to two recipients, after the relay refused the first one for good.
async fn one_of_two_refused() -> World {
    let two =
        "\n[health]\nalert = [\"desk\"]\n\n[[channel]]\nid = \"two\"\nemail = [\"a@example.org\", \"b@example.org\"]\n";
    let world = World::with(&format!("{two}{}{}", feed("wire", "/feed"), watch("watched", "council", &["two"]))).await;
    world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
    world.visit("wire").await;
    world.mailbox.refuse([NO_SUCH_USER]);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.site.feed("/feed", &[("two", "A council of the islands is elected", "The vote of the islands was counted.")]);
    world.bring("wire").await;
    world
}

/// How many mails to the first recipient were attempted, delivered, and how many deliveries are dead or wait.
async fn counts(world: &World) -> (usize, u64, u64) {
    let mails = world.mailbox.mails().iter().filter(|mail| mail.to == ["a@example.org"]).count();
    (mails, world.count(DeliveryState::Dead).await, world.count(DeliveryState::Pending).await)
}

fn command(world: &World, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
    let output =
        command.args(arguments).arg("--config").arg(world.path()).env_remove("MARSAD_CONFIG").output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn f16_mail_to_a_refused_recipient_waits_a_week_and_is_then_tried_again() {
    let world = one_of_two_refused().await;
    assert_eq!(counts(&world).await, (0, 1, 1));
    assert_eq!(world.mailbox.mails().len(), 2, "the other recipient gets both");
    let status = command(&world, &["status"]);
    assert!(status.contains("recipient: two: recipient 1 of 2 was refused first"), "{status}");
    assert!(status.contains("1 delivery to it waits, and the next try is in "), "{status}");
    assert!(!status.contains("a@example.org"), "{status}");
    world.bring_forward().await;
    world.wait(SignedDuration::from_hours(7 * 24 - 1));
    world.deliver().await;
    assert_eq!(counts(&world).await, (0, 1, 1));
    world.mailbox.refuse([NO_SUCH_USER]);
    world.wait(SignedDuration::from_hours(2));
    world.deliver().await;
    assert_eq!(counts(&world).await, (0, 2, 0), "one more refusal is another week");
    world.site.feed("/feed", &[("three", "Council of nine adjourns", "Nothing was decided on the ferries.")]);
    world.bring("wire").await;
    assert_eq!(counts(&world).await, (0, 2, 1));
    world.wait(SignedDuration::from_hours(7 * 24));
    world.deliver().await;
    assert_eq!(counts(&world).await, (1, 2, 0));
    assert!(!command(&world, &["status"]).contains("recipient: two"));
}

#[tokio::test]
async fn f16_a_resumed_channel_and_a_retry_by_hand_reach_a_refused_recipient_at_once() {
    let world = one_of_two_refused().await;
    let resumed = command(&world, &["channel", "resume", "two"]);
    assert!(resumed.contains("1 delivery will be sent within seconds"), "{resumed}");
    world.wait(SignedDuration::from_mins(1));
    world.deliver().await;
    assert_eq!(counts(&world).await, (1, 1, 0));
    let world = one_of_two_refused().await;
    command(&world, &["deliveries", "retry", "--channel", "two", "--state", "dead"]);
    world.wait(SignedDuration::from_mins(1));
    world.deliver().await;
    world.wait(SignedDuration::from_mins(1));
    world.deliver().await;
    assert_eq!(counts(&world).await, (2, 0, 0), "a mail that is accepted releases the others");
}
