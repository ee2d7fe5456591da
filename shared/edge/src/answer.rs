//! What a handler answers with, and how it becomes a response.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::LocalEventId;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use lambda_http::Body;
use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::call::Call;
use crate::error::ApiError;

/// A status, headers and a JSON body.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    provisional: bool,
}

impl Answer {
    /// The smallest body, in bytes, that is worth compressing: below it, headers and base64 eat the gain.
    const COMPRESSED_FROM: usize = 1024;

    /// `body` as JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(body).map_err(ApiError::internal)?;
        Ok(Self::raw(status, body))
    }

    /// 200 with `body` as JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, ApiError> {
        Self::json(StatusCode::OK, body)
    }

    /// 200 with a body that is JSON already.
    pub fn document(json: impl Into<Vec<u8>>) -> Self {
        Self::raw(StatusCode::OK, json.into())
    }

    /// 201 with `body` as JSON and the place of the local event that was created.
    pub fn created(id: LocalEventId, body: &impl Serialize) -> Result<Self, ApiError> {
        let location = HeaderValue::from_str(&id.url()).map_err(ApiError::internal)?;
        Ok(Self::json(StatusCode::CREATED, body)?.with(header::LOCATION, location))
    }

    /// 202 with `body` as JSON and the place where its progress can be followed.
    pub fn accepted(location: &str, body: &impl Serialize) -> Result<Self, ApiError> {
        let location = HeaderValue::from_str(location).map_err(ApiError::internal)?;
        Ok(Self::json(StatusCode::ACCEPTED, body)?.with(header::LOCATION, location))
    }

    /// An answer that was given before.
    pub(crate) fn kept(
        status: StatusCode,
        location: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Result<Self, ApiError> {
        let answer = Self::raw(status, body.into());
        let location = location.map(HeaderValue::from_str).transpose();
        Ok(match location.map_err(ApiError::internal)? {
            Some(location) => answer.with(header::LOCATION, location),
            None => answer,
        })
    }

    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Vec::new(),
            provisional: false,
        }
    }

    fn raw(status: StatusCode, body: Vec<u8>) -> Self {
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Self {
            status,
            headers,
            body,
            provisional: false,
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers so far.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, not compressed.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The `Location` header.
    pub(crate) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION)?.to_str().ok()
    }

    /// The answer, marked as one that a repeated request need not get again: it was not all that was asked for.
    #[must_use]
    pub fn provisional(self) -> Self {
        Self {
            provisional: true,
            ..self
        }
    }

    /// Whether it is provisional.
    pub(crate) fn is_provisional(&self) -> bool {
        self.provisional
    }

    /// Whether this is what the caller has read before changing it (`If-Match`): 412 if it is something else that the
    /// caller has read, `false` if the caller does not say.
    pub fn is_read_by(&self, call: &Call) -> Result<bool, ApiError> {
        match call.matches(&self.tag()) {
            Some(false) => Err(ApiError::PreconditionFailed),
            given => Ok(given.is_some()),
        }
    }

    /// The entity tag of the body.
    fn tag(&self) -> String {
        let hash = digest(&SHA256, &self.body);
        format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]))
    }

    /// The answer with a header set.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The answer with a `Link` to the next page: the call's own address, its `page_token` replaced.
    pub fn with_next_page(self, call: &Call, page_token: &str) -> Result<Self, ApiError> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(call.query().filter(|(name, _)| name != "page_token"))
            .append_pair("page_token", page_token)
            .finish();
        let link = format!("<{}?{query}>; rel=\"next\"", call.route.template());
        let link = HeaderValue::from_str(&link).map_err(ApiError::internal)?;
        Ok(self.with(header::LINK, link))
    }

    /// The answer with an `ETag` made of its body, and 304 in its place if the caller has it already.
    pub fn revalidated(self, call: &Call) -> Result<Self, ApiError> {
        let tag = self.tag();
        let answer = if call.has(&tag) {
            Self::empty(StatusCode::NOT_MODIFIED)
        } else {
            self
        };
        answer.with_tag(&tag)
    }

    /// The answer with an `ETag` made of its body.
    pub fn tagged(self) -> Result<Self, ApiError> {
        let tag = self.tag();
        self.with_tag(&tag)
    }

    fn with_tag(self, tag: &str) -> Result<Self, ApiError> {
        let value = HeaderValue::from_str(tag).map_err(ApiError::internal)?;
        Ok(self.with(header::ETAG, value).with(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        ))
    }

    /// The response, compressed if the caller takes gzip and there is something to gain.
    ///
    /// What a handler does not release for caches is kept out of them: answers depend on who asks.
    pub(crate) fn into_response(mut self, accept_encoding: Option<&str>) -> Response<Body> {
        self.headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        if self.body.len() >= Self::COMPRESSED_FROM {
            self.headers
                .insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            if accept_encoding.is_some_and(takes_gzip) {
                self.compress();
            }
        }
        let body = match String::from_utf8(self.body) {
            Ok(text) if text.is_empty() => Body::Empty,
            Ok(text) => Body::Text(text),
            Err(bytes) => Body::Binary(bytes.into_bytes()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    fn compress(&mut self) {
        let mut encoder = GzEncoder::new(Vec::with_capacity(self.body.len() / 4), Compression::fast());
        // Writing to memory does not fail; if it did, the plain body would be right too.
        if let Ok(compressed) = encoder.write_all(&self.body).and_then(|()| encoder.finish()) {
            self.body = compressed;
            self.headers
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            // A strong tag stands for one sequence of bytes, and these are others (RFC 9110, 8.8.3.3).
            if let Some(tag) = self.headers.get_mut(header::ETAG)
                && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
            {
                *tag = weak;
            }
        }
    }
}

/// Whether an `Accept-Encoding` admits gzip (RFC 9110, 12.5.3): named, or covered by `*`, with a weight above 0.
fn takes_gzip(accept_encoding: &str) -> bool {
    let weight = |wanted: &str| {
        accept_encoding.split(',').find_map(|coding| {
            let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim().eq_ignore_ascii_case(wanted).then(|| {
                let weight = parameters.trim().strip_prefix("q=");
                weight.map_or(1.0, |weight| weight.trim().parse::<f32>().unwrap_or(0.0))
            })
        })
    };
    weight("gzip")
        .or_else(|| weight("*"))
        .is_some_and(|weight| weight > 0.0)
}
