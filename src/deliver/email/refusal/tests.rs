//! Tests which replies of relays end a delivery.

use super::*;

fn ends(text: &str) -> bool {
    let last = text.lines().last().unwrap_or_default();
    let reply = SmtpReply { code: last[..3].parse().unwrap(), text: text.to_owned() };
    is_no_such_mailbox(&reply, Some("marsad@example.org"))
}

#[test]
fn only_a_reply_that_says_no_such_mailbox_ends_a_delivery() {
    for text in [
        "550 5.1.1 <gone@example.org>: no such user",
        "550 5.1.1",
        "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in relay recipient table",
        "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking\n550 5.1.1 https://support.example/mail/?p=NoSuchUser",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "554 5.1.1 unknown",
        "501 5.1.3 Bad recipient address syntax",
        "550 5.1.2 <x@gone.example>: Recipient address rejected: Domain not found",
        "551 5.1.6 moved away",
        "556 5.1.10 Recipient address has null MX",
        "550 5.2.1 The email account that you tried to reach is disabled",
        "550 5.1.0 no such user here",
        "550 sorry, no mailbox here by that name (#5.1.1)",
        "550 No such user here",
        "550 Unknown user",
        "550 <relay.sender@spam.example>: User unknown",
        "550 <relay sender>: User unknown in virtual mailbox table",
        "554 delivery error: dd This user doesn't have a yahoo.com account",
        "553 Invalid recipient x@example.org (Mode: normal)",
    ] {
        assert!(ends(text), "{text}");
    }
}

#[test]
fn a_permanent_refusal_of_anything_but_the_mailbox_does_not_end_a_delivery() {
    for text in [
        "504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname",
        "550 5.7.1 <vm>: Helo command rejected: Host not found",
        "553 5.7.1 <marsad@example.org>: Sender address rejected: not owned by user",
        "554 5.7.1 <x@example.org>: Relay access denied",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example.org",
        "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
        "530 5.7.0 Authentication required",
        "530 5.7.0 Must issue a STARTTLS command first",
        "550 5.4.5 Daily user sending quota exceeded",
        "550 5.4.1 Recipient address rejected: Access denied",
        "552 5.2.2 The email account that you tried to reach is over quota",
        "552 5.3.4 Message size exceeds fixed limit",
        "554 5.6.0 Invalid Subject header",
        "554 5.7.1 looks like spam",
        "554 Transaction failed",
        "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
        "550 5.1.0 <marsad@example.org>: Sender address rejected: User unknown in local recipient table",
        "550 5.1.1 <marsad@example.org>: Sender address rejected: User unknown",
        "553 5.1.8 Domain of sender address marsad@example.org does not exist",
        "501 5.1.7 Bad sender address syntax",
        "550-Verification failed for <marsad@example.org>\n550-No Such User Here\n550 Sender verify failed",
        "550 4.2.1 odd",
        "550 relay not permitted",
        "550 Administrative prohibition",
        "550 Requested action not taken: mailbox unavailable",
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "521 host does not accept mail",
        "552 no such user",
        "535 user unknown",
        "450 5.1.1 user unknown",
        "550",
        "550 ",
        "550 no",
        "550 2.0.0 ok",
        "550 10.1.1.1 is blocked",
    ] {
        assert!(!ends(text), "{text}");
    }
}

#[test]
fn a_5_1_1_from_a_check_without_a_result_does_not_end_a_delivery() {
    for text in [
        "550 5.1.1 <x@example.org>: Recipient address rejected: unverified address: connect to mx.example.org[192.0.2.1]:25: Connection timed out",
        "550 5.1.1 <x@example.org>: Recipient address rejected: undeliverable address: host mx.example.org[192.0.2.1] said: 451 4.7.1 Greylisting in action (in reply to RCPT TO command)",
        "550 5.1.1 <x@example.org>: undeliverable address: host mx said: 450 not now",
        "550 5.1.1 <x@example.org>: undeliverable address: host mx said: 421-4.3.2 closing",
        "550 5.1.1 <x@example.org>: undeliverable address: host mx said: 550 5.7.1 Message refused",
        "550-Callout verification failed:\n550 550 5.1.1 <marsad@example.org>: User unknown",
        "550-Callout verification failed:\n550 550 5.1.1 <x@example.org>: User unknown",
        "550 5.1.1 <Marsad@Example.org>: User unknown",
        "550 <marsad@example.org>: user unknown",
        "550 5.1.1 your address is on our blacklist",
        "550 5.1.6 listed in a blocklist",
        "550 5.1.1 greylisted",
        "550 5.1.1 mailbox full",
        "550 5.1.10 mailbox is full",
        "550 5.1.1 over quota",
        "550 5.1.1 Access denied",
        "550 5.1.1 lookup timed out",
        "550 5.1.1 user temporarily unavailable",
        "550 5.1.1 user lookup failed (4.4.3)",
    ] {
        assert!(!ends(text), "{text}");
    }
}

#[test]
fn a_verified_5_1_1_ends_a_delivery() {
    for text in [
        "550 5.1.1 <x@example.org>: Recipient address rejected: undeliverable address: host mx[192.0.2.1] said: 550 5.1.1 <x@example.org>: User unknown (in reply to RCPT TO command)",
        "550 5.1.1 <marsad@example.org.eg>: User unknown",
        "550 5.1.1 <not-marsad@example.org>: User unknown",
        "550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 https://support.example/?p=NoSuchUser a13-2002si451pfm.421 - gsmtp",
    ] {
        assert!(ends(text), "{text}");
    }
}

#[test]
fn clear_words_end_a_delivery_under_a_generic_code() {
    for (text, expected) in [
        ("550 5.7.1 No such user!", true),
        ("550 5.3.0 <x@example.org>... No such user here", true),
        ("550 5.5.0 Recipient unknown", true),
        ("550 Unrouteable address", true),
        ("550 Address unknown", true),
        ("550 Benutzer unbekannt", true),
        ("550 Unbekannter Empfänger", true),
        ("550 Recipient verify failed", false),
        ("550 5.4.1 Recipient address rejected: Access denied", false),
        ("550 5.7.1 unknown user: authentication required", false),
        ("550 5.7.1 Client IP address unknown", false),
        ("550-Verification failed for <marsad@example.org>\n550-Unrouteable address\n550 Sender verify failed", false),
        ("550 5.5.0 mailbox unavailable", false),
        ("550 5.3.0 rejected", false),
    ] {
        assert_eq!(ends(text), expected, "{text}");
    }
}
