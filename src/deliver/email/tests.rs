//! Tests mail against relays that refuse, fail or misbehave, on loopback.

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::*;
use crate::alert::{DeliveryId, Reason};
use crate::render::mail::MailContent;
use relay::{Relay, RelayAction, RelayStep, TlsMode};

mod encryption;
mod hostile;
mod quoted;
mod relay;

/// Long enough for a busy machine.
fn patient() -> MailTimeouts {
    let long = Duration::from_secs(60);
    MailTimeouts { command: long, before_content: long, content: long, quit: long }
}

/// For a relay that never answers.
fn hasty() -> MailTimeouts {
    let short = Duration::from_millis(300);
    MailTimeouts { command: short, content: short, quit: short, ..patient() }
}

fn smtp(port: u16, security: SmtpSecurity, password: Option<&str>) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        user: password.map(|_| "marsad".to_owned()),
        password: password.map(SecretString::from),
        from: "مرصد <marsad@example.org>".parse().unwrap(),
        helo: None,
    }
}

/// A mailer that trusts the relay's certificate.
fn mailer(relay: &Relay, security: SmtpSecurity, password: Option<&str>) -> Mailer {
    let authority: &[u8] = include_bytes!("testdata/authority.pem");
    Mailer::new(smtp(relay.port, security, password), patient(), Some(authority)).unwrap()
}

async fn send(relay: &Relay, security: SmtpSecurity) -> Outcome {
    mailer(relay, security, None).send(&dispatch("desk@example.org"), None).await
}

/// Whether a refusal ends the delivery, and its reason.
async fn refused(relay: &Relay, security: SmtpSecurity) -> (bool, Reason) {
    match send(relay, security).await {
        Outcome::Failed { reason, .. } => (false, reason),
        Outcome::Rejected { reason } => (true, reason),
        Outcome::Delivered { .. } => panic!("it was delivered"),
    }
}

async fn refusal(rules: &'static [RelayStep]) -> (bool, Reason) {
    refused(&Relay::with(rules).await, SmtpSecurity::Loopback).await
}

/// A refusal with this line at this step.
async fn refusal_with(step: &'static str, line: &str) -> (bool, Reason) {
    let line: &'static [u8] = format!("{line}\r\n").into_bytes().leak();
    refusal(vec![(step, RelayAction::Say(line))].leak()).await
}

fn dispatch(recipient: &str) -> Dispatch {
    let content = MailContent {
        subject: "\u{2068}غزة\u{2069}\r\nBcc: x@example.org".to_owned(),
        text: "سطر\n.\nFrom here\n".to_owned(),
        html: "<p>سطر</p>".to_owned(),
        lang: "ar".to_owned(),
        dir: "rtl".to_owned(),
        list_id: "<press.marsad.example.org>".to_owned(),
        unsubscribe: Some("https://marsad.example.org/".to_owned()),
        thread: Some("msg_0".to_owned()),
    };
    Dispatch {
        id: DeliveryId::from_stored("msg_1".to_owned()),
        recipient: recipient.to_owned(),
        body: content.to_bytes().into(),
        replayed: false,
        at: Timestamp::from_second(1_800_000_500).unwrap(),
        first_at: Timestamp::from_second(1_800_000_000).unwrap(),
    }
}

#[tokio::test]
async fn a_mail_arrives_with_its_id_its_date_and_no_forged_header() {
    let relay = Relay::with(&[]).await;
    assert_eq!(send(&relay, SmtpSecurity::Loopback).await, Outcome::Delivered { status: Some(250) });
    let received = relay.received();
    for line in [
        "MAIL FROM:<marsad@example.org>\n",
        "RCPT TO:<desk@example.org>\n",
        "Message-ID: <msg_1@example.org>\n",
        "In-Reply-To: <msg_0@example.org>\n",
        "References: <msg_0@example.org>\n",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000\n",
        "To: desk@example.org\n",
        "Auto-Submitted: auto-generated\n",
        "List-Id: <press.marsad.example.org>\n",
        "List-Unsubscribe: <https://marsad.example.org/>\n",
        "Subject: =?utf-8?b?",
        "Content-Type: multipart/alternative;",
        "\nQUIT\n",
    ] {
        assert!(received.contains(line), "{received}\nlacks {line}");
    }
    assert!(!received.contains("\nBcc:"));
}

