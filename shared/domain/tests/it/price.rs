use domain::price::InvalidCurrency;
use domain::{Amount, Currency, PriceRange};
use proptest::prelude::*;
use test_case::test_case;

use crate::sample::json;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn units(number: f64) -> Amount {
    Amount::from_units(number).unwrap()
}

#[test_case(""; "nothing")]
#[test_case("US"; "two letters")]
#[test_case("USDT"; "four letters")]
#[test_case("U5D"; "a digit")]
#[test_case("€"; "a sign")]
fn refuses_as_currency(text: &str) {
    assert_eq!(text.parse::<Currency>(), Err(InvalidCurrency));
    assert!(serde_json::from_value::<Currency>(text.into()).is_err());
}

#[test]
fn a_currency_is_written_in_capitals() {
    assert_eq!(json(&currency(" usd ")), "USD");
}

#[test_case(-0.01; "a debt")]
#[test_case(f64::NAN; "no number")]
#[test_case(f64::INFINITY; "infinity")]
#[test_case(1_000_000_000.01; "more than a billion")]
fn refuses_as_amount(number: f64) {
    assert_eq!(Amount::from_units(number), None);
}

#[test]
fn refuses_minor_units_beyond_a_billion() {
    let yen = currency("JPY");
    assert_eq!(Amount::from_minor(1_000_000_000, yen), Some(Amount::MAX));
    assert_eq!(Amount::from_minor(1_000_000_001, yen), None);
    assert_eq!(Amount::from_minor(u64::MAX, yen), None);
}

#[test_case(4950, "USD" => "49.50"; "cents")]
#[test_case(5, "EUR" => "0.05"; "few cents")]
#[test_case(1200, "JPY" => "1200"; "a currency without decimals")]
#[test_case(1250, "KWD" => "1.250"; "a currency with three decimals")]
fn writes_minor_units(minor: u64, code: &str) -> String {
    Amount::from_minor(minor, currency(code))
        .unwrap()
        .decimal(currency(code))
}

#[test]
fn a_number_that_binary_cannot_hold_is_exact() {
    assert_eq!(units(0.1 + 0.2), units(0.3));
    assert_eq!(units(1.1).decimal(currency("USD")), "1.10");
}

#[test_case(50.0, 200.0, "USD" => "$50-$200"; "whole dollars")]
#[test_case(200.0, 50.0, "USD" => "$50-$200"; "the wrong way round")]
#[test_case(49.5, 49.5, "GBP" => "£49.50"; "one price")]
#[test_case(49.0, 49.5, "EUR" => "€49-€49.50"; "decimals only where they matter")]
#[test_case(20.0, 35.0, "CHF" => "CHF 20-CHF 35"; "a currency without a sign")]
#[test_case(3000.0, 4500.0, "JPY" => "¥3000-¥4500"; "yen")]
#[test_case(1.25, 2.0, "KWD" => "KWD 1.250-KWD 2"; "three decimals")]
#[test_case(0.0, 15.0, "USD" => "$0-$15"; "from nothing")]
#[test_case(0.0, 0.0, "USD" => "Free"; "nothing")]
fn shows(one: f64, other: f64, code: &str) -> String {
    PriceRange::new(units(one), units(other), currency(code)).to_string()
}

proptest! {
    #[test]
    fn a_decimal_amount_is_read_back_as_the_same(minor in 0..100_000_000_u64, code in "USD|JPY|KWD") {
        let currency = currency(&code);
        let amount = Amount::from_minor(minor, currency).unwrap();
        prop_assert_eq!(units(amount.decimal(currency).parse().unwrap()), amount);
    }

    #[test]
    fn a_range_is_the_same_in_whichever_order_its_ends_come(one in 0.0..1e6, other in 0.0..1e6) {
        let range = PriceRange::new(units(one), units(other), currency("EUR"));
        prop_assert_eq!(range, PriceRange::new(units(other), units(one), currency("EUR")));
        prop_assert!(range.min() <= range.max());
        prop_assert_eq!(range.currency(), currency("EUR"));
    }
}
