//! A table’s stream as the source of a function’s invocations.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use dynoxide::{
    Database, DynoxideError,
    actions::{
        describe_stream::DescribeStreamRequest,
        get_records::{GetRecordsRequest, Record},
        get_shard_iterator::GetShardIteratorRequest,
    },
    streams::shard_id,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Filter, Position, PositionError, batch::failures};
use crate::{
    aws::{Queues, sqs::NewMessage},
    cause::chain,
    console::Console,
    log_line::{Level, LogLine},
    runtime::{Runtime, request_id},
    schedule::Place,
    template::{Function, StreamSource},
};

/// The pause between two looks at a quiet stream; Lambda takes four a second.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// The pauses between two tries of a failed batch double from the first to the last.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);
const LAST_BACKOFF: Duration = Duration::from_mins(1);

/// What a consumer of a stream works with.
pub struct StreamPoller {
    /// The functions.
    pub runtime: Arc<Runtime>,
    /// The embedded DynamoDB.
    pub database: Database,
    /// The queues, for batches that are given up.
    pub queues: Arc<Queues>,
    /// The function that is invoked.
    pub function: Function,
    /// How it is invoked.
    pub source: StreamSource,
    /// Which records the function wants; with none, all.
    pub filters: Vec<Filter>,
    /// Name of the table in DynamoDB.
    pub table: String,
    /// Name in SQS of the queue that hears of batches given up.
    pub on_failure_queue: Option<String>,
    /// How far it has come; shared with whoever wants to know.
    pub position: Arc<Position>,
    /// The region and account that events name.
    pub place: Place,
    /// Where trouble is told.
    pub console: Console,
}

