//! Which function answers a request: API Gateway’s route selection.
//!
//! Source: API Gateway developer guide, “Routing API requests”: the most specific match wins, a path with fixed
//! segments before one with variables before a greedy one before `$default`, the method before `ANY`.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::template::{EventSource, Function, HttpRoute};

/// The routes of an API.
pub(super) struct Routes(Vec<Route>);

/// One route and the function behind it.
pub(super) struct Route {
    pattern: HttpRoute,
    function: String,
    segments: Vec<Segment>,
}

/// A piece of a route’s path; the order is that of preference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Fixed(String),
    Variable(String),
    /// `{proxy+}`: this piece and all after it.
    Greedy(String),
}

impl Segment {
    fn parse(text: &str) -> Self {
        let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return Self::Fixed(text.to_owned());
        };
        match name.strip_suffix('+') {
            Some(name) => Self::Greedy(name.to_owned()),
            None => Self::Variable(name.to_owned()),
        }
    }

    fn preference(&self) -> u8 {
        match self {
            Self::Fixed(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

impl Routes {
    pub(super) fn of(functions: &[Function]) -> Self {
        let routes = functions.iter().flat_map(|function| {
            function.sources.iter().filter_map(|source| match source {
                EventSource::HttpRoute(route) => Some(Route::new(route, &function.logical_id)),
                _ => None,
            })
        });
        Self(routes.collect())
    }

    /// The best route for a request, with the decoded values of its path’s variables.
    pub(super) fn select(&self, method: &Method, path: &str) -> Option<(&Route, BTreeMap<String, String>)> {
        let matching = self.0.iter().filter(|route| route.accepts(method));
        matching
            .filter_map(|route| Some((route, route.path_parameters(path)?)))
            .min_by_key(|(route, _)| route.preference())
    }
}

impl Route {
    fn new(route: &HttpRoute, function: &str) -> Self {
        let segments = route.path.split('/').skip(1).map(Segment::parse).collect();
        Self {
            pattern: route.clone(),
            function: function.to_owned(),
            segments,
        }
    }

    /// Logical id of the function behind the route.
    pub(super) fn function(&self) -> &str {
        &self.function
    }

    /// The `routeKey` of the event, e.g. `GET /events/{id}`.
    pub(super) fn key(&self) -> String {
        if self.is_default() {
            self.pattern.path.clone()
        } else {
            format!("{} {}", self.pattern.method, self.pattern.path)
        }
    }

    fn is_default(&self) -> bool {
        self.pattern.path == "$default"
    }

    fn accepts(&self, method: &Method) -> bool {
        self.is_default() || self.pattern.method == "ANY" || self.pattern.method == method.as_str()
    }

    fn preference(&self) -> (bool, Vec<u8>, bool) {
        let segments = self.segments.iter().map(Segment::preference).collect();
        (self.is_default(), segments, self.pattern.method == "ANY")
    }

    /// `None` when the path is not of this route. Pieces are decoded one by one, after the split: an encoded slash
    /// stays within its variable.
    fn path_parameters(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        if self.is_default() {
            return Some(parameters);
        }
        let mut rest = path.strip_prefix('/');
        for segment in &self.segments {
            let (piece, after) = match rest?.split_once('/') {
                Some((piece, after)) => (piece, Some(after)),
                None => (rest?, None),
            };
            match segment {
                Segment::Fixed(text) if *text == piece => rest = after,
                Segment::Variable(name) if !piece.is_empty() => {
                    parameters.insert(name.clone(), decode(piece));
                    rest = after;
                }
                Segment::Greedy(name) if !piece.is_empty() => {
                    parameters.insert(name.clone(), decode(rest?));
                    rest = None;
                }
                _ => return None,
            }
        }
        rest.is_none().then_some(parameters)
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
