//! Where the invented events happen: real cities, invented venues.

use std::sync::LazyLock;

use chrono_tz::Tz;

/// A country as providers spell it.
#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// English name.
    pub name: &'static str,
    /// The name that Ticketmaster prints, which follows no rule.
    pub ticketmaster_name: &'static str,
    pub currency: &'static str,
}

const US: Country = Country {
    code: "US",
    name: "USA",
    ticketmaster_name: "United States Of America",
    currency: "USD",
};
const CANADA: Country = Country {
    code: "CA",
    name: "Canada",
    ticketmaster_name: "Canada",
    currency: "CAD",
};
const BRITAIN: Country = Country {
    code: "GB",
    name: "UK",
    ticketmaster_name: "Great Britain",
    currency: "GBP",
};
const IRELAND: Country = Country {
    code: "IE",
    name: "Ireland",
    ticketmaster_name: "Ireland",
    currency: "EUR",
};
const GERMANY: Country = Country {
    code: "DE",
    name: "Germany",
    ticketmaster_name: "Germany",
    currency: "EUR",
};
const FRANCE: Country = Country {
    code: "FR",
    name: "France",
    ticketmaster_name: "France",
    currency: "EUR",
};
const SPAIN: Country = Country {
    code: "ES",
    name: "Spain",
    ticketmaster_name: "España",
    currency: "EUR",
};
const BELGIUM: Country = Country {
    code: "BE",
    name: "Belgium",
    ticketmaster_name: "Belgium",
    currency: "EUR",
};
const AUSTRALIA: Country = Country {
    code: "AU",
    name: "Australia",
    ticketmaster_name: "Australia",
    currency: "AUD",
};

/// A state, with a code only where providers give one (North America and Australia).
#[derive(Debug)]
pub(crate) struct State {
    pub name: &'static str,
    pub code: Option<&'static str>,
}

const fn coded(name: &'static str, code: &'static str) -> State {
    State {
        name,
        code: Some(code),
    }
}

const fn uncoded(name: &'static str) -> State {
    State { name, code: None }
}

#[derive(Debug)]
pub(crate) struct City {
    pub name: &'static str,
    pub state: Option<State>,
    pub country: &'static Country,
    pub timezone: Tz,
    pub latitude: f64,
    pub longitude: f64,
    pub postal_code: &'static str,
    /// The one Ticketmaster locale in which the city's events exist.
    pub locale: &'static str,
}

const fn city(
    name: &'static str,
    state: Option<State>,
    country: &'static Country,
    timezone: Tz,
    (latitude, longitude): (f64, f64),
    postal_code: &'static str,
    locale: &'static str,
) -> City {
    City {
        name,
        state,
        country,
        timezone,
        latitude,
        longitude,
        postal_code,
        locale,
    }
}

#[rustfmt::skip]
pub(crate) static CITIES: [City; 16] = [
    city("New York", Some(coded("New York", "NY")), &US, Tz::America__New_York, (40.7505, -73.9934), "10001", "en-us"),
    city("Los Angeles", Some(coded("California", "CA")), &US, Tz::America__Los_Angeles, (34.043, -118.267), "90015", "en-us"),
    city("Chicago", Some(coded("Illinois", "IL")), &US, Tz::America__Chicago, (41.8807, -87.6742), "60612", "en-us"),
    city("Austin", Some(coded("Texas", "TX")), &US, Tz::America__Chicago, (30.2672, -97.7431), "78701", "en-us"),
    city("Seattle", Some(coded("Washington", "WA")), &US, Tz::America__Los_Angeles, (47.6221, -122.354), "98109", "en-us"),
    city("Toronto", Some(coded("Ontario", "ON")), &CANADA, Tz::America__Toronto, (43.6435, -79.3791), "M5J 2X2", "en-us"),
    city("Montréal", Some(coded("Québec", "QC")), &CANADA, Tz::America__Toronto, (45.496, -73.5693), "H4B 5G0", "fr-ca"),
    city("London", None, &BRITAIN, Tz::Europe__London, (51.503, 0.0032), "SE10 0DX", "en-us"),
    city("Manchester", None, &BRITAIN, Tz::Europe__London, (53.4879, -2.2438), "M3 1AR", "en-us"),
    city("Dublin", Some(uncoded("Dublin")), &IRELAND, Tz::Europe__Dublin, (53.3475, -6.2285), "D01 EW90", "en-us"),
    city("Berlin", Some(uncoded("Berlin")), &GERMANY, Tz::Europe__Berlin, (52.5063, 13.4436), "10243", "en-us"),
    city("München", Some(uncoded("Bayern")), &GERMANY, Tz::Europe__Berlin, (48.1749, 11.5499), "80809", "de-de"),
    city("Paris", Some(uncoded("Île-de-France")), &FRANCE, Tz::Europe__Paris, (48.8386, 2.3785), "75012", "fr-fr"),
    city("Madrid", Some(uncoded("Madrid")), &SPAIN, Tz::Europe__Madrid, (40.4239, -3.6719), "28009", "es-es"),
    city("Sydney", Some(coded("New South Wales", "NSW")), &AUSTRALIA, Tz::Australia__Sydney, (-33.8634, 151.2111), "2000", "en-us"),
    city("Brussels", None, &BELGIUM, Tz::Europe__Brussels, (50.8953, 4.3414), "1020", "en-us"),
];

