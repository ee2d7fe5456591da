//! `rate(…)` and `cron(…)` as EventBridge writes them, always in UTC.
//!
//! Source: EventBridge user guide, “Schedule types in EventBridge Scheduler” and “Cron expressions reference”.

use std::{fmt, str::FromStr, time::Duration};

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Timelike, Utc, Weekday};

/// When a schedule fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleExpression {
    /// `rate(5 minutes)`: again and again after the same pause.
    Rate(Duration),
    /// `cron(0 2 * * ? *)`: at the minutes that all six fields name.
    Cron(Cron),
}

impl ScheduleExpression {
    /// The first firing time after `now`; `None` when a cron expression names no later minute.
    pub fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Rate(pause) => now.checked_add_signed(TimeDelta::from_std(*pause).ok()?),
            Self::Cron(cron) => cron.next_after(now),
        }
    }
}

impl FromStr for ScheduleExpression {
    type Err = ScheduleExpressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inside = |kind: &str| text.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(rate) = inside("rate") {
            return parse_rate(rate).map(Self::Rate);
        }
        match inside("cron") {
            Some(fields) => fields.parse().map(Self::Cron),
            None => Err(ScheduleExpressionError::Kind(text.to_owned())),
        }
    }
}

/// Why a schedule expression was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ScheduleExpressionError {
    /// Neither of the two forms.
    #[error("{0:?} is neither rate(…) nor cron(…)")]
    Kind(String),
    /// EventBridge wants a positive number and `minute`, `hour` or `day`, in the plural unless the number is 1.
    #[error("rate({0}) is not a positive number and a unit such as `1 hour` or `5 minutes`")]
    Rate(String),
    /// Cron expressions have exactly six fields.
    #[error("cron({text}) has {count} fields instead of six")]
    FieldCount {
        /// What stands between the parentheses.
        text: String,
        /// How many fields that is.
        count: usize,
    },
    /// One field names something that is not of its range.
    #[error("{value:?} is not a {field} of a cron expression")]
    Field {
        /// The field’s name.
        field: &'static str,
        /// What stands there.
        value: String,
    },
    /// EventBridge wants `?` in exactly one of day-of-month and day-of-week.
    #[error("cron({0}) needs `?` as day-of-month or as day-of-week, and not as both")]
    Days(String),
}

fn parse_rate(text: &str) -> Result<Duration, ScheduleExpressionError> {
    let refused = || ScheduleExpressionError::Rate(text.to_owned());
    let (count, unit) = text.split_once(' ').ok_or_else(refused)?;
    let count: u64 = count.parse().map_err(|_| refused())?;
    let seconds = match (count, unit) {
        (1, "minute") | (2.., "minutes") => 60,
        (1, "hour") | (2.., "hours") => 60 * 60,
        (1, "day") | (2.., "days") => 24 * 60 * 60,
        _ => return Err(refused()),
    };
    count
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(refused)
}

/// The six fields of a cron expression, each as the numbers that match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Option<Vec<u32>>,
    months: Vec<u32>,
    /// 1 is Sunday.
    weekdays: Option<Vec<u32>>,
    years: Vec<u32>,
}

impl Cron {
    fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let earliest = now.naive_utc().with_second(0)?.with_nanosecond(0)? + TimeDelta::minutes(1);
        let mut day = earliest.date();
        let last_year = i32::try_from(*self.years.last()?).ok()?;
        while day.year() <= last_year {
            if self.matches(day) {
                let times = self.hours.iter().flat_map(|hour| {
                    self.minutes
                        .iter()
                        .filter_map(move |minute| day.and_hms_opt(*hour, *minute, 0))
                });
                if let Some(time) = times.into_iter().find(|time| *time >= earliest) {
                    return Some(time.and_utc());
                }
            }
            day = day.checked_add_days(Days::new(1))?;
        }
        None
    }

    fn matches(&self, day: NaiveDate) -> bool {
        let among = |allowed: &Option<Vec<u32>>, value: u32| {
            allowed.as_ref().is_none_or(|allowed| allowed.contains(&value))
        };
        self.years.contains(&day.year().cast_unsigned())
            && self.months.contains(&day.month())
            && among(&self.days, day.day())
            && among(&self.weekdays, day.weekday().number_from_sunday())
    }
}

