//! Tests the faults that marsad must survive. `docs/reliability.md` lists them under the numbers in the tests' names.

use std::collections::{HashMap, HashSet};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use marsad::loopback::receiver::ReceivedWebhook;
use serde_json::Value;

use super::process::Process;
use super::world::body;

mod crashes;
mod receivers;
mod resources;
mod supervision;

/// The longest time that any step may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(90);

/// The pause between two looks at something that gives no signal.
const LOOK: Duration = Duration::from_millis(50);

/// Thirty-two words that no other item has in this order, so that nothing is taken for a copy.
pub fn wording(number: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu", "wy"];
    let syllable = |at: u8| SYLLABLES[usize::from(at)];
    let hash = blake3::hash(&number.to_le_bytes());
    hash.as_bytes().iter().map(|byte| format!("{}{} ", syllable(byte >> 4), syllable(byte & 15))).collect()
}

impl Process {
    /// Lets the feed show this many items, each of which mentions the council.
    pub fn publish(&self, count: usize) {
        let texts: Vec<_> = (1..=count).map(|n| (format!("item-{n}"), wording(n))).collect();
        let titles: Vec<_> = texts.iter().map(|(_, text)| format!("Council {}", &text[..30])).collect();
        let items =
            texts.iter().zip(&titles).map(|((slug, text), title)| (slug.as_str(), title.as_str(), text.as_str()));
        self.site.feed("/feed", &items.rev().collect::<Vec<_>>());
    }

    /// Starts the daemon with a fault at a named point: `commit.after:3=abort`.
    fn spawn_failing(&mut self, fault: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.env("MARSAD_FAULT", fault);
        self.spawn_by(command, self.log_file(), self.log_file());
    }

    /// Waits until the daemon has ended by itself.
    async fn crashes(&mut self, fault: &str) -> ExitStatus {
        let mut looks = tokio::time::interval(LOOK);
        let ended = async {
            while !self.has_ended() {
                looks.tick().await;
            }
        };
        let ended = tokio::time::timeout(LIMIT, ended).await.is_ok();
        assert!(ended, "{fault}: it did not end\n{}", self.log());
        self.exit_status()
    }

    /// Waits until this many different items have arrived.
    async fn arrived(&self, count: usize) {
        let mut arrivals = self.receiver().arrivals();
        let come = async {
            while self.headlines().len() < count {
                arrivals.changed().await.unwrap();
            }
        };
        let came = tokio::time::timeout(LIMIT, come).await.is_ok();
        assert!(came, "{} of {count} items arrived\n{}", self.headlines().len(), self.log());
    }

    fn headlines(&self) -> HashSet<String> {
        self.receiver().letters().iter().filter_map(headline).collect()
    }

    /// Every delivery, as the command line lists it.
    fn deliveries(&self) -> Vec<Value> {
        let (code, output) = self.command(&["deliveries", "list", "--json", "--limit", "1000"]);
        assert_eq!(code, Some(0), "{output}");
        output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Waits until every delivery is as expected; returns them.
    async fn deliveries_are(&self, expected: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut looks = tokio::time::interval(LOOK * 4);
        let mut last = Vec::new();
        let come = async {
            while last.is_empty() || !last.iter().all(&expected) {
                looks.tick().await;
                last = self.deliveries();
            }
        };
        let came = tokio::time::timeout(LIMIT, come).await.is_ok();
        assert!(came, "{last:#?}\n{}", self.log());
        last
    }

    /// The first attempt at a delivery, with its failure.
    fn first_attempt(&self, delivery: &Value) -> Value {
        let (code, output) = self.command(&["deliveries", "show", "--json", delivery["id"].as_str().unwrap()]);
        assert_eq!(code, Some(0), "{output}");
        serde_json::from_str::<Value>(&output).unwrap()["tries"][0].clone()
    }

    /// Nothing is lost, and each item came under one id, with the same bytes, twice at most.
    async fn lost_nothing(&self, count: usize) {
        self.deliveries_are(|delivery| delivery["state"] == "delivered").await;
        let letters = self.receiver().letters();
        assert_eq!(self.headlines().len(), count);
        let mut by_headline: HashMap<String, Vec<&ReceivedWebhook>> = HashMap::new();
        for letter in &letters {
            if let Some(headline) = headline(letter) {
                by_headline.entry(headline).or_default().push(letter);
            }
        }
        for (headline, letters) in by_headline {
            let same = letters.iter().all(|one| (&one.id, &one.body) == (&letters[0].id, &letters[0].body));
            assert!(letters.len() <= 2 && same, "{headline}: {} letters", letters.len());
        }
        let (_, output) = self.command(&["doctor"]);
        assert!(output.contains("store: intact"), "{output}");
    }
}

fn headline(letter: &ReceivedWebhook) -> Option<String> {
    Some(body(letter).pointer("/data/item/title")?.as_str()?.to_owned())
}
