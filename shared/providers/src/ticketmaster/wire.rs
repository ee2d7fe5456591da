//! Ticketmaster's JSON, as far as we read it. Any field may be missing or of another type.

use serde::Deserialize;

use crate::document;
use crate::lenient::{Best, Candidate, Flag, List, Number, Object, Text};

/// `GET /events`. An empty result has no `_embedded` at all.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "E: Deserialize<'de> + Default"))]
pub(super) struct Page<E> {
    #[serde(rename = "_embedded")]
    pub(super) embedded: Object<Events<E>>,
    pub(super) page: Object<Paging>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "E: Deserialize<'de> + Default"))]
pub(super) struct Events<E> {
    pub(super) events: document::Events<E>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Paging {
    pub(super) total_elements: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Event<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) url: Text<'a>,
    pub(super) description: Text<'a>,
    pub(super) info: Text<'a>,
    pub(super) please_note: Text<'a>,
    pub(super) images: Best<Image<'a>>,
    pub(super) dates: Object<Dates<'a>>,
    pub(super) classifications: Best<Classification<'a>>,
    pub(super) price_ranges: Best<PriceRange<'a>>,
    #[serde(rename = "_embedded")]
    pub(super) embedded: Object<Embedded<'a>>,
    /// Universe's events have this instead of venues.
    pub(super) place: Object<Venue<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Image<'a> {
    pub(super) ratio: Text<'a>,
    pub(super) url: Text<'a>,
    pub(super) width: Number,
    pub(super) fallback: Flag,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Dates<'a> {
    pub(super) start: Object<Moment<'a>>,
    pub(super) end: Object<Moment<'a>>,
    pub(super) timezone: Text<'a>,
    pub(super) status: Object<Status<'a>>,
}

/// A start or an end.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Moment<'a> {
    pub(super) local_date: Text<'a>,
    pub(super) local_time: Text<'a>,
    pub(super) date_time: Text<'a>,
    #[serde(rename = "dateTBD")]
    pub(super) date_tbd: Flag,
    #[serde(rename = "dateTBA")]
    pub(super) date_tba: Flag,
    #[serde(rename = "timeTBA")]
    pub(super) time_tba: Flag,
    pub(super) no_specific_time: Flag,
    pub(super) approximate: Flag,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Status<'a> {
    pub(super) code: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Classification<'a> {
    pub(super) primary: Flag,
    pub(super) segment: Object<Named<'a>>,
    pub(super) genre: Object<Named<'a>>,
    #[serde(rename = "type")]
    pub(super) kind: Object<Named<'a>>,
    pub(super) sub_type: Object<Named<'a>>,
    pub(super) family: Flag,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Named<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct PriceRange<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Text<'a>,
    pub(super) currency: Text<'a>,
    pub(super) min: Number,
    pub(super) max: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Embedded<'a> {
    pub(super) venues: Best<Venue<'a>>,
    pub(super) attractions: List<Object<Named<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Venue<'a> {
    pub(super) name: Text<'a>,
    pub(super) address: Object<Address<'a>>,
    pub(super) city: Object<Named<'a>>,
    pub(super) state: Object<State<'a>>,
    pub(super) country: Object<Country<'a>>,
    pub(super) postal_code: Text<'a>,
    pub(super) location: Object<Location>,
    pub(super) timezone: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Address<'a> {
    pub(super) line1: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct State<'a> {
    pub(super) state_code: Text<'a>,
    pub(super) name: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Country<'a> {
    pub(super) country_code: Text<'a>,
    pub(super) name: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Location {
    pub(super) latitude: Number,
    pub(super) longitude: Number,
}

impl<'a> Event<'a> {
    /// Where it takes place.
    pub(super) fn venue(&self) -> &Venue<'a> {
        self.embedded.venues.get().unwrap_or(&self.place)
    }
}

/// The width that pictures are wanted in: Ticketmaster's `TABLET_LANDSCAPE_16_9`.
const WANTED_WIDTH: f64 = 1024.0;

/// The picture of the event itself in 16:9 that is just large enough, else the largest of the event itself, else the
/// largest stand-in of its category.
impl Candidate for Image<'_> {
    type Rank = (bool, bool, bool, f64);

    fn rank(&self) -> Self::Rank {
        let width = self.width.0.unwrap_or_default();
        let fits = self.ratio.get() == Some("16_9") && width >= WANTED_WIDTH;
        // Of those that fit the narrowest, of the others the widest.
        let size = if fits { -width } else { width };
        (self.url.get().is_some(), !self.fallback.0, fits, size)
    }
}

/// The primary one, else the first.
impl Candidate for Classification<'_> {
    type Rank = bool;

    fn rank(&self) -> bool {
        self.primary.0
    }
}

/// The standard price without fees, else the first that is given.
impl Candidate for PriceRange<'_> {
    type Rank = bool;

    fn rank(&self) -> bool {
        self.kind.get() == Some("standard")
    }
}

/// The first.
impl Candidate for Venue<'_> {
    type Rank = ();

    fn rank(&self) {}
}

/// What stands side by side in the tree of classifications.
pub(super) type Classified<T> = List<Object<T>, 1000>;

/// `GET /classifications`: a tree of three levels below each segment or type.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Classifications<'a> {
    #[serde(rename = "_embedded")]
    pub(super) embedded: Object<ClassificationList<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ClassificationList<'a> {
    pub(super) classifications: Classified<ClassificationRoot<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ClassificationRoot<'a> {
    pub(super) segment: Object<Branch<'a>>,
    #[serde(rename = "type")]
    pub(super) kind: Object<Branch<'a>>,
}

/// A segment, genre or sub-genre; a type or sub-type.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Branch<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    #[serde(rename = "_embedded")]
    pub(super) embedded: Object<Branches<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Branches<'a> {
    pub(super) genres: Classified<Branch<'a>>,
    pub(super) subgenres: Classified<Branch<'a>>,
    pub(super) subtypes: Classified<Branch<'a>>,
}

/// What the gateway before the API answers instead of it.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Refusal<'a> {
    pub(super) fault: Object<Fault<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Fault<'a> {
    pub(super) detail: Object<FaultDetail<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct FaultDetail<'a> {
    pub(super) errorcode: Text<'a>,
}
