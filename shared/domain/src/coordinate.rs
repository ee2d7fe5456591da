//! Positions on Earth.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Mean radius of the Earth in kilometres (IUGG).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Positions are kept to a millionth of a degree, about 11 cm: more digits tell nothing of an event, and might come back
/// from their decimal form in another last bit, as if the event had moved.
const MICRO: f64 = 1e6;

/// A position in degrees (WGS 84). The exact origin, which providers send for "unknown", is refused.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(f64, f64)", into = "(f64, f64)")]
pub struct Coordinates {
    latitude: f64,
    longitude: f64,
}

/// Why two numbers are no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCoordinates {
    /// The text is not two numbers with a comma between them.
    #[error("must be latitude,longitude in degrees, such as 40.75,-73.99")]
    Form,
    /// A latitude outside -90 to 90, or not a number.
    #[error("latitude must be between -90 and 90")]
    Latitude,
    /// A longitude outside -180 to 180, or not a number.
    #[error("longitude must be between -180 and 180")]
    Longitude,
    /// 0,0 stands for "unknown" in providers' data.
    #[error("0,0 is not a place")]
    Origin,
}

impl Coordinates {
    /// The position at these degrees.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, InvalidCoordinates> {
        if !(-90.0..=90.0).contains(&latitude) {
            Err(InvalidCoordinates::Latitude)
        } else if !(-180.0..=180.0).contains(&longitude) {
            Err(InvalidCoordinates::Longitude)
        } else if latitude == 0.0 && longitude == 0.0 {
            Err(InvalidCoordinates::Origin)
        } else {
            // Adding zero turns minus zero into zero: one position, one way to write it.
            let rounded = |degrees: f64| (degrees * MICRO).round() / MICRO + 0.0;
            Ok(Self {
                latitude: rounded(latitude),
                longitude: rounded(longitude),
            })
        }
    }

    /// Degrees north.
    pub const fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east.
    pub const fn longitude(self) -> f64 {
        self.longitude
    }

    /// The great-circle distance in kilometres (haversine; within 0.5 % of the ellipsoid).
    pub fn distance_km(self, other: Self) -> f64 {
        let (lat1, lat2) = (self.latitude.to_radians(), other.latitude.to_radians());
        let (d_lat, d_lon) = (lat2 - lat1, (other.longitude - self.longitude).to_radians());
        let a = (d_lat / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * (d_lon / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_KM * a.sqrt().min(1.0).asin()
    }
}

impl TryFrom<(f64, f64)> for Coordinates {
    type Error = InvalidCoordinates;

    fn try_from((latitude, longitude): (f64, f64)) -> Result<Self, Self::Error> {
        Self::new(latitude, longitude)
    }
}

impl From<Coordinates> for (f64, f64) {
    fn from(place: Coordinates) -> Self {
        (place.latitude, place.longitude)
    }
}

impl FromStr for Coordinates {
    type Err = InvalidCoordinates;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (latitude, longitude) = text.split_once(',').ok_or(InvalidCoordinates::Form)?;
        let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| InvalidCoordinates::Form);
        Self::new(degrees(latitude)?, degrees(longitude)?)
    }
}
