//! Asks the running daemon for its state.

use std::net::SocketAddr;
use std::path::Path;

use super::finding::{Finding, finding};
use crate::cli::output::Tone;
use crate::cli::readiness::ReadinessReply;
use crate::cli::{owner, readiness};
use crate::config::Config;

/// What the daemon says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DaemonReply {
    /// Whether it runs and works.
    pub(crate) finding: Finding,
    /// Why it does not use the files as they are; none if it does.
    pub(crate) rejected: Option<String>,
}

/// How a reason about the configuration begins.
const CONFIGURATION: &str = "configuration: ";

/// Asks the daemon for its state. What it says about the configuration is apart, because that is one verdict.
pub(crate) async fn ask(config: &Config) -> DaemonReply {
    let answer = match config.http.listen {
        Some(listen) => Some((listen, readiness::ask(listen).await)),
        None => None,
    };
    let (answer, rejected) = match answer {
        Some((listen, ReadinessReply::Degraded(reasons))) => {
            let (reply, rejected) = without_configuration(reasons);
            (Some((listen, reply)), rejected)
        }
        other => (other, None),
    };
    DaemonReply { finding: running(config, answer), rejected }
}

/// The other reasons why a daemon is degraded, and the one about the configuration.
fn without_configuration(mut reasons: Vec<String>) -> (ReadinessReply, Option<String>) {
    let about_files = reasons.iter().position(|reason| reason.starts_with(CONFIGURATION));
    let rejected = about_files.map(|at| reasons.remove(at).replacen(CONFIGURATION, "", 1));
    (if reasons.is_empty() { ReadinessReply::Ready } else { ReadinessReply::Degraded(reasons) }, rejected)
}

/// Whether a daemon runs on this configuration's state folder and is ready.
fn running(config: &Config, answer: Option<(SocketAddr, ReadinessReply)>) -> Finding {
    let about = "daemon";
    let runs = owner::daemon_runs(&config.state_dir);
    match answer {
        // A daemon that waits for its store does not hold the state folder.
        Some((_, ReadinessReply::Starting(why))) => finding(about, Tone::Bad, format!("is starting and waits: {why}")),
        _ if !runs => finding(about, Tone::Bad, "does not run; start it: systemctl start marsad, or marsad run"),
        None => finding(about, Tone::Ok, "runs; http.listen is off, so it cannot be asked for more"),
        Some((listen, ReadinessReply::Ready)) => {
            finding(about, Tone::Ok, format!("runs and is ready, http://{listen}"))
        }
        Some((_, ReadinessReply::Degraded(reasons))) => {
            finding(about, Tone::Bad, format!("runs and is degraded: {}", reasons.join("; ")))
        }
        Some((_, ReadinessReply::Unready(why))) => finding(about, Tone::Bad, format!("runs and is not ready: {why}")),
        Some((listen, ReadinessReply::Silent(why))) => {
            let text = format!("runs, but not at http://{listen}: {why}; if http.listen was changed, restart it");
            finding(about, Tone::Bad, text)
        }
    }
}

/// Replaces the advice to start a daemon, which would not start on a damaged store.
pub(crate) fn repair_first(findings: &mut [Finding], state_dir: &Path) {
    let is_damaged = findings.iter().any(|found| found.about == "store" && found.tone == Tone::Bad);
    if !is_damaged || owner::daemon_runs(state_dir) {
        return;
    }
    for found in findings.iter_mut().filter(|found| found.about == "daemon") {
        "does not run; repair the store before you start it".clone_into(&mut found.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_daemon_says_about_the_configuration_is_apart() {
        let reasons =
            ["channels: 1 of 2 fail: desk", "configuration: 1 problem, the first: a.toml:3:1: no", "store: full"];
        let (reply, rejected) = without_configuration(reasons.map(str::to_owned).to_vec());
        assert_eq!(rejected.as_deref(), Some("1 problem, the first: a.toml:3:1: no"));
        assert_eq!(reply, ReadinessReply::Degraded(vec![reasons[0].to_owned(), reasons[2].to_owned()]));
        assert_eq!(without_configuration(vec![reasons[1].to_owned()]).0, ReadinessReply::Ready);
    }

    #[test]
    fn nobody_is_told_to_start_a_daemon_on_a_damaged_store() {
        let folder = tempfile::tempdir().unwrap();
        let start = finding("daemon", Tone::Bad, "does not run; start it: systemctl start marsad, or marsad run");
        let mut findings = vec![start.clone(), finding("store", Tone::Ok, "writable")];
        repair_first(&mut findings, folder.path());
        assert_eq!(findings[0], start);
        findings.push(finding("store", Tone::Bad, "damaged"));
        repair_first(&mut findings, folder.path());
        assert_eq!(findings[0].text, "does not run; repair the store before you start it");
    }
}
