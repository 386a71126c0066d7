//! Decides which visit or item page starts next, within the limits per host and in all.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;
use crate::source::SourceId;

/// A fetch that the plan schedules.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScheduledFetch {
    /// A visit to a source.
    Visit(SourceId),
    /// The page of a waiting item, by its row.
    Page(i64),
}

/// The due visits and pages, and the load of each host.
#[derive(Debug, Default)]
pub struct Plan {
    visits: DueFetch,
    pages: DueFetch,
    hosts: HashMap<String, HostLoad>,
    running: HashMap<ScheduledFetch, String>,
}

type DueFetch = BTreeSet<(Timestamp, ScheduledFetch)>;

/// The current load of a host.
#[derive(Debug, Default)]
struct HostLoad {
    running: usize,
    free_at: Option<Timestamp>,
    waiting: Vec<(Timestamp, ScheduledFetch)>,
}

/// How many fetches run at once, and the pause between fetches at one host.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most visits at once.
    pub concurrency: usize,
    /// The most item pages at once.
    pub pages: usize,
    /// The most fetches at once at one host.
    pub per_host: usize,
    /// The pause between two fetches at one host.
    pub host_delay: SignedDuration,
}

impl Plan {
    /// Replaces the planned visits. A running visit continues and is planned again when it ends.
    pub fn replace(&mut self, due: impl IntoIterator<Item = (SourceId, Timestamp)>) {
        let due = due.into_iter().map(|(id, at)| (at, ScheduledFetch::Visit(id)));
        self.visits = due.filter(|(_, scheduled)| !self.running.contains_key(scheduled)).collect();
        self.remove_waiting(|scheduled| matches!(scheduled, ScheduledFetch::Visit(_)));
    }

    /// Replaces the planned pages. A running fetch continues.
    pub(crate) fn replace_pages(&mut self, due: impl IntoIterator<Item = (i64, Timestamp)>) {
        let due = due.into_iter().map(|(number, at)| (at, ScheduledFetch::Page(number)));
        self.pages = due.filter(|(_, scheduled)| !self.running.contains_key(scheduled)).collect();
        self.remove_waiting(|scheduled| matches!(scheduled, ScheduledFetch::Page(_)));
    }

    fn remove_waiting(&mut self, is_removed: impl Fn(&ScheduledFetch) -> bool) {
        for host in self.hosts.values_mut() {
            host.waiting.retain(|(_, scheduled)| !is_removed(scheduled));
        }
    }

    /// Takes the next visit, or else the next page, that may start at `now`. `host` names its host; none if it no
    /// longer exists.
    ///
    /// ```
    /// use jiff::{SignedDuration, Timestamp};
    /// use marsad::{scheduler::{Limits, Plan}, source::SourceId};
    ///
    /// let (now, pause) = (Timestamp::UNIX_EPOCH, SignedDuration::from_secs(1));
    /// let mut plan = Plan::default();
    /// plan.replace([(SourceId::new("una"), now), (SourceId::new("spa"), now)]);
    /// let limits = Limits { concurrency: 8, pages: 2, per_host: 1, host_delay: pause };
    /// let mut take = || plan.take(now, limits, |_| Some("news.example.org".to_owned()));
    /// assert!(take().is_some() && take().is_none()); // one host at a time
    /// ```
    pub fn take(
        &mut self,
        now: Timestamp,
        limits: Limits,
        host: impl Fn(&ScheduledFetch) -> Option<String>,
    ) -> Option<(ScheduledFetch, Timestamp)> {
        let pages = self.running.keys().filter(|scheduled| matches!(scheduled, ScheduledFetch::Page(_))).count();
        let visits = self.running.len() - pages;
        if visits < limits.concurrency
            && let Some(taken) = self.take_from(now, limits, &host, |plan| &mut plan.visits)
        {
            return Some(taken);
        }
        if pages < limits.pages { self.take_from(now, limits, &host, |plan| &mut plan.pages) } else { None }
    }

