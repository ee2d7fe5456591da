use std::time::Duration;

use domain::performance::Latencies;
use proptest::collection::vec;
use proptest::prelude::*;

fn of(ms: &[u64]) -> Latencies {
    let mut latencies = Latencies::default();
    for &ms in ms {
        latencies.record(Duration::from_millis(ms));
    }
    latencies
}

#[test]
fn no_calls_have_no_quantile() {
    assert_eq!(Latencies::default().quantile(95), None);
}

#[test]
fn what_takes_longer_than_anything_is_counted_all_the_same() {
    let latencies = of(&[u64::MAX, 0]);
    assert_eq!(latencies.calls(), 2);
    assert_eq!(latencies.quantile(50), Some(Duration::from_millis(1)));
    assert!(latencies.quantile(100) > Some(Duration::from_mins(2)));
}

proptest! {
    #[test]
    fn a_quantile_is_close_to_that_of_the_calls(mut ms in vec(1..30_000_u64, 1..200), percent in 1..=100_u64) {
        let found = of(&ms).quantile(percent).unwrap().as_millis();
        ms.sort_unstable();
        let rank = (ms.len() as u64 * percent).div_ceil(100);
        let exact = u128::from(ms[usize::try_from(rank).unwrap() - 1]);
        prop_assert!(found.abs_diff(exact) * 100 <= exact * 13 + 100, "{found} instead of {exact}");
    }

    #[test]
    fn histograms_add_up_and_survive_being_written_and_read(ms in vec(0..200_000_u64, 0..100), cut in 0..100_usize) {
        let whole = of(&ms);
        let (head, tail) = ms.split_at(cut.min(ms.len()));
        let mut sum = of(head);
        sum += &of(tail);
        prop_assert_eq!(&sum, &whole);
        prop_assert_eq!(Latencies::of(whole.buckets()), whole);
    }
}
