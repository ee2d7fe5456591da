//! Dates and times in the form in which almost all are written, read without a parser of forms. What is written
//! otherwise is left to chrono's.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::lenient::Text;

/// The date, `2026-12-05`; `None` if it is none.
pub(crate) fn date(text: &Text<'_>) -> Option<NaiveDate> {
    ordinary_date(text.get()?.as_bytes()).or_else(|| text.parse())
}

/// The time of day, `19:30:00`; `None` if it is none.
pub(crate) fn time(text: &Text<'_>) -> Option<NaiveTime> {
    ordinary_time(text.get()?.as_bytes()).or_else(|| text.parse())
}

/// The instant, `2026-12-05T18:30:00Z` or with an offset; `None` if it is none.
pub(crate) fn instant(text: &Text<'_>) -> Option<DateTime<Utc>> {
    ordinary_instant(text.get()?.as_bytes()).or_else(|| text.parse())
}

fn ordinary_date(text: &[u8]) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    NaiveDate::from_ymd_opt(year.into(), number(&[m1, m2])?.into(), number(&[d1, d2])?.into())
}

fn ordinary_time(text: &[u8]) -> Option<NaiveTime> {
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = text else {
        return None;
    };
    let [hour, minute, second] = [[h1, h2], [m1, m2], [s1, s2]].map(|digits| number(&digits));
    NaiveTime::from_hms_opt(hour?.into(), minute?.into(), second?.into())
}

fn ordinary_instant(text: &[u8]) -> Option<DateTime<Utc>> {
    let (date, time) = text.strip_suffix(b"Z")?.split_at_checked(10)?;
    let time = time.strip_prefix(b"T")?;
    Some(ordinary_date(date)?.and_time(ordinary_time(time)?).and_utc())
}

/// The number that at most four digits are.
fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u16::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    use proptest::prelude::*;

    use super::{ordinary_date, ordinary_instant, ordinary_time};

    /// What has the form, or almost.
    const DATE: &str = "[0-9]{4}-[01][0-9]-[0-3][0-9]|[0-9+-]{4}-[0-9 ]{1,2}-[0-9]{2}";
    const TIME: &str = "[0-2][0-9]:[0-6][0-9]:[0-6][0-9]|[0-9+]{2}:[0-9 ]{1,2}(:[0-9]{2})?";

    proptest! {
        #[test]
        fn what_is_read_is_what_chrono_reads(date in DATE, time in TIME, middle in "T|T|T| |_", end in "Z|Z|Z|z|[+]00:00") {
            if let Some(read) = ordinary_date(date.as_bytes()) {
                prop_assert_eq!(date.parse::<NaiveDate>(), Ok(read));
            }
            if let Some(read) = ordinary_time(time.as_bytes()) {
                prop_assert_eq!(time.parse::<NaiveTime>(), Ok(read));
            }
            let instant = format!("{date}{middle}{time}{end}");
            if let Some(read) = ordinary_instant(instant.as_bytes()) {
                prop_assert_eq!(instant.parse::<DateTime<Utc>>(), Ok(read));
            }
        }
    }

    #[test]
    fn what_is_ordinary_is_read() {
        assert!(ordinary_date(b"2026-12-05").is_some());
        assert!(ordinary_time(b"19:30:00").is_some());
        assert!(ordinary_instant(b"2026-12-05T18:30:00Z").is_some());
    }
}
