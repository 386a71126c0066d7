//! A relay on loopback that follows a script, byte for byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// What the relay does instead of accepting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RelayAction {
    /// It sends these bytes.
    Say(&'static [u8]),
    /// It sends these bytes one by one.
    Spell(&'static [u8]),
    /// It sends this without end until it is cut off, at most [`MOST`] bytes.
    Endless(&'static [u8]),
    /// It sends a byte at intervals, without end.
    Drip,
    /// It sends these bytes and closes the connection.
    Leave(&'static [u8]),
    /// It sends these bytes and nothing more.
    Fall(&'static [u8]),
}

/// How many bytes an endless relay sends if nobody cuts it off: well above what the buffers of two sockets hold.
pub(crate) const MOST: usize = 64 << 20;

/// A step of the conversation and what the relay does there: `HELLO` is the greeting, a command is identified by its
/// beginning, `.` is the final dot. Under TLS the step may begin with `TLS `. The first rule that matches applies.
pub(crate) type RelayStep = (&'static str, RelayAction);

/// How the relay uses TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsMode {
    Never,
    AtOnce,
    AfterStartTls,
}

pub(crate) struct Relay {
    pub(crate) port: u16,
    received: Arc<Mutex<String>>,
    sent: mpsc::UnboundedReceiver<usize>,
}

impl Relay {
    pub async fn open(tls: TlsMode, rules: &'static [RelayStep]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(String::new()));
        let (log, acceptor) = (Arc::clone(&received), acceptor());
        let (report, sent) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let talk = RelayConversation { rules, log: Arc::clone(&log), sent: 0, under_tls: false };
                let (acceptor, report) = (acceptor.clone(), report.clone());
                tokio::spawn(async move {
                    let _ = report.send(talk.serve(stream, tls, acceptor).await);
                });
            }
        });
        Self { port, received, sent }
    }

    /// A relay without TLS.
    pub(crate) async fn with(rules: &'static [RelayStep]) -> Self {
        Self::open(TlsMode::Never, rules).await
    }

    /// Every line received, in order.
    pub(crate) fn received(&self) -> String {
        self.received.lock().unwrap().clone()
    }

    /// How many bytes the relay could send before its next connection ended.
    pub(crate) async fn sent(&mut self) -> usize {
        self.sent.recv().await.unwrap()
    }
}

struct RelayConversation {
    rules: &'static [RelayStep],
    log: Arc<Mutex<String>>,
    sent: usize,
    under_tls: bool,
}

impl RelayConversation {
    /// Serves one connection; returns the number of bytes sent.
    async fn serve(mut self, stream: TcpStream, tls: TlsMode, acceptor: TlsAcceptor) -> usize {
        let mut stream = BufReader::new(stream);
        if tls != TlsMode::AtOnce && self.converse(&mut stream, true).await.is_none() {
            return self.sent;
        }
        if let Ok(stream) = acceptor.accept(stream.into_inner()).await {
            self.under_tls = true;
            self.converse(&mut BufReader::new(stream), tls == TlsMode::AtOnce).await;
        }
        self.sent
    }

    /// Converses until the end, or until STARTTLS is accepted.
    async fn converse<S>(&mut self, stream: &mut BufReader<S>, greets: bool) -> Option<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if greets {
            self.act(stream, "HELLO").await?;
        }
        let mut in_data = false;
        loop {
            let mut line = Vec::new();
            if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
                return None;
            }
            let line = String::from_utf8(line).unwrap();
            let line = line.trim_end_matches(['\r', '\n']);
            self.log.lock().unwrap().push_str(&format!("{line}\n"));
            if in_data && line != "." && self.rule(line).is_none() {
                continue;
            }
            let sent_bytes = self.act(stream, line).await?;
            in_data = (in_data && line != ".") || (line == "DATA" && sent_bytes.starts_with(b"354"));
            if line == "STARTTLS" && sent_bytes.starts_with(b"220") {
                return Some(());
            }
            if line == "QUIT" {
                return None;
            }
        }
    }

    fn rule(&self, step: &str) -> Option<RelayAction> {
        let matches = |start: &str| match start.strip_prefix("TLS ") {
            Some(start) => self.under_tls && step.starts_with(start),
            None => step.starts_with(start),
        };
        self.rules.iter().find(|(start, _)| matches(start)).map(|(_, act)| *act)
    }

    /// Acts by the script; returns what was sent, or `None` at the end of the conversation.
    async fn act<S: AsyncWrite + Unpin>(&mut self, stream: &mut S, step: &str) -> Option<&'static [u8]> {
        match self.rule(step).unwrap_or(RelayAction::Say(usual(step))) {
            RelayAction::Say(bytes) => self.send(stream, bytes).await.map(|()| bytes),
            RelayAction::Spell(bytes) => {
                for byte in bytes {
                    self.send(stream, &[*byte]).await?;
                }
                Some(bytes)
            }
            RelayAction::Endless(pattern) => {
                let block = pattern.repeat((64 << 10) / pattern.len());
                while self.sent < MOST {
                    self.send(stream, &block).await?;
                }
                None
            }
            RelayAction::Drip => {
                let mut clock = tokio::time::interval(Duration::from_millis(20));
                loop {
                    clock.tick().await;
                    self.send(stream, b"2").await?;
                }
            }
            RelayAction::Leave(bytes) => {
                self.send(stream, bytes).await?;
                None
            }
            RelayAction::Fall(bytes) => {
                self.send(stream, bytes).await?;
                std::future::pending().await
            }
        }
    }

    async fn send<S: AsyncWrite + Unpin>(&mut self, stream: &mut S, bytes: &[u8]) -> Option<()> {
        stream.write_all(bytes).await.ok()?;
        stream.flush().await.ok()?;
        self.sent += bytes.len();
        Some(())
    }
}

fn usual(step: &str) -> &'static [u8] {
    match step {
        "HELLO" => b"220 relay\r\n",
        "DATA" => b"354 go on\r\n",
        "STARTTLS" => b"220 go on\r\n",
        "QUIT" => b"221 bye\r\n",
        _ => b"250 fine\r\n",
    }
}

fn acceptor() -> TlsAcceptor {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(include_bytes!("../testdata/localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../testdata/localhost.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
