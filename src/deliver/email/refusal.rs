//! Decides whether a permanent refusal is about the mailbox, which ends a delivery, or about something else, which does
//! not.
//!
//! At RCPT a relay may also refuse the sender, the client, or a mail by policy or quota (Postfix delays every check
//! until then, `smtpd_delay_reject`), with the same basic codes as for the mailbox. So the enhanced status code (RFC
//! 3463) decides, then the words. What stays unclear counts as the relay's: a delivery must not end on a guess.

use super::reply::SmtpReply;

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RefusalSubject {
    Mailbox,
    Relay,
    Unclear,
}

/// True if the reply says that the mailbox does not exist, permanently. A reply that names `sender`, the address of the
/// mail's sender, is not about the recipient.
pub(super) fn is_no_such_mailbox(reply: &SmtpReply, sender: Option<&str>) -> bool {
    let names_sender = || sender.is_some_and(|sender| names(reply, sender));
    if !(500..600).contains(&reply.code) || quotes_temporary_code(reply) || names_sender() {
        return false;
    }
    let words = words(reply);
    match enhanced(reply).map_or(RefusalSubject::Unclear, |status| by_status(status, &words)) {
        // A relay that quotes another server's refusal is only as certain as the quoted code.
        RefusalSubject::Mailbox => {
            quoted(reply).all(|status| by_status(status, &words) == RefusalSubject::Mailbox) || by_words(&words)
        }
        RefusalSubject::Relay => false,
        RefusalSubject::Unclear => WORDED.contains(&reply.code) && by_words(&words),
    }
}

/// What an enhanced status code is about (RFC 3463 §3, RFC 5248, RFC 7505).
fn by_status((class, subject, detail): (u16, u16, u16), words: &str) -> RefusalSubject {
    let unless =
        |strangers: &[&str]| if has(words, strangers) { RefusalSubject::Relay } else { RefusalSubject::Mailbox };
    match (class, subject, detail) {
        // Bad mailbox, moved without a forwarding address, a domain without mail. Few words contradict these.
        (5, 1, 1 | 6 | 10) => unless(CONTRADICTIONS),
        // Bad domain, bad syntax, mailbox disabled: also used for senders, and by Gmail for a mailbox that gets too
        // much.
        (5, 1, 2 | 3) | (5, 2, 1) => unless(OTHERS),
        // "Other status" and a success that comes with a 5xx say nothing.
        (5, 0..=7, 0) | (2, ..) => RefusalSubject::Unclear,
        // The generic code of policies, which some relays send for every refusal.
        (5, 7, 1) => RefusalSubject::Unclear,
        // The sender (5.1.7, 5.1.8), a full mailbox (5.2.2), system, network, protocol, content, policy, or 4.x.x.
        _ => RefusalSubject::Relay,
    }
}

fn by_words(words: &str) -> bool {
    has(words, NO_MAILBOX) && !has(words, OTHERS)
}

/// The basic codes that can refuse a mailbox without an enhanced code. The others are about commands (50x), the host
/// (521), authentication (53x), or size and quota (552).
const WORDED: [u16; 4] = [550, 551, 553, 554];

/// Phrases by which relays say that a mailbox does not exist. Collected from the defaults of Postfix, Exim, Sendmail,
/// qmail, Exchange, Gmail and Yahoo, and from translated replies.
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
    " unrouteable address",
    " unroutable address",
    " address unknown",
    " unknown address",
    " account unknown",
    " unknown account",
    " unknown or illegal alias",
    " user is unknown",
    " user is not known",
    " user not known",
    " recipient is unknown",
    " no user by that name",
    " no account by that name",
    " benutzer unbekannt",
    " unbekannter benutzer",
    " empfänger unbekannt",
    " unbekannter empfänger",
    " utilisateur inconnu",
    " destinataire inconnu",
    " usuario desconocido",
    " destinatario desconocido",
    " utente sconosciuto",
];

/// Phrases about something other than the mailbox, which decide whatever else the reply says: a relay that cannot
/// verify the *sender* also says "no such user".
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
    " callout",
    " verification failed",
    " verify failed",
    " unverified",
    " denied",
    " not allowed",
    " not permitted",
    " unauthor",
    " prohibited",
    " ip address",
    " host address",
    " from unknown address",
    " timed out",
    " timeout",
    " connect to",
    " graylist",
    " grey list",
    " gray list",
];