    fn take_from(
        &mut self,
        now: Timestamp,
        limits: Limits,
        host: &impl Fn(&ScheduledFetch) -> Option<String>,
        due: fn(&mut Self) -> &mut DueFetch,
    ) -> Option<(ScheduledFetch, Timestamp)> {
        loop {
            let first = due(self).first().filter(|(at, _)| *at <= now)?.clone();
            due(self).remove(&first);
            let (at, scheduled) = first;
            // A running fetch is planned again when it ends.
            if self.running.contains_key(&scheduled) {
                continue;
            }
            let Some(name) = host(&scheduled) else { continue };
            let host = self.hosts.entry(name.clone()).or_default();
            if host.running >= limits.per_host {
                host.waiting.push((at, scheduled));
            } else if let Some(free) = host.free_at.filter(|free| *free > now) {
                due(self).insert((free, scheduled));
            } else {
                host.running += 1;
                host.free_at = Some(later(now, limits.host_delay));
                self.running.insert(scheduled.clone(), name);
                return Some((scheduled, at));
            }
        }
    }

    /// Records that a fetch has ended: its host is free after the pause, and it is due again at `next`.
    pub(crate) fn ended(
        &mut self,
        scheduled: &ScheduledFetch,
        next: Option<Timestamp>,
        now: Timestamp,
        limits: Limits,
    ) {
        if let Some(name) = self.running.remove(scheduled)
            && let Some(host) = self.hosts.get_mut(&name)
        {
            host.running = host.running.saturating_sub(1);
            host.free_at = Some(later(now, limits.host_delay));
            for (at, scheduled) in std::mem::take(&mut host.waiting) {
                self.due(&scheduled).insert((at, scheduled));
            }
        }
        self.hosts.retain(|_, host| {
            host.running > 0 || !host.waiting.is_empty() || host.free_at.is_some_and(|free| free > now)
        });
        if let Some(next) = next {
            self.due(scheduled).insert((next, scheduled.clone()));
        }
    }

    /// Limits each host's pause to the configured one, counted from `now`, after the clock was set.
    pub(crate) fn free_hosts(&mut self, now: Timestamp, limits: Limits) {
        for host in self.hosts.values_mut() {
            host.free_at = host.free_at.map(|free| free.min(later(now, limits.host_delay)));
        }
    }

    /// Removes a fetch from the plan.
    pub(crate) fn forget(&mut self, scheduled: &ScheduledFetch) {
        self.due(scheduled).retain(|(_, due)| due != scheduled);
        self.remove_waiting(|due| due == scheduled);
    }

    /// Whether this fetch is running.
    #[must_use]
    pub fn runs(&self, scheduled: &ScheduledFetch) -> bool {
        self.running.contains_key(scheduled)
    }

