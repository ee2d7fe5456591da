//! The parts of catalogues that somebody chose.

use std::fmt::Display;
use std::str::FromStr;

use domain::Source;
use domain::sync::{Area, ChosenSlices, SliceCategory};

use super::{ConfigError, Environment, Together as _};

/// Reads the owners and the areas, each variable a list with commas: `EVENTBRITE_ORGANIZER_IDS=123,456`,
/// `SYNC_COUNTRIES=CH,AT`, `SYNC_CITIES=New York`.
pub fn chosen_slices(environment: &Environment) -> Result<ChosenSlices, ConfigError> {
    let list = |name, source, kind| owners(environment, name, source, kind);
    let (organizations, organizers, venues, series, groups) = (
        list("EVENTBRITE_ORGANIZATION_IDS", Source::Eventbrite, "organization"),
        list("EVENTBRITE_ORGANIZER_IDS", Source::Eventbrite, "organizer"),
        list("EVENTBRITE_VENUE_IDS", Source::Eventbrite, "venue"),
        list("EVENTBRITE_SERIES_IDS", Source::Eventbrite, "series"),
        list("MEETUP_GROUPS", Source::Meetup, "group"),
    )
        .together()?;
    let mut slices = [organizations, organizers, venues, series, groups].concat();
    slices.sort();
    slices.dedup();
    let (mut areas, cities) = (
        areas(environment, "SYNC_COUNTRIES", Area::Country),
        areas(environment, "SYNC_CITIES", Area::City),
    )
        .together()?;
    areas.extend(cities);
    areas.sort();
    areas.dedup_by_key(|area| area.to_string());
    Ok(ChosenSlices::new(slices).within(areas))
}

fn areas<T>(environment: &Environment, name: &str, area: fn(T) -> Area) -> Result<Vec<Area>, ConfigError>
where
    T: FromStr,
    T::Err: Display,
{
    let names = environment
        .text(name)
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    let parse = |text: &str| {
        text.parse()
            .map(area)
            .map_err(|rule| ConfigError::of(name, format_args!("each {rule}, found {text:?}")))
    };
    names.filter(|name| !name.is_empty()).map(parse).collect()
}

fn owners(
    environment: &Environment,
    name: &str,
    source: Source,
    kind: &str,
) -> Result<Vec<(Source, SliceCategory)>, ConfigError> {
    let ids = environment
        .text(name)
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    ids.filter(|id| !id.is_empty())
        .map(|id| {
            let is_id = id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            let category = format!("{kind}:{id}").parse().ok().filter(|_| is_id);
            let category = category.ok_or_else(|| {
                let rule = "must be ids of letters, digits, - and _, with commas between them";
                ConfigError::of(name, format_args!("{rule}, found {id:?}"))
            })?;
            Ok((source, category))
        })
        .collect()
}
