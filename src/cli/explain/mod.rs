//! `marsad explain`: shows what every step decided about an item, or why an address is no item.
//!
//! 1. `item` explains a stored item: where it was listed, how it was judged, what matched, what alerted.
//! 2. `suppression` finds why a watch that matches did not alert.
//! 3. `unseen` explains an address that no item has.

use serde_json::{Value, json};

use crate::address::Address;
use crate::cli::exit::WrongArgument;
use crate::cli::output::clean;
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::dedupe::{Key, KeyKind, KeyRules, keys};
use crate::item::{FoldedContent, Item, ItemId};
use crate::source::SourceId;
use crate::store::{SourceState, Store};

mod item;
mod suppression;
mod unseen;

/// Options of `marsad explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  marsad explain https://example.org/news/41\n  marsad explain 7c1v0w9k\n\nIt only \
                        reads the database, also while the daemon runs. Watches are tested as they are configured \
                        now. Exits with 1 if no item has the address."
)]
pub(crate) struct ExplainArgs {
    /// The address of an item's page, or the id of an item or the beginning of it.
    #[arg(value_name = "URL|ITEM")]
    what: String,
    /// Print one JSON object per item.
    #[arg(long)]
    json: bool,
}

/// The most items with one address that are explained. Chosen by hand: the issues of a bulletin.
const MAX_ITEMS: u32 = 10;

/// What one step decided.
#[derive(Clone, Debug, PartialEq)]
struct StageVerdict {
    /// The step in one word.
    stage: &'static str,
    /// The decision in one word, for programs.
    verdict: &'static str,
    /// The decision in one sentence.
    text: String,
    /// The details, for programs.
    detail: Value,
}

impl StageVerdict {
    fn new(stage: &'static str, verdict: &'static str, text: String, detail: Value) -> Self {
        Self { stage, verdict, text, detail }
    }

    fn json(&self) -> Value {
        json!({ "stage": self.stage, "verdict": self.verdict, "text": self.text, "detail": self.detail })
    }
}

/// Explains an item or an address.
///
/// # Errors
/// If the store cannot be read, or the argument is neither an address nor the id of an item.
pub(crate) async fn run(args: &ExplainArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let store = session.store(config).await?;
    let states = store.source_states().await?;
    let (address, ids) = match Address::parse(&args.what) {
        Ok(address) => {
            let ids = store.items_with_keys(&address_keys(&address, &states), MAX_ITEMS).await?;
            (Some(address), ids)
        }
        Err(_) => (None, vec![identified(&args.what, &store).await?]),
    };
    if let Some(address) = address.as_ref().filter(|_| ids.is_empty()) {
        let stages = unseen::stages(address, &store, &states, config, session).await?;
        print(session, args.json, &json!({ "address": address, "item": null }), address.as_str(), &stages)?;
        return Ok(Exit::Failed);
    }
    for (n, id) in ids.iter().enumerate() {
        let Some(history) = store.history(id).await? else { continue };
        let stages = item::stages(&history, &store, &states, config, session).await?;
        let head = json!({ "address": address, "item": crate::server::json::item(&history.stored) });
        if n > 0 && !args.json {
            session.out.line("")?;
        }
        print(session, args.json, &head, &format!("{id} {}", clean(&history.stored.item.title)), &stages)?;
    }
    Ok(Exit::Ok)
}

fn print(session: &mut Session, json: bool, head: &Value, title: &str, stages: &[StageVerdict]) -> anyhow::Result<()> {
    if json {
        let mut value = head.clone();
        value["stages"] = stages.iter().map(StageVerdict::json).collect();
        return Ok(session.out.json(&value)?);
    }
    session.out.line(clean(title))?;
    for stage in stages {
        session.out.line(format!("{:<9} {}", stage.stage, clean(&stage.text)))?;
    }
    Ok(())
}

/// The keys under which an item with this address may be stored: each source may leave out other parts of it.
fn address_keys(address: &Address, states: &[SourceState]) -> Vec<Key> {
    let item = Item { address: Some(address.clone()), ..Item::default() };
    let folded = FoldedContent::of(&item);
    let rules = states.iter().map(SourceState::identity).chain([KeyRules::default()]);
    let mut found: Vec<Key> = Vec::new();
    for rules in rules {
        let rules = KeyRules { ambiguous: std::collections::BTreeSet::new(), ..rules };
        let of_address = keys::keys(&item, &folded, &SourceId::new(""), &rules);
        for key in of_address.into_iter().filter(|key| key.kind == KeyKind::Address) {
            if !found.contains(&key) {
                found.push(key);
            }
        }
    }
    found
}

/// The item whose id was typed, in full or so much of it that no other id begins like it.
async fn identified(typed: &str, store: &Store) -> anyhow::Result<ItemId> {
    let mut found = store.items_named(typed, 2).await?;
    if let Some(exact) = found.iter().position(|id| id.as_str() == typed) {
        return Ok(found.swap_remove(exact));
    }
    let typed = clean(typed);
    match found.len() {
        0 => {
            Err(WrongArgument(format!("`{typed}` is neither an address nor an item; list items with marsad items"))
                .into())
        }
        1 => Ok(found.swap_remove(0)),
        _ => Err(WrongArgument(format!("`{typed}` is the beginning of several ids; type more of it")).into()),
    }
}
