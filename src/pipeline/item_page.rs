//! One item's own page: asked for, read, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Pipeline, PipelineSetup};
use crate::address::Address;
use crate::fetch::{FetchError, FetchFailure, Fetched};
use crate::parse::Document;
use crate::parse::page::article::{self, Article};
use crate::source::Source;

/// The most time that one page may take, its site's robots.txt and redirects included.
const BUDGET: Duration = Duration::from_secs(30);

/// What came of asking for an item's own page.
pub(super) enum ItemPage {
    /// It was read.
    Read(Box<Article>),
    /// It never will be: it is gone, forbidden, shut, or no page.
    Never(String),
    /// It may be later; the site asked for this pause, where it asked for one.
    Later(String, Option<SignedDuration>),
}

impl Pipeline {
    /// Asks for a page within `left`, and reads it off the threads that wait for the network.
    pub(super) async fn page(
        &self,
        source: &Arc<Source>,
        address: &Address,
        setup: &PipelineSetup,
        left: SignedDuration,
    ) -> ItemPage {
        let watch = self.clock.stopwatch();
        let limit = BUDGET.min(Duration::try_from(left).unwrap_or_default());
        let fetched = tokio::time::timeout(limit, setup.fetcher.linked(source, address)).await;
        let (result, bytes) = match &fetched {
            Ok(Ok(Fetched::Document { bytes, .. })) => ("ok", *bytes as u64),
            Ok(Ok(Fetched::NotModified { .. })) => ("not_modified", 0),
            Ok(Err(error)) => (error.class(), 0),
            Err(_) => ("timeout", 0),
        };
        self.metrics.fetched(result, watch.elapsed(), bytes);
        match fetched {
            Ok(Ok(Fetched::Document { document, .. })) => read(Arc::clone(source), *document, self.clock.now()).await,
            Ok(Ok(Fetched::NotModified { .. })) => ItemPage::Never("the page was not sent".to_owned()),
            Ok(Err(error)) => failed(&error),
            Err(_) => ItemPage::Later(format!("no page within {} seconds", limit.as_secs()), None),
        }
    }
}

/// A site that is in trouble or too slow is asked again. One that has no such page, forbids it, or shuts marsad out has
/// answered.
fn failed(error: &FetchError) -> ItemPage {
    let forbidden = matches!(error.why, FetchFailure::Robots { .. });
    if error.is_transient() && !forbidden {
        ItemPage::Later(error.to_string(), error.retry_after())
    } else {
        ItemPage::Never(error.to_string())
    }
}

async fn read(source: Arc<Source>, document: Document, now: Timestamp) -> ItemPage {
    if !is_page(&document) {
        return ItemPage::Never(format!("expected a page, found {}", document.media_type));
    }
    match tokio::task::spawn_blocking(move || article::read(&document, &source, now)).await {
        Ok(Ok(article)) => ItemPage::Read(Box::new(article)),
        Ok(Err(error)) => ItemPage::Never(error.to_string()),
        // A daemon that stops, or a machine without threads, says nothing of the page.
        Err(error) => ItemPage::Later(format!("reading it did not end: {error}"), None),
    }
}

/// A server that declares nothing is believed to serve a page where what it serves begins like one.
fn is_page(document: &Document) -> bool {
    match document.media_type.as_str() {
        "text/html" | "application/xhtml+xml" => true,
        "" | "text/plain" | "application/octet-stream" => document.text.trim_start().starts_with('<'),
        _ => false,
    }
}
