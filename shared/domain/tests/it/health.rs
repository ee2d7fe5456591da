use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::health::{
    Admission, Budget, FAILURE_PAUSE, FAILURES, Health, LONGEST_FAILURE_PAUSE, PROBE_PATIENCE, Purpose,
    Quota, RATE_LIMIT_PAUSE, Reason, Reply, Report, UNAUTHORIZED_PAUSE,
};
use proptest::prelude::*;
use test_case::test_case;

const DAY: Duration = Duration::from_hours(24);

const BUDGET: Budget = Budget {
    per_second: Some(5),
    per_window: Some((50, DAY)),
    reserved_percent: 40,
};

const UNLIMITED: Budget = Budget {
    per_second: None,
    per_window: None,
    reserved_percent: 40,
};

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn after(pause: Duration) -> DateTime<Utc> {
    noon() + pause
}

fn report(reply: Reply, started: DateTime<Utc>) -> Report {
    Report {
        started,
        reply,
        more_requests: 0,
        quota: None,
    }
}

/// Health after `replies` to calls that were made at noon.
fn health(replies: impl IntoIterator<Item = Reply>) -> Health {
    replies.into_iter().fold(Health::default(), |health, reply| {
        health.learn(&report(reply, noon()), &UNLIMITED, noon())
    })
}

fn granted(health: &Health, purpose: Purpose, now: DateTime<Utc>) -> Option<Health> {
    match health.admit(purpose, &UNLIMITED, now) {
        Admission::Granted(next) => Some(next),
        Admission::Wait(_) | Admission::Refused(_) => None,
    }
}

const FAILED: Reply = Reply::Failed { retry_after: None };

#[test]
fn a_provider_that_keeps_failing_is_left_alone() {
    for failures in 1..FAILURES {
        assert_eq!(health((0..failures).map(|_| FAILED)).closed(noon()), None);
    }
    let closed = health((0..FAILURES).map(|_| FAILED)).closed(noon()).unwrap();
    assert_eq!(
        (closed.reason, closed.until),
        (Reason::Failing, after(FAILURE_PAUSE))
    );
    let answered = (0..10).flat_map(|_| [FAILED, FAILED, Reply::Answered]);
    assert_eq!(
        health(answered).closed(noon()),
        None,
        "only failures in a row count"
    );
}

#[test]
fn a_failing_provider_is_tried_by_one_probe_after_growing_pauses() {
    let mut state = health((0..FAILURES).map(|_| FAILED));
    let mut now = noon();
    let mut pauses = Vec::new();
    for _ in 0..12 {
        let until = state.closed(now).unwrap().until;
        pauses.push((until - now).to_std().unwrap());
        assert_eq!(
            granted(&state, Purpose::Live, until - TimeDelta::milliseconds(1)),
            None
        );
        let probing = granted(&state, Purpose::Live, until).unwrap();
        // Nobody else, until the probe has had its time.
        assert_eq!(granted(&probing, Purpose::Live, until), None);
        let lost = until + PROBE_PATIENCE;
        assert!(
            granted(&probing, Purpose::Live, lost).is_some(),
            "a probe that got lost is no end"
        );
        now = until + TimeDelta::seconds(2);
        state = probing.learn(&report(FAILED, until), &UNLIMITED, now);
    }
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
    assert_eq!(pauses[1], FAILURE_PAUSE * 2);
    assert_eq!(pauses[11], LONGEST_FAILURE_PAUSE);

    let until = state.closed(now).unwrap().until;
    let probing = granted(&state, Purpose::Sync, until).unwrap();
    let open = probing.learn(&report(Reply::Answered, until), &UNLIMITED, until);
    assert_eq!(open, Health::default());
}

#[test]
fn calls_that_were_under_way_when_it_closed_do_not_close_it_for_longer() {
    let closed = health((0..FAILURES).map(|_| FAILED));
    let late = noon() + TimeDelta::seconds(1);
    let started = noon() - TimeDelta::seconds(1);
    assert_eq!(closed.learn(&report(FAILED, started), &UNLIMITED, late), closed);
}

