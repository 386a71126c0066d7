//! Makes one attempt at an HTTP receiver.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::dispatch;
use super::dispatch::Dispatch;
use super::{retry, sign};
use crate::alert::{FailureScope, Outcome, Reason};
use crate::channel::Webhook;
use crate::date::http_date::retry_after;
use crate::net::{Client, NetError, Request, Response};

/// The deadline of an attempt, including the connection.
pub(crate) const DEADLINE: Duration = Duration::from_secs(15);

/// The most bytes of an answer that are read; [`dispatch::ANSWER`] of them are kept. Chosen by hand.
const READ: usize = 16 * 1024;

/// Posts the delivery within `deadline`: a 2xx status in that time is success, whatever follows.
pub(crate) async fn send(client: &Client, webhook: &Webhook, dispatch: &Dispatch, deadline: Duration) -> Outcome {
    let request = match request(webhook, dispatch, deadline) {
        Ok(request) => request,
        Err(error) => {
            let message = format!("the channel's secret cannot sign: {error}; run `marsad check`");
            let reason = dispatch::reason("config", message);
            return dispatch::failed(Reason { scope: FailureScope::Configuration, ..reason });
        }
    };
    match client.send(request).await {
        Ok(answer) => judge(&answer, &receiver(webhook), dispatch.at),
        Err(error) => dispatch::failed(explained(&error)),
    }
}

fn request(webhook: &Webhook, dispatch: &Dispatch, deadline: Duration) -> Result<Request, sign::SecretError> {
    let mut request = Request::post(webhook.url.expose().clone(), dispatch.body.clone())
        .header("content-type", "application/json")
        .header("webhook-id", dispatch.id.as_str())
        .header("webhook-timestamp", dispatch.at.as_second().to_string());
    let secrets: Vec<&SecretString> = webhook.secret.iter().chain(&webhook.previous_secret).collect();
    if !secrets.is_empty() {
        let signature = sign::sign(&secrets, dispatch.id.as_str(), dispatch.at, &dispatch.body)?;
        request = request.header("webhook-signature", signature);
    }
    if dispatch.replayed {
        request = request.header("marsad-replay", "1");
    }
    request.secrets.clone_from(&webhook.headers);
    request.deadline = deadline;
    request.max_body = READ;
    Ok(request)
}

