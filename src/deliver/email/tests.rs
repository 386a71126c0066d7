//! Relays of every temper, on loopback.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::alert::{DeliveryId, Reason};
use crate::render::mail::Letter;

/// A relay that answers each command that begins so with this; the first rule that fits counts. An empty answer is
/// silence.
struct Relay {
    port: u16,
    heard: Arc<Mutex<String>>,
}

impl Relay {
    async fn with(rules: &'static [(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(String::new()));
        let ledger = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let ledger = Arc::clone(&ledger);
                tokio::spawn(async move { converse(stream, rules, &ledger).await });
            }
        });
        Self { port, heard }
    }

    /// A relay that speaks TLS from the first byte, with a certificate from `testdata`.
    async fn secure(rules: &'static [(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(String::new()));
        let (ledger, acceptor) = (Arc::clone(&heard), acceptor());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (ledger, acceptor) = (Arc::clone(&ledger), acceptor.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        converse(stream, rules, &ledger).await;
                    }
                });
            }
        });
        Self { port, heard }
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }

    fn mailer(&self, security: SmtpSecurity, password: Option<&str>) -> Mailer {
        let patience = Patience { command: Duration::from_millis(300), content: Duration::from_millis(600) };
        Mailer::new(smtp(self.port, security, password), patience, None).unwrap()
    }
}