/// Phrases that contradict even a code such as 5.1.1: they are about the sender, or about a check without a result.
/// They are narrower than [`OTHERS`], because the words of a true 5.1.1 may contain "relay" or "sender".
const CONTRADICTIONS: &[&str] = &[
    " sender address rejected",
    " sender verif",
    " sender rejected",
    " sender denied",
    " sender unknown",
    " sender not ",
    " unknown sender",
    " invalid sender",
    " mail from",
    " callout",
    " verification failed",
    " verify failed",
    " verification in progress",
    " unverified address",
    " timed out",
    " timeout",
    " connect to",
    " connection refused",
    " connection reset",
    " lost connection",
    " no route to host",
    " network is unreachable",
    " name service error",
    " temporar",
    " try again later",
    " try later",
    " greylist",
    " graylist",
    " grey list",
    " gray list",
    " mailbox full",
    " inbox full",
    " is full",
    " quota",
    " insufficient",
    " exceed",
    " throttl",
    " rate limit",
    " too many",
    " access denied",
    " blacklist",
    " black list",
    " blocklist",
    " block list",
    " denylist",
    " rbl ",
    " dnsbl",
    " blocked",
    " spam",
    " spf ",
    " dkim",
    " dmarc",
    " policy",
    " reputation",
    " helo command rejected",
    " client host",
    " relay access denied",
    " relaying denied",
    " unable to relay",
    " authentication required",
];

fn has(words: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| words.contains(phrase))
}

/// The words of the reply in lower case, each between spaces. Addresses and links are removed first: the text of
/// `relay@example.org` says nothing about relaying.
fn words(reply: &SmtpReply) -> String {
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

/// The line without the text between `<` and `>`.
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

/// The enhanced status code: at the start of the last line that has one, or in the form of qmail, `(#5.1.1)`.
fn enhanced(reply: &SmtpReply) -> Option<(u16, u16, u16)> {
    let lines: Vec<&str> = reply.lines().collect();
    let at_start = lines.iter().rev().find_map(|line| status(line.trim_start()));
    at_start
        .or_else(|| lines.iter().find_map(|line| line.match_indices('#').find_map(|(at, _)| status(&line[at + 1..]))))
}

/// The tokens of the reply's text, without addresses and links.
fn tokens(reply: &SmtpReply) -> impl Iterator<Item = &str> {
    let words = reply.lines().flat_map(str::split_whitespace);
    let words = words.filter(|word| !word.contains('@') && !word.contains("://"));
    words.flat_map(|word| word.split(|c: char| ":;,()[]<>\"'=#".contains(c)))
}

/// The enhanced status codes anywhere in the reply; some may come from a quoted server.
fn quoted(reply: &SmtpReply) -> impl Iterator<Item = (u16, u16, u16)> {
    tokens(reply).filter_map(status)
}

/// True if the reply quotes a temporary refusal of another server: `said: 451 4.7.1 Greylisting`.
fn quotes_temporary_code(reply: &SmtpReply) -> bool {
    let basic = |token: &str| {
        let code = token.split_once('-').map_or(token, |(code, _)| code);
        code.len() == 3 && code.starts_with('4') && code.bytes().all(|byte| byte.is_ascii_digit())
    };
    tokens(reply).any(basic) || quoted(reply).any(|(class, ..)| class == 4)
}

/// True if the reply contains `address`, and not as the end or the beginning of a longer one.
fn names(reply: &SmtpReply, address: &str) -> bool {
    let (text, address) = (reply.text.to_lowercase(), address.to_lowercase());
    let joins = |c: char| c.is_alphanumeric() || "-_+@".contains(c);
    text.match_indices(&address).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + address.len()..]);
        let longer = after.strip_prefix('.').unwrap_or(after).starts_with(joins);
        !before.ends_with(|c| joins(c) || c == '.') && !longer
    })
}

/// `5.1.1`, not followed by more of the same token.
fn status(text: &str) -> Option<(u16, u16, u16)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let mut numbers = text[..end].trim_end_matches('.').split('.').map(|number| number.parse::<u16>().ok());
    let status = (numbers.next()??, numbers.next()??, numbers.next()??);
    (numbers.next().is_none() && matches!(status.0, 2 | 4 | 5)).then_some(status)
}

#[cfg(test)]
mod tests;
