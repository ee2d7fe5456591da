//! Reading JSON in which any field may be of any type.
//!
//! A derived `Deserialize` gives up on the first field of an unexpected type, and one event takes its whole page along.
//! Here such a field counts as absent instead, in the same single pass and without copying what needs no copy.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a type makes of each kind of JSON value: nothing, unless it says otherwise.
trait Lenient<'de>: Default {
    fn of_null() -> Self {
        Self::default()
    }

    fn of_bool(_: bool) -> Self {
        Self::default()
    }

    fn of_integer(_: i128) -> Self {
        Self::default()
    }

    fn of_float(_: f64) -> Self {
        Self::default()
    }

    fn of_text(_: Cow<'de, str>) -> Self {
        Self::default()
    }

    fn of_list<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn of_object<A: MapAccess<'de>>(mut entries: A) -> Result<Self, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

struct Taking<T>(PhantomData<T>);

impl<'de, T: Lenient<'de>> Visitor<'de> for Taking<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<T, E> {
        Ok(T::of_bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<T, E> {
        Ok(T::of_integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<T, E> {
        Ok(T::of_integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<T, E> {
        Ok(T::of_float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<T, E> {
        Ok(T::of_text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<T, E> {
        Ok(T::of_text(Cow::Borrowed(value)))
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::of_null())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::of_list(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
        T::of_object(entries)
    }
}

/// A text; a whole number counts as its digits, as ids and postal codes come both ways.
#[derive(Debug, Default)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text without white space around it, `None` if there is none or it is blank.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The first of `texts` that is not blank, the last if all are.
    pub(crate) fn first<'t>(texts: &[&'t Self]) -> &'t Self {
        let first = texts.iter().find(|text| text.get().is_some());
        first.or(texts.last()).copied().unwrap_or(&Self(None))
    }

    /// The text, cleaned and at most `max` bytes long; empty if there is none.
    pub(crate) fn clean_to(&self, max: usize) -> String {
        self.get()
            .map(|text| domain::text::clean_to(text, max))
            .unwrap_or_default()
    }

    /// The parsed text, `None` if there is none or it is not valid.
    pub(crate) fn parse<T: std::str::FromStr>(&self) -> Option<T> {
        self.get()?.parse().ok()
    }
}

impl<'de: 'a, 'a> Lenient<'de> for Text<'a> {
    fn of_integer(value: i128) -> Self {
        Self(Some(Cow::Owned(value.to_string())))
    }

    fn of_text(value: Cow<'de, str>) -> Self {
        Self(Some(value))
    }
}

/// A number, or a text that is one: Ticketmaster's coordinates are texts, SeatGeek's are numbers.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Number(pub(crate) Option<f64>);

impl Number {
    /// The number as a count, `None` if there is none or it is negative or broken.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within 2^53, where f64 is exact"
    )]
    pub(crate) fn count(self) -> Option<u64> {
        self.0
            .filter(|number| number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(number))
            .map(|number| number as u64)
    }
}

impl<'de> Lenient<'de> for Number {
    #[expect(clippy::cast_precision_loss, reason = "JSON numbers are f64 to their writers")]
    fn of_integer(value: i128) -> Self {
        Self(Some(value as f64))
    }

    fn of_float(value: f64) -> Self {
        Self(Some(value))
    }

    fn of_text(value: Cow<'de, str>) -> Self {
        Self(
            value
                .trim()
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite()),
        )
    }
}

/// Whether a field says `true`.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Flag(pub(crate) bool);

impl Lenient<'_> for Flag {
    fn of_bool(value: bool) -> Self {
        Self(value)
    }
}

/// An object; anything else counts as one without fields.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(T);

impl<T> std::ops::Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Object<T> {
    /// What was read.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<'de, T: Deserialize<'de> + Default> Lenient<'de> for Object<T> {
    fn of_object<A: MapAccess<'de>>(entries: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Self)
    }
}

/// An object where `null` says something that silence does not.
#[derive(Debug, Default)]
pub(crate) enum Nullable<T> {
    /// Nothing, or neither `null` nor an object.
    #[default]
    Other,
    /// `null`.
    Null,
    /// An object.
    Object(T),
}

impl<'de, T: Deserialize<'de>> Lenient<'de> for Nullable<T> {
    fn of_null() -> Self {
        Self::Null
    }

    fn of_object<A: MapAccess<'de>>(entries: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Self::Object)
    }
}

/// The first `MAX` items of a list, `None` if the field is something else.
///
/// An item of two bytes (`{}`) takes some hundred in memory: without a bound, a body that is within its own could take
/// gigabytes.
#[derive(Debug)]
pub(crate) struct List<T, const MAX: usize = 100>(Option<Vec<T>>);

impl<T, const MAX: usize> List<T, MAX> {
    /// The items; none if it is no list.
    pub(crate) fn items(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }

    /// The items, as their own; none if it is no list.
    pub(crate) fn into_items(self) -> Vec<T> {
        self.0.unwrap_or_default()
    }

    /// Whether there may be more items than were kept.
    pub(crate) fn is_full(&self) -> bool {
        self.items().len() >= MAX
    }

    /// Whether it is a list, be it an empty one.
    pub(crate) fn is_list(&self) -> bool {
        self.0.is_some()
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Lenient<'de> for List<T, MAX> {
    fn of_list<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        let mut list = Vec::new();
        while list.len() < MAX {
            match items.next_element()? {
                Some(item) => list.push(item),
                None => return Ok(Self(Some(list))),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self(Some(list)))
    }
}

/// What a list can have several of, though only one counts: the first of those that rank highest.
pub(crate) trait Candidate {
    /// What is compared.
    type Rank: PartialOrd;

    /// Where it stands among the others.
    fn rank(&self) -> Self::Rank;
}

/// The item of a list that counts. The others are not gathered, and lists of any length take no more memory than one.
#[derive(Debug)]
pub(crate) struct Best<T>(Option<T>);

impl<T> Best<T> {
    /// The item, `None` if the list is empty or none at all.
    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de> + Default + Candidate> Lenient<'de> for Best<T> {
    fn of_list<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        let mut best: Option<(T::Rank, T)> = None;
        while let Some(Object(item)) = items.next_element::<Object<T>>()? {
            let rank = item.rank();
            if best.as_ref().is_none_or(|(highest, _)| rank > *highest) {
                best = Some((rank, item));
            }
        }
        Ok(Self(best.map(|(_, item)| item)))
    }
}

/// Reads a type by its own leniency.
macro_rules! deserialize_leniently {
    ($type:ty $(, $parameter:ident: $($bound:tt)+)?) => {
        impl<'de $(, $parameter: $($bound)+)?> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Taking(PhantomData))
            }
        }
    };
}

deserialize_leniently!(Number);
deserialize_leniently!(Flag);
deserialize_leniently!(Object<T>, T: Deserialize<'de> + Default);
deserialize_leniently!(Nullable<T>, T: Deserialize<'de>);
deserialize_leniently!(Best<T>, T: Deserialize<'de> + Default + Candidate);

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Taking(PhantomData))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Taking(PhantomData))
    }
}
