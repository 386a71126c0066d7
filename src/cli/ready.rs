//! What a running daemon says about itself at `/readyz`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is ready.
    Ready,
    /// It runs and says what is wrong.
    Unready(String),
    /// Nobody answers there.
    Silent(String),
}

/// Asks the daemon that listens at `address` whether it is ready; waits at most 5 seconds.
pub async fn ask(address: SocketAddr) -> Answer {
    let within = tokio::time::timeout(Duration::from_secs(5), exchange(reachable(address)));
    match within.await {
        Err(_) => Answer::Silent("no answer within 5 s".to_owned()),
        Ok(Err(error)) => Answer::Silent(error.to_string()),
        Ok(Ok(answer)) => read(&answer),
    }
}

/// Where to reach what listens everywhere: on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn exchange(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn read(answer: &str) -> Answer {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    match status {
        "200" => Answer::Ready,
        "503" => Answer::Unready(body.trim().to_owned()),
        other => Answer::Silent(format!("what listens there answers {other:?} and is not marsad")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_its_status() {
        assert_eq!(read("HTTP/1.1 200 OK\r\n\r\n{}"), Answer::Ready);
        let unready = read("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{\"a\":1}");
        assert_eq!(unready, Answer::Unready("{\"a\":1}".to_owned()));
        assert!(matches!(read("SSH-2.0"), Answer::Silent(_)));
    }

    #[test]
    fn what_listens_everywhere_is_asked_on_loopback() {
        assert_eq!(reachable("0.0.0.0:8480".parse().unwrap()), "127.0.0.1:8480".parse().unwrap());
    }
}
