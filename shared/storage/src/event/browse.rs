//! Browsing by source, city or category within dates.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use domain::browse::BrowseQuery;
use domain::start::Rfc3339;
use domain::{Category, Source, StoredEvent};

use super::item;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::text;

/// The most items read for a page: with about 800 bytes an item, some 50 read units at worst, when hardly any
/// meets the query.
const MAX_ITEMS: usize = 500;

/// The most queries for a page: a whole span of 18 months, and some to spare for what spans more than 1 MB.
const MAX_QUERIES: usize = 24;

/// Items a query when other filters than the index's will leave some of them out.
const FILTERED_LIMIT: usize = 100;

/// A place in the result of a browse. Dates that a caller leaves out depend on the time of the call, so a position
/// keeps those of the first page, and later pages fit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Everything before this sort key is told.
    pub(crate) lower: String,
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

/// A part of the result of a browse.
#[derive(Debug, Clone, PartialEq)]
pub struct BrowsePage {
    /// The events, by start time, without their descriptions. There can be fewer than asked for, even none, before
    /// the end: a call reads a bounded number of items, whichever of them meet the query.
    pub events: Vec<StoredEvent>,
    /// Where to go on; `None` at the end.
    pub next: Option<Position>,
}

/// The index that serves a query. A city has the fewest events, a category the most.
#[derive(Debug, Clone, Copy)]
enum Index<'a> {
    City(&'a str),
    Source(Source),
    Category(Category),
}

impl<'a> Index<'a> {
    fn of(query: &'a BrowseQuery) -> Option<Self> {
        query
            .city
            .as_deref()
            .map(Self::City)
            .or(query.source.map(Self::Source))
            .or(query.category.map(Self::Category))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::City(_) => "by_city",
            Self::Source(_) => "by_source",
            Self::Category(_) => "by_category",
        }
    }

    const fn partition_key(self) -> &'static str {
        match self {
            Self::City(_) => "city_key",
            Self::Source(_) => "source_month",
            Self::Category(_) => "category_month",
        }
    }

    /// The partition that holds `month`.
    fn partition(self, month: &str) -> String {
        match self {
            Self::City(city) => city.to_owned(),
            Self::Source(source) => item::source_month(source, month),
            Self::Category(category) => item::category_month(category, month),
        }
    }

    const fn is_bucketed_by_month(self) -> bool {
        !matches!(self, Self::City(_))
    }
}

impl Store {
    /// The next page of `query`, from its beginning or from where the page before ended.
    pub async fn browse(
        &self,
        query: &BrowseQuery,
        from: Option<&Position>,
    ) -> Result<BrowsePage, StorageError> {
        let mut events = Vec::new();
        let Some(index) = Index::of(query) else {
            return Ok(BrowsePage { events, next: None });
        };
        let mut place = from.cloned().unwrap_or_else(|| Position {
            lower: Rfc3339(query.from).to_string(),
            from: query.from,
            to: query.to,
        });
        let page_size = query.page_size as usize;
        let upper = format!("{}#~", Rfc3339(place.to));
        let mut items_left = MAX_ITEMS;
        for _ in 0..MAX_QUERIES {
            if place.lower > upper {
                return Ok(BrowsePage { events, next: None });
            }
            if items_left == 0 {
                break;
            }
            // One more than the page holds tells whether there is a next one.
            let wanted = page_size + 1 - events.len();
            let limit = if is_filtered(query) {
                wanted.max(FILTERED_LIMIT)
            } else {
                wanted
            };
            let (items, is_last) = self
                .query_index(index, &place.lower, &upper, limit.min(items_left))
                .await?;
            items_left -= items.len().min(items_left);
            for found in items {
                let start_key = match found.get("start_key") {
                    Some(AttributeValue::S(start_key)) => start_key.clone(),
                    _ => String::new(),
                };
                let stored = item::stored_event(found)?;
                if query.admits(&stored) {
                    if events.len() == page_size {
                        return Ok(BrowsePage {
                            events,
                            next: Some(place),
                        });
                    }
                    events.push(stored);
                }
                place.lower = after(&start_key);
            }
            if is_last {
                match next_month(&place.lower) {
                    Some(month) if index.is_bucketed_by_month() => place.lower = month,
                    _ => return Ok(BrowsePage { events, next: None }),
                }
            }
        }
        Ok(BrowsePage {
            events,
            next: Some(place),
        })
    }

    /// Up to `limit` items of the partition in which `lower` lies, from `lower` to `upper`, and whether these are the
    /// last of it.
    async fn query_index(
        &self,
        index: Index<'_>,
        lower: &str,
        upper: &str,
        limit: usize,
    ) -> Result<(Vec<HashMap<String, AttributeValue>>, bool), StorageError> {
        let answer = self
            .client
            .query()
            .table_name(&self.tables.events)
            .index_name(index.name())
            .key_condition_expression(format!(
                "{} = :partition AND start_key BETWEEN :lower AND :upper",
                index.partition_key()
            ))
            .expression_attribute_values(":partition", text(index.partition(month_of(lower))))
            .expression_attribute_values(":lower", text(lower))
            .expression_attribute_values(":upper", text(upper))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| StorageError::of("browsing", error))?;
        let is_last = answer.last_evaluated_key.is_none();
        Ok((answer.items.unwrap_or_default(), is_last))
    }
}

/// Whether a query asks for more than its index answers.
fn is_filtered(query: &BrowseQuery) -> bool {
    let filters = [
        query.city.is_some(),
        query.source.is_some(),
        query.category.is_some(),
        query.status.is_some(),
        query.imported.is_some(),
    ];
    filters.into_iter().filter(|given| *given).count() > 1
}

/// The first text after `start_key` that can be a sort key: `!` comes before every character of an id.
fn after(start_key: &str) -> String {
    format!("{start_key}!")
}

/// The month in which a sort key lies: its first seven characters, `2026-11`.
fn month_of(lower: &str) -> &str {
    lower.get(..7).unwrap_or(lower)
}

/// The month after that of `lower`, which comes before every sort key in it.
fn next_month(lower: &str) -> Option<String> {
    let first = format!("{}-01", month_of(lower)).parse::<NaiveDate>().ok()?;
    let next = first.checked_add_months(chrono::Months::new(1))?;
    (next.year() < 9999).then(|| next.format("%Y-%m").to_string())
}
