//! The bodies of successful answers, in the order and the words of the contract.
//!
//! They borrow from what they show. Unknown text is `""`, an unknown time or number is `null`.

mod analytics;
mod import;
mod sync;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::start::Rfc3339;
use domain::sync::Coverage;
use domain::{
    EventStatus, ExternalEvent, ExternalEventCategory, LocalEventId, PriceRange, Source, StoredEvent,
    StoredOutline, TimeCertainty, Timezone, WebLink,
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};

pub use analytics::{
    AnalyticsResponse, CategoryPopularity, CategoryStat, CityPopularity, ImportStats, ImportSuccess,
    SourcePerformance, SourceStat,
};
pub use import::{
    BulkImportResponse, ChangeResponse, ChangesResponse, HistoryChange, HistoryEntry, HistoryResponse,
    ImportResponse, ImportResult, LocalEventResponse, ProposedEvent,
};

pub use sync::{
    CountsResponse, SyncReportResponse, SyncRunResponse, SyncSliceResponse, SyncStartedResponse, SyncStat,
};

/// A point in time: RFC 3339, UTC, whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp(pub DateTime<Utc>);

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Rfc3339(self.0))
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .build()
            .into()
    }
}

impl ToSchema for Timestamp {}

/// An event of a source.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExternalEventResponse<'a> {
    /// The id at the source.
    pub external_id: &'a str,
    /// The source.
    #[schema(schema_with = source)]
    pub source: Source,
    /// The name.
    pub title: &'a str,
    /// Plain text.
    pub description: &'a str,
    /// Venue and city in one line.
    pub location: String,
    /// The start, where its time is known.
    pub start_time: Option<Timestamp>,
    /// The end.
    pub end_time: Option<Timestamp>,
    /// The venue.
    pub venue_name: &'a str,
    /// Street and number.
    pub venue_address: &'a str,
    /// The city.
    pub venue_city: &'a str,
    /// State or region.
    pub venue_state: &'a str,
    /// ISO 3166 alpha-2.
    pub venue_country: &'a str,
    /// The postal code.
    pub venue_postal_code: &'a str,
    /// The category in our own terms.
    pub category: &'static str,
    /// The finer category in the source's terms.
    pub subcategory: &'a str,
    /// The price for reading, such as `$50-$200`.
    pub price_range: String,
    /// Where tickets are sold.
    pub ticket_url: &'a str,
    /// A picture.
    pub image_url: &'a str,
    /// Whether it has become an event of the platform.
    pub is_imported: bool,
    /// Which one.
    pub imported_event: Option<LocalEventReference>,
    /// When it was last seen at its source; `null` if it is not stored.
    pub last_synced: Option<Timestamp>,
    /// When it was first stored.
    pub created_at: Option<Timestamp>,
    /// Its state at the source.
    #[schema(schema_with = status)]
    pub status: EventStatus,
    /// How much of the start is known.
    #[schema(schema_with = time_certainty)]
    pub time_certainty: TimeCertainty,
    /// IANA time zone of the place.
    pub timezone: &'a str,
    /// The start on the wall where it takes place: date and time, or the date alone.
    pub start_local: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// The price for computing.
    pub price: Option<PriceResponse>,
    /// Whether it can be attended online.
    pub online: bool,
    /// The category in the source's terms.
    pub source_category: &'a str,
    /// Who performs, most important first.
    pub performers: &'a [String],
}

/// A price range; amounts are decimal numbers in text, exact.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceResponse {
    /// The cheapest ticket.
    #[schema(example = "50.00")]
    pub min: String,
    /// The dearest.
    #[schema(example = "200.00")]
    pub max: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    pub currency: String,
}

/// An event of the platform, by id and path.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocalEventReference {
    /// Its id.
    #[schema(value_type = u64)]
    pub local_event_id: LocalEventId,
    /// Its path on the platform.
    #[schema(example = "/events/789/")]
    pub local_event_url: String,
}

impl From<LocalEventId> for LocalEventReference {
    fn from(id: LocalEventId) -> Self {
        Self {
            local_event_id: id,
            local_event_url: id.url(),
        }
    }
}

impl From<PriceRange> for PriceResponse {
    fn from(price: PriceRange) -> Self {
        let currency = price.currency();
        Self {
            min: price.min().decimal(currency),
            max: price.max().decimal(currency),
            currency: currency.as_str().to_owned(),
        }
    }
}

