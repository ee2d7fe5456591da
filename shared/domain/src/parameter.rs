//! Query parameters, each parsed once by its type.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::validation::FieldErrors;

/// The parameters of one request and everything found wrong with them.
#[derive(Debug)]
pub struct Parameters<'a> {
    values: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    errors: FieldErrors,
}

impl<'a> Parameters<'a> {
    /// Reads decoded name and value pairs. A name that is not `known` or comes twice is an error; an empty value
    /// counts as not given.
    pub fn read(pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>, known: &[&str]) -> Self {
        let mut parameters = Self {
            values: BTreeMap::new(),
            errors: FieldErrors::new(),
        };
        for (name, value) in pairs {
            if !known.contains(&name.as_ref()) {
                parameters.errors.add(
                    name,
                    format_args!("unknown parameter; known are {}", known.join(", ")),
                );
                continue;
            }
            match parameters.values.entry(name) {
                Entry::Occupied(given) => parameters
                    .errors
                    .add(given.key().clone(), "must be given only once"),
                Entry::Vacant(place) => {
                    place.insert(value);
                }
            }
        }
        parameters
    }

    /// The trimmed text of a parameter, `None` if it is not given or blank.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The parsed value of a parameter, `None` if it is not given, or wrong (which is noted).
    pub fn parse<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let parsed = self.text(name)?.parse();
        self.errors.check(name, parsed)
    }

    /// Like [`Self::parse`] for a parser that is no [`FromStr`].
    pub fn parse_with<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let parsed = parse(self.text(name)?);
        self.errors.check(name, parsed)
    }

    /// A whole number between `min` and `max`, `default` if it is not given.
    pub fn number(&mut self, name: &str, min: u32, max: u32, default: u32) -> u32 {
        self.parse_with(name, |text| match text.parse() {
            Ok(number) if (min..=max).contains(&number) => Ok(number),
            _ => Err(format!("must be a whole number between {min} and {max}")),
        })
        .unwrap_or(default)
    }

    /// Notes something wrong with a parameter.
    pub fn reject(&mut self, name: &str, rule: impl Display) {
        self.errors.add(name, rule);
    }

    /// `value` if nothing was wrong, else everything that was.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, FieldErrors> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(self.errors),
        }
    }
}

/// A moment given by a caller: an instant (RFC 3339 with an offset) or a day (`2026-01-31`, in UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// An instant, in whole seconds.
    Instant(DateTime<Utc>),
    /// A day.
    Day(NaiveDate),
}

/// A text that is neither an instant nor a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an RFC 3339 time with an offset, such as 2026-01-31T19:30:00Z, or a date, such as 2026-01-31"
)]
pub struct InvalidMoment;

impl Moment {
    /// The earliest instant meant: a day's first second.
    pub fn first(self) -> DateTime<Utc> {
        match self {
            Self::Instant(at) => at,
            Self::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
        }
    }

    /// The last instant meant, in whole seconds: a day's last second.
    pub fn last(self) -> DateTime<Utc> {
        match self {
            Self::Instant(at) => at,
            Self::Day(day) => day.and_time(NaiveTime::MIN).and_utc() + chrono::Duration::seconds(86_399),
        }
    }
}

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A plus sign that a client forgot to encode arrives as a space.
        let text = text.replace(' ', "+");
        let moment = if text.len() == 10 && !text.starts_with('+') {
            Self::Day(text.parse().map_err(|_| InvalidMoment)?)
        } else {
            let at = DateTime::parse_from_rfc3339(&text).map_err(|_| InvalidMoment)?;
            // No source takes fractions of a second, or the sixty-first second that the parser accepts.
            Self::Instant(DateTime::from_timestamp(at.timestamp(), 0).ok_or(InvalidMoment)?)
        };
        // Years beyond four digits have no RFC 3339 form, and would sort wrongly as text.
        let year = chrono::Datelike::year(&moment.first());
        if (1900..=9000).contains(&year) {
            Ok(moment)
        } else {
            Err(InvalidMoment)
        }
    }
}