    /// When the next fetch is due.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        [&self.visits, &self.pages].into_iter().filter_map(|due| due.first()).map(|(at, _)| *at).min()
    }

    fn due(&mut self, scheduled: &ScheduledFetch) -> &mut DueFetch {
        match scheduled {
            ScheduledFetch::Visit(_) => &mut self.visits,
            ScheduledFetch::Page(_) => &mut self.pages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { concurrency: 10, pages: 2, per_host: 1, host_delay: SignedDuration::from_secs(1) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn plan(due: &[(&str, i64)]) -> Plan {
        let mut plan = Plan::default();
        plan.replace(due.iter().map(|(id, second)| (SourceId::new(*id), at(*second))));
        plan
    }

    /// A source's own name; pages are at the host `a`.
    fn name(scheduled: &ScheduledFetch) -> String {
        match scheduled {
            ScheduledFetch::Visit(id) => id.as_str().to_owned(),
            ScheduledFetch::Page(number) => format!("a page {number}"),
        }
    }

    fn visit(id: &str) -> ScheduledFetch {
        ScheduledFetch::Visit(SourceId::new(id))
    }

    /// The host is the first letter of the name.
    fn take(plan: &mut Plan, now: i64, limits: Limits) -> Option<String> {
        let host = |scheduled: &ScheduledFetch| Some(name(scheduled)[..1].to_owned());
        plan.take(at(now), limits, host).map(|(scheduled, _)| name(&scheduled))
    }

    #[test]
    fn the_fetch_that_has_been_due_longest_starts_first() {
        let mut plan = plan(&[("b", 5), ("a", 9), ("c", 1)]);
        assert_eq!(take(&mut plan, 9, LIMITS).as_deref(), Some("c"));
        assert_eq!(take(&mut plan, 9, LIMITS).as_deref(), Some("b"));
        assert_eq!(take(&mut plan, 8, LIMITS), None);
        assert_eq!(plan.next(), Some(at(9)));
    }

    #[test]
    fn a_host_is_visited_one_at_a_time_and_after_a_pause() {
        let mut plan = plan(&[("a1", 0), ("a2", 0), ("b1", 0)]);
        assert_eq!(take(&mut plan, 0, LIMITS).as_deref(), Some("a1"));
        assert_eq!(take(&mut plan, 0, LIMITS).as_deref(), Some("b1"));
        assert_eq!(take(&mut plan, 5, LIMITS), None);
        plan.ended(&visit("a1"), Some(at(600)), at(5), LIMITS);
        assert_eq!(take(&mut plan, 5, LIMITS), None);
        assert_eq!(take(&mut plan, 6, LIMITS).as_deref(), Some("a2"));
    }

    #[test]
    fn no_more_fetches_run_at_once_than_the_limit() {
        let limits = Limits { concurrency: 1, ..LIMITS };
        let mut plan = plan(&[("a", 0), ("b", 0)]);
        assert_eq!(take(&mut plan, 0, limits).as_deref(), Some("a"));
        assert_eq!(take(&mut plan, 0, limits), None);
        plan.ended(&visit("a"), Some(at(600)), at(1), limits);
        assert_eq!(take(&mut plan, 1, limits).as_deref(), Some("b"));
    }

    #[test]
    fn a_removed_source_is_skipped() {
        let mut plan = plan(&[("a", 0), ("b", 1)]);
        let taken = plan.take(at(2), LIMITS, |scheduled| (*scheduled == visit("b")).then(|| "b".to_owned()));
        assert_eq!(taken.map(|(id, _)| id), Some(visit("b")));
    }

    #[test]
    fn a_new_plan_does_not_start_a_running_visit_again() {
        let mut plan = plan(&[("a", 0)]);
        assert!(take(&mut plan, 0, LIMITS).is_some());
        plan.replace([(SourceId::new("a"), at(0)), (SourceId::new("b"), at(0))]);
        assert_eq!(take(&mut plan, 0, LIMITS).as_deref(), Some("b"));
        assert_eq!(take(&mut plan, 60, LIMITS), None);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_lengthen_the_pause_of_a_host() {
        let mut plan = plan(&[("a1", 7_200)]);
        assert!(take(&mut plan, 7_200, LIMITS).is_some());
        plan.ended(&visit("a1"), None, at(7_200), LIMITS);
        plan.replace([(SourceId::new("a1"), at(0))]);
        plan.free_hosts(at(0), LIMITS);
        assert_eq!(take(&mut plan, 0, LIMITS), None);
        assert_eq!(take(&mut plan, 1, LIMITS).as_deref(), Some("a1"));
    }

    #[test]
    fn a_page_waits_for_its_host_and_for_due_visits() {
        let mut plan = plan(&[("a1", 1)]);
        plan.replace_pages([(1, at(0)), (2, at(0))]);
        assert_eq!(take(&mut plan, 1, LIMITS).as_deref(), Some("a1"));
        assert_eq!(take(&mut plan, 2, LIMITS), None);
        plan.ended(&visit("a1"), Some(at(600)), at(2), LIMITS);
        assert_eq!(take(&mut plan, 3, LIMITS).as_deref(), Some("a page 1"));
        plan.ended(&ScheduledFetch::Page(1), None, at(3), LIMITS);
        assert_eq!(take(&mut plan, 4, LIMITS).as_deref(), Some("a page 2"));
    }

    #[test]
    fn a_host_that_does_not_answer_does_not_delay_other_hosts() {
        let mut plan = Plan::default();
        plan.replace_pages([(1, at(0)), (2, at(0)), (3, at(0))]);
        let host =
            |scheduled: &ScheduledFetch| Some(if *scheduled == ScheduledFetch::Page(3) { "b" } else { "a" }.to_owned());
        assert_eq!(plan.take(at(0), LIMITS, host).map(|(scheduled, _)| scheduled), Some(ScheduledFetch::Page(1)));
        assert_eq!(plan.take(at(9), LIMITS, host).map(|(scheduled, _)| scheduled), Some(ScheduledFetch::Page(3)));
        assert_eq!(plan.take(at(9), LIMITS, host), None);
    }
}
