//! Tests commands that run beside the daemon, and what it reports to the operator.

use std::net::TcpListener;

use super::process::Process;
use super::site::Page;
use super::world::{SECRET, watch};

/// A channel whose receiver answers 500.
fn broken_channel() -> String {
    format!("\n[[channel]]\nid = \"broken\"\nwebhook = \"{{site}}/hook\"\nsecret = {{ value = \"{SECRET}\" }}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_test_of_a_channel_ends_unless_it_is_to_be_retried() {
    let mut process = Process::start(&format!("{}{}", broken_channel(), watch("all", "council", &["desk"]))).await;
    process.site.put("/hook", Page { status: 500, ..Page::default() });
    let (code, output) = process.command(&["channel", "test", "broken"]);
    assert!(code == Some(1) && output.contains("500") && output.contains("; the test ends here"), "{output}");
    let listed = process.command(&["deliveries", "list", "--channel", "broken"]).1;
    assert!(listed.contains("cancelled") && !listed.contains("pending"), "{listed}");
    let (code, output) = process.command(&["channel", "test", "--retry", "broken"]);
    assert!(code == Some(1) && output.contains("; the daemon will retry"), "{output}");
    process.site.put("/hook", Page { status: 204, ..Page::default() });
    let (code, output) = process.command(&["channel", "test", "broken"]);
    assert!(code == Some(0) && output.contains("delivered"), "{output}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_ignores_the_schedule_of_its_channel() {
    let channel = format!("{}send = \"daily 08:00\"\nquiet = \"00:00-23:59\"\n", broken_channel());
    let mut process = Process::start(&format!("{channel}{}", watch("all", "council", &["desk"]))).await;
    process.site.put("/hook", Page { status: 204, ..Page::default() });
    let (code, output) = process.command(&["channel", "test", "broken"]);
    assert!(code == Some(0) && output.contains("delivered"), "{output}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_names_a_port_in_use_says_that_the_next_start_will_fail() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let text = std::fs::read_to_string(process.path()).unwrap();
    let new = process.path().with_file_name("marsad.toml.new");
    std::fs::write(&new, text.replace("listen = \"\"", &format!("listen = \"{address}\""))).unwrap();
    std::fs::rename(new, process.path()).unwrap();
    process.says("http.listen needs a restart to take effect, and that start will fail").await;
    process.says(&format!("http.listen {address} is in use")).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let (code, output) = process.command(&["doctor", "--quick"]);
    assert!(code == Some(3) && output.contains(&format!("port: http.listen {address} is in use")), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_resumed_while_the_files_are_broken() {
    let mut process = Process::start(&format!("{}{}", broken_channel(), watch("all", "council", &["desk"]))).await;
    process.site.put("/hook", Page { status: 410, ..Page::default() });
    let (code, output) = process.command(&["channel", "test", "--retry", "broken"]);
    assert!(code == Some(1) && output.contains("held because broken is disabled"), "{output}");
    let text = std::fs::read_to_string(process.path()).unwrap();
    std::fs::write(process.path(), format!("{text}\nbroken = [")).unwrap();
    process.says("the configuration is rejected").await;
    let (code, status) = process.command(&["status"]);
    assert!(code == Some(3) && status.matches("is not closed").count() == 1, "{status}");
    process.site.put("/hook", Page { status: 204, ..Page::default() });
    let (code, output) = process.command(&["channel", "resume", "broken"]);
    assert!(code == Some(0) && output.contains("resumed; 1 delivery will be sent"), "{output}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_channel_is_known_for_as_long_as_it_has_deliveries() {
    let mut process = Process::start(&format!("{}{}", broken_channel(), watch("all", "council", &["desk"]))).await;
    process.site.put("/hook", Page { status: 410, ..Page::default() });
    let (code, output) = process.command(&["channel", "test", "--retry", "broken"]);
    let resume = "held because broken is disabled; run marsad channel resume broken";
    assert!(code == Some(1) && output.contains(resume), "{output}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    let text = std::fs::read_to_string(process.path()).unwrap();
    let without = text.replace(&broken_channel().replace("{site}", &process.site.url("")), "");
    assert_ne!(text, without);
    std::fs::write(process.path(), without).unwrap();
    for command in [
        &["deliveries", "list", "--channel", "broken"][..],
        &["deliveries", "retry", "--channel", "broken"],
        &["deliveries", "cancel", "--channel", "broken"],
    ] {
        let (code, output) = process.command(command);
        assert_eq!(code, Some(0), "{command:?}: {output}");
    }
    for command in [&["channel", "test", "broken"][..], &["deliveries", "resume", "--channel", "broken"]] {
        let (code, output) = process.command(command);
        assert!(code == Some(2) && output.contains("broken is not configured any more"), "{command:?}: {output}");
    }
    for command in [&["deliveries", "list", "--channel", "nope"][..], &["channel", "test", "nope"]] {
        let (code, output) = process.command(command);
        assert!(code == Some(2) && output.contains("use one of: desk, press, broken"), "{command:?}: {output}");
    }
    let (code, output) = process.command(&["deliveries", "cancel"]);
    assert!(code == Some(2) && output.contains("--channel, --since or --state"), "{output}");
}