impl FromStr for Cron {
    type Err = ScheduleExpressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays, years] = fields[..] else {
            return Err(ScheduleExpressionError::FieldCount {
                text: text.to_owned(),
                count: fields.len(),
            });
        };
        if (days == "?") == (weekdays == "?") {
            return Err(ScheduleExpressionError::Days(text.to_owned()));
        }
        let unless_any = |field: &Field, text: &str| (text != "?").then(|| field.parse(text)).transpose();
        Ok(Self {
            minutes: MINUTE.parse(minutes)?,
            hours: HOUR.parse(hours)?,
            days: unless_any(&DAY, days)?,
            months: MONTH.parse(months)?,
            weekdays: unless_any(&WEEKDAY, weekdays)?,
            years: YEAR.parse(years)?,
        })
    }
}

/// The values that one field may take.
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    /// The name of a value, three letters, matched without case.
    value_name: fn(u32) -> Option<String>,
}

const MINUTE: Field = Field {
    name: "minute",
    first: 0,
    last: 59,
    value_name: |_| None,
};
const HOUR: Field = Field {
    name: "hour",
    first: 0,
    last: 23,
    value_name: |_| None,
};
const DAY: Field = Field {
    name: "day-of-month",
    first: 1,
    last: 31,
    value_name: |_| None,
};
const MONTH: Field = Field {
    name: "month",
    first: 1,
    last: 12,
    value_name: month_name,
};
const WEEKDAY: Field = Field {
    name: "day-of-week",
    first: 1,
    last: 7,
    value_name: weekday_name,
};
const YEAR: Field = Field {
    name: "year",
    first: 1970,
    last: 2199,
    value_name: |_| None,
};

fn month_name(month: u32) -> Option<String> {
    Some(chrono::Month::try_from(u8::try_from(month).ok()?).ok()?.name()[..3].to_owned())
}

fn weekday_name(day: u32) -> Option<String> {
    // chrono counts from Monday = 0, the expression from Sunday = 1.
    Some(
        Weekday::try_from(u8::try_from((day + 5) % 7).ok()?)
            .ok()?
            .to_string(),
    )
}

impl Field {
    /// A list of `*`, `a`, `a-b`, each with an optional `/step`, as the sorted values it names.
    fn parse(&self, text: &str) -> Result<Vec<u32>, ScheduleExpressionError> {
        let refused = || ScheduleExpressionError::Field {
            field: self.name,
            value: text.to_owned(),
        };
        let mut values = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(step.parse::<usize>().map_err(|_| refused())?)),
                None => (part, None),
            };
            let (from, to) = match (range.split_once('-'), step) {
                (Some((from, to)), _) => (self.value(from), self.value(to)),
                (None, _) if range == "*" => (Some(self.first), Some(self.last)),
                // `10/15` means from ten on, every fifteen.
                (None, Some(_)) => (self.value(range), Some(self.last)),
                (None, None) => (self.value(range), self.value(range)),
            };
            match (from, to, step.unwrap_or(1)) {
                (Some(from), Some(to), step @ 1..) if from <= to => values.extend((from..=to).step_by(step)),
                _ => return Err(refused()),
            }
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named =
            |value: &u32| (self.value_name)(*value).is_some_and(|name| name.eq_ignore_ascii_case(text));
        match text.parse() {
            Ok(number) => (self.first..=self.last).contains(&number).then_some(number),
            Err(_) => (self.first..=self.last).find(named),
        }
    }
}

impl fmt::Display for ScheduleExpression {
    /// In words for a rate, as the next firing time’s pattern for a cron expression.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(pause) => write!(formatter, "every {} minutes", pause.as_secs() / 60),
            Self::Cron(cron) => {
                let times: Vec<String> = cron
                    .hours
                    .iter()
                    .flat_map(|hour| {
                        cron.minutes
                            .iter()
                            .map(move |minute| format!("{hour:02}:{minute:02}"))
                    })
                    .take(4)
                    .collect();
                write!(formatter, "at {} UTC", times.join(", "))
            }
        }
    }
}
