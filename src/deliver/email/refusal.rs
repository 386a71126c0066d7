//! Whose trouble a permanent refusal is: the mailbox's, which ends a delivery, or anybody else's, which does not.
//!
//! A relay speaks of the sender, the client, its own policy or its quota at RCPT as well (Postfix puts off every check
//! until then, `smtpd_delay_reject`), and with the same basic codes as of the mailbox. So the enhanced status code (RFC
//! 3463) decides, then the words, and what stays unclear is the relay's: a delivery must not end on a guess.

use super::reply::Reply;

/// Whom a refusal speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Mailbox,
    Relay,
    Unclear,
}

/// True when the reply says, once and for all, that there is no such mailbox.
pub(super) fn is_no_such_mailbox(reply: &Reply) -> bool {
    if !(500..600).contains(&reply.code) {
        return false;
    }
    let words = words(reply);
    match enhanced(reply).map_or(Subject::Unclear, |status| by_status(status, &words)) {
        Subject::Mailbox => true,
        Subject::Relay => false,
        Subject::Unclear => WORDED.contains(&reply.code) && by_words(&words),
    }
}

/// Whom an enhanced status code speaks of (RFC 3463 §3, RFC 5248, RFC 7505).
fn by_status((class, subject, detail): (u16, u16, u16), words: &str) -> Subject {
    let unless = |strangers: &[&str]| if has(words, strangers) { Subject::Relay } else { Subject::Mailbox };
    match (class, subject, detail) {
        // Bad mailbox, moved without a forwarding address, a domain that takes no mail. Contradicted by few.
        (5, 1, 1 | 6 | 10) => unless(CONTRADICTIONS),
        // Bad domain, bad syntax, mailbox disabled: also said of senders, and by Gmail of a mailbox that gets too much.
        (5, 1, 2 | 3) | (5, 2, 1) => unless(OTHERS),
        // "Other status" and a success that comes with a 5xx say nothing.
        (5, 0..=2, 0) | (2, ..) => Subject::Unclear,
        // The sender (5.1.7, 5.1.8), a full mailbox (5.2.2), system, network, protocol, content, policy, or 4.x.x.
        _ => Subject::Relay,
    }
}

fn by_words(words: &str) -> bool {
    has(words, NO_MAILBOX) && !has(words, OTHERS)
}

/// The basic codes with which a mailbox may be refused without an enhanced code. The others are about commands (50x),
/// the host (521), authentication (53x), or size and quota (552).
const WORDED: [u16; 4] = [550, 551, 553, 554];

/// Words with which relays say that there is no such mailbox. Collected from the defaults of Postfix, Exim, Sendmail,
/// qmail, Exchange, Gmail and Yahoo.
const NO_MAILBOX: &[&str] = &[
    " no such user",
    " no such local user",
    " no such mailbox",
    " no such recipient",
    " no such address",
    " no such account",
    " no such person",
    " no mailbox here",
    " no mailbox by that name",
    " user unknown",
    " unknown user",
    " unknown recipient",
    " recipient unknown",
    " unknown mailbox",
    " mailbox unknown",
    " unknown local part",
    " addressee unknown",
    " user not found",
    " recipient not found",
    " recipientnotfound",
    " mailbox not found",
    " account not found",
    " user does not exist",
    " recipient does not exist",
    " mailbox does not exist",
    " account does not exist",
    " address does not exist",
    " reach does not exist",
    " user doesn t exist",
    " mailbox doesn t exist",
    " user doesn t have a",
    " not a valid mailbox",
    " not a valid user",
    " not a valid recipient",
    " not a known user",
    " invalid recipient",
    " invalid mailbox",
    " mailbox disabled",
    " mailbox is disabled",
    " reach is disabled",
];

/// Words that speak of something else than the mailbox, whatever else is said: a relay that cannot verify the *sender*
/// says "no such user" as well.
const OTHERS: &[&str] = &[
    " sender",
    " mail from",
    " from address",
    " relay",
    " helo",
    " ehlo",
    " authent",
    " auth ",
    " login",
    " log in",
    " credential",
    " password",
    " starttls",
    " tls ",
    " encrypt",
    " block",
    " blacklist",
    " black list",
    " denylist",
    " rbl",
    " dnsbl",
    " spam",
    " spf",
    " dkim",
    " dmarc",
    " policy",
    " policies",
    " reputation",
    " client",
    " your ip",
    " your account",
    " your host",
    " your server",
    " reverse dns",
    " ptr ",
    " quota",
    " full ",
    " rate ",
    " limit",
    " too many",
    " too quickly",
    " exceed",
    " throttl",
    " temporar",
    " again",
    " later",
    " greylist",
    " too large",
    " too big",
    " virus",
    " malware",
    " content",
];

/// Words that contradict even a code such as 5.1.1.
const CONTRADICTIONS: &[&str] = &[
    " sender address rejected",
    " sender verify",
    " sender rejected",
    " helo command rejected",
    " client host",
    " relay access denied",
    " relaying denied",
    " unable to relay",
    " authentication required",
    " blocked using",
];

fn has(words: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| words.contains(phrase))
}

/// The reply's words in small letters, each between spaces. Addresses and links go first: whatever stands in
/// `relay@example.org` says nothing about relaying.
fn words(reply: &Reply) -> String {
    let lines: Vec<String> = reply.lines().map(without_brackets).collect();
    let tokens = lines.iter().flat_map(|line| line.split_whitespace());
    let mut words = String::from(" ");
    for token in tokens.filter(|token| !token.contains('@') && !token.contains("://")) {
        for c in token.chars().flat_map(char::to_lowercase) {
            match c {
                c if c.is_alphanumeric() => words.push(c),
                _ if !words.ends_with(' ') => words.push(' '),
                _ => {}
            }
        }
        if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    words
}

/// The line without what stands between `<` and `>`.
fn without_brackets(line: &str) -> String {
    let mut inside = false;
    let mut kept = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// The enhanced status code: at the start of the last line that has one, or as qmail writes it, `(#5.1.1)`.
fn enhanced(reply: &Reply) -> Option<(u16, u16, u16)> {
    let lines: Vec<&str> = reply.lines().collect();
    let at_start = lines.iter().rev().find_map(|line| status(line.trim_start()));
    at_start
        .or_else(|| lines.iter().find_map(|line| line.match_indices('#').find_map(|(at, _)| status(&line[at + 1..]))))
}

/// `5.1.1`, followed by nothing that belongs to it.
fn status(text: &str) -> Option<(u16, u16, u16)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let mut numbers = text[..end].trim_end_matches('.').split('.').map(|number| number.parse::<u16>().ok());
    let status = (numbers.next()??, numbers.next()??, numbers.next()??);
    (numbers.next().is_none() && matches!(status.0, 2 | 4 | 5)).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> bool {
        let last = text.lines().last().unwrap_or_default();
        is_no_such_mailbox(&Reply { code: last[..3].parse().unwrap(), text: text.to_owned() })
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
}
