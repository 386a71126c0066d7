//! A mail server on loopback: plain SMTP (RFC 5321), enough for a relay without a password.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::mime;
use crate::clock::Clock;

/// The most bytes of one mail.
const LARGEST: usize = 10 * 1024 * 1024;

/// A mail server; it runs until it is dropped.
#[derive(Debug)]
pub struct Mailbox {
    address: SocketAddr,
    state: Arc<MailboxState>,
    _serving: AbortOnDropHandle<()>,
}

/// A mail that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedMail {
    /// When the final dot arrived.
    pub at: Timestamp,
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The mail as it was sent, without the stuffed dots.
    pub(crate) raw: Vec<u8>,
}

/// A scripted refusal of the next command with this verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxRefusal {
    /// `MAIL`, `RCPT` or `DATA`; the answer to `DATA` is given after the final dot.
    pub verb: &'static str,
    /// The whole answer: `451 4.7.1 come back later`.
    pub reply: &'static str,
}

#[derive(Debug)]
struct MailboxState {
    clock: Clock,
    mails: Mutex<Vec<ReceivedMail>>,
    refusals: Mutex<VecDeque<MailboxRefusal>>,
    count: watch::Sender<usize>,
}

impl Mailbox {
    /// Starts a mail server.
    ///
    /// # Errors
    /// If loopback has no free port.
    pub async fn open(clock: &Clock) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(MailboxState {
            clock: clock.clone(),
            mails: Mutex::default(),
            refusals: Mutex::default(),
            count: watch::channel(0).0,
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, _serving: AbortOnDropHandle::new(serving) })
    }

    /// The relay's address for a configuration: `smtp://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Every mail accepted so far.
    #[must_use]
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.state.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of mails so far; it changes with each mail.
    #[must_use]
    pub fn arrivals(&self) -> watch::Receiver<usize> {
        self.state.count.subscribe()
    }

    /// Refuses the next commands, one for each refusal, in this order per verb.
    pub fn refuse(&self, refusals: impl IntoIterator<Item = MailboxRefusal>) {
        self.state.refusals.lock().unwrap_or_else(PoisonError::into_inner).extend(refusals);
    }
}

impl ReceivedMail {
    /// The subject, decoded.
    #[must_use]
    pub fn subject(&self) -> String {
        mime::header(&self.raw, "subject").map(|value| mime::words(&value)).unwrap_or_default()
    }

    /// The `Message-ID`, with its angle brackets.
    #[must_use]
    pub fn message_id(&self) -> String {
        mime::header(&self.raw, "message-id").unwrap_or_default()
    }

    /// The decoded text of every part, one after the other.
    #[must_use]
    pub fn text(&self) -> String {
        mime::texts(&self.raw).join("\n")
    }
}

impl MailboxState {
    fn refusal(&self, verb: &str) -> Option<&'static str> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let place = refusals.iter().position(|refusal| refusal.verb == verb)?;
        refusals.remove(place).map(|refusal| refusal.reply)
    }

    fn keep(&self, from: String, to: Vec<String>, raw: Vec<u8>) {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.push(ReceivedMail { at: self.clock.now(), from, to, raw });
        self.count.send_replace(mails.len());
    }
}

async fn serve(listener: TcpListener, state: Arc<MailboxState>) {
    let tracker = TaskTracker::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tracker.spawn(converse(stream, Arc::clone(&state)));
            }
            Err(error) => tracing::warn!(%error, "the mailbox cannot accept a connection"),
        }
    }
}

/// Serves one connection. Its end, by either side, is not an error.
async fn converse(stream: TcpStream, state: Arc<MailboxState>) {
    let mut session = SmtpServerSession { stream: BufReader::new(stream), state, from: None, to: Vec::new() };
    if let Err(error) = session.run().await {
        tracing::debug!(%error, "mail connection ended early");
    }
}

struct SmtpServerSession {
    stream: BufReader<TcpStream>,
    state: Arc<MailboxState>,
    from: Option<String>,
    to: Vec<String>,
}

