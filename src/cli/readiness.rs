//! Asks a running daemon for its state at `/readyz` and `/healthz`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The answer of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadinessReply {
    /// Ready, and nothing is degraded.
    Ready,
    /// Ready, with what is degraded.
    Degraded(Vec<String>),
    /// Running but not ready, with the reasons.
    Unready(String),
    /// Starting, with what it waits for.
    Starting(String),
    /// No answer.
    Silent(String),
}

/// How long each of the two requests may take. Chosen by hand.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the daemon that listens at `address` for its state; waits at most 10 seconds.
pub(crate) async fn ask(address: SocketAddr) -> ReadinessReply {
    match ask_for("/readyz", address).await {
        ReadinessReply::Ready => ask_for("/healthz", address).await,
        other => other,
    }
}

async fn ask_for(path: &str, address: SocketAddr) -> ReadinessReply {
    let within = tokio::time::timeout(TIMEOUT, exchange(path, reachable(address)));
    match within.await {
        Err(_) => ReadinessReply::Silent(format!("no answer within {} s", TIMEOUT.as_secs())),
        Ok(Err(error)) => ReadinessReply::Silent(error.to_string()),
        Ok(Ok(answer)) => read(&answer),
    }
}

/// The address for a server that listens on all interfaces: on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn exchange(path: &str, address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn read(answer: &str) -> ReadinessReply {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).trim();
    let reply: Value = serde_json::from_str(body).unwrap_or_default();
    let list = reasons(&reply).unwrap_or_else(|| vec![body.to_owned()]);
    let reasons = list.join("; ");
    match (status, reply["status"].as_str()) {
        (_, Some("starting")) => ReadinessReply::Starting(reasons),
        ("200", Some("degraded")) => ReadinessReply::Degraded(list),
        ("200", _) => ReadinessReply::Ready,
        ("503", _) => ReadinessReply::Unready(reasons),
        (other, _) => ReadinessReply::Silent(format!("another program listens there (it answers {other:?})")),
    }
}

/// The reasons in the body.
fn reasons(reply: &Value) -> Option<Vec<String>> {
    let list = reply.get("reasons").or_else(|| reply.get("degraded"))?.as_array()?;
    Some(list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_its_status() {
        assert_eq!(read("HTTP/1.1 200 OK\r\n\r\n{}"), ReadinessReply::Ready);
        let unready = read("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{\"a\":1}");
        assert_eq!(unready, ReadinessReply::Unready("{\"a\":1}".to_owned()));
        assert!(matches!(read("SSH-2.0"), ReadinessReply::Silent(_)));
        let reply = |status, body: &str| read(&format!("HTTP/1.1 {status} X\r\n\r\n{body}"));
        let degraded = reply(200, "{\"status\":\"degraded\",\"degraded\":[\"clock: set back\",\"store: full\"]}");
        assert_eq!(degraded, ReadinessReply::Degraded(vec!["clock: set back".to_owned(), "store: full".to_owned()]));
        let starting = reply(503, "{\"status\":\"starting\",\"reasons\":[\"the disk is full\"]}");
        assert_eq!(starting, ReadinessReply::Starting("the disk is full".to_owned()));
    }

    #[test]
    fn a_server_on_all_interfaces_is_asked_on_loopback() {
        assert_eq!(reachable("0.0.0.0:8480".parse().unwrap()), "127.0.0.1:8480".parse().unwrap());
    }
}
