//! Tests relays that try to take memory, time or mail.

use super::relay::{MOST, Relay, RelayAction, RelayStep, TlsMode};
use super::*;

const OFFERS_TLS: RelayStep = ("EHLO", RelayAction::Say(b"250-relay\r\n250 STARTTLS\r\n"));

/// The bytes that a relay may send before it is cut off: what the buffers of both sockets hold, not what is kept.
const BUFFERS: usize = MOST / 2;

async fn cut_off(tls: TlsMode, security: SmtpSecurity, rules: &'static [RelayStep]) -> Reason {
    let mut relay = Relay::open(tls, rules).await;
    let (permanent, reason) = refused(&relay, security).await;
    assert!(!permanent, "{rules:?}");
    let sent = relay.sent().await;
    assert!(sent < BUFFERS, "{rules:?}: {sent} bytes");
    reason
}

#[tokio::test]
async fn an_endless_line_is_cut_off_at_any_stage() {
    let clear: [&'static [RelayStep]; 7] = [
        &[("HELLO", RelayAction::Endless(b"220 x"))],
        &[("HELLO", RelayAction::Endless(b"\0"))],
        &[("EHLO", RelayAction::Endless(b"250-x"))],
        &[("MAIL", RelayAction::Endless(b"250 x"))],
        &[("RCPT", RelayAction::Endless(b"550 x"))],
        &[("DATA", RelayAction::Endless(b"354 x"))],
        &[(".", RelayAction::Endless(b"250 x"))],
    ];
    for rules in clear {
        let reason = cut_off(TlsMode::Never, SmtpSecurity::Loopback, rules).await;
        assert!(reason.message.contains("a line of more than 4096 bytes"), "{rules:?}: {}", reason.message);
    }
    let under_tls: [&'static [RelayStep]; 3] = [
        &[("TLS EHLO", RelayAction::Endless(b"250-x")), OFFERS_TLS],
        &[("TLS RCPT", RelayAction::Endless(b"250 x")), OFFERS_TLS],
        &[("TLS .", RelayAction::Endless(b"250 x")), OFFERS_TLS],
    ];
    for rules in under_tls {
        let reason = cut_off(TlsMode::AfterStartTls, SmtpSecurity::StartTls, rules).await;
        assert!(reason.message.contains("a line of more than 4096 bytes"), "{rules:?}: {}", reason.message);
    }
    let reason = cut_off(TlsMode::AtOnce, SmtpSecurity::Tls, &[("HELLO", RelayAction::Endless(b"220 x"))]).await;
    assert!(reason.message.contains("a line of more than 4096 bytes"), "{}", reason.message);
}

#[tokio::test]
async fn a_reply_of_endless_lines_is_cut_off_at_any_stage() {
    let rules: [&'static [RelayStep]; 4] = [
        &[("HELLO", RelayAction::Endless(b"220-x\r\n"))],
        &[("HELLO", RelayAction::Endless(b"\r\n"))],
        &[("EHLO", RelayAction::Endless(b"250-x\r\n"))],
        &[(".", RelayAction::Endless(b"250-x\r\n"))],
    ];
    for rules in rules {
        let reason = cut_off(TlsMode::Never, SmtpSecurity::Loopback, rules).await;
        assert!(reason.message.contains("a reply of more than 128 lines"), "{rules:?}: {}", reason.message);
    }
}

#[tokio::test]
async fn endless_tls_records_are_cut_off() {
    let rules: &'static [RelayStep] = &[OFFERS_TLS, ("STARTTLS", RelayAction::Endless(b"220 go on\r\n"))];
    cut_off(TlsMode::Never, SmtpSecurity::StartTls, rules).await;
    // A handshake message that announces 16 MiB in records of 16 KiB.
    let mut relay = Relay::with(&[("HELLO", RelayAction::Endless(b"\x16\x03\x03\x40\x00\x02\xff\xff\xff"))]).await;
    let (permanent, reason) = refused(&relay, SmtpSecurity::Tls).await;
    assert!(!permanent && reason.class == "tls", "{reason:?}");
    assert!(relay.sent().await < BUFFERS);
}

