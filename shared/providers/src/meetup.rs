//! Meetup's GraphQL (gql-ext): search near a position, groups by urlname, events by id.

mod category;
mod event;
mod query;
mod token;
mod wire;

use ::http::StatusCode;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::search::SearchFilter;
use domain::sync::{SliceCategory, Window};
use domain::{ExternalEvent, ExternalEventCategory, ExternalId, Source};
use secrecy::SecretString;
use serde::Deserialize;

use crate::base_url::BaseUrl;
use crate::document::{self, Format, Listing};
use crate::error::{Fault, ProviderError};
use crate::http::{Answer, Body, Call, Credentials, Http, LONGEST_WAIT, Limits};
use crate::lenient::{Nullable, Object, Text};
use crate::page::{More, Place, SearchPage, Skipped, SlicePage};
use crate::search::Rest;
use crate::verdict::{judge, required};

pub(crate) use self::token::TokenCache;
pub use self::token::{InvalidSigningKey, SigningKey};

/// How Meetup is reached.
#[derive(Debug, Clone)]
pub struct Config {
    /// `https://api.meetup.com/gql-ext`, or an imitation.
    pub base_url: BaseUrl,
    /// `https://secure.meetup.com/oauth2/access`, or an imitation.
    pub token_url: BaseUrl,
    /// The OAuth client's key, `iss` of an assertion.
    pub client_key: SecretString,
    /// The member on whose behalf we ask, `sub` of an assertion.
    pub member_id: SecretString,
    /// By what Meetup knows the signing key, `kid` of an assertion.
    pub signing_key_id: SecretString,
    /// The signing key.
    pub private_key: SigningKey,
}

/// Reads an answer that lists events under the name `events`, in `data` or in its `group`. Drafts are passed over.
pub fn parse_events(body: &[u8]) -> Result<SearchPage, ProviderError> {
    refuse(body)?;
    Ok(document::parse_page::<Json>(body)?)
}

/// Reads the answer with the one `event`; `None` if there is none, or a draft.
pub fn parse_event(body: &[u8]) -> Result<Option<ExternalEvent>, ProviderError> {
    refuse(body)?;
    let text = document::text(body);
    let answer: Object<wire::Answer<'_, wire::One<'_>>> = document::read(&text)?;
    match &answer.data.event {
        Nullable::Null => Ok(None),
        Nullable::Object(wire) if !event::is_listed(wire) => Ok(None),
        Nullable::Object(wire) => Ok(Some(event::event(wire).map_err(|_| Fault::Shape)?)),
        Nullable::Other => Err(Fault::Shape.into()),
    }
}

/// Whether Meetup can be asked for what `filter` does.
pub(crate) fn has_search(filter: &SearchFilter) -> bool {
    query::search(filter, None, DateTime::UNIX_EPOCH).is_some()
}

struct Json;

impl Format for Json {
    /// With the edge about it, so that one that is broken costs no other.
    type Event<'de> = wire::Edge<Object<wire::Event<'de>>>;
    type Page<'de, E: Deserialize<'de> + Default> = wire::Answer<'de, wire::Events<'de, E>>;

    fn listing<'de, E: Deserialize<'de> + Default>(
        page: wire::Answer<'de, wire::Events<'de, E>>,
    ) -> Option<Listing<E>> {
        let data = page.data.into_inner();
        let list = match data.group {
            Nullable::Object(group) => group.events,
            Nullable::Null | Nullable::Other => data.events,
        };
        let list = list.into_inner();
        // The total is unreliable, but an upper bound. A cursor may be there although nothing follows.
        let more = list.page_info.has_next_page.0.then(|| {
            let cursor = list.page_info.end_cursor.get();
            cursor.map(|cursor| More::Token(cursor.to_owned()))
        });
        list.edges.is_list().then_some(Listing {
            events: list.edges,
            total: list.total_count.count(),
            more: more.flatten(),
        })
    }

    fn is_listed(edge: &Self::Event<'_>) -> bool {
        event::is_listed(&edge.node)
    }

    fn event(edge: &Self::Event<'_>) -> Result<ExternalEvent, Skipped> {
        event::event(&edge.node)
    }
}

/// What the errors of an answer with status 200 mean. Beside data they cost nothing but a line in the log.
fn refuse(body: &[u8]) -> Result<(), ProviderError> {
    /// Whether anything is there.
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Data {
        events: Nullable<Nothing>,
        group: Nullable<Nothing>,
        event: Nullable<Nothing>,
        #[serde(rename = "topicCategories")]
        topic_categories: Nullable<Nothing>,
    }

    #[derive(Deserialize, Default)]
    struct Nothing {}

    let Ok(answer) = serde_json::from_slice::<Object<wire::Answer<'_, Data>>>(body) else {
        // Whoever reads it next says what is wrong with it.
        return Ok(());
    };
    let Some(first) = answer.errors.items().first() else {
        return Ok(());
    };
    let data = &answer.data;
    let there = [&data.events, &data.group, &data.event, &data.topic_categories];
    let extensions = &first.extensions;
    let code = Text::first(&[&extensions.code, &first.code, &extensions.classification]);
    if there.iter().any(|part| matches!(part, Nullable::Object(_))) {
        tracing::warn!(
            provider.name = "meetup",
            code = code.clean_to(MAX_CODE),
            errors = answer.errors.items().len(),
            "the answer is not complete"
        );
        return Ok(());
    }
    Err(match code.get() {
        Some("RATE_LIMITED") => {
            let reset: Option<DateTime<Utc>> = extensions.reset_at.parse();
            let wait = reset.map(|reset| (reset - Utc::now()).to_std().unwrap_or_default());
            ProviderError::RateLimited {
                retry_after: wait.map(|wait| wait.min(LONGEST_WAIT)),
            }
        }
        Some("auth_fail" | "UNAUTHENTICATED" | "UNAUTHORIZED") => ProviderError::Unauthorized,
        Some(code @ ("ValidationError" | "InvalidSyntax" | "BAD_USER_INPUT")) => ProviderError::Refused {
            status: StatusCode::OK.as_u16(),
            code: Some(code.to_owned()),
        },
        _ => Fault::NoData.into(),
    })
}

