//! Reads the replies of an SMTP relay within bounds, and judges them by their code alone.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The longest line of a reply, in bytes. RFC 5321 §4.5.3.1.5 allows 512; relays that quote a policy send more (the
/// tolerance is chosen by hand).
pub(super) const MAX_LINE: usize = 4 * 1024;

/// The most lines of a reply (chosen by hand: EHLO lists some 30 extensions at most).
pub(super) const MAX_LINES: usize = 128;

/// The longest reply, in bytes: [`MAX_LINES`] lines of the length that RFC 5321 allows.
pub(super) const MAX_REPLY: usize = MAX_LINES * 512;

/// How much is read at a time, in bytes; at most this much is read beyond a bound.
pub(super) const CHUNK: usize = 1024;

/// The answer of the relay to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SmtpReply {
    /// The code of its last line, 200 to 599.
    pub(super) code: u16,
    /// Its lines, unchanged.
    pub(super) text: String,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplyError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the connection ended before the reply did")]
    Closed,
    #[error("a line of more than {MAX_LINE} bytes")]
    LongLine,
    #[error("a reply of more than {MAX_LINES} lines or {MAX_REPLY} bytes")]
    LongReply,
    #[error("not an SMTP reply: {0:?}")]
    Syntax(String),
    #[error("a reply before the command")]
    Early(SmtpReply),
}

/// Bytes that were read from the relay and are not yet part of a reply.
#[derive(Debug, Default)]
pub(super) struct ReplyBuffer {
    bytes: Vec<u8>,
}

impl SmtpReply {
    /// True for 4xx and 5xx.
    pub(super) fn is_refusal(&self) -> bool {
        self.code >= 400
    }

    /// Its lines without their codes.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines().map(|line| match code(line.as_bytes()) {
            Some(_) => line.get(4..).unwrap_or_default(),
            None => line,
        })
    }

    /// The reply without its text if that repeats a secret.
    pub(super) fn without(self, secrets: &[String]) -> Self {
        if !secrets.iter().any(|secret| self.text.contains(secret.as_str())) {
            return self;
        }
        Self { text: format!("{} (the text repeats the password and is not kept)", self.code), ..self }
    }
}

impl ReplyBuffer {
    /// The next reply.
    pub(super) async fn reply(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<SmtpReply, ReplyError> {
        let (mut text, mut begun) = (String::new(), false);
        for _ in 0..MAX_LINES {
            let line = self.line(stream).await?;
            if line.is_empty() && !begun {
                continue;
            }
            if text.len() + line.len() > MAX_REPLY {
                return Err(ReplyError::LongReply);
            }
            let code = code(&line);
            let line = decoded(line);
            if code.is_none() && !begun {
                return Err(ReplyError::Syntax(line.chars().take(80).collect()));
            }
            begun = true;
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&line);
            if let Some((code, true)) = code {
                return Ok(SmtpReply { code, text });
            }
        }
        Err(ReplyError::LongReply)
    }

    /// Reads what has arrived. Returns the number of bytes, zero at the end of the stream.
    pub(super) async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        let mut chunk = [0; CHUNK];
        let read = stream.read(&mut chunk).await?;
        self.bytes.extend_from_slice(&chunk[..read]);
        Ok(read)
    }

    /// True if nothing is left but line ends.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// Drops the line ends that some relays send after a reply.
    pub(super) fn skip_line_ends(&mut self) {
        let blank = self.bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.bytes.drain(..blank);
    }

    async fn line(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, ReplyError> {
        loop {
            if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
                line.truncate(line.trim_ascii_end().len());
                return if line.len() > MAX_LINE { Err(ReplyError::LongLine) } else { Ok(line) };
            }
            if self.bytes.len() > MAX_LINE {
                return Err(ReplyError::LongLine);
            }
            if self.fill(stream).await? == 0 {
                return Err(ReplyError::Closed);
            }
        }
    }
}