impl<'a> ExternalEventResponse<'a> {
    /// An event as its source just told it, of which the store knows nothing.
    pub fn live(event: &'a ExternalEvent) -> Self {
        let venue = &event.venue;
        Self {
            external_id: event.key.id.as_str(),
            source: event.key.source,
            title: &event.title,
            description: &event.description,
            location: venue.line(),
            start_time: event.start.instant().map(Timestamp),
            end_time: event.end.map(Timestamp),
            venue_name: &venue.name,
            venue_address: &venue.address,
            venue_city: &venue.city,
            venue_state: &venue.state,
            venue_country: venue.country.as_ref().map_or("", |country| country.as_str()),
            venue_postal_code: &venue.postal_code,
            category: event.category.name(),
            subcategory: &event.subcategory,
            price_range: event.price.map(|price| price.to_string()).unwrap_or_default(),
            ticket_url: event.ticket_url.as_ref().map_or("", WebLink::as_str),
            image_url: event.image_url.as_ref().map_or("", WebLink::as_str),
            is_imported: false,
            imported_event: None,
            last_synced: None,
            created_at: None,
            status: event.status,
            time_certainty: event.start.certainty(),
            timezone: event.timezone.map_or("", Timezone::name),
            start_local: event.start.local_text(),
            latitude: venue.coordinates.map(domain::Coordinates::latitude),
            longitude: venue.coordinates.map(domain::Coordinates::longitude),
            price: event.price.map(PriceResponse::from),
            online: event.online,
            source_category: &event.source_category,
            performers: &event.performers,
        }
    }

    /// An event as its source just told it, with what the store knows of it; `coverage` says until when what is stored is
    /// known to be right.
    pub fn known(event: &'a ExternalEvent, stored: &StoredOutline, coverage: &Coverage) -> Self {
        Self {
            is_imported: stored.import.is_some(),
            imported_event: stored.import.map(|import| import.local_event_id.into()),
            last_synced: Some(Timestamp(coverage.last_seen(stored))),
            created_at: Some(Timestamp(stored.created_at)),
            ..Self::live(event)
        }
    }

    /// An event as it is stored.
    pub fn stored(stored: &'a StoredEvent, coverage: &Coverage) -> Self {
        Self::known(&stored.event, &stored.outline(), coverage)
    }
}

/// The answer of a search.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResponse<'a> {
    /// The events, in order.
    pub events: Vec<ExternalEventResponse<'a>>,
    /// Those among them that are imported.
    pub imported_events: Vec<ImportedEventResponse<'a>>,
    /// Whether it is known what is imported: `false` if the store did not say in time; then no event is marked.
    pub imports_known: bool,
    /// How many events there are in this answer.
    pub total_count: usize,
    /// What each asked source did, by its name.
    #[schema(value_type = BTreeMap<String, SourceReport>)]
    pub sources: BTreeMap<Source, SourceReport>,
}

/// An imported event.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedEventResponse<'a> {
    /// The source.
    #[schema(schema_with = source)]
    pub source: Source,
    /// The id there.
    pub external_id: &'a str,
    /// The event of the platform.
    #[serde(flatten)]
    pub local_event: LocalEventReference,
}

/// What one source did for a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceReport {
    /// How its part came about.
    pub status: SourceState,
    /// How many events of it are in the answer.
    pub count: usize,
    /// How many it says it has.
    pub total: Option<u64>,
    /// How old its part is; `null` if there is none.
    pub age_seconds: Option<u64>,
    /// How long asking it took.
    pub latency_ms: u64,
    /// Seconds after which it may answer again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// How a source's part of an answer came about, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// It answered.
    Ok,
    /// It answered a short while ago.
    Cached,
    /// It answered long ago, and does not now.
    Stale,
    /// From the store: it has no public search.
    Stored,
    /// It limits our rate of calls.
    RateLimited,
    /// It does not answer.
    Unavailable,
    /// It refuses our key.
    Unauthorized,
    /// We have no key.
    NotConfigured,
}

impl SourceState {
    /// Whether there are events of it, or it is known that there are none.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Ok | Self::Cached | Self::Stale | Self::Stored)
    }
}

/// A page of stored events.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrowseResponse<'a> {
    /// The events, in order.
    pub events: Vec<ExternalEventResponse<'a>>,
    /// What asks for the next page; `null` on the last.
    pub next_page_token: Option<String>,
}

/// The categories of the sources.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoriesResponse<'a> {
    /// The categories; (name, source) is unique.
    pub categories: Vec<CategoryResponse<'a>>,
}

/// A category of a source.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryResponse<'a> {
    /// The source's name for it.
    pub name: &'a str,
    /// The source.
    #[schema(schema_with = source)]
    pub source: Source,
    /// The id there.
    pub external_id: &'a str,
    /// The category above it.
    pub parent: Option<&'a str>,
}

impl<'a> From<&'a [ExternalEventCategory]> for CategoriesResponse<'a> {
    fn from(categories: &'a [ExternalEventCategory]) -> Self {
        Self {
            categories: categories
                .iter()
                .map(|category| CategoryResponse {
                    name: &category.name,
                    source: category.source,
                    external_id: &category.external_id,
                    parent: category.parent.as_deref(),
                })
                .collect(),
        }
    }
}

pub(crate) fn one_of(names: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .build()
}

pub(crate) fn source() -> Object {
    one_of(Source::ALL.map(Source::as_str))
}

pub(crate) fn status() -> Object {
    one_of(EventStatus::ALL.map(EventStatus::as_str))
}

fn time_certainty() -> Object {
    one_of(
        [
            TimeCertainty::Exact,
            TimeCertainty::DateOnly,
            TimeCertainty::ToBeAnnounced,
        ]
        .map(TimeCertainty::as_str),
    )
}
