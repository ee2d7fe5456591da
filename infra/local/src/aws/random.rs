//! Random identifiers and generated secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

use ring::{
    error::Unspecified,
    rand::{SecureRandom, SystemRandom},
};

/// A version 4 UUID (RFC 9562) for things that nobody must be unable to guess.
pub(super) fn uuid() -> String {
    let half = || RandomState::new().build_hasher().finish();
    let (high, low) = (half(), half());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

/// A secret of letters and digits.
pub(super) fn password(length: usize) -> Result<String, Unspecified> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let random = SystemRandom::new();
    let mut password = String::with_capacity(length);
    while password.len() < length {
        let mut bytes = [0; 64];
        random.fill(&mut bytes)?;
        // Bytes past the last multiple of 62 would make the first letters likelier.
        let fair = bytes
            .iter()
            .map(|byte| usize::from(*byte))
            .filter(|byte| *byte < 4 * ALPHABET.len());
        password.extend(
            fair.take(length - password.len())
                .map(|byte| char::from(ALPHABET[byte % ALPHABET.len()])),
        );
    }
    Ok(password)
}
