//! Items too wordy to be stored as they are.

use std::io::{Read as _, Write as _};

use aws_sdk_dynamodb::primitives::Blob;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// `bytes`, gzipped. Fast rather than small: it stands between a caller and the answer.
pub(crate) fn compress(bytes: &[u8]) -> std::io::Result<Blob> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish().map(Blob::new)
}

/// What was compressed.
pub(crate) fn decompress(blob: &Blob) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(blob.as_ref()).read_to_end(&mut bytes)?;
    Ok(bytes)
}
