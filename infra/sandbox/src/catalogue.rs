//! The invented world behind all imitations: who plays what where, day by day.
//!
//! Every day's shows depend on the seed and that day alone. A sandbox started tomorrow therefore still has
//! today's events under their ids, and only the edges of the catalogue have moved.

pub(crate) mod chance;
pub(crate) mod genre;
pub(crate) mod place;
pub(crate) mod quirk;

use std::{ops::Range, sync::Arc};

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use self::{
    chance::Chance,
    genre::{COMPANIES, Genre, HOSTS, Style, TOURS},
    place::{CITIES, City, VENUES, Venue},
    quirk::Quirk,
};
use crate::Config;

/// The catalogue begins this many days before today …
const DAYS_BEHIND: u64 = 30;
/// … and ends this many days after it.
const DAYS_AHEAD: u64 = 400;
/// More places than any day has shows.
const PLACES: u64 = 64;
/// More numbers than the days of a catalogue have places.
const NUMBERS: u64 = 1 << 15;

/// Somebody on the bill.
#[derive(Debug, Clone)]
pub(crate) struct Performer {
    pub name: String,
    /// Where a team is at home.
    pub home: Option<&'static City>,
}

impl Performer {
    /// The name as it stands in addresses: `the-copper-owls`.
    pub(crate) fn slug(&self) -> String {
        slug(&self.name)
    }
}

/// Something that happens once, at one place, whoever sells it.
#[derive(Debug)]
pub(crate) struct Show {
    /// Unique over all days: the day's number and the place in the day.
    pub number: u64,
    pub title: String,
    pub genre: &'static Genre,
    /// The main act first.
    pub performers: Vec<Performer>,
    pub venue: &'static Venue,
    /// Local to the venue.
    pub start: NaiveDateTime,
}

/// Every fifth event is odd.
const ODD_EVERY: u64 = 5;

/// The shows in some of a day's places, for every day of the catalogue, oldest first; `quirks` are dealt evenly
/// over days and places, so that each of them occurs whatever the seed. In a denser catalogue a place has several.
pub(crate) fn deal(
    config: &Config,
    genres: &'static [Genre],
    places: Range<u64>,
    quirks: &'static [Quirk],
) -> impl Iterator<Item = (Arc<Show>, Option<Quirk>)> {
    let (seed, density) = (config.seed, config.density);
    let first = config
        .today
        .checked_sub_days(Days::new(DAYS_BEHIND))
        .unwrap_or(config.today);
    let days = (0..=DAYS_BEHIND + DAYS_AHEAD).filter_map(move |day| first.checked_add_days(Days::new(day)));
    let (first_place, per_day) = (places.start, places.end - places.start);
    days.flat_map(move |day| {
        let day_number = u64::try_from(day.num_days_from_ce()).unwrap_or_default();
        (0..density * per_day).map(move |show_of_day| {
            let (more, place) = (show_of_day / per_day, show_of_day % per_day);
            let turn = day_number * per_day + place + more;
            let quirk = usize::try_from(turn / ODD_EVERY).unwrap_or_default() % quirks.len();
            let odd = turn.is_multiple_of(ODD_EVERY).then(|| quirks[quirk]);
            let number = day_number * PLACES + first_place + place + more * NUMBERS;
            (Arc::new(show(seed, day, number, genres)), odd)
        })
    })
}

fn show(seed: u64, day: NaiveDate, number: u64, genres: &'static [Genre]) -> Show {
    let mut chance = Chance::new(&[seed, number]);
    let genre = weighted(genres, &mut chance);
    let city = chance.pick(&CITIES);
    let venue = VENUES
        .iter()
        .find(|venue| std::ptr::eq(venue.city, city) && venue.kind == genre.venue);
    let venue = venue.unwrap_or(&VENUES[0]);
    let &(hour, minute) = chance.pick(genre.starts);
    let (title, performers) = bill(genre, city, &mut chance);
    let start = day.and_hms_opt(hour, minute, 0).unwrap_or_default();
    Show {
        number,
        title,
        genre,
        performers,
        venue,
        start,
    }
}

fn weighted(genres: &'static [Genre], chance: &mut Chance) -> &'static Genre {
    let mut ticket = chance.below(genres.iter().map(|genre| genre.weight).sum());
    for genre in genres {
        match ticket.checked_sub(genre.weight) {
            Some(rest) => ticket = rest,
            None => return genre,
        }
    }
    &genres[0]
}

fn bill(genre: &'static Genre, city: &'static City, chance: &mut Chance) -> (String, Vec<Performer>) {
    let act = |name: &str| Performer {
        name: name.to_owned(),
        home: None,
    };
    let main = *chance.pick(genre.acts);
    match genre.style {
        Style::Match => {
            let others: Vec<_> = CITIES
                .iter()
                .filter(|other| !std::ptr::eq(*other, city))
                .collect();
            let away = *chance.pick(&others);
            let name = *chance.pick(genre.acts);
            let team = |city: &'static City, name: &str| Performer {
                name: format!("{} {name}", city.name),
                home: Some(city),
            };
            let (home, away) = (team(city, main), team(away, name));
            (format!("{} vs. {}", home.name, away.name), vec![home, away])
        }
        Style::Stage => {
            let company = chance.pick(COMPANIES);
            let title = if chance.below(3) == 0 {
                format!("{main} – {company}")
            } else {
                main.to_owned()
            };
            (title, vec![act(main), act(company)])
        }
        Style::Gathering => {
            let host = chance.pick(HOSTS);
            let title = if chance.below(3) == 0 {
                format!("{main} in {}", city.name)
            } else {
                main.to_owned()
            };
            (title, vec![act(host)])
        }
        Style::Concert => {
            let guest = *chance.pick(genre.acts);
            match chance.below(5) {
                0 => (format!("{main}: {}", chance.pick(TOURS)), vec![act(main)]),
                1 if guest != main => (format!("{main} with {guest}"), vec![act(main), act(guest)]),
                2 => (format!("{} Night: {main}", genre.name), vec![act(main)]),
                _ => (main.to_owned(), vec![act(main)]),
            }
        }
    }
}

/// Text without case and accents, so that `montreal` finds `Montréal`.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The words of a text, folded.
pub(crate) fn words(text: &str) -> Vec<String> {
    let text = fold(text);
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words joined with hyphens: `The Copper Owls` is `the-copper-owls`.
pub(crate) fn slug(text: &str) -> String {
    words(text).join("-")
}