#[test_case(Some(Duration::from_secs(7)), Duration::from_secs(7); "for as long as it says")]
#[test_case(Some(DAY), DAY; "for a day if it says so")]
#[test_case(None, RATE_LIMIT_PAUSE; "for a while if it does not say")]
fn a_rate_limit_closes(retry_after: Option<Duration>, pause: Duration) {
    let limited = health([Reply::RateLimited { retry_after }]);
    let closed = limited.closed(noon()).unwrap();
    assert_eq!((closed.reason, closed.until), (Reason::RateLimited, after(pause)));
    let answered = limited.learn(&report(Reply::Answered, noon()), &UNLIMITED, noon());
    assert_eq!(
        answered.closed(noon()),
        Some(closed),
        "an answer under way does not open it"
    );
    let open = granted(&limited, Purpose::Live, after(pause)).unwrap();
    assert!(
        granted(&open, Purpose::Live, after(pause)).is_some(),
        "it opens for all"
    );
}

#[test]
fn a_provider_that_says_when_to_come_back_is_believed_at_once() {
    let retry_after = Some(Duration::from_mins(2));
    let closed = health([Reply::Failed { retry_after }]).closed(noon()).unwrap();
    assert_eq!(
        (closed.reason, closed.until),
        (Reason::Failing, after(Duration::from_mins(2)))
    );
}

#[test]
fn refused_credentials_are_not_hammered() {
    let refused = health([Reply::Unauthorized]);
    let closed = refused.closed(noon()).unwrap();
    assert_eq!(
        (closed.reason, closed.until),
        (Reason::Unauthorized, after(UNAUTHORIZED_PAUSE))
    );
    let probing = granted(&refused, Purpose::Live, closed.until).unwrap();
    assert_eq!(granted(&probing, Purpose::Live, closed.until), None);
}

fn quota(remaining: u32) -> Quota {
    Quota {
        limit: Some(1000),
        remaining,
        resets_at: Some(after(DAY)),
    }
}

fn told(quota: Quota) -> Health {
    let report = Report {
        quota: Some(quota),
        ..report(Reply::Answered, noon())
    };
    Health::default().learn(&report, &UNLIMITED, noon())
}

#[test]
fn the_rest_of_a_quota_is_left_to_those_who_wait() {
    assert!(granted(&told(quota(401)), Purpose::Sync, noon()).is_some());
    assert_eq!(granted(&told(quota(400)), Purpose::Sync, noon()), None);
    assert!(granted(&told(quota(1)), Purpose::Live, noon()).is_some());
    assert_eq!(granted(&told(quota(0)), Purpose::Live, noon()), None);
    assert!(
        granted(&told(quota(0)), Purpose::Sync, after(DAY)).is_some(),
        "it starts over"
    );
}

#[test]
fn a_violated_quota_closes_until_the_reset_that_was_heard_of_before() {
    let exhausted = Quota {
        limit: None,
        remaining: 0,
        resets_at: None,
    };
    let report = Report {
        quota: Some(exhausted),
        ..report(Reply::RateLimited { retry_after: None }, noon())
    };
    let closed = told(quota(700)).learn(&report, &UNLIMITED, noon());
    let almost = after(DAY) - TimeDelta::seconds(1);
    assert_eq!(granted(&closed, Purpose::Live, almost), None);
    assert!(granted(&closed, Purpose::Live, after(DAY)).is_some());
}

#[test]
fn a_quota_is_noted_only_when_it_moved() {
    let known = told(quota(700));
    let hear = |said| {
        let report = Report {
            quota: Some(said),
            ..report(Reply::Answered, noon())
        };
        known.learn(&report, &UNLIMITED, noon())
    };
    assert_eq!(hear(quota(695)), known);
    assert_ne!(hear(quota(680)), known);
    assert_ne!(hear(quota(0)), known);
}

