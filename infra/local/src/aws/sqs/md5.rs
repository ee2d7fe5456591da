//! MD5 (RFC 1321), by which SQS's clients check that a message arrived as it was sent.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::MessageAttribute;

/// How far each step of a round rotates.
const ROTATIONS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// The digest of `input`, hexadecimal.
pub(super) fn hex(input: &[u8]) -> String {
    let mut padded = input.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    if padded.len() - input.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let length_at = padded.len() - 8;
    padded[length_at..].copy_from_slice(&(input.len() as u64 * 8).to_le_bytes());

    let (blocks, _) = padded.as_chunks::<64>();
    let state = blocks
        .iter()
        .fold([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476], compress);
    let [a, b, c, d] = state.map(u32::swap_bytes);
    format!("{a:08x}{b:08x}{c:08x}{d:08x}")
}

fn compress(state: [u32; 4], block: &[u8; 64]) -> [u32; 4] {
    let (words, _) = block.as_chunks::<4>();
    let [mut a, mut b, mut c, mut d] = state;
    for step in 0..64 {
        let (mixed, word) = match step / 16 {
            0 => (b & c | !b & d, step),
            1 => (d & b | !d & c, 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let sum = a
            .wrapping_add(mixed)
            .wrapping_add(sine(step))
            .wrapping_add(u32::from_le_bytes(words[word % 16]));
        (a, d, c, b) = (
            d,
            c,
            b,
            b.wrapping_add(sum.rotate_left(ROTATIONS[step / 16][step % 4])),
        );
    }
    [
        state[0].wrapping_add(a),
        state[1].wrapping_add(b),
        state[2].wrapping_add(c),
        state[3].wrapping_add(d),
    ]
}

/// The integer part of 2^32 * |sin(step + 1)|.
fn sine(step: usize) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "the step is at most 63, and the product is below 2^32 and not negative"
    )]
    let value = (((step + 1) as f64).sin().abs() * f64::from(2_u32.pow(16)).powi(2)) as u32;
    value
}

/// The digest of a message's attributes, hexadecimal; `None` without any.
///
/// Source: SQS developer guide, "Calculating the MD5 message digest for message attributes".
pub(super) fn of_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    const STRING: u8 = 1;
    const BINARY: u8 = 2;
    let mut encoded = Vec::new();
    for (name, attribute) in attributes {
        let (transport, value) = match (&attribute.string_value, &attribute.binary_value) {
            (Some(text), _) => (STRING, text.as_bytes().to_vec()),
            (None, binary) => (
                BINARY,
                STANDARD
                    .decode(binary.as_deref().unwrap_or_default())
                    .unwrap_or_default(),
            ),
        };
        push(&mut encoded, name.as_bytes());
        push(&mut encoded, attribute.data_type.as_bytes());
        encoded.push(transport);
        push(&mut encoded, &value);
    }
    (!attributes.is_empty()).then(|| hex(&encoded))
}

/// Appends a length of four bytes, big-endian, and the bytes themselves.
fn push(encoded: &mut Vec<u8>, bytes: &[u8]) {
    encoded.extend((bytes.len() as u64).to_be_bytes().split_at(4).1);
    encoded.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn digests_the_test_suite_of_rfc_1321() {
        let digits = "12345678901234567890123456789012345678901234567890123456789012345678901234567890";
        for (input, digest) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f",
            ),
            (digits, "57edf4a22be3c955ac49da2e2107b67a"),
        ] {
            assert_eq!(hex(input.as_bytes()), digest, "{input}");
        }
    }

    #[test]
    fn pads_inputs_around_the_block_length() {
        let lengths = [55, 56, 63, 64];
        let digests = lengths.map(|length| hex("a".repeat(length).as_bytes()));
        assert_eq!(
            digests,
            [
                "ef1772b6dff9a122358552954ad0df65",
                "3b0c8ac703f828b04c6c197006d17218",
                "b06521f39153d618550606be297466d5",
                "014842d480b571495a4a0363793f7367",
            ]
        );
    }
}
