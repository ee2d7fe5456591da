//! Money, exact.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code, upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// A text that is no three-letter code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a three-letter ISO 4217 code")]
pub struct InvalidCurrency;

impl Currency {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        // The constructor admits ASCII letters only, so this never takes the default.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals amounts of this currency are written with (ISO 4217).
    pub fn decimals(self) -> usize {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// The sign in front of an amount; the code and a space for currencies without a well-known one.
    fn sign(self) -> String {
        match &self.0 {
            b"USD" => "$".to_owned(),
            b"EUR" => "€".to_owned(),
            b"GBP" => "£".to_owned(),
            b"JPY" => "¥".to_owned(),
            _ => format!("{} ", self.as_str()),
        }
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|b| b.is_ascii_alphabetic()) => {
                Ok(Self([*a, *b, *c].map(|b| b.to_ascii_uppercase())))
            }
            _ => Err(InvalidCurrency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidCurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// A sum of money in thousandths of the currency's unit: exact for every ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The largest amount taken for a ticket price: a billion units. Above it, a provider's number is a mistake.
    pub const MAX: Self = Self(1_000_000_000_000);

    /// The amount of `units` of the currency, `None` if negative, not finite, or above [`Amount::MAX`].
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the range is checked before the cast"
    )]
    pub fn from_units(units: f64) -> Option<Self> {
        let thousandths = (units * 1000.0).round();
        (thousandths >= 0.0 && thousandths <= Self::MAX.0 as f64).then_some(Self(thousandths as u64))
    }

    /// The amount of `minor` of the currency's smallest units (cents of a dollar, whole yen).
    pub fn from_minor(minor: u64, currency: Currency) -> Option<Self> {
        let factor = match currency.decimals() {
            0 => 1000,
            2 => 10,
            _ => 1,
        };
        minor
            .checked_mul(factor)
            .map(Self)
            .filter(|&amount| amount <= Self::MAX)
    }

    /// The amount as a decimal number with the currency's decimals: `"50.00"`.
    pub fn decimal(self, currency: Currency) -> String {
        let (units, rest) = (self.0 / 1000, self.0 % 1000);
        match currency.decimals() {
            0 => units.to_string(),
            2 => format!("{units}.{:02}", rest / 10),
            _ => format!("{units}.{rest:03}"),
        }
    }

    /// The amount for reading: without decimals where they are all zero.
    fn short(self, currency: Currency) -> String {
        if self.0.is_multiple_of(1000) {
            (self.0 / 1000).to_string()
        } else {
            self.decimal(currency)
        }
    }
}

/// What tickets cost, from the cheapest to the dearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PriceRange {
    min: Amount,
    max: Amount,
    currency: Currency,
}

impl PriceRange {
    /// The range between two prices, in whichever order they come.
    pub fn new(one: Amount, other: Amount, currency: Currency) -> Self {
        Self {
            min: one.min(other),
            max: one.max(other),
            currency,
        }
    }

    /// The cheapest ticket.
    pub const fn min(self) -> Amount {
        self.min
    }

    /// The dearest ticket.
    pub const fn max(self) -> Amount {
        self.max
    }

    /// The currency of both.
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

/// As a person reads it: `$50-$200`, `£49.50`, `CHF 20-CHF 35`, `Free`.
impl fmt::Display for PriceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.max == Amount::ZERO {
            return f.write_str("Free");
        }
        let sign = self.currency.sign();
        write!(f, "{sign}{}", self.min.short(self.currency))?;
        if self.max > self.min {
            write!(f, "-{sign}{}", self.max.short(self.currency))?;
        }
        Ok(())
    }
}
