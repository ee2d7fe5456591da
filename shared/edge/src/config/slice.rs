//! The parts of catalogues that somebody chose.

use domain::Source;
use domain::sync::{ChosenSlices, SliceCategory};

use super::{ConfigError, Environment, Together as _};

/// Reads the owners, each variable a list with commas: `EVENTBRITE_ORGANIZER_IDS=123,456`.
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
    Ok(ChosenSlices::new(slices))
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
