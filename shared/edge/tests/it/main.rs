//! The edge, through what it offers to functions.

mod auth;
mod batch;
mod config;
mod error;
mod gate;
mod log;
mod openapi;
mod route;
mod token;
mod view;
