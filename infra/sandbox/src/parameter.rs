//! Query parameters, kept in the order in which they came.

use url::form_urlencoded;

#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn parse(query: Option<&str>) -> Self {
        Self(
            form_urlencoded::parse(query.unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The first value of a parameter; an empty value counts as none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// The values of a parameter that takes several, separated by commas.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.get(name)
            .map(|values| values.split(',').map(str::trim).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// These parameters without the named ones, with others added, encoded again.
    pub(crate) fn rewritten(&self, without: &[&str], with: &[(&str, String)]) -> String {
        let kept = self.iter().filter(|(name, _)| !without.contains(name));
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .extend_pairs(with.iter().map(|(name, value)| (*name, value)))
            .finish()
    }
}
