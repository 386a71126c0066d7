//! Signs webhooks by Standard Webhooks: a receiver that verifies a signature knows who sent what, and when.
//!
//! The signed content is `id.timestamp.body`, the algorithm HMAC-SHA256, the key the base64 after `whsec_`
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// The prefix of a signing secret.
const PREFIX: &str = "whsec_";

/// How far a signature's time may differ from the receiver's clock: the specification's advice against replays.
pub(crate) const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Why a text is not a signing secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not begin with `whsec_`.
    #[error("the secret does not begin with whsec_")]
    Prefix,
    /// The rest is not base64.
    #[error("the text after whsec_ is not base64")]
    Base64,
    /// It has fewer than 24 or more than 64 bytes, the limits of the specification.
    #[error("the secret has {0} bytes, not 24 to 64")]
    Length(usize),
}

/// The value of `webhook-signature`: one signature by each of `secrets`, the current one first.
///
/// ```
/// use marsad::deliver::sign::{sign, verify};
///
/// let secret = secrecy::SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
/// let now = jiff::Timestamp::from_second(1_614_265_330).unwrap();
/// let header = sign(&[&secret], "msg_1", now, b"{}").unwrap();
/// assert!(verify(&secret, "msg_1", "1614265330", &header, b"{}", now));
/// assert!(!verify(&secret, "msg_1", "1614265330", &header, b"[]", now));
/// ```
///
/// # Errors
/// If one of them is not a signing secret; the configuration checks that with [`check`].
pub fn sign(secrets: &[&SecretString], id: &str, at: Timestamp, body: &[u8]) -> Result<String, SecretError> {
    let mut signatures = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let tag = mac(&key(secret)?, id, &at.as_second().to_string(), body).finalize().into_bytes();
        signatures.push(format!("v1,{}", STANDARD.encode(tag)));
    }
    Ok(signatures.join(" "))
}

/// Whether one of the signatures in `header` is made with `secret` over these bytes, and is fresh at `now`.
#[must_use]
pub fn verify(secret: &SecretString, id: &str, timestamp: &str, header: &str, body: &[u8], now: Timestamp) -> bool {
    let Ok(key) = key(secret) else { return false };
    let Ok(second) = timestamp.parse::<i64>() else { return false };
    if now.as_second().abs_diff(second) > TOLERANCE.as_secs().unsigned_abs() {
        return false;
    }
    header
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|signature| STANDARD.decode(signature).ok())
        .any(|tag| mac(&key, id, timestamp, body).verify_slice(&tag).is_ok())
}

/// Checks whether `secret` can sign.
///
/// # Errors
/// What is wrong with it, without the secret itself.
pub fn check(secret: &SecretString) -> Result<(), SecretError> {
    key(secret).map(|_| ())
}

fn key(secret: &SecretString) -> Result<Vec<u8>, SecretError> {
    let encoded = secret.expose_secret().trim().strip_prefix(PREFIX).ok_or(SecretError::Prefix)?;
    let key = STANDARD.decode(encoded).map_err(|_| SecretError::Base64)?;
    if (24..=64).contains(&key.len()) { Ok(key) } else { Err(SecretError::Length(key.len())) }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
fn mac(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key length is accepted");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks libraries; recomputed with
    /// `printf '%s' 'ID.TIME.BODY' | openssl dgst -sha256 -mac HMAC -macopt hexkey:… -binary | base64`.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SECOND: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const OTHER: &str = "whsec_bWFyc2FkLXdhdGNoZXMtdGhlLW5ld3MtMjAyNi4=";
    const OTHER_SIGNATURE: &str = "v1,Kz2uJ9NZaQOrA+uJVmGvzDhw+flDAOzppiTstDrkeWU=";

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn at() -> Timestamp {
        Timestamp::from_second(SECOND).unwrap()
    }

    #[test]
    fn a_signature_equals_that_of_other_libraries() {
        assert_eq!(sign(&[&secret(SECRET)], ID, at(), BODY).unwrap(), SIGNATURE);
        let arabic = "{\"title\":\"غزة\"}".as_bytes();
        assert_eq!(sign(&[&secret(OTHER)], ID, at(), arabic).unwrap(), OTHER_SIGNATURE);
    }

    #[test]
    fn during_a_rotation_both_secrets_sign() {
        let both = sign(&[&secret(OTHER), &secret(SECRET)], ID, at(), BODY).unwrap();
        assert_eq!(both.split(' ').count(), 2);
        for known in [SECRET, OTHER] {
            assert!(verify(&secret(known), ID, &SECOND.to_string(), &both, BODY, at()));
        }
    }

    #[test]
    fn changed_content_does_not_pass() {
        let (known, time) = (secret(SECRET), SECOND.to_string());
        assert!(verify(&known, ID, &time, SIGNATURE, BODY, at()));
        assert!(!verify(&known, "msg_other", &time, SIGNATURE, BODY, at()));
        assert!(!verify(&known, ID, "1614265331", SIGNATURE, BODY, at()));
        assert!(!verify(&known, ID, &time, SIGNATURE, b"{}", at()));
        assert!(!verify(&secret(OTHER), ID, &time, SIGNATURE, BODY, at()));
        for header in ["", "v1,", "v1,!!", "v2,g0hM9SsE", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="] {
            assert!(!verify(&known, ID, &time, header, BODY, at()), "{header:?}");
        }
    }

    #[test]
    fn an_old_or_early_signature_does_not_pass() {
        let (known, time) = (secret(SECRET), SECOND.to_string());
        for (seconds, fresh) in [(300, true), (-300, true), (301, false), (-301, false)] {
            let now = Timestamp::from_second(SECOND + seconds).unwrap();
            assert_eq!(verify(&known, ID, &time, SIGNATURE, BODY, now), fresh, "{seconds} s later");
        }
        assert!(!verify(&known, ID, "soon", SIGNATURE, BODY, at()));
    }

    #[test]
    fn an_invalid_secret_is_rejected_without_being_shown() {
        assert_eq!(check(&secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")), Err(SecretError::Prefix));
        assert_eq!(check(&secret("whsec_not base64")), Err(SecretError::Base64));
        assert_eq!(check(&secret("whsec_c2hvcnQ=")), Err(SecretError::Length(5)));
        assert_eq!(check(&secret(SECRET)), Ok(()));
    }
}
