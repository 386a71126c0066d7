//! Sets up TLS and explains its failures: what is wrong with a certificate, and what the operator can do.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, PeerIncompatible,
    RootCertStore, SignatureScheme,
};
use webpki::EndEntityCert;

/// The most names of a certificate that a message lists. Chosen by hand.
const MAX_NAMES: usize = 3;

/// Verifies certificates as rustls does, and finds out why the issuer of one is unknown.
#[derive(Debug)]
struct ExplainingVerifier(Arc<WebPkiServerVerifier>);

/// Why the issuer of a certificate is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum UntrustedIssuer {
    /// The server sent its own certificate alone, and another one issued that.
    #[error(
        "it does not send the certificate between its own and that of its authority; browsers fetch it, marsad \
         does not; write to its operator, or add that certificate to the authorities of this machine"
    )]
    Intermediate,
    /// The certificate is its own issuer.
    #[error("its certificate is signed by itself; if you trust it, add it to the authorities of this machine")]
    Itself,
    /// An authority that is not installed.
    #[error(
        "its certificate is from an authority that this machine does not trust; if you trust it, add its certificate to \
         the authorities of this machine"
    )]
    Authority,
}

/// The configuration of a client that trusts `roots`.
///
/// # Errors
/// If the cryptography of this build supports no version of TLS.
pub(crate) fn client_config(roots: RootCertStore) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    // Without any authority there is no verifier; then every certificate is refused.
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    Ok(match verifier {
        Ok(verifier) => {
            let verifier = Arc::new(ExplainingVerifier(verifier));
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
        Err(_) => builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
    })
}

/// What is wrong, and what to do about it.
pub(crate) fn explained(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::AlertReceived(AlertDescription::ProtocolVersion)
        | Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => {
            "it speaks only an old version of TLS (1.1 or older), which is not secure; write to its operator".to_owned()
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure) | Error::PeerIncompatible(_) => {
            format!("it has no secure method of encryption in common with marsad ({error}); write to its operator")
        }
        Error::InvalidMessage(_) => format!("it does not speak TLS at this port ({error}); check scheme and port"),
        other => other.to_string(),
    }
}

fn certificate(error: &CertificateError) -> String {
    let clock = "write to its operator, or set the clock of this machine if it is wrong";
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired on {}; {clock}", day(*not_after))
        }
        CertificateError::Expired => format!("its certificate has expired; {clock}"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is valid only from {} on; {clock}", day(*not_before))
        }
        CertificateError::NotValidYet => format!("its certificate is not valid yet; {clock}"),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names: Vec<String> = presented.iter().take(MAX_NAMES).map(|name| host(name)).collect();
            let more = if presented.len() > MAX_NAMES { ", …" } else { "" };
            format!("its certificate is for another host ({}{more}); check the address", names.join(", "))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host; check the address".to_owned()
        }
        CertificateError::UnknownIssuer => UntrustedIssuer::Authority.to_string(),
        CertificateError::Revoked => "its certificate was revoked; write to its operator".to_owned(),
        CertificateError::Other(OtherError(other)) => match other.downcast_ref::<UntrustedIssuer>() {
            Some(issuer) => issuer.to_string(),
            None => format!("its certificate is invalid: {other}"),
        },
        other => format!("its certificate is invalid: {other}"),
    }
}

/// The host in a name of rustls, such as `DnsName("a.example")`.
fn host(name: &str) -> String {
    name.split('"').nth(1).unwrap_or(name).to_owned()
}

fn day(at: UnixTime) -> impl fmt::Display {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "an unknown day".to_owned(), |at| at.strftime("%F").to_string())
}

impl ServerCertVerifier for ExplainingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let is_own_issuer =
            EndEntityCert::try_from(end_entity).is_ok_and(|certificate| certificate.issuer() == certificate.subject());
        let issuer = match &verified {
            Err(_) if is_own_issuer => UntrustedIssuer::Itself,
            Err(error) if *error == unknown && intermediates.is_empty() => UntrustedIssuer::Intermediate,
            _ => return verified,
        };
        Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(issuer)))))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;

    type Authority = CertifiedIssuer<'static, KeyPair>;

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

    fn leaf(by: &Authority, years: std::ops::Range<i32>) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["a.example".to_owned(), "b.example".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "leaf");
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(years.start, 1, 1), rcgen::date_time_ymd(years.end, 1, 1));
        params.signed_by(&KeyPair::generate().unwrap(), by).unwrap().der().clone()
    }

    fn why(
        root: &Authority,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &str,
    ) -> Result<(), String> {
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_795_000_000));
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let verified = ExplainingVerifier(verifier).verify_server_cert(leaf, intermediates, &name, &[], now);
        verified.map(drop).map_err(|error| explained(&error))
    }

    #[test]
    fn every_fault_of_a_certificate_has_its_own_words_and_remedy() {
        let (root, other) = (authority("root", None), authority("other", None));
        let intermediate = authority("intermediate", Some(&root));
        let (good, chain) = (leaf(&intermediate, 2020..2040), [intermediate.der().clone()]);
        assert_eq!(why(&root, &good, &chain, "a.example"), Ok(()));
        let says = |found: Result<(), String>, words: &str| {
            let found = found.unwrap_err();
            assert!(found.contains(words), "{found}");
        };
        says(why(&root, &good, &[], "a.example"), "does not send the certificate between");
        says(why(&other, &good, &chain, "a.example"), "from an authority that this machine does not trust");
        says(why(&root, other.der(), &[], "a.example"), "signed by itself");
        says(why(&root, &good, &chain, "c.example"), "for another host (a.example, b.example); check the address");
        says(why(&root, &leaf(&intermediate, 2020..2024), &chain, "a.example"), "expired on 2024-01-01");
        says(why(&root, &leaf(&intermediate, 2030..2040), &chain, "a.example"), "valid only from 2030-01-01 on");
    }

    #[test]
    fn an_old_version_of_tls_and_a_port_without_tls_are_named() {
        let old = Error::AlertReceived(AlertDescription::ProtocolVersion);
        assert!(explained(&old).contains("TLS (1.1 or older)"));
        let plain = Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert!(explained(&plain).contains("does not speak TLS at this port"));
    }
}