#[test]
fn a_sync_never_uses_what_is_reserved_even_of_the_smallest_limit() {
    let budget = Budget {
        per_second: Some(1),
        per_window: None,
        reserved_percent: 100,
    };
    let first = Health::default().admit(Purpose::Sync, &budget, noon());
    let Admission::Granted(first) = first else {
        panic!("a sync gets somewhere: {first:?}");
    };
    assert_eq!(
        first.admit(Purpose::Live, &budget, noon()),
        Admission::Wait(noon() + TimeDelta::seconds(1))
    );
}

/// A call that wants to leave so many milliseconds after the one before it.
fn wishes() -> impl Strategy<Value = Vec<(u16, bool)>> {
    prop::collection::vec((0..600_u16, any::<bool>()), 1..120)
}

proptest! {
    #[test]
    fn no_order_of_calls_exceeds_a_budget(wishes in wishes()) {
        let mut state = Health::default();
        let mut now = noon();
        let mut left: Vec<(DateTime<Utc>, Purpose)> = Vec::new();
        for (pause, live) in wishes {
            now += TimeDelta::milliseconds(pause.into());
            let purpose = if live { Purpose::Live } else { Purpose::Sync };
            let in_second = left.iter().filter(|(at, _)| now - *at < TimeDelta::seconds(1)).count();
            match state.admit(purpose, &BUDGET, now) {
                Admission::Granted(next) => {
                    state = next;
                    left.push((now, purpose));
                    prop_assert!(in_second < 5 && left.len() <= 50);
                    prop_assert!(live || (in_second < 3 && left.len() <= 30));
                }
                Admission::Wait(until) => {
                    let share = if live { 5 } else { 3 };
                    prop_assert!(in_second >= share);
                    prop_assert!(until > now && until <= now + TimeDelta::seconds(1));
                }
                Admission::Refused(closed) => {
                    prop_assert_eq!(closed.reason, Reason::RateLimited);
                    let share = if live { 50 } else { 30 };
                    prop_assert!(left.len() >= share);
                    prop_assert_eq!(closed.until, left[0].0 + DAY);
                }
            }
            prop_assert_eq!(state.used(now) as usize, left.len());
        }
    }

    #[test]
    fn whatever_happened_it_opens_again_and_is_stored_as_it_is(
        replies in prop::collection::vec(prop_oneof![
            Just(Reply::Answered), Just(FAILED), Just(Reply::Unauthorized),
            prop::option::of(0..100_000_u64).prop_map(|seconds| Reply::RateLimited {
                retry_after: seconds.map(Duration::from_secs),
            }),
        ], 0..40),
    ) {
        let mut now = noon();
        let mut state = Health::default();
        for reply in replies {
            let started = now;
            now += TimeDelta::milliseconds(1_500);
            state = state.learn(&report(reply, started), &BUDGET, now);
            let json = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Health>(&json).unwrap(), &state);
        }
        if let Some(closed) = state.closed(now) {
            prop_assert!(closed.until - now <= TimeDelta::days(2));
            prop_assert!(matches!(state.admit(Purpose::Live, &BUDGET, closed.until), Admission::Granted(_)));
        }
    }
}

#[test]
fn tells_how_much_of_a_quota_is_used() {
    let day = Budget {
        per_window: Some((5_000, DAY)),
        ..Budget::default()
    };
    assert_eq!(Health::default().usage(&Budget::default(), noon()), None);
    assert_eq!(Health::default().usage(&day, noon()), Some((0, 5_000)));
    // The provider's word counts while it holds.
    let health = told(quota(400));
    assert_eq!(health.usage(&day, noon()), Some((600, 1_000)));
    assert_eq!(health.usage(&day, after(DAY * 2)), Some((0, 5_000)));
}
