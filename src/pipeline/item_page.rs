//! Fetches and reads one item's own page.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Pipeline, PipelineSetup};
use crate::address::Address;
use crate::fetch::{FetchError, FetchFailure, Fetched};
use crate::memory::{BodyRoom, ReadingSlot};
use crate::parse::Document;
use crate::parse::page::Page;
use crate::parse::page::article::{self, Article};
use crate::source::Source;

/// The longest time that one page may take, including robots.txt and redirects. Chosen by hand.
const BUDGET: Duration = Duration::from_secs(30);

/// The result of fetching an item's own page.
pub(super) enum ItemPage {
    /// It was read.
    Read(Box<Article>),
    /// It cannot be read: it is gone, forbidden, blocked, or not a page.
    Never(String),
    /// A later try may succeed, after the pause that the site asked for, if any.
    Later(String, Option<SignedDuration>),
}

impl Pipeline {
    /// Fetches a page within `left` and parses it on a blocking thread.
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
            Ok(Ok(Fetched::Document { document, room, .. })) => {
                read(Arc::clone(source), (*document, room), self.clock.now()).await
            }
            Ok(Ok(Fetched::NotModified { .. })) => ItemPage::Never("the page was not sent".to_owned()),
            Ok(Err(error)) => failed(&error),
            Err(_) => ItemPage::Later(format!("no page within {} s", limit.as_secs()), None),
        }
    }
}

/// A page of a failing or slow site is tried again. A missing, forbidden or blocked page is not.
fn failed(error: &FetchError) -> ItemPage {
    let forbidden = matches!(error.why, FetchFailure::Robots { .. } | FetchFailure::RobotsUnavailable { .. });
    if error.is_transient() && !forbidden {
        ItemPage::Later(error.to_string(), error.retry_after())
    } else {
        ItemPage::Never(error.to_string())
    }
}

async fn read(source: Arc<Source>, fetched: (Document, Option<BodyRoom>), now: Timestamp) -> ItemPage {
    let (document, room) = fetched;
    if !is_page(&document) {
        return ItemPage::Never(format!("expected a page, found {}", document.media_type));
    }
    let slot = ReadingSlot::take(&document.text).await;
    let parse = move || {
        let _room = room;
        article::read(&Page::open(&document)?, &source, now)
    };
    match slot.run(parse).await {
        Ok(Ok(article)) => ItemPage::Read(Box::new(article)),
        Ok(Err(error)) => ItemPage::Never(error.to_string()),
        // A stopping daemon or a lack of threads is not the page's fault.
        Err(error) => ItemPage::Later(format!("the page was not parsed: {error}"), None),
    }
}

/// Whether a document is a page: by its media type, or by its first character if the server declares no useful type.
fn is_page(document: &Document) -> bool {
    match document.media_type.as_str() {
        "text/html" | "application/xhtml+xml" => true,
        "" | "text/plain" | "application/octet-stream" => document.text.trim_start().starts_with('<'),
        _ => false,
    }
}
