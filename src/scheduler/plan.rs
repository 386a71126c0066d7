//! What is due next, how much at once, one host at a time: visits and items' own pages alike.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;
use crate::source::SourceId;

/// Something that is asked of a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScheduledFetch {
    /// A visit to a source.
    Visit(SourceId),
    /// The page of an item that waits for it, by its row.
    Page(i64),
}

/// What decides what is asked for next.
#[derive(Debug, Default)]
pub struct Plan {
    visits: DueFetch,
    pages: DueFetch,
    hosts: HashMap<String, HostLoad>,
    running: HashMap<ScheduledFetch, String>,
}

type DueFetch = BTreeSet<(Timestamp, ScheduledFetch)>;

/// What a host has to bear at the moment.
#[derive(Debug, Default)]
struct HostLoad {
    running: usize,
    free_at: Option<Timestamp>,
    waiting: Vec<(Timestamp, ScheduledFetch)>,
}

/// How many at once, and how far apart at one host.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Visits in all.
    pub concurrency: usize,
    /// Pages of items in all.
    pub pages: usize,
    /// Visits and pages at one host.
    pub per_host: usize,
    /// The pause between two of them at one host.
    pub host_delay: SignedDuration,
}

impl Plan {
    /// Plans these visits, each from its instant on; what runs goes on and is planned again when it ends.
    pub fn replace(&mut self, due: impl IntoIterator<Item = (SourceId, Timestamp)>) {
        let due = due.into_iter().map(|(id, at)| (at, ScheduledFetch::Visit(id)));
        self.visits = due.filter(|(_, scheduled)| !self.running.contains_key(scheduled)).collect();
        self.unqueue(|scheduled| matches!(scheduled, ScheduledFetch::Visit(_)));
    }

    /// Plans these pages, each from its instant on; what runs goes on.
    pub fn replace_pages(&mut self, due: impl IntoIterator<Item = (i64, Timestamp)>) {
        let due = due.into_iter().map(|(number, at)| (at, ScheduledFetch::Page(number)));
        self.pages = due.filter(|(_, scheduled)| !self.running.contains_key(scheduled)).collect();
        self.unqueue(|scheduled| matches!(scheduled, ScheduledFetch::Page(_)));
    }

    fn unqueue(&mut self, planned_anew: impl Fn(&ScheduledFetch) -> bool) {
        for host in self.hosts.values_mut() {
            host.waiting.retain(|(_, scheduled)| !planned_anew(scheduled));
        }
    }

    /// Takes the next visit, else the next page, that may be asked for at `now`; `host` tells where it is, none when
    /// it is gone.
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
            // What runs is planned again when it ends.
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

    /// An errand has ended: its host is free after the pause, and it is due again at `next`.
    pub fn ended(&mut self, scheduled: &ScheduledFetch, next: Option<Timestamp>, now: Timestamp, limits: Limits) {
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

    /// No host rests longer than its own pause from `now`, whatever the clock showed when its rest began.
    pub fn free_hosts(&mut self, now: Timestamp, limits: Limits) {
        for host in self.hosts.values_mut() {
            host.free_at = host.free_at.map(|free| free.min(later(now, limits.host_delay)));
        }
    }

    /// Takes an errand out of the plan that is seen to in another way.
    pub fn forget(&mut self, scheduled: &ScheduledFetch) {
        self.due(scheduled).retain(|(_, due)| due != scheduled);
        self.unqueue(|due| due == scheduled);
    }

    /// Whether this is under way.
    #[must_use]
    pub fn runs(&self, scheduled: &ScheduledFetch) -> bool {
        self.running.contains_key(scheduled)
    }

    /// When the next errand is due.
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
    fn the_one_that_has_been_due_longest_goes_first() {
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
    fn no_more_run_at_once_than_there_is_room_for() {
        let limits = Limits { concurrency: 1, ..LIMITS };
        let mut plan = plan(&[("a", 0), ("b", 0)]);
        assert_eq!(take(&mut plan, 0, limits).as_deref(), Some("a"));
        assert_eq!(take(&mut plan, 0, limits), None);
        plan.ended(&visit("a"), Some(at(600)), at(1), limits);
        assert_eq!(take(&mut plan, 1, limits).as_deref(), Some("b"));
    }

    #[test]
    fn a_source_that_is_gone_is_passed_over() {
        let mut plan = plan(&[("a", 0), ("b", 1)]);
        let taken = plan.take(at(2), LIMITS, |scheduled| (*scheduled == visit("b")).then(|| "b".to_owned()));
        assert_eq!(taken.map(|(id, _)| id), Some(visit("b")));
    }

    #[test]
    fn a_new_plan_does_not_start_twice_what_runs() {
        let mut plan = plan(&[("a", 0)]);
        assert!(take(&mut plan, 0, LIMITS).is_some());
        plan.replace([(SourceId::new("a"), at(0)), (SourceId::new("b"), at(0))]);
        assert_eq!(take(&mut plan, 0, LIMITS).as_deref(), Some("b"));
        assert_eq!(take(&mut plan, 60, LIMITS), None);
    }

    #[test]
    fn a_host_rests_no_longer_because_the_clock_was_set_back() {
        let mut plan = plan(&[("a1", 7_200)]);
        assert!(take(&mut plan, 7_200, LIMITS).is_some());
        plan.ended(&visit("a1"), None, at(7_200), LIMITS);
        plan.replace([(SourceId::new("a1"), at(0))]);
        plan.free_hosts(at(0), LIMITS);
        assert_eq!(take(&mut plan, 0, LIMITS), None);
        assert_eq!(take(&mut plan, 1, LIMITS).as_deref(), Some("a1"));
    }

    #[test]
    fn a_page_waits_its_turn_at_its_host_and_lets_visits_go_first() {
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
    fn a_host_that_does_not_answer_keeps_no_other_waiting() {
        let mut plan = Plan::default();
        plan.replace_pages([(1, at(0)), (2, at(0)), (3, at(0))]);
        let host =
            |scheduled: &ScheduledFetch| Some(if *scheduled == ScheduledFetch::Page(3) { "b" } else { "a" }.to_owned());
        assert_eq!(plan.take(at(0), LIMITS, host).map(|(scheduled, _)| scheduled), Some(ScheduledFetch::Page(1)));
        assert_eq!(plan.take(at(9), LIMITS, host).map(|(scheduled, _)| scheduled), Some(ScheduledFetch::Page(3)));
        assert_eq!(plan.take(at(9), LIMITS, host), None);
    }
}
