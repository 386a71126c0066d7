//! Listings: pages whose items are links to other pages.
//!
//! A source with selectors is read by [`selectors`]. Without them, [`detect`] finds the items:
//!
//! 1. [`listing_item`] collects every link with a headline, and the excerpt and date next to it.
//! 2. [`group`] joins teasers at the same place of a repeating layout.
//! 3. [`detect`] chooses the groups that the page exists for.
//! 4. [`short_headlines`] adds headlines of two short words where the groups around them are a real listing.
//! 5. [`explain`] says why each group was chosen or left out.

pub(crate) mod detect;
pub(crate) mod explain;
pub(crate) mod group;
pub mod listing_item;
pub(crate) mod selectors;
pub(crate) mod short_headlines;