#[tokio::test]
async fn a_second_attempt_sends_the_same_mail() {
    let mut mails = Vec::new();
    for at in [1_800_000_500, 1_800_009_000] {
        let dispatch = Dispatch { at: Timestamp::from_second(at).unwrap(), ..dispatch("desk@example.org") };
        let from = "marsad <marsad@example.org>".parse().unwrap();
        mails.push(message::mail(&dispatch, &from, Some("السفير")).unwrap().bytes);
    }
    assert_eq!(mails[0], mails[1]);
}

#[test]
fn no_line_of_a_mail_can_end_it() {
    for (bytes, stuffed) in [
        (&b"a\r\n.\r\nb\r\n"[..], &b"a\r\n..\r\nb\r\n"[..]),
        (b"a\n.\nb", b"a\r\n..\r\nb\r\n"),
        (b"a\r.\rb\n\r", b"a\r\n..\r\nb\r\n\r\n"),
        (b".a\r\n\r\n..", b"..a\r\n\r\n...\r\n"),
        (b"", b""),
    ] {
        let address = lettre::Address::new("a", "example.org").unwrap();
        let mail = message::OutgoingMail { from: address.clone(), to: address, bytes: bytes.to_vec() };
        assert_eq!(mail.stuffed(), stuffed, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_recipients_name_is_in_the_to_header_and_cannot_forge_another() {
    for (name, header) in [
        ("News desk", "\nTo: \"News desk\" <desk@example.org>\n"),
        ("Doe, Jane", "\nTo: =?utf-8?b?RG9lLCBKYW5l?= <desk@example.org>\n"),
        ("Jane \"JD\" Doe", "\nTo: \"Jane \\\"JD\\\" Doe\" <desk@example.org>\n"),
        ("السفير", "\nTo: =?utf-8?b?2KfZhNiz2YHZitix?= <desk@example.org>\n"),
        ("x\r\nBcc: y@example.org", "\nTo: "),
    ] {
        let relay = Relay::with(&[]).await;
        let outcome =
            mailer(&relay, SmtpSecurity::Loopback, None).send(&dispatch("desk@example.org"), Some(name)).await;
        assert_eq!(outcome, Outcome::Delivered { status: Some(250) });
        let received = relay.received();
        assert!(received.contains(header), "{received}\nlacks {header}");
        assert!(received.contains("RCPT TO:<desk@example.org>\n") && !received.contains("\nBcc:"), "{received}");
    }
}

#[tokio::test]
async fn an_internationalised_domain_goes_out_in_ascii() {
    let relay = Relay::with(&[]).await;
    let from = "مرصد <marsad@münchen.example>".parse().unwrap();
    let smtp = SmtpSettings { from, ..smtp(relay.port, SmtpSecurity::Loopback, None) };
    let mailer = Mailer::new(smtp, patient(), None).unwrap();
    // As a version that kept the domain in its own letters may have queued it.
    let outcome = mailer.send(&dispatch("desk@موقع.وزارة-الاتصالات.مصر"), None).await;
    assert_eq!(outcome, Outcome::Delivered { status: Some(250) });
    let received = relay.received();
    for line in [
        "EHLO xn--mnchen-3ya.example\n",
        "MAIL FROM:<marsad@xn--mnchen-3ya.example>\n",
        "RCPT TO:<desk@xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c>\n",
        "\nTo: desk@xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c\n",
        "Message-ID: <msg_1@xn--mnchen-3ya.example>\n",
    ] {
        assert!(received.contains(line), "{received}\nlacks {line}");
    }
    assert!(received.is_ascii(), "{received}");
}

#[tokio::test]
async fn ehlo_says_the_configured_name() {
    let relay = Relay::with(&[]).await;
    let helo = Some("monitor.example.org".to_owned());
    let smtp = SmtpSettings { helo, ..smtp(relay.port, SmtpSecurity::Loopback, None) };
    Mailer::new(smtp, patient(), None).unwrap().send(&dispatch("desk@example.org"), None).await;
    assert!(relay.received().starts_with("EHLO monitor.example.org\n"), "{}", relay.received());
    let relay = Relay::with(&[]).await;
    send(&relay, SmtpSecurity::Loopback).await;
    let name = relay.received().lines().next().unwrap().trim_start_matches("EHLO ").to_owned();
    assert!(name.contains('.'), "{name}");
}

#[tokio::test]
async fn a_relay_without_ehlo_is_greeted_with_helo() {
    for line in [&b"502 5.5.2 not recognized\r\n"[..], b"500 what\r\n"] {
        let relay = Relay::with(vec![("EHLO", RelayAction::Say(line))].leak()).await;
        assert_eq!(send(&relay, SmtpSecurity::Loopback).await, Outcome::Delivered { status: Some(250) });
        assert!(relay.received().contains("\nHELO "), "{}", relay.received());
    }
    let relay = Relay::with(&[("EHLO", RelayAction::Say(b"502 not recognized\r\n"))]).await;
    let (permanent, reason) = refused(&relay, SmtpSecurity::StartTls).await;
    assert!(!permanent && reason.class == "tls" && !relay.received().contains("MAIL"), "{reason:?}");
}

#[tokio::test]
async fn the_code_alone_of_a_reply_counts() {
    let replies: [&'static [RelayStep]; 4] = [
        &[
            ("HELLO", RelayAction::Say(b"220\r\n")),
            ("DATA", RelayAction::Say(b"354\r\n")),
            ("QUIT", RelayAction::Say(b"221\r\n")),
            ("", RelayAction::Say(b"250\r\n")),
        ],
        &[
            ("HELLO", RelayAction::Say(b"220 gr\xfc\xdfe\n")),
            ("DATA", RelayAction::Say(b"354 \xff\n")),
            ("", RelayAction::Say(b"250 gr\xfc\xdf\n")),
        ],
        &[
            ("HELLO", RelayAction::Say(b"220-relay\r\n220-\xa0\r\n220\r\n")),
            ("DATA", RelayAction::Say(b"354-a\r\n354 b\r\n")),
            ("", RelayAction::Say(b"250-\r\n250-second\r\nno code\r\n250 third\r\n\r\n")),
        ],
        &[
            ("RCPT", RelayAction::Say(b"550-no\r\n251 but forwarded\r\n")),
            (".", RelayAction::Say(b"550-no\r\n250 but taken\r\n")),
        ],
    ];
    for rules in replies {
        let relay = Relay::with(rules).await;
        assert_eq!(send(&relay, SmtpSecurity::Loopback).await, Outcome::Delivered { status: Some(250) }, "{rules:?}");
    }
    let (permanent, reason) = refusal_with("RCPT", "hello there").await;
    assert!(!permanent && reason.message.contains("not an SMTP reply"), "{}", reason.message);
}

#[tokio::test]
async fn a_temporary_refusal_is_retried() {
    let (permanent, reason) = refusal_with("RCPT", "451 4.7.1 come back").await;
    assert!(!permanent);
    assert_eq!((reason.class.as_str(), reason.status), ("smtp", Some(451)));
    assert!(reason.answer.contains("come back") && reason.message.ends_with("with 451: 4.7.1 come back"));
    for line in ["450 4.2.0 <desk@example.org>: Greylisted", "452 4.2.2 mailbox full", "450 5.1.1 no such user"] {
        assert!(!refusal_with("RCPT", line).await.0, "{line}");
    }
}

#[tokio::test]
async fn a_recipient_that_does_not_exist_is_not_retried_and_not_named() {
    for step in ["RCPT", "DATA", "."] {
        let (permanent, reason) = refusal_with(step, "550 5.1.1 <desk@example.org>: no such user").await;
        assert!(permanent && reason.status == Some(550), "{step}");
        assert!(reason.message.ends_with("with 550: 5.1.1 <…>: no such user"), "{}", reason.message);
        assert_eq!(reason.answer, "550 5.1.1 <desk@example.org>: no such user");
    }
}

#[tokio::test]
async fn a_permanent_refusal_that_is_not_about_the_mailbox_is_retried_and_shown() {
    for (step, line) in [
        ("HELLO", "554 5.7.1 go away"),
        ("EHLO", "550 5.7.1 Helo command rejected"),
        ("EHLO", "504 5.5.2 need fully-qualified hostname"),
        ("MAIL", "550 5.7.1 sender not allowed"),
        ("MAIL", "550 5.1.1 no such user"),
        ("MAIL", "552 5.3.4 too large"),
        ("RCPT", "504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname"),
        ("RCPT", "554 5.7.1 Relay access denied"),
        ("RCPT", "530 5.7.0 Authentication required"),
        ("RCPT", "553 5.7.1 Sender address rejected: not owned by user"),
        ("RCPT", "550 5.4.5 Daily user sending quota exceeded"),
        ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example.org"),
        ("RCPT", "552 5.2.2 over quota"),
        ("RCPT", "550"),
        ("DATA", "554 no valid recipients"),
        (".", "554 5.7.1 looks like spam"),
        (".", "552 5.3.4 message too large"),
        (".", "554 Transaction failed"),
    ] {
        let (permanent, reason) = refusal_with(step, line).await;
        assert!(!permanent, "{step}: {line}");
        assert_eq!((reason.class.as_str(), reason.status), ("smtp", line[..3].parse().ok()));
        assert!(reason.message.ends_with(line[3..].trim()) && reason.answer == line, "{step}: {reason:?}");
    }
    let (_, reason) = refusal_with("MAIL", "550 5.7.1 sender not allowed").await;
    assert!(reason.message.contains("smtp.from"), "{}", reason.message);
}

#[tokio::test]
async fn a_refusal_during_the_content_is_reported_with_its_reason() {
    let (permanent, reason) = refusal_with("Date:", "552 5.3.4 message too large").await;
    assert!(!permanent && reason.status == Some(552), "{reason:?}");
}

#[tokio::test]
async fn a_silent_relay_is_abandoned_at_any_stage() {
    for step in ["HELLO", "EHLO", "RCPT", "."] {
        for bytes in [&b""[..], b"250-so far\r\n"] {
            let relay = Relay::with(vec![(step, RelayAction::Fall(bytes))].leak()).await;
            let mailer = Mailer::new(smtp(relay.port, SmtpSecurity::Loopback, None), hasty(), None).unwrap();
            let Outcome::Failed { reason, .. } = mailer.send(&dispatch("desk@example.org"), None).await else {
                panic!("{step}: it was delivered")
            };
            assert_eq!(reason.class, "timeout", "{step}: {}", reason.message);
        }
    }
}

#[tokio::test]
async fn an_unreachable_relay_is_a_failure_that_names_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mailer = Mailer::new(smtp(port, SmtpSecurity::Loopback, None), MailTimeouts::default(), None).unwrap();
    let Outcome::Failed { reason, .. } = mailer.send(&dispatch("desk@example.org"), None).await else { panic!("sent") };
    assert_eq!(reason.class, "connect");
    assert!(reason.message.contains("127.0.0.1"));
}

#[tokio::test]
async fn an_invalid_address_is_not_retried() {
    let relay = Relay::with(&[]).await;
    let outcome = mailer(&relay, SmtpSecurity::Loopback, None).send(&dispatch("nobody"), None).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }));
    assert_eq!(relay.received(), "");
}
