//! Imitations of the provider APIs that enforce the real ones’ rules.
