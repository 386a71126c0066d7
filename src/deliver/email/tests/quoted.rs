//! Addresses that need quotes or brackets reach the relay with them.

use super::*;

async fn heard(recipient: &str) -> String {
    let relay = Relay::with(&[]).await;
    let mailer = mailer(&relay, SmtpSecurity::Loopback, None);
    let outcome = mailer.send(&dispatch(recipient), Some("Desk")).await;
    assert_eq!(outcome, Outcome::Delivered { status: Some(250) }, "{recipient}");
    relay.heard()
}

#[tokio::test]
async fn a_quoted_local_part_and_an_address_literal_stand_in_command_and_header_as_they_are() {
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
        let heard = heard(recipient).await;
        assert!(heard.contains(&format!("\nRCPT TO:<{recipient}>\n")), "{heard}");
        let unfolded = heard.replace("\n ", " ");
        assert!(unfolded.contains(&format!("\nTo: Desk <{recipient}>\n")), "{heard}");
    }
}

#[tokio::test]
async fn a_sender_with_an_address_literal_is_greeted_with_and_named_by_it() {
    let relay = Relay::with(&[]).await;
    let from = "\"news desk\"@[192.0.2.1]".parse().unwrap();
    let smtp = SmtpSettings { from, ..smtp(relay.port, SmtpSecurity::Loopback, None) };
    let mailer = Mailer::new(smtp, patient(), None).unwrap();
    let outcome = mailer.send(&dispatch("desk@example.org"), None).await;
    assert_eq!(outcome, Outcome::Delivered { status: Some(250) });
    let heard = relay.heard();
    for line in [
        "MAIL FROM:<\"news desk\"@[192.0.2.1]>\n",
        "From: \"news desk\"@[192.0.2.1]\n",
        "Message-ID: <msg_1@[192.0.2.1]>\n",
    ] {
        assert!(heard.contains(line), "{heard}\nlacks {line}");
    }
}