impl SmtpServerSession {
    async fn run(&mut self) -> io::Result<()> {
        self.say("220 localhost demo mailbox").await?;
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.say("250-localhost\r\n250-8BITMIME\r\n250 SIZE 10485760").await?,
                "MAIL" | "RCPT" => self.envelope(&verb, &line).await?,
                "DATA" => self.data().await?,
                "HELO" | "NOOP" => self.say("250 ok").await?,
                "RSET" => {
                    self.forget();
                    self.say("250 ok").await?;
                }
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("502 5.5.1 unknown command").await?,
            }
        }
    }

    async fn envelope(&mut self, verb: &str, line: &str) -> io::Result<()> {
        if let Some(reply) = self.state.refusal(verb) {
            return self.say(reply).await;
        }
        let path = line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned());
        match (path, verb, self.from.is_some()) {
            (Some(path), "MAIL", _) => {
                self.from = Some(path);
                self.to.clear();
                self.say("250 2.1.0 ok").await
            }
            (Some(path), _, true) => {
                self.to.push(path);
                self.say("250 2.1.5 ok").await
            }
            (None, _, _) => self.say("501 5.5.4 put the address in angle brackets").await,
            (_, _, false) => self.say("503 5.5.1 MAIL comes first").await,
        }
    }

    async fn data(&mut self) -> io::Result<()> {
        let Some(from) = self.from.take().filter(|_| !self.to.is_empty()) else {
            return self.say("503 5.5.1 MAIL and RCPT come first").await;
        };
        self.say("354 end with a dot").await?;
        let raw = self.read_mail().await?;
        let to = std::mem::take(&mut self.to);
        match self.state.refusal("DATA") {
            Some(reply) => self.say(reply).await,
            None => {
                self.state.keep(from, to, raw);
                self.say("250 2.0.0 taken").await
            }
        }
    }

    /// The lines up to the lone dot, without the dot that a sender adds before one that begins a line.
    async fn read_mail(&mut self) -> io::Result<Vec<u8>> {
        let mut raw = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 || raw.len() > LARGEST {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.as_slice() {
                b".\r\n" => return Ok(raw),
                stuffed if stuffed.starts_with(b".") => raw.extend_from_slice(&stuffed[1..]),
                plain => raw.extend_from_slice(plain),
            }
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn talk(mailbox: &Mailbox, lines: &str) -> String {
        let mut stream = TcpStream::connect(mailbox.address).await.unwrap();
        stream.write_all(lines.replace('\n', "\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_mail_is_kept_without_the_stuffed_dots() {
        let mailbox = Mailbox::open(&Clock::system()).await.unwrap();
        let lines =
            "EHLO me\nMAIL FROM:<a@example.org>\nRCPT TO:<b@example.org>\nDATA\nSubject: hello\n\n..x\n.\nQUIT\n";
        let answer = talk(&mailbox, lines).await;
        assert!(answer.ends_with("250 2.0.0 taken\r\n221 bye\r\n"), "{answer}");
        let mails = mailbox.mails();
        assert_eq!(
            (mails[0].from.as_str(), mails[0].to.as_slice()),
            ("a@example.org", &["b@example.org".to_owned()][..])
        );
        assert_eq!(mails[0].raw, b"Subject: hello\r\n\r\n.x\r\n");
        assert_eq!(mails[0].subject(), "hello");
    }

    #[tokio::test]
    async fn a_refused_mail_is_not_kept() {
        let mailbox = Mailbox::open(&Clock::system()).await.unwrap();
        mailbox.refuse([MailboxRefusal { verb: "DATA", reply: "451 4.7.1 later" }]);
        let lines = "EHLO me\nMAIL FROM:<a@example.org>\nRCPT TO:<b@example.org>\nDATA\nx\n.\nRCPT TO:<c@d>\nQUIT\n";
        let answer = talk(&mailbox, lines).await;
        assert!(answer.contains("451 4.7.1 later\r\n503 "), "{answer}");
        assert!(mailbox.mails().is_empty());
    }
}