fn acceptor() -> tokio_rustls::TlsAcceptor {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(include_bytes!("testdata/localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("testdata/localhost.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}

fn smtp(port: u16, security: SmtpSecurity, password: Option<&str>) -> Smtp {
    Smtp {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        user: password.map(|_| "marsad".to_owned()),
        password: password.map(SecretString::from),
        from: "مرصد <marsad@example.org>".parse().unwrap(),
        helo: None,
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite, rules: &[(&str, &str)], ledger: &Mutex<String>) {
    let (read, mut write) = tokio::io::split(stream);
    let read = std::pin::pin!(read);
    let mut lines = BufReader::new(read).lines();
    let answer = |command: &str| {
        let rule = rules.iter().find(|(start, _)| command.starts_with(start));
        rule.map_or(if command == "DATA" { "354 go on" } else { "250 fine" }, |(_, answer)| answer).to_owned()
    };
    let mut said = answer("HELLO");
    let mut in_data = false;
    loop {
        if said.is_empty() {
            std::future::pending::<()>().await;
        }
        let said_now =
            if said == "250 fine" && ledger.lock().unwrap().is_empty() { "220 relay".to_owned() } else { said };
        if write.write_all(format!("{said_now}\r\n").as_bytes()).await.is_err() {
            return;
        }
        loop {
            let Ok(Some(line)) = lines.next_line().await else { return };
            ledger.lock().unwrap().push_str(&format!("{line}\n"));
            if in_data && line != "." {
                continue;
            }
            said = answer(if in_data { "." } else { &line });
            in_data = !in_data && line == "DATA" && said.starts_with("354");
            break;
        }
    }
}

fn parcel(recipient: &str) -> Parcel {
    let letter = Letter {
        subject: "\u{2068}غزة\u{2069}\r\nBcc: x@example.org".to_owned(),
        text: "سطر\n.\nFrom here\n".to_owned(),
        html: "<p>سطر</p>".to_owned(),
        lang: "ar".to_owned(),
        dir: "rtl".to_owned(),
        list_id: "<press.marsad.example.org>".to_owned(),
        unsubscribe: Some("https://marsad.example.org/".to_owned()),
    };
    Parcel {
        id: DeliveryId::from_stored("msg_1".to_owned()),
        recipient: recipient.to_owned(),
        body: letter.to_bytes().into(),
        replayed: false,
        at: Timestamp::from_second(1_800_000_500).unwrap(),
        first_at: Timestamp::from_second(1_800_000_000).unwrap(),
    }
}

async fn refusal(rules: &'static [(&'static str, &'static str)]) -> (bool, Reason) {
    let relay = Relay::with(rules).await;
    match relay.mailer(SmtpSecurity::Loopback, None).send(&parcel("desk@example.org"), None).await {
        Outcome::Failed { reason, .. } => (false, reason),
        Outcome::Rejected { reason } => (true, reason),
        Outcome::Delivered { .. } => panic!("it was delivered"),
    }
}

#[tokio::test]
async fn a_letter_arrives_with_its_name_its_date_and_no_forged_header() {
    let relay = Relay::with(&[]).await;
    let mailer = relay.mailer(SmtpSecurity::Loopback, None);
    assert_eq!(mailer.send(&parcel("desk@example.org"), None).await, Outcome::Delivered { status: Some(250) });
    let heard = relay.heard();
    for line in [
        "MAIL FROM:<marsad@example.org>\n",
        "RCPT TO:<desk@example.org>\n",
        "Message-ID: <msg_1@example.org>\n",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000\n",
        "Auto-Submitted: auto-generated\n",
        "List-Id: <press.marsad.example.org>\n",
        "List-Unsubscribe: <https://marsad.example.org/>\n",
        "Subject: =?utf-8?b?",
        "Content-Type: multipart/alternative;",
    ] {
        assert!(heard.contains(line), "{heard}\nlacks {line}");
    }
    assert!(!heard.contains("\nBcc:"));
}

#[tokio::test]
async fn a_second_attempt_sends_the_same_mail() {
    let mut mails = Vec::new();
    for at in [1_800_000_500, 1_800_009_000] {
        let parcel = Parcel { at: Timestamp::from_second(at).unwrap(), ..parcel("desk@example.org") };
        mails.push(message::mail(&parcel, &"marsad <marsad@example.org>".parse().unwrap(), None).unwrap().bytes);
    }
    assert_eq!(mails[0], mails[1]);
}

#[tokio::test]
async fn a_greylisted_mail_is_tried_again() {
    let (for_good, reason) = refusal(&[("RCPT", "451 4.7.1 come back")]).await;
    assert!(!for_good);
    assert_eq!((reason.class.as_str(), reason.status), ("smtp", Some(451)));
    assert!(reason.answer.contains("come back"));
    let (for_good, reason) = refusal(&[("MAIL", "421 4.3.2 closing")]).await;
    assert!(!for_good && reason.status == Some(421));
}

#[tokio::test]
async fn a_recipient_that_does_not_exist_is_not_tried_again_and_not_named() {
    let (for_good, reason) = refusal(&[("RCPT", "550 5.1.1 <desk@example.org> unknown")]).await;
    assert!(for_good && reason.status == Some(550));
    assert!(!reason.message.contains("desk@"), "{}", reason.message);
    let (for_good, _) = refusal(&[(".", "554 5.7.1 looks like spam")]).await;
    assert!(for_good);
}

#[tokio::test]
async fn what_every_mail_would_meet_is_not_this_mails_fault() {
    let (for_good, reason) = refusal(&[("MAIL", "550 5.7.1 sender not allowed")]).await;
    assert!(!for_good && reason.class == "smtp" && reason.message.contains("smtp.from"));
    let (for_good, _) = refusal(&[("HELLO", "554 go away")]).await;
    assert!(!for_good);
}

#[tokio::test]
async fn a_silent_relay_is_given_up_wherever_it_falls_silent() {
    for rules in [&[("HELLO", "")] as &'static [_], &[("EHLO", "")], &[("RCPT", "")], &[(".", "")]] {
        let (for_good, reason) = refusal(rules).await;
        assert!(!for_good);
        assert_eq!(reason.class, "timeout", "{rules:?}: {}", reason.message);
    }
}

#[tokio::test]
async fn nothing_goes_in_the_clear_where_starttls_is_missing() {
    for (security, password) in [
        (SmtpSecurity::StartTls, None),
        (SmtpSecurity::StartTls, Some("hunter2")),
        (SmtpSecurity::Loopback, Some("hunter2")),
    ] {
        let relay = Relay::with(&[("EHLO", "250-relay\r\n250 AUTH PLAIN LOGIN")]).await;
        let outcome = relay.mailer(security, password).send(&parcel("desk@example.org"), None).await;
        let Outcome::Failed { reason, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(reason.class, "tls");
        assert!(!relay.heard().contains("AUTH") && !relay.heard().contains("MAIL"), "{}", relay.heard());
    }
}

#[tokio::test]
async fn a_relay_that_breaks_off_the_handshake_gets_no_mail() {
    let relay = Relay::with(&[("EHLO", "250-relay\r\n250 STARTTLS"), ("STARTTLS", "220 ready\r\nnot tls")]).await;
    let outcome = relay.mailer(SmtpSecurity::StartTls, None).send(&parcel("desk@example.org"), None).await;
    let Outcome::Failed { reason, .. } = outcome else { panic!("{outcome:?}") };
    assert!(matches!(reason.class.as_str(), "tls" | "timeout"), "{reason:?}");
    assert!(!relay.heard().contains("MAIL"));
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_a_failure_that_names_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mailer = Mailer::new(smtp(port, SmtpSecurity::Loopback, None), Patience::default(), None).unwrap();
    let Outcome::Failed { reason, .. } = mailer.send(&parcel("desk@example.org"), None).await else { panic!("sent") };
    assert_eq!(reason.class, "connect");
    assert!(reason.message.contains("127.0.0.1"));
}

#[tokio::test]
async fn an_address_that_is_none_is_not_tried_again() {
    let relay = Relay::with(&[]).await;
    let outcome = relay.mailer(SmtpSecurity::Loopback, None).send(&parcel("nobody"), None).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }));
}

#[tokio::test]
async fn a_password_is_said_over_tls_alone_and_to_a_relay_that_is_who_it_says() {
    let relay = Relay::secure(&[("EHLO", "250-relay\r\n250 AUTH PLAIN LOGIN"), ("AUTH", "235 welcome")]).await;
    let smtp = smtp(relay.port, SmtpSecurity::Tls, Some("hunter2"));
    let patience = Patience { command: Duration::from_secs(5), content: Duration::from_secs(5) };
    let stranger = Mailer::new(smtp.clone(), patience, None).unwrap();
    let Outcome::Failed { reason, .. } = stranger.send(&parcel("desk@example.org"), None).await else { panic!("sent") };
    assert_eq!(reason.class, "tls", "{}", reason.message);
    assert_eq!(relay.heard(), "");
    let authority: &[u8] = include_bytes!("testdata/authority.pem");
    let known = Mailer::new(smtp, patience, Some(authority)).unwrap();
    assert_eq!(known.send(&parcel("desk@example.org"), None).await, Outcome::Delivered { status: Some(250) });
    assert!(relay.heard().contains("AUTH PLAIN"));
}

#[tokio::test]
async fn a_password_that_the_relay_refuses_is_the_configurations_fault() {
    let relay = Relay::secure(&[("EHLO", "250-relay\r\n250 AUTH PLAIN"), ("AUTH", "535 5.7.8 no")]).await;
    let smtp = smtp(relay.port, SmtpSecurity::Tls, Some("hunter2"));
    let authority: &[u8] = include_bytes!("testdata/authority.pem");
    let mailer = Mailer::new(smtp, Patience::default(), Some(authority)).unwrap();
    let Outcome::Failed { reason, .. } = mailer.send(&parcel("desk@example.org"), None).await else { panic!("sent") };
    assert_eq!((reason.class.as_str(), reason.status), ("smtp", Some(535)));
    assert!(reason.message.contains("password") && !format!("{reason:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_recipients_name_stands_in_the_to_header_and_can_forge_no_other() {
    for (name, header) in [
        ("News desk", "\nTo: \"News desk\" <desk@example.org>\n"),
        ("Doe, Jane", "\nTo: =?utf-8?b?RG9lLCBKYW5l?= <desk@example.org>\n"),
        ("Jane \"JD\" Doe", "\nTo: \"Jane \\\"JD\\\" Doe\" <desk@example.org>\n"),
        ("السفير", "\nTo: =?utf-8?b?2KfZhNiz2YHZitix?= <desk@example.org>\n"),
        ("x\r\nBcc: y@example.org", "\nTo: "),
    ] {
        let relay = Relay::with(&[]).await;
        let outcome = relay.mailer(SmtpSecurity::Loopback, None).send(&parcel("desk@example.org"), Some(name)).await;
        assert_eq!(outcome, Outcome::Delivered { status: Some(250) });
        let heard = relay.heard();
        assert!(heard.contains(header), "{heard}\nlacks {header}");
        assert!(heard.contains("RCPT TO:<desk@example.org>\n") && !heard.contains("\nBcc:"), "{heard}");
    }
}

#[tokio::test]
async fn an_internationalised_domain_goes_out_in_ascii() {
    let relay = Relay::with(&[]).await;
    let from = "مرصد <marsad@münchen.example>".parse().unwrap();
    let smtp = Smtp { from, ..smtp(relay.port, SmtpSecurity::Loopback, None) };
    let mailer = Mailer::new(smtp, Patience::default(), None).unwrap();
    // As a version that kept the domain in its own letters may have queued it.
    let outcome = mailer.send(&parcel("desk@موقع.وزارة-الاتصالات.مصر"), None).await;
    assert_eq!(outcome, Outcome::Delivered { status: Some(250) });
    let heard = relay.heard();
    for line in [
        "MAIL FROM:<marsad@xn--mnchen-3ya.example>\n",
        "RCPT TO:<desk@xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c>\n",
        "\nTo: desk@xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c\n",
        "Message-ID: <msg_1@xn--mnchen-3ya.example>\n",
    ] {
        assert!(heard.contains(line), "{heard}\nlacks {line}");
    }
    assert!(heard.is_ascii(), "{heard}");
}

#[tokio::test]
async fn ehlo_says_the_configured_name() {
    let relay = Relay::with(&[]).await;
    let helo = Some("monitor.example.org".to_owned());
    let smtp = Smtp { helo, ..smtp(relay.port, SmtpSecurity::Loopback, None) };
    Mailer::new(smtp, Patience::default(), None).unwrap().send(&parcel("desk@example.org"), None).await;
    assert!(relay.heard().starts_with("EHLO monitor.example.org\n"), "{}", relay.heard());
}