/// The longest code shown.
const MAX_CODE: usize = 32;

/// The most pages read of a slice: 10,000 events of one group.
const MAX_SLICE_PAGES: u32 = 100;

/// Meetup, ready to be called.
pub(crate) struct Client<'a> {
    pub(crate) config: &'a Config,
    pub(crate) http: &'a Http,
    pub(crate) tokens: &'a TokenCache,
}

impl Client<'_> {
    pub(crate) async fn search(
        &self,
        filter: &SearchFilter,
        place: Place<'_>,
        now: DateTime<Utc>,
        limits: Limits,
    ) -> Result<(SearchPage, Rest), ProviderError> {
        let query = query::search(filter, place.token, now).ok_or(ProviderError::NotSearchable)?;
        let found = parse_events(&self.ask(&query, limits).await?)?;
        let rest = Rest::told(place.page, query::size(filter), &found);
        Ok((found, rest))
    }

    /// The event with this id, which for all but touched occurrences of a series is the token too.
    pub(crate) async fn event(
        &self,
        id: &ExternalId,
        limits: Limits,
    ) -> Result<Option<ExternalEvent>, ProviderError> {
        parse_event(&self.ask(&query::event(id.as_str()), limits).await?)
    }

    /// A page of the events of the group that `category` names, `group:its-urlname`.
    pub(crate) async fn slice_page(
        &self,
        category: &SliceCategory,
        window: Window,
        place: Place<'_>,
        limits: Limits,
    ) -> Result<SlicePage, ProviderError> {
        let unknown = |code: &str| ProviderError::Refused {
            status: StatusCode::NOT_FOUND.as_u16(),
            code: Some(code.to_owned()),
        };
        let urlname = category.as_str().strip_prefix("group:");
        let urlname = urlname.ok_or_else(|| unknown("UNKNOWN_SLICE"))?;
        let body = self
            .ask(&query::group(urlname, window, place.token), limits)
            .await?;
        match parse_events(&body) {
            Err(ProviderError::Unavailable {
                fault: Fault::Shape, ..
            }) if has_no_group(&body) => Err(unknown("UNKNOWN_GROUP")),
            found => Ok(SlicePage::told(found?, place.page, MAX_SLICE_PAGES)),
        }
    }

    pub(crate) async fn categories(
        &self,
        limits: Limits,
    ) -> Result<Vec<ExternalEventCategory>, ProviderError> {
        let body = self.ask(&query::categories(), limits).await?;
        refuse(&body)?;
        let answer: Object<wire::Answer<'_, wire::TopicCategories<'_>>> =
            serde_json::from_slice(&body).map_err(Fault::from)?;
        let edges = answer.data.topic_categories.edges.items();
        let categories = edges.iter().filter_map(|edge| {
            Some(ExternalEventCategory {
                name: edge.node.name.get()?.to_owned(),
                source: Source::Meetup,
                external_id: edge.node.id.get()?.to_owned(),
                parent: None,
            })
        });
        let categories = ExternalEventCategory::unique(categories);
        if categories.is_empty() {
            return Err(Fault::Shape.into());
        }
        Ok(categories)
    }

    /// Asks a query. A token that is refused before its time (Meetup forgot it) is replaced, once.
    async fn ask(&self, query: &str, limits: Limits) -> Result<Bytes, ProviderError> {
        let token = self.token(limits, None).await?;
        let answer = self.send(query, &token, limits).await?;
        let answer = if answer.status == StatusCode::UNAUTHORIZED {
            let token = self.token(limits, Some(&token)).await?;
            self.send(query, &token, limits).await?
        } else {
            answer
        };
        // A page of a gateway: the provider's own 400 is JSON.
        if answer.status == StatusCode::BAD_REQUEST && answer.is("html") {
            return Err(Fault::NotJson.into());
        }
        required(judge(answer, |_| false)?)
    }

    async fn token(
        &self,
        limits: Limits,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, ProviderError> {
        self.tokens.get(self.config, self.http, limits, refused).await
    }

    async fn send(&self, query: &str, token: &SecretString, limits: Limits) -> Result<Answer, ProviderError> {
        let call = Call {
            name: "meetup",
            url: self.config.base_url.url(),
            credentials: Credentials::Bearer(token),
            limits,
        };
        Ok(self.http.post(&call, Body::Json(query)).await?)
    }
}

/// Whether an answer says that there is no such group.
fn has_no_group(body: &[u8]) -> bool {
    let answer =
        serde_json::from_slice::<Object<wire::Answer<'_, wire::Events<'_, serde::de::IgnoredAny>>>>(body);
    answer.is_ok_and(|answer| matches!(answer.data.group, Nullable::Null))
}