#[tokio::test]
async fn the_answer_to_quit_changes_nothing() {
    for act in [
        RelayAction::Endless(b"x"),
        RelayAction::Endless(b"221-x\r\n"),
        RelayAction::Say(b"550 5.1.1 no such user\r\n"),
        RelayAction::Say(b"421 closing\r\n"),
        RelayAction::Leave(b""),
        RelayAction::Fall(b""),
    ] {
        let rules: &'static [RelayStep] = vec![("QUIT", act)].leak();
        let relay = Relay::with(rules).await;
        let timeouts = MailTimeouts { quit: Duration::from_millis(50), ..patient() };
        let mailer = Mailer::new(smtp(relay.port, SmtpSecurity::Loopback, None), timeouts, None).unwrap();
        assert_eq!(mailer.send(&dispatch("desk@example.org"), None).await, Outcome::Delivered { status: Some(250) });
    }
}

#[tokio::test]
async fn a_reply_in_single_bytes_is_a_reply() {
    let relay = Relay::with(&[
        ("HELLO", RelayAction::Spell(b"220-relay\r\n220 here\r\n")),
        ("EHLO", RelayAction::Spell(b"250-relay\r\n250 8BITMIME\r\n")),
        (".", RelayAction::Spell(b"250 2.0.0 taken\r\n")),
    ])
    .await;
    assert_eq!(send(&relay, SmtpSecurity::Loopback).await, Outcome::Delivered { status: Some(250) });
}

#[tokio::test]
async fn a_trickling_reply_ends_at_the_deadline_of_its_command() {
    for step in ["HELLO", "EHLO", "RCPT", "."] {
        let rules: &'static [RelayStep] = vec![(step, RelayAction::Drip)].leak();
        let relay = Relay::with(rules).await;
        let mailer = Mailer::new(smtp(relay.port, SmtpSecurity::Loopback, None), hasty(), None).unwrap();
        let Outcome::Failed { reason, .. } = mailer.send(&dispatch("desk@example.org"), None).await else {
            panic!("{step}: it was delivered")
        };
        assert_eq!(reason.class, "timeout", "{step}: {}", reason.message);
    }
}

#[tokio::test]
async fn a_relay_that_uses_up_every_deadline_ends_at_the_session_deadline() {
    let relay = Relay::with(&[("RCPT", RelayAction::Drip)]).await;
    let timeouts = MailTimeouts { before_content: Duration::from_millis(300), ..patient() };
    let mailer = Mailer::new(smtp(relay.port, SmtpSecurity::Loopback, None), timeouts, None).unwrap();
    let Outcome::Failed { reason, .. } = mailer.send(&dispatch("desk@example.org"), None).await else { panic!("sent") };
    assert!(reason.class == "timeout" && reason.message.contains("before the mail"), "{}", reason.message);
}

#[tokio::test]
async fn a_relay_that_disconnects_during_a_reply_is_retried() {
    for step in ["HELLO", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        for bytes in [&b""[..], b"25", b"250-so far\r\n", b"550 5.1.1 no such us"] {
            let rules: &'static [RelayStep] = vec![(step, RelayAction::Leave(bytes))].leak();
            let (permanent, reason) = refused(&Relay::with(rules).await, SmtpSecurity::Loopback).await;
            assert!(!permanent && reason.status.is_none(), "{step} {bytes:?}: {reason:?}");
        }
    }
}

#[tokio::test]
async fn a_relay_that_shuts_down_is_retried_at_any_stage() {
    for step in ["HELLO", "EHLO", "MAIL", "RCPT", "DATA", "Date:", "."] {
        let rules: &'static [RelayStep] = vec![(step, RelayAction::Leave(b"421 4.3.2 closing down\r\n"))].leak();
        let (permanent, reason) = refused(&Relay::with(rules).await, SmtpSecurity::Loopback).await;
        assert!(!permanent, "{step}");
        // A connection that is reset during a write may lose the relay's last reply.
        assert!(step == "Date:" || reason.status == Some(421), "{step}: {reason:?}");
    }
    // Before it is asked, right behind another reply.
    let rules: &'static [RelayStep] = &[("MAIL", RelayAction::Leave(b"250 fine\r\n421 4.3.2 closing down\r\n"))];
    let (permanent, reason) = refused(&Relay::with(rules).await, SmtpSecurity::Loopback).await;
    assert!(!permanent && reason.status == Some(421), "{reason:?}");
}