/// What a venue is built for; an event picks its venue by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VenueKind {
    Arena,
    Stadium,
    Hall,
    Theatre,
    Club,
}

impl VenueKind {
    const ALL: [Self; 5] = [Self::Arena, Self::Stadium, Self::Hall, Self::Theatre, Self::Club];

    const fn capacity(self) -> u32 {
        match self {
            Self::Arena => 18_500,
            Self::Stadium => 54_000,
            Self::Hall => 2_800,
            Self::Theatre => 1_450,
            Self::Club => 0,
        }
    }

    /// The venue's name for a word, in the language of the country.
    fn christen(self, word: &str, country: &str) -> String {
        let pattern = match (country, self) {
            ("FR", Self::Arena) => "Arène {}",
            ("FR", Self::Stadium) => "Stade {}",
            ("FR", Self::Hall) => "Salle {}",
            ("FR", Self::Theatre) => "Théâtre {}",
            ("FR", Self::Club) => "Le Club {}",
            ("DE", Self::Hall) => "Großer Saal {}",
            ("DE", Self::Theatre) => "Theater {}",
            ("DE", Self::Club) => "Klub {}",
            ("ES", Self::Arena) => "Palacio {}",
            ("ES", Self::Stadium) => "Estadio {}",
            ("ES", Self::Hall) => "Sala {}",
            ("ES", Self::Theatre) => "Teatro {}",
            (_, Self::Arena) => "{} Arena",
            (_, Self::Stadium) => "{} Stadium",
            (_, Self::Hall) => "{} Hall",
            (_, Self::Theatre) => "{} Theatre",
            (_, Self::Club) => "The {} Club",
        };
        pattern.replace("{}", word)
    }
}

#[derive(Debug)]
pub(crate) struct Venue {
    pub number: u32,
    pub name: String,
    pub kind: VenueKind,
    pub city: &'static City,
    pub address: String,
    pub latitude: f64,
    pub longitude: f64,
    /// 0 = unknown, as SeatGeek has it.
    pub capacity: u32,
}

const WORDS: [&str; 20] = [
    "Lantern",
    "Meridian",
    "Halcyon",
    "Foundry",
    "Juniper",
    "Harbour",
    "Marlowe",
    "Granite",
    "Beacon",
    "Orchard",
    "Saffron",
    "Tamarind",
    "Copper",
    "Northgate",
    "Larkspur",
    "Cobalt",
    "Willow",
    "Ember",
    "Quarry",
    "Aurora",
];

/// Every venue, five a city, one of each kind.
pub(crate) static VENUES: LazyLock<Vec<Venue>> = LazyLock::new(|| {
    (0_u32..)
        .zip(&CITIES)
        .flat_map(|(city_number, city)| {
            (0_u32..).zip(VenueKind::ALL).map(move |(kind_number, kind)| {
                let number = city_number * 10 + kind_number;
                let word = |step: u32| WORDS[(number * 7 + step) as usize % WORDS.len()];
                let street = match city.country.code {
                    "FR" => format!("{} rue {}", number + 3, word(5)),
                    "DE" => format!("{}straße {}", word(5), number + 3),
                    "ES" => format!("Calle {}, {}", word(5), number + 3),
                    _ => format!("{} {} Street", number * 4 + 11, word(5)),
                };
                Venue {
                    number,
                    name: kind.christen(word(0), city.country.code),
                    kind,
                    city,
                    address: street,
                    latitude: city.latitude + f64::from(kind_number) * 0.011,
                    longitude: city.longitude - f64::from(kind_number) * 0.013,
                    capacity: kind.capacity(),
                }
            })
        })
        .collect()
});

/// A circle on the map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circle {
    /// Latitude and longitude in degrees.
    pub centre: (f64, f64),
    pub radius_km: f64,
}

impl Circle {
    /// The distance from the centre (haversine on a sphere of 6,371 km).
    pub(crate) fn kilometres_to(&self, (latitude, longitude): (f64, f64)) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let cosines = self.centre.0.to_radians().cos() * latitude.to_radians().cos();
        let chord = half(self.centre.0, latitude) + cosines * half(self.centre.1, longitude);
        12_742.0 * chord.sqrt().asin()
    }

    pub(crate) fn holds(&self, position: (f64, f64)) -> bool {
        self.kilometres_to(position) <= self.radius_km
    }
}

pub(crate) const KILOMETRES_PER_MILE: f64 = 1.609_344;
