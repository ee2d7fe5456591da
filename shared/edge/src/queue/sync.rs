//! The queues of sync jobs.

use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use domain::Source;
use storage::Connection;

use super::{JobQueue, QueueError, QueueUrl, QueueUrls, SyncJob};
use crate::by_source::BySource;

/// A queue for each source, since how many jobs are worth doing at once is a matter of the source's limits. They share
/// their dead letters.
#[derive(Debug, Clone)]
pub struct SyncQueues(BySource<JobQueue>);

impl SyncQueues {
    /// The queues behind `connection`.
    pub fn new(connection: &Connection, urls: QueueUrls<BySource<QueueUrl>>) -> Self {
        let QueueUrls { jobs, dead_letters } = urls;
        Self(jobs.map(|jobs| {
            let dead_letters = dead_letters.clone();
            JobQueue::new(connection, QueueUrls { jobs, dead_letters })
        }))
    }

    /// The queue that these messages came from: Lambda takes them from one at a time.
    pub fn behind(&self, event: &SqsEvent) -> &JobQueue {
        let arn = event
            .records
            .first()
            .and_then(|message| message.event_source_arn.as_deref());
        let name = arn.and_then(|arn| arn.rsplit(':').next()).unwrap_or_default();
        let source = Source::ALL
            .into_iter()
            .find(|source| self.0.of(*source).urls.jobs.name() == name);
        // None is ours when a message is replayed by hand. It can be done, and buried, by any of them.
        self.0.of(source.unwrap_or(Source::Ticketmaster))
    }

    /// Sends each job to the queue of its source.
    pub async fn send_all(&self, jobs: &[SyncJob]) -> Result<(), QueueError> {
        for source in Source::ALL {
            let queue = self.0.of(source);
            let jobs: Vec<_> = jobs.iter().filter(|job| job.task.source() == source).collect();
            queue.send_all(&jobs).await?;
        }
        Ok(())
    }

    /// Sends a job that is received after `delay` at the earliest, or after a quarter of an hour if that is shorter.
    pub async fn send_later(&self, job: &SyncJob, delay: Duration) -> Result<(), QueueError> {
        let queue = self.0.of(job.task.source());
        queue.send_later(job, delay).await
    }
}