#[tokio::test]
async fn an_extra_reply_does_not_count_as_the_reply_to_the_next_command() {
    for step in ["HELLO", "MAIL", "RCPT", "DATA"] {
        let reply: &'static [u8] = match step {
            "HELLO" => b"220 relay\r\n250 fine\r\n",
            "DATA" => b"354 go on\r\n250 taken\r\n",
            _ => b"250 fine\r\n250 fine\r\n",
        };
        let rules: &'static [RelayStep] =
            vec![(step, RelayAction::Say(reply)), (".", RelayAction::Say(b"451 not yet\r\n"))].leak();
        let (permanent, reason) = refused(&Relay::with(rules).await, SmtpSecurity::Loopback).await;
        assert!(!permanent && reason.message.contains("a reply before the command"), "{step}: {}", reason.message);
    }
}

#[tokio::test]
async fn bytes_in_the_clear_do_not_count_under_tls() {
    let relay = Relay::open(
        TlsMode::AfterStartTls,
        &[
            OFFERS_TLS,
            ("STARTTLS", RelayAction::Say(b"220 go on\r\n250-relay\r\n250 AUTH PLAIN LOGIN\r\n235 welcome\r\n")),
        ],
    )
    .await;
    let mailer = mailer(&relay, SmtpSecurity::StartTls, Some("hunter2"));
    let Outcome::Failed { reason, .. } = mailer.send(&dispatch("desk@example.org"), None).await else { panic!("sent") };
    assert_eq!(reason.class, "tls", "{}", reason.message);
    assert!(!relay.received().contains("AUTH") && !relay.received().contains("MAIL"), "{}", relay.received());
}

#[tokio::test]
async fn extensions_offered_in_the_clear_do_not_count_under_tls() {
    let relay = Relay::open(
        TlsMode::AfterStartTls,
        &[
            ("TLS EHLO", RelayAction::Say(b"250 relay\r\n")),
            ("EHLO", RelayAction::Say(b"250-relay\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n")),
        ],
    )
    .await;
    let mailer = mailer(&relay, SmtpSecurity::StartTls, Some("hunter2"));
    let Outcome::Failed { reason, .. } = mailer.send(&dispatch("desk@example.org"), None).await else { panic!("sent") };
    assert!(reason.message.contains("offers neither AUTH PLAIN nor AUTH LOGIN"), "{}", reason.message);
    assert!(!relay.received().contains("AUTH"), "{}", relay.received());
}

#[tokio::test]
async fn a_password_that_the_relay_repeats_is_not_kept() {
    for echo in
        [&b"535 5.7.8 no: AG1hcnNhZABodW50ZXIy\r\n"[..], b"535 hunter2 is wrong\r\n", b"235-aHVudGVyMg==\r\n535 no\r\n"]
    {
        let rules: &'static [RelayStep] =
            vec![("EHLO", RelayAction::Say(b"250-relay\r\n250 AUTH PLAIN\r\n")), ("AUTH", RelayAction::Say(echo))]
                .leak();
        let relay = Relay::open(TlsMode::AtOnce, rules).await;
        let mailer = mailer(&relay, SmtpSecurity::Tls, Some("hunter2"));
        let Outcome::Failed { reason, .. } = mailer.send(&dispatch("desk@example.org"), None).await else {
            panic!("sent")
        };
        assert_eq!(reason.status, Some(535));
        let kept = format!("{reason:?}");
        for secret in ["hunter2", "AG1hcnNhZABodW50ZXIy", "aHVudGVyMg"] {
            assert!(!kept.contains(secret), "{kept}");
        }
    }
}
