//! When an EventBridge schedule fires.

mod expression;

pub use self::expression::{ScheduleExpression, ScheduleExpressionError};
