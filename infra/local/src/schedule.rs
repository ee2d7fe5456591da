//! EventBridge schedules: functions that are invoked by the clock.

mod expression;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

pub use self::expression::{Cron, ScheduleExpression, ScheduleExpressionError};
use crate::{
    runtime::{Runtime, request_id},
    template::{Function, Schedule},
};

/// Invokes `function` whenever `schedule` fires, until it is dropped or the schedule names no later time. A failed
/// invocation is retried twice, as Lambda retries asynchronous ones.
pub async fn run(runtime: Arc<Runtime>, function: Function, schedule: Schedule, place: Place) {
    while let Some(next) = schedule.expression.next_after(Utc::now()) {
        // A laptop sleeps: waiting in short steps against the clock fires at the named time all the same.
        while let Ok(left) = (next - Utc::now()).to_std() {
            tokio::time::sleep(left.min(std::time::Duration::from_secs(30))).await;
        }
        fire(&runtime, &function, &schedule, &place, next).await;
    }
}

/// Invokes `function` as if `schedule` fired at `time`; whether it succeeded at last.
pub async fn fire(
    runtime: &Runtime,
    function: &Function,
    schedule: &Schedule,
    place: &Place,
    time: DateTime<Utc>,
) -> bool {
    let payload = Bytes::from(event(schedule, place, time).to_string());
    for _attempt in 0..3 {
        if runtime
            .invoke(&function.logical_id, &request_id(), payload.clone())
            .await
            .is_ok()
        {
            return true;
        }
    }
    false
}

/// The region and account that events and ARNs name.
#[derive(Clone, Debug)]
pub struct Place {
    /// For example `us-east-1`.
    pub region: String,
    /// 12 digits.
    pub account_id: String,
}

/// What EventBridge sends: the schedule’s own input, or the scheduled event.
pub fn event(schedule: &Schedule, place: &Place, time: DateTime<Utc>) -> Value {
    let Place { region, account_id } = place;
    schedule.input.clone().unwrap_or_else(|| {
        json!({
            "version": "0",
            "id": request_id(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": account_id,
            "time": time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": region,
            "resources": [format!("arn:aws:events:{region}:{account_id}:rule/{}", schedule.name)],
            "detail": {},
        })
    })
}
