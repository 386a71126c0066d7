//! Tests that addresses with quotes or brackets reach the relay unchanged.

use super::*;

async fn received(recipient: &str) -> String {
    let relay = Relay::with(&[]).await;
    let mailer = mailer(&relay, SmtpSecurity::Loopback, None);
    let outcome = mailer.send(&dispatch(recipient), Some("Desk")).await;
    assert_eq!(outcome, Outcome::Delivered { status: Some(250) }, "{recipient}");
    relay.received()
}

#[tokio::test]
async fn a_quoted_local_part_and_an_address_literal_are_sent_unchanged() {
    for recipient in [
        r#""a b"@example.org"#,
        r#""a, b"@example.org"#,
        r#""a@b>"@example.org"#,
        r#""a\"b\\c"@example.org"#,
        r#""..a"@example.org"#,
        "user@[192.0.2.1]",
        "user@[IPv6:2001:db8::1]",
        r#""a b"@[IPv6:2001:db8::1]"#,
    ] {
        let received = received(recipient).await;
        assert!(received.contains(&format!("\nRCPT TO:<{recipient}>\n")), "{received}");
        let unfolded = received.replace("\n ", " ");
        assert!(unfolded.contains(&format!("\nTo: Desk <{recipient}>\n")), "{received}");
    }
}

#[tokio::test]
async fn a_sender_with_an_address_literal_uses_it_in_command_and_header() {
    let relay = Relay::with(&[]).await;
    let from = "\"news desk\"@[192.0.2.1]".parse().unwrap();
    let smtp = SmtpSettings { from, ..smtp(relay.port, SmtpSecurity::Loopback, None) };
    let mailer = Mailer::new(smtp, patient(), None).unwrap();
    let outcome = mailer.send(&dispatch("desk@example.org"), None).await;
    assert_eq!(outcome, Outcome::Delivered { status: Some(250) });
    let received = relay.received();
    for line in [
        "MAIL FROM:<\"news desk\"@[192.0.2.1]>\n",
        "From: \"news desk\"@[192.0.2.1]\n",
        "Message-ID: <msg_1@[192.0.2.1]>\n",
    ] {
        assert!(received.contains(line), "{received}\nlacks {line}");
    }
}
