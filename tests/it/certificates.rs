//! Tests what is reported about a site whose certificate or version of TLS is not accepted: each fault has its own words.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use super::site::Rude;

pub type Authority = CertifiedIssuer<'static, KeyPair>;

const FEED: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n\r\n<rss version=\"2.0\">\
    <channel><title>t</title><item><title>Old lighthouse reopens</title><guid>1</guid></item></channel></rss>";

/// The alert `protocol_version` (70) in a record of TLS 1.0, as a server sends it that knows only that version.
pub const OLD_TLS: &[u8] = &[21, 3, 1, 0, 2, 2, 70];

/// The certificates of a world: an authority that is installed, its intermediate, and an authority that is not.
pub struct Authorities {
    pub root: Authority,
    intermediate: Authority,
    pub other: Authority,
}

/// A site behind TLS.
pub struct SecureSite {
    port: u16,
    _serving: AbortOnDropHandle<()>,
}

impl Authorities {
    pub fn new() -> Self {
        let root = authority("root", None);
        let (intermediate, other) = (authority("intermediate", Some(&root)), authority("other", None));
        Self { root, intermediate, other }
    }
}

fn authority(name: &str, by: Option<&Authority>) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    match by {
        Some(by) => CertifiedIssuer::signed_by(params, key, by).unwrap(),
        None => CertifiedIssuer::self_signed(params, key).unwrap(),
    }
}

/// A certificate for `name` that is valid until the first day of `until`, and its key.
pub fn leaf(by: &Authority, name: &str, until: i32) -> (CertificateDer<'static>, KeyPair) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "leaf");
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(until, 1, 1));
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, by).unwrap().der().clone(), key)
}

impl SecureSite {
    /// A site that sends this certificate, and those of `more` after it.
    pub async fn open((leaf, key): (CertificateDer<'static>, KeyPair), more: &[&Authority]) -> Self {
        let chain = std::iter::once(leaf).chain(more.iter().map(|authority| authority.der().clone())).collect();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = builder.with_no_client_auth().with_single_cert(chain, key.into()).unwrap();
        let (acceptor, listener) =
            (TlsAcceptor::from(Arc::new(config)), TcpListener::bind(("127.0.0.1", 0)).await.unwrap());
        let port = listener.local_addr().unwrap().port();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let read = stream.read(&mut [0; 4096]).await;
                if read.is_ok() && stream.write_all(FEED).await.is_ok() {
                    stream.shutdown().await.ok();
                }
            }
        });
        Self { port, _serving: AbortOnDropHandle::new(serving) }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    async fn probed(&self, root: &Authority) -> (Option<i32>, String) {
        probed(&self.url("/feed"), root).await
    }
}

/// The exit code and output of `marsad probe` on a machine that trusts only `root`.
async fn probed(address: &str, root: &Authority) -> (Option<i32>, String) {
    let (address, root) = (address.to_owned(), pem(root.der()));
    let run = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let trusted: PathBuf = folder.path().join("root.pem");
        std::fs::write(&trusted, root).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.env_clear().env("SSL_CERT_FILE", &trusted).current_dir(folder.path());
        command.args(["probe", "--allow-network", "127.0.0.0/8", &address]).output().unwrap()
    });
    let Output { status, stdout, stderr } = run.await.unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

pub fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn assert_refused((code, output): (Option<i32>, String), words: &str) {
    assert!(code == Some(1) && output.contains("no secure connection to 127.0.0.1:"), "{code:?}: {output}");
    assert!(output.contains(words), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_with_a_complete_chain_is_read() {
    let known = Authorities::new();
    let site = SecureSite::open(leaf(&known.intermediate, "127.0.0.1", 2099), &[&known.intermediate]).await;
    let (code, output) = site.probed(&known.root).await;
    assert!(code == Some(0) && output.contains("Old lighthouse reopens"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_root_is_named() {
    let known = Authorities::new();
    let site = SecureSite::open(leaf(&known.intermediate, "127.0.0.1", 2099), &[&known.intermediate]).await;
    assert_refused(site.probed(&known.other).await, "from an authority that this machine does not trust");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_intermediate_is_named() {
    let known = Authorities::new();
    let site = SecureSite::open(leaf(&known.intermediate, "127.0.0.1", 2099), &[]).await;
    assert_refused(site.probed(&known.root).await, "does not send the certificate between its own and that of its");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_named() {
    let known = Authorities::new();
    let site = SecureSite::open(leaf(&known.intermediate, "other.example", 2099), &[&known.intermediate]).await;
    assert_refused(site.probed(&known.root).await, "for another host (other.example); check the address");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_named() {
    let known = Authorities::new();
    let site = SecureSite::open(leaf(&known.intermediate, "127.0.0.1", 2021), &[&known.intermediate]).await;
    assert_refused(site.probed(&known.root).await, "its certificate expired on 2021-01-01");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_version_of_tls_is_named() {
    let site = Rude::sending(OLD_TLS).await;
    let address = site.url("/feed").replace("http://", "https://");
    assert_refused(probed(&address, &authority("root", None)).await, "only an old version of TLS (1.1 or older)");
}