/// The code at the beginning of a line, and whether the line is the reply's last: it is, unless a hyphen follows the
/// code. The text after the code does not matter: `250` alone is a reply, and so is one in another charset.
fn code(line: &[u8]) -> Option<(u16, bool)> {
    let (digits, rest) = line.split_at_checked(3)?;
    let digits = digits
        .iter()
        .try_fold(0_u16, |code, digit| digit.is_ascii_digit().then(|| code * 10 + u16::from(digit - b'0')))?;
    let another = rest.first().is_some_and(u8::is_ascii_digit);
    ((200..600).contains(&digits) && !another).then(|| (digits, rest.first() != Some(&b'-')))
}

/// The line as text: bytes that are not UTF-8 are read as Latin-1, which never fails.
fn decoded(line: Vec<u8>) -> String {
    String::from_utf8(line).unwrap_or_else(|error| encoding_rs::mem::decode_latin1(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::ReadBuf;

    use super::*;

    async fn read(mut bytes: &[u8]) -> Result<SmtpReply, ReplyError> {
        ReplyBuffer::default().reply(&mut bytes).await
    }

    #[tokio::test]
    async fn the_code_alone_makes_a_reply() {
        for (bytes, code, words) in [
            (&b"250 ok\r\n"[..], 250, "ok"),
            (b"250\r\n", 250, ""),
            (b"250 \r\n", 250, ""),
            (b"250\n", 250, ""),
            (b"354\r\n", 354, ""),
            (b"250\tok\r\n", 250, "ok"),
            (b"\r\n250 ok\r\n", 250, "ok"),
            (b"250 Zeile mit Uml\xe4ut\r\n", 250, "Zeile mit Umläut"),
            (b"250 \xff\xfe\x00\r\n", 250, "ÿþ\0"),
            (b"250-first\r\n250-second\r\n250 third\r\n", 250, "first second third"),
            (b"250-\r\n250-\xa0\r\n250\r\n", 250, " \u{a0} "),
            (b"250-first\r\nno code at all\r\n250 last\r\n", 250, "first no code at all last"),
            (b"250-so far\r\n550 but no\r\n", 550, "so far but no"),
            (b"550-so far\r\n250 but yes\r\n", 250, "so far but yes"),
        ] {
            let reply = read(bytes).await.unwrap();
            assert_eq!((reply.code, reply.lines().collect::<Vec<_>>().join(" ").as_str()), (code, words));
        }
    }

    #[tokio::test]
    async fn bytes_without_a_code_are_not_a_reply() {
        for bytes in
            [&b"hello there\r\n"[..], b"25\r\n", b"2500 ok\r\n", b"150 wait\r\n", b"650 x\r\n", b"HTTP/1.1 400\r\n"]
        {
            assert!(matches!(read(bytes).await, Err(ReplyError::Syntax(_))), "{bytes:?}");
        }
        for bytes in [&b""[..], b"250 o", b"250-a\r\n", b"250-a\r\n250 b"] {
            assert!(matches!(read(bytes).await, Err(ReplyError::Closed)), "{bytes:?}");
        }
    }

    /// A relay that never ends its reply, and counts what is read from it.
    struct Endless {
        pattern: &'static [u8],
        at_once: usize,
        read: usize,
    }

    impl AsyncRead for Endless {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            for _ in 0..self.at_once.min(into.remaining()) {
                let byte = self.pattern[self.read % self.pattern.len()];
                into.put_slice(&[byte]);
                self.read += 1;
            }
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn an_endless_reply_is_read_up_to_its_bound() {
        for (pattern, bound) in [
            (&b"x"[..], MAX_LINE),
            (b"220-", MAX_LINE),
            (b"\r", MAX_LINE),
            (b"\r\n", MAX_LINES * 2),
            (b"250-x\r\n", MAX_LINES * 7),
            (b"250-0123456789012345678901234567890123456789012345678901234567890123456789\r\n", MAX_REPLY),
        ] {
            for at_once in [1, CHUNK] {
                let mut relay = Endless { pattern, at_once, read: 0 };
                let error = ReplyBuffer::default().reply(&mut relay).await.unwrap_err();
                assert!(matches!(error, ReplyError::LongLine | ReplyError::LongReply), "{error}");
                assert!(relay.read <= bound + CHUNK + 1, "{} bytes of {pattern:?}", relay.read);
            }
        }
    }
}
