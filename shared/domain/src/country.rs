//! Countries, by code or by the names that providers use for them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::fold;

/// An assigned ISO 3166-1 alpha-2 code, upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode([u8; 2]);

/// A text that is no assigned code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a two-letter ISO 3166 country code")]
pub struct InvalidCountry;

/// The assigned codes of ISO 3166-1, each but the last with a space behind it, sorted.
const CODES: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Names under which providers' data shows a country, folded. SeatGeek writes "Canada" but "US"; Ticketmaster's names
/// follow the locale; people write "UK".
const NAMES: &[(&str, &str)] = &[
    ("argentina", "AR"),
    ("australia", "AU"),
    ("austria", "AT"),
    ("belgie", "BE"),
    ("belgique", "BE"),
    ("belgium", "BE"),
    ("brasil", "BR"),
    ("brazil", "BR"),
    ("canada", "CA"),
    ("chile", "CL"),
    ("china", "CN"),
    ("colombia", "CO"),
    ("costa rica", "CR"),
    ("croatia", "HR"),
    ("czech republic", "CZ"),
    ("czechia", "CZ"),
    ("danmark", "DK"),
    ("denmark", "DK"),
    ("deutschland", "DE"),
    ("england", "GB"),
    ("espana", "ES"),
    ("finland", "FI"),
    ("france", "FR"),
    ("germany", "DE"),
    ("great britain", "GB"),
    ("greece", "GR"),
    ("hong kong", "HK"),
    ("hungary", "HU"),
    ("iceland", "IS"),
    ("india", "IN"),
    ("ireland", "IE"),
    ("israel", "IL"),
    ("italia", "IT"),
    ("italy", "IT"),
    ("japan", "JP"),
    ("luxembourg", "LU"),
    ("mexico", "MX"),
    ("nederland", "NL"),
    ("netherlands", "NL"),
    ("new zealand", "NZ"),
    ("nigeria", "NG"),
    ("northern ireland", "GB"),
    ("norway", "NO"),
    ("osterreich", "AT"),
    ("poland", "PL"),
    ("polska", "PL"),
    ("portugal", "PT"),
    ("puerto rico", "PR"),
    ("republic of ireland", "IE"),
    ("romania", "RO"),
    ("schweiz", "CH"),
    ("scotland", "GB"),
    ("singapore", "SG"),
    ("slovakia", "SK"),
    ("slovenia", "SI"),
    ("south africa", "ZA"),
    ("south korea", "KR"),
    ("spain", "ES"),
    ("suisse", "CH"),
    ("suomi", "FI"),
    ("sverige", "SE"),
    ("sweden", "SE"),
    ("switzerland", "CH"),
    ("the netherlands", "NL"),
    ("turkey", "TR"),
    ("turkiye", "TR"),
    ("uk", "GB"),
    ("united arab emirates", "AE"),
    ("united kingdom", "GB"),
    ("united states", "US"),
    ("united states of america", "US"),
    ("usa", "US"),
    ("wales", "GB"),
];

impl CountryCode {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        // The constructor admits ASCII letters only, so this never takes the default.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The country that a provider's text means: a code in any case, or a known name.
    pub fn recognise(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| {
            let name = fold(text);
            let index = NAMES
                .binary_search_by_key(&name.as_str(), |&(name, _)| name)
                .ok()?;
            NAMES.get(index)?.1.parse().ok()
        })
    }
}

impl FromStr for CountryCode {
    type Err = InvalidCountry;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let &[a, b] = text.trim().as_bytes() else {
            return Err(InvalidCountry);
        };
        let code = [a, b].map(|letter| letter.to_ascii_uppercase());
        let (assigned, last) = CODES.as_bytes().as_chunks();
        let found = assigned.binary_search_by(|&[a, b, _]| [a, b].cmp(&code)).is_ok() || last == code;
        found.then_some(Self(code)).ok_or(InvalidCountry)
    }
}

impl TryFrom<String> for CountryCode {
    type Error = InvalidCountry;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CountryCode> for String {
    fn from(code: CountryCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_folded_and_found() {
        for &(name, code) in NAMES {
            assert_eq!(fold(name), name);
            assert_eq!(CountryCode::recognise(name), code.parse().ok(), "{name}");
        }
    }

    #[test]
    fn names_are_sorted_and_each_is_there_once() {
        assert!(NAMES.is_sorted_by(|(one, _), (other, _)| one < other));
    }

    #[test]
    fn every_name_means_an_assigned_code() {
        for (name, code) in NAMES {
            assert!(code.parse::<CountryCode>().is_ok(), "{name} {code}");
        }
    }
}
