//! The connection to a relay: sends bytes and reads replies, in the clear or under TLS.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::reply::{ReplyBuffer, ReplyError, SmtpReply};
use crate::net::tls;

/// How long to wait for a reply after the relay has stopped reading. Chosen by hand: it has arrived already or never
/// will.
const LAST_REPLY: Duration = Duration::from_secs(1);

/// A stream of bytes in both directions.
pub(super) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A connection to a relay.
pub(super) struct RelayConnection {
    stream: Box<dyn ByteStream>,
    inbox: ReplyBuffer,
    encrypted: bool,
    local: IpAddr,
}

/// The TLS settings for one relay.
#[derive(Clone)]
pub(super) struct RelayTls {
    connector: TlsConnector,
    server: ServerName<'static>,
}

/// Why the connection failed.
#[derive(Debug)]
pub(super) enum ConnectError {
    Lookup(io::Error),
    Connect(io::Error),
}

impl RelayTls {
    /// TLS with the relay `host`, whose certificate is issued by an authority of the system or by `authority` (PEM).
    pub(super) fn new(host: &str, authority: Option<&[u8]>) -> Result<Self, String> {
        let server = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(pem) = authority {
            let certificate = CertificateDer::from_pem_slice(pem).map_err(|error| error.to_string())?;
            roots.add(certificate).map_err(|error| error.to_string())?;
        }
        let config = tls::client_config(roots).map_err(|error| error.to_string())?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), server })
    }
}

impl RelayConnection {
    /// Connects to the first of the host's addresses that answers. Each gets an equal share of `deadline`, so that one
    /// without a route does not use up the time of the others.
    pub(super) async fn connect(host: &str, port: u16, deadline: Duration) -> Result<Self, ConnectError> {
        let found = tokio::net::lookup_host((host, port)).await.map_err(ConnectError::Lookup)?;
        let addresses: Vec<_> = found.collect();
        let share = deadline / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in addresses {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(Self::over(stream)),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(ConnectError::Connect(last))
    }

    fn over(stream: TcpStream) -> Self {
        // The final dot is a write of its own and must not wait for an acknowledgement of the mail. A socket that
        // refuses the option is only slower.
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
        Self { stream: Box::new(stream), inbox: ReplyBuffer::default(), encrypted: false, local }
    }

    /// The same connection under TLS. Unread bytes that arrived in the clear are dropped: see
    /// [`RelayConnection::has_unread`].
    pub(super) async fn secured(self, tls: &RelayTls) -> io::Result<Self> {
        let stream = tls.connector.connect(tls.server.clone(), self.stream).await?;
        Ok(Self { stream: Box::new(stream), inbox: ReplyBuffer::default(), encrypted: true, local: self.local })
    }

    /// True under TLS.
    pub(super) fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Our own address.
    pub(super) fn local(&self) -> IpAddr {
        self.local
    }

    /// True if bytes have arrived that belong to no reply yet.
    pub(super) fn has_unread(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// The next reply.
    pub(super) async fn reply(&mut self) -> Result<SmtpReply, ReplyError> {
        self.inbox.reply(&mut self.stream).await
    }

    /// Sends a command and reads its reply.
    pub(super) async fn command(&mut self, command: &str) -> Result<SmtpReply, ReplyError> {
        self.nothing_early().await?;
        self.write(format!("{command}\r\n").as_bytes()).await?;
        self.reply().await
    }

    /// Sends a mail that ends with a line end, and reads the reply to its final dot.
    pub(super) async fn mail(&mut self, stuffed: &[u8]) -> Result<SmtpReply, ReplyError> {
        self.nothing_early().await?;
        self.write(stuffed).await?;
        self.nothing_early().await?;
        self.write(b".\r\n").await?;
        self.reply().await
    }

    /// Rejects a reply that arrived before its command: taken for the reply to that command, a stray `250` would make a
    /// mail count as delivered.
    async fn nothing_early(&mut self) -> Result<(), ReplyError> {
        // An empty buffer or the end of the stream shows when the reply is read.
        let _ = self.inbox.fill(&mut self.stream).now_or_never();
        self.inbox.skip_line_ends();
        if self.inbox.is_empty() { Ok(()) } else { Err(ReplyError::Early(self.reply().await?)) }
    }

    /// Writes. If the relay has stopped reading, its last reply may say why.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), ReplyError> {
        let stream = &mut self.stream;
        let written = async { stream.write_all(bytes).await.and(stream.flush().await) };
        let Err(error) = written.await else { return Ok(()) };
        match tokio::time::timeout(LAST_REPLY, self.reply()).await {
            Ok(Ok(reply)) => Err(ReplyError::Early(reply)),
            _ => Err(error.into()),
        }
    }
}