/// The receiver's host, with its port unless that is the default of the scheme.
fn receiver(webhook: &Webhook) -> String {
    let host = webhook.url.host();
    webhook.url.expose().port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn judge(answer: &Response, host: &str, now: Timestamp) -> Outcome {
    if answer.is_success() {
        return Outcome::Delivered { status: Some(answer.status) };
    }
    let status = answer.status;
    let message = match status {
        300..=399 => format!("{host} answers {status}: redirects are not followed; configure the address it points to"),
        410 => format!("{host} answers 410: this receiver is gone permanently"),
        401 | 403 => format!("{host} answers {status}: it does not accept the channel's secret or headers"),
        404 => format!("{host} answers 404: the address's path is wrong, or the hook was removed"),
        _ => format!("{host} answers {status}"),
    };
    let answered = dispatch::answer(&answer.body);
    let scope = if status == 410 { FailureScope::Receiver } else { FailureScope::Attempt };
    let reason = Reason { class: "status".to_owned(), status: Some(status), message, answer: answered, scope };
    if status == 410 {
        return Outcome::Rejected { reason };
    }
    let after = answer.headers.get("retry-after").and_then(|value| retry_after(value, now, retry::LONGEST_ASKED));
    Outcome::Failed { reason, after }
}

fn explained(error: &NetError) -> Reason {
    dispatch::reason(error.class(), error.to_string())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::alert::DeliveryId;
    use crate::channel::{BodyFormat, WebhookUrl};
    use crate::net::ClientSettings;
    use crate::net::rude_server::{AfterAnswer, RudeAnswer, RudeServer};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn dispatch() -> Dispatch {
        Dispatch {
            id: DeliveryId::from_stored("msg_1".to_owned()),
            recipient: String::new(),
            body: "{\"a\":\"غزة\"}".into(),
            replayed: false,
            at: Timestamp::from_second(1_800_000_000).unwrap(),
            first_at: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }

    fn webhook(rude: &RudeServer) -> Webhook {
        Webhook {
            url: WebhookUrl::new(rude.url("/hooks/very-secret")),
            secret: Some(SecretString::from(SECRET)),
            previous_secret: None,
            headers: vec![("X-Team".to_owned(), SecretString::from("press"))],
            format: BodyFormat::Standard,
        }
    }

    async fn sent(say: RudeAnswer, dispatch: &Dispatch, deadline: Duration) -> (Outcome, Vec<String>) {
        let rude = RudeServer::start(move |_| say.clone()).await;
        let client = Client::new(&ClientSettings::new("marsad/test")).unwrap();
        let outcome = send(&client, &webhook(&rude), dispatch, deadline).await;
        (outcome, rude.received())
    }

    fn reason(outcome: &Outcome) -> &Reason {
        match outcome {
            Outcome::Failed { reason, .. } | Outcome::Rejected { reason } => reason,
            Outcome::Delivered { .. } => panic!("it was delivered"),
        }
    }

    #[tokio::test]
    async fn a_receiver_gets_the_frozen_bytes_signed() {
        let (outcome, received) = sent(RudeAnswer::answer(200, "", "ok"), &dispatch(), DEADLINE).await;
        assert_eq!(outcome, Outcome::Delivered { status: Some(200) });
        let request = received[0].to_ascii_lowercase();
        for line in [
            "post /hooks/very-secret ",
            "webhook-id: msg_1\r\n",
            "webhook-timestamp: 1800000000\r\n",
            "x-team: press\r\n",
            "content-type: application/json\r\n",
        ] {
            assert!(request.contains(line), "{request} lacks {line}");
        }
        let line = received[0].lines().find(|line| line.to_ascii_lowercase().starts_with("webhook-signature")).unwrap();
        let signature = line.split_once(": ").unwrap().1;
        let dispatch = dispatch();
        assert!(sign::verify(
            &SecretString::from(SECRET),
            "msg_1",
            "1800000000",
            signature,
            &dispatch.body,
            dispatch.at
        ));
        assert!(request.contains(&format!("content-length: {}\r\n", dispatch.body.len())));
        assert!(!request.contains("marsad-replay"));
    }

    #[tokio::test]
    async fn a_replay_is_marked() {
        let (_, received) =
            sent(RudeAnswer::answer(200, "", ""), &Dispatch { replayed: true, ..dispatch() }, DEADLINE).await;
        assert!(received[0].to_ascii_lowercase().contains("marsad-replay: 1\r\n"));
    }

    #[tokio::test]
    async fn f11_a_2xx_is_success_whatever_follows_its_headers() {
        for say in [
            RudeAnswer::raw("HTTP/1.1 204 No Content\r\n\r\n"),
            RudeAnswer::raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort"),
            RudeAnswer::raw("HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\n").then(AfterAnswer::Reset),
            RudeAnswer::raw("HTTP/1.1 200 OK\r\n\r\n").then(AfterAnswer::Repeat(vec![b'x'; 4_096])),
        ] {
            let (outcome, _) = sent(say.clone(), &dispatch(), DEADLINE).await;
            assert!(matches!(outcome, Outcome::Delivered { .. }), "{say:?}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn f12_a_redirect_is_a_failure_and_is_not_followed() {
        let target = RudeServer::start(|_| RudeAnswer::answer(200, "", "")).await;
        for status in [301, 302, 307, 308] {
            let say = RudeAnswer::answer(status, &format!("Location: {}", target.url("/other")), "");
            let (outcome, received) = sent(say, &dispatch(), DEADLINE).await;
            assert_eq!(reason(&outcome).status, Some(status));
            let message = &reason(&outcome).message;
            assert!(message.contains("not followed") && message.starts_with("127.0.0.1:"), "{message}");
            assert_eq!(received.len(), 1);
        }
        assert_eq!(target.received().len(), 0, "no request reaches the target");
    }

    #[tokio::test]
    async fn only_gone_is_a_permanent_refusal() {
        let (outcome, _) = sent(RudeAnswer::answer(410, "", ""), &dispatch(), DEADLINE).await;
        assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.scope == FailureScope::Receiver));
        let (outcome, _) = sent(RudeAnswer::answer(500, "", "bad \x1b[31m day"), &dispatch(), DEADLINE).await;
        assert!(matches!(outcome, Outcome::Failed { after: None, .. }));
        assert_eq!(reason(&outcome).answer, "bad \\u{1b}[31m day");
    }

    #[tokio::test]
    async fn the_wish_of_a_busy_receiver_is_read() {
        let (outcome, _) = sent(RudeAnswer::answer(429, "Retry-After: 120", ""), &dispatch(), DEADLINE).await;
        let Outcome::Failed { after, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(after, Some(SignedDuration::from_secs(120)));
        let (outcome, _) = sent(RudeAnswer::answer(503, "Retry-After: whenever", ""), &dispatch(), DEADLINE).await;
        assert!(matches!(outcome, Outcome::Failed { after: None, .. }));
    }

    #[tokio::test]
    async fn a_silent_receiver_is_abandoned_in_time_and_only_its_host_is_named() {
        let (outcome, _) =
            sent(RudeAnswer::raw("").then(AfterAnswer::Hang), &dispatch(), Duration::from_millis(200)).await;
        assert_eq!(reason(&outcome).class, "timeout");
        assert!(!format!("{outcome:?}").contains("very-secret"));
    }

    #[tokio::test]
    async fn a_refused_connection_names_only_the_host() {
        let rude = RudeServer::start(|_| RudeAnswer::raw("")).await;
        let hook = webhook(&rude);
        drop(rude);
        let client = Client::new(&ClientSettings::new("marsad/test")).unwrap();
        let outcome = send(&client, &hook, &dispatch(), Duration::from_secs(5)).await;
        assert!(matches!(outcome, Outcome::Failed { .. }));
        assert!(!format!("{outcome:?}").contains("very-secret"));
    }
}
