//! Tests that mail and password leave only over the encryption that is configured.

use super::*;

#[tokio::test]
async fn nothing_is_sent_unencrypted_without_starttls() {
    for (security, password) in [
        (SmtpSecurity::StartTls, None),
        (SmtpSecurity::StartTls, Some("hunter2")),
        (SmtpSecurity::Loopback, Some("hunter2")),
    ] {
        let relay = Relay::with(&[("EHLO", RelayAction::Say(b"250-relay\r\n250 AUTH PLAIN LOGIN\r\n"))]).await;
        let outcome = mailer(&relay, security, password).send(&dispatch("desk@example.org"), None).await;
        let Outcome::Failed { reason, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(reason.class, "tls");
        assert!(!relay.received().contains("AUTH") && !relay.received().contains("MAIL"), "{}", relay.received());
    }
}

#[tokio::test]
async fn a_relay_that_refuses_or_breaks_off_starttls_gets_no_mail() {
    for act in [
        RelayAction::Say(b"454 4.7.0 not now\r\n"),
        RelayAction::Say(b"220 ready\r\nnot tls\r\n"),
        RelayAction::Leave(b"220 ready\r\n"),
    ] {
        let rules = vec![("EHLO", RelayAction::Say(b"250-relay\r\n250 STARTTLS\r\n")), ("STARTTLS", act)].leak();
        let relay = Relay::open(TlsMode::AfterStartTls, rules).await;
        let outcome =
            mailer(&relay, SmtpSecurity::StartTls, Some("hunter2")).send(&dispatch("desk@example.org"), None).await;
        assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
        assert!(!relay.received().contains("MAIL") && !relay.received().contains("AUTH"), "{}", relay.received());
    }
}

#[tokio::test]
async fn a_password_is_sent_only_over_tls_and_only_to_the_verified_relay() {
    let offers: &'static [RelayStep] = &[
        ("EHLO", RelayAction::Say(b"250-relay\r\n250 AUTH PLAIN LOGIN\r\n")),
        ("AUTH", RelayAction::Say(b"235 welcome\r\n")),
    ];
    let relay = Relay::open(TlsMode::AtOnce, offers).await;
    let distrustful = Mailer::new(smtp(relay.port, SmtpSecurity::Tls, Some("hunter2")), patient(), None).unwrap();
    let Outcome::Failed { reason, .. } = distrustful.send(&dispatch("desk@example.org"), None).await else {
        panic!("sent")
    };
    assert_eq!(reason.class, "tls", "{}", reason.message);
    assert_eq!(relay.received(), "");
    let known = mailer(&relay, SmtpSecurity::Tls, Some("hunter2"));
    assert_eq!(known.send(&dispatch("desk@example.org"), None).await, Outcome::Delivered { status: Some(250) });
    assert!(relay.received().contains("\nAUTH PLAIN AG1hcnNhZABodW50ZXIy\n"));
}

#[tokio::test]
async fn starttls_then_a_password_then_the_mail() {
    let relay = Relay::open(
        TlsMode::AfterStartTls,
        &[
            ("TLS EHLO", RelayAction::Say(b"250-relay\r\n250 AUTH=PLAIN\r\n")),
            ("EHLO", RelayAction::Say(b"250-relay\r\n250-8BITMIME\r\n250 STARTTLS\r\n")),
            ("AUTH", RelayAction::Say(b"334\r\n")),
        ],
    )
    .await;
    let outcome =
        mailer(&relay, SmtpSecurity::StartTls, Some("hunter2")).send(&dispatch("desk@example.org"), None).await;
    assert_eq!(outcome, Outcome::Delivered { status: Some(250) });
    let steps: Vec<String> = relay.received().lines().take(7).map(|line| line.chars().take(4).collect()).collect();
    assert_eq!(steps, ["EHLO", "STAR", "EHLO", "AUTH", "AG1h", "MAIL", "RCPT"]);
}

#[tokio::test]
async fn a_relay_with_only_auth_login_gets_user_and_password_in_turn() {
    let relay = Relay::open(
        TlsMode::AtOnce,
        &[
            ("EHLO", RelayAction::Say(b"250-relay\r\n250 AUTH XOAUTH2 LOGIN\r\n")),
            ("AUTH", RelayAction::Say(b"334 VXNlcm5hbWU6\r\n")),
            ("bWFyc2Fk", RelayAction::Say(b"334 UGFzc3dvcmQ6\r\n")),
            ("aHVudGVyMg==", RelayAction::Say(b"235 welcome\r\n")),
        ],
    )
    .await;
    let outcome = mailer(&relay, SmtpSecurity::Tls, Some("hunter2")).send(&dispatch("desk@example.org"), None).await;
    assert_eq!(outcome, Outcome::Delivered { status: Some(250) });
}

#[tokio::test]
async fn a_password_that_the_relay_refuses_is_the_configurations_fault() {
    let offers: &'static [RelayStep] = &[
        ("EHLO", RelayAction::Say(b"250-relay\r\n250 AUTH PLAIN\r\n")),
        ("AUTH", RelayAction::Say(b"535 5.7.8 no\r\n")),
    ];
    let relay = Relay::open(TlsMode::AtOnce, offers).await;
    let mailer = mailer(&relay, SmtpSecurity::Tls, Some("hunter2"));
    let Outcome::Failed { reason, .. } = mailer.send(&dispatch("desk@example.org"), None).await else { panic!("sent") };
    assert_eq!((reason.class.as_str(), reason.status), ("smtp", Some(535)));
    assert!(reason.message.contains("password") && !format!("{reason:?}").contains("hunter2"));
}