/// Why a stream cannot be consumed.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The database refuses.
    #[error("the stream cannot be read")]
    Database(#[from] DynoxideError),
    /// The reading task ended.
    #[error("the stream’s reader ended")]
    Reader(#[from] tokio::task::JoinError),
    /// The position cannot be kept.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// A record cannot be written as JSON.
    #[error("a stream record is not JSON")]
    Record(#[from] serde_json::Error),
    /// The queue for given-up batches refuses.
    #[error("the on-failure queue refuses")]
    Queue(#[from] crate::aws::sqs::QueueError),
}

/// A stream record: where it stands, and what the function sees of it.
#[derive(Clone)]
struct Entry {
    sequence_number: String,
    event: Value,
}

impl StreamPoller {
    /// Polls until it is dropped; troubles are told and waited out.
    pub async fn run(self) {
        loop {
            match self.poll().await {
                Ok(0) => sleep(POLL_INTERVAL).await,
                Ok(_) => {}
                Err(error) => {
                    let line = LogLine::new(Level::Error, None, chain(&error));
                    line.print(&self.console, &self.function.binary);
                    sleep(4 * POLL_INTERVAL).await;
                }
            }
        }
    }

    /// Whether everything in the table’s stream is done with.
    pub fn is_drained(database: &Database, table: &str, position: &Position) -> Result<bool, StreamError> {
        let stream = database.describe_stream(DescribeStreamRequest {
            stream_arn: stream_path(table),
            ..DescribeStreamRequest::default()
        })?;
        let last = |shard: &dynoxide::actions::describe_stream::Shard| {
            shard.sequence_number_range.ending_sequence_number.clone()
        };
        // Sequence numbers are of one length, so that their text has their order.
        Ok(stream.stream_description.shards.iter().filter_map(last).max() <= position.get())
    }

    /// Reads one batch and sees it through; how many records it had.
    async fn poll(&self) -> Result<usize, StreamError> {
        let mut entries = self.read().await?;
        if (1..self.batch_size()).contains(&entries.len()) && !self.source.batching_window.is_zero() {
            sleep(self.source.batching_window).await;
            entries = self.read().await?;
        }
        let Some(last) = entries.last().map(|entry| entry.sequence_number.clone()) else {
            return Ok(0);
        };
        let count = entries.len();
        if !self.filters.is_empty() {
            entries.retain(|entry| self.filters.iter().any(|filter| filter.matches(&entry.event)));
        }
        self.handle(entries).await?;
        self.position.advance(&last)?;
        Ok(count)
    }

    fn batch_size(&self) -> usize {
        self.source.batch_size.clamp(1, 1000) as usize
    }

    /// The records after the position.
    async fn read(&self) -> Result<Vec<Entry>, StreamError> {
        let (database, table, limit) = (self.database.clone(), self.table.clone(), self.batch_size());
        let position = self.position.get();
        let records = tokio::task::spawn_blocking(move || {
            let iterator = database.get_shard_iterator(GetShardIteratorRequest {
                stream_arn: stream_path(&table),
                shard_id: shard_id(&table),
                shard_iterator_type: position
                    .as_ref()
                    .map_or("TRIM_HORIZON", |_| "AFTER_SEQUENCE_NUMBER")
                    .to_owned(),
                sequence_number: position,
            })?;
            let shard_iterator = iterator.shard_iterator.unwrap_or_default();
            database.get_records(GetRecordsRequest {
                shard_iterator,
                limit: Some(limit),
            })
        });
        records
            .await??
            .records
            .iter()
            .map(|record| self.entry(record))
            .collect()
    }

    /// The record as Lambda sends it: with its source, and in our region.
    fn entry(&self, record: &Record) -> Result<Entry, StreamError> {
        let mut event = serde_json::to_value(record)?;
        event["awsRegion"] = json!(self.place.region);
        event["eventSourceARN"] = json!(self.stream_arn());
        Ok(Entry {
            sequence_number: record.dynamodb.sequence_number.clone(),
            event,
        })
    }

    fn stream_arn(&self) -> String {
        let Place { region, account_id } = &self.place;
        format!(
            "arn:aws:dynamodb:{region}:{account_id}:{}",
            stream_path(&self.table)
        )
    }

    /// Invokes the function until every record is handled or given up, in the stream’s order.
    async fn handle(&self, entries: Vec<Entry>) -> Result<(), StreamError> {
        let mut backoff = FIRST_BACKOFF;
        // The batch on top comes first; each with the number of its failed tries.
        let mut batches = vec![(entries, 0)];
        while let Some((mut entries, tries)) = batches.pop() {
            if entries.is_empty() {
                continue;
            }
            let request_id = request_id();
            let failed = self.first_failure(&entries, &request_id).await;
            let rest = failed.map_or_else(Vec::new, |position| entries.split_off(position));
            // What precedes the first failure is done, whatever becomes of the rest.
            if let Some(done) = entries.last() {
                self.position.advance(&done.sequence_number)?;
                backoff = FIRST_BACKOFF;
            }
            if rest.is_empty() {
                continue;
            }
            if !entries.is_empty() {
                batches.push((rest, 0));
            } else if self.source.bisect_on_error && rest.len() > 1 {
                // Splitting costs no try (Lambda developer guide, “Bisect batch on function error”).
                let mut first = rest;
                let second = first.split_off(first.len() / 2);
                batches.push((second, tries));
                batches.push((first, tries));
            } else if self
                .source
                .maximum_retry_attempts
                .is_some_and(|maximum| tries >= maximum)
            {
                self.give_up(&rest, &request_id, tries + 1)?;
                continue;
            } else {
                batches.push((rest, tries + 1));
            }
            sleep(backoff).await;
            backoff = (backoff * 2).min(LAST_BACKOFF);
        }
        Ok(())
    }

    /// Invokes the function once: the place of the first record that failed.
    async fn first_failure(&self, entries: &[Entry], request_id: &str) -> Option<usize> {
        let records: Vec<&Value> = entries.iter().map(|entry| &entry.event).collect();
        let payload = Bytes::from(json!({ "Records": records }).to_string());
        let answer = self
            .runtime
            .invoke(&self.function.logical_id, request_id, payload)
            .await;
        let identifiers: Vec<&str> = entries
            .iter()
            .map(|entry| entry.sequence_number.as_str())
            .collect();
        failures(answer, self.source.report_batch_item_failures, &identifiers)
            .first()
            .copied()
    }

    /// Tells the on-failure queue, if there is one, and goes on after the batch.
    fn give_up(&self, entries: &[Entry], request_id: &str, tries: u32) -> Result<(), StreamError> {
        let ([first, .., last] | [first @ last]) = entries else {
            return Ok(());
        };
        let gone = format!(
            "{} stream records of {} are given up after {tries} tries",
            entries.len(),
            self.table
        );
        LogLine::new(Level::Error, Some(request_id), gone).print(&self.console, &self.function.binary);
        if let Some(queue) = &self.on_failure_queue {
            let notice = json!({
                "requestContext": {
                    "requestId": request_id,
                    "functionArn": self.function.arn,
                    "condition": "RetryAttemptsExhausted",
                    "approximateInvokeCount": tries,
                },
                "responseContext": {
                    "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
                },
                "version": "1.0",
                "timestamp": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
                "DDBStreamBatchInfo": {
                    "shardId": shard_id(&self.table),
                    "startSequenceNumber": first.sequence_number,
                    "endSequenceNumber": last.sequence_number,
                    "approximateArrivalOfFirstRecord": arrival(first),
                    "approximateArrivalOfLastRecord": arrival(last),
                    "batchSize": entries.len(),
                    "streamArn": self.stream_arn(),
                },
            });
            self.queues.send(queue, NewMessage::from(notice.to_string()))?;
        }
        Ok(self.position.advance(&last.sequence_number)?)
    }
}

/// The end of a stream’s ARN, all of it that the embedded DynamoDB reads.
fn stream_path(table: &str) -> String {
    format!("table/{table}/stream/local")
}

fn arrival(entry: &Entry) -> Option<String> {
    let seconds = entry.event["dynamodb"]["ApproximateCreationDateTime"].as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are all there is")]
    let time = chrono::DateTime::from_timestamp(seconds as i64, 0)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
