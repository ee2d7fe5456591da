//! The odd shapes that real events come in. Each provider deals its own list of them over its events.

use serde::{Deserialize, Serialize};

/// One way in which an event differs from a clean one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Quirk {
    /// An add-on listed as an event: parking.
    Parking,
    /// An add-on listed as an event: a VIP package.
    VipPackage,
    /// An add-on listed as an event: club or suite level seats.
    SuiteLevel,
    /// Called off at the provider.
    Cancelled,
    /// Postponed, the old date still in place.
    PostponedKeepingDate,
    /// Postponed without a new date: no date at all, the old one only as the initial date.
    PostponedWithoutDate,
    /// On a new date, the old one given too.
    Rescheduled,
    /// On a new date, with neither the old one nor a time zone; a resale row.
    RescheduledBare,
    /// The date is to be announced.
    DateTba,
    /// The date is to be determined.
    DateTbd,
    /// The time is to be announced.
    TimeTba,
    /// Several days or the whole day: no time on purpose.
    NoSpecificTime,
    /// The placeholder time's UTC form is not the same instant as its local form.
    OddPlaceholder,
    /// No time zone where one belongs.
    NoTimezone,
    /// No venue at all.
    NoVenue,
    /// A `place` with empty objects in it instead of a venue.
    Place,
    /// A venue without a name or a position.
    BareVenue,
    /// An address that is null.
    NoAddress,
    /// The status is there, but empty.
    EmptyStatus,
    /// No status.
    NoStatus,
    /// Sale closed or not begun; not cancelled.
    OffSale,
    /// The sale begins in 1900: unknown.
    PlaceholderSale,
    /// No classification.
    NoClassification,
    /// A classification that says "Undefined".
    UndefinedClassification,
    /// No picture, the key absent.
    NoImages,
    /// Only generic category pictures.
    FallbackImages,
    /// A single picture without its ratio.
    OneImage,
    /// Pictures as an empty object.
    EmptyImages,
    /// Pictures as an empty list.
    ImageList,
    /// Pictures as null.
    NullImages,
    /// No performers.
    NoPerformers,
    /// Spaces around names.
    StraySpaces,
    /// A price range, which has become rare.
    Priced,
    /// Ends at a known time.
    Ends,
    /// A test row, hidden by default.
    Test,
    /// Statistics with every value null.
    NullStats,
    /// Statistics as an empty object.
    EmptyStats,
    /// No statistics.
    NoStats,
    /// The country in its other spelling (code for name, name for code).
    CountrySpelling,
    /// On the internet only.
    Online,
    /// In a place and on the internet.
    Hybrid,
    /// Cancelled, but only the expanded sales status tells.
    CancelledQuietly,
    /// Every ticket is sold.
    SoldOut,
    /// Free of charge.
    Free,
    /// A donation: a minimum price of zero without being free.
    Donation,
    /// The parent row of a series, spanning all of its dates.
    SeriesParent,
    /// An occurrence of a series.
    Occurrence,
    /// An occurrence whose id has changed to something else than its token.
    ChangedId,
    /// A start without seconds.
    NoSeconds,
    /// A start with the name of its zone behind it, in brackets.
    BracketedZone,
    /// No end.
    NoEnd,
    /// No category.
    NoCategory,
    /// A status from a newer version of the interface.
    UnknownStatus,
    /// Still said to be live though it began long ago.
    StaleStatus,
    /// Proposed, not decided.
    Draft,
    /// Dates that must not be shown.
    HiddenDates,
}
