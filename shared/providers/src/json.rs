//! Reading JSON faster than `serde_json` does, where most of it is skipped.
//!
//! JSON consists of texts, and most are short: their ends are looked for in many bytes at once, and what is skipped is
//! read past without a look at anything but its form. What is read and what is refused is the same as by `serde_json`,
//! which still reads what is rare and tells what is wrong.

use std::{fmt, mem};

use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// A text that is no JSON, or not of the type asked for.
#[derive(Debug, thiserror::Error)]
#[error("is not readable")]
pub(crate) struct Unreadable;

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads the one value that `text` is. What the type ignores may be nested without end, and takes no stack.
pub(crate) fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unreadable> {
    let mut reader = Reader {
        text,
        rest: text.as_bytes(),
        depth: 0,
        open: Vec::new(),
    };
    let value = T::deserialize(&mut reader)?;
    past_space(reader.rest)
        .is_empty()
        .then_some(value)
        .ok_or(Unreadable)
}

/// How deep a type may be nested; `serde_json` has the same bound.
const MAX_DEPTH: u8 = 127;

struct Reader<'de> {
    text: &'de str,
    /// What is not read yet of `text`.
    rest: &'de [u8],
    /// In how many lists and objects that is.
    depth: u8,
    /// Room for what closes the lists and objects that are being skipped.
    open: Vec<u8>,
}

impl<'de> Reader<'de> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Result<u8, Unreadable> {
        self.rest = past_space(self.rest);
        self.rest.first().copied().ok_or(Unreadable)
    }

    /// Reads past `mark`, white space before it included.
    fn pass(&mut self, mark: u8) -> Result<(), Unreadable> {
        self.rest = past(mark, self.rest).ok_or(Unreadable)?;
        Ok(())
    }

    /// What of the text is between `from`, which was its rest before, and `to`, which is its rest at a later place.
    fn between(&self, from: &[u8], to: &[u8]) -> Option<&'de str> {
        let length = self.text.len();
        self.text.get(length - from.len()..length - to.len())
    }

    /// Reads a text, up to which all is read, unless something in it is escaped.
    fn plain_text(&mut self) -> Option<&'de str> {
        let text = self.rest.strip_prefix(b"\"")?;
        let end = &text[plain(text)..];
        let after = end.strip_prefix(b"\"")?;
        let text = self.between(text, end)?;
        self.rest = after;
        Some(text)
    }

    /// Reads a text, up to which all is read.
    #[cold]
    fn escaped_text(&mut self) -> Result<String, Unreadable> {
        let quoted = self.rest;
        self.rest = quoted.strip_prefix(b"\"").and_then(past_text).ok_or(Unreadable)?;
        let text = self.between(quoted, self.rest).ok_or(Unreadable)?;
        serde_json::from_str(text).map_err(|_| Unreadable)
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unreadable> {
        let after = past_number(self.rest).ok_or(Unreadable)?;
        let number = self.between(self.rest, after).ok_or(Unreadable)?;
        self.rest = after;
        if let Ok(number) = number.parse() {
            return visitor.visit_u64(number);
        }
        // Minus zero is no integer.
        if let Some(number) = number.parse().ok().filter(|&number| number != 0) {
            return visitor.visit_i64(number);
        }
        visitor.visit_f64(serde_json::from_str(number).map_err(|_| Unreadable)?)
    }

    /// Reads past `word`, which is `value`.
    fn word<T>(&mut self, word: &[u8], value: T) -> Result<T, Unreadable> {
        self.rest = self.rest.strip_prefix(word).ok_or(Unreadable)?;
        Ok(value)
    }

    /// Reads what is in a list or an object, at whose first byte the reader is, by `read`.
    fn nested<T>(
        &mut self,
        close: u8,
        read: impl FnOnce(Items<'_, 'de>) -> Result<T, Unreadable>,
    ) -> Result<T, Unreadable> {
        if self.depth == MAX_DEPTH {
            return Err(Unreadable);
        }
        self.depth += 1;
        self.rest = &self.rest[1..];
        // Handed on as it is: what is taken out and put back is copied.
        let value = read(Items {
            reader: self,
            close,
            is_first: true,
        });
        self.pass(close)?;
        self.depth -= 1;
        value
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.peek()? {
            b'"' => match self.plain_text() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => visitor.visit_string(self.escaped_text()?),
            },
            b'{' => self.nested(b'}', |fields| visitor.visit_map(fields)),
            b'[' => self.nested(b']', |items| visitor.visit_seq(items)),
            b't' => visitor.visit_bool(self.word(b"true", true)?),
            b'f' => visitor.visit_bool(self.word(b"false", false)?),
            b'n' => {
                self.word(b"null", ())?;
                visitor.visit_unit()
            }
            _ => self.number(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.open.clear();
        self.rest = past_value(self.rest, &mut self.open).ok_or(Unreadable)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// The items of a list, or the fields of an object.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    close: u8,
    is_first: bool,
}

impl Items<'_, '_> {
    /// Reads up to the next item or field, if there is one.
    fn has_next(&mut self) -> Result<bool, Unreadable> {
        let is_first = mem::take(&mut self.is_first);
        if self.reader.peek()? == self.close {
            return Ok(false);
        }
        if !is_first {
            self.reader.pass(b',')?;
            self.reader.rest = past_space(self.reader.rest);
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        if !self.has_next()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        if !self.has_next()? {
            return Ok(None);
        }
        let name = match self.reader.plain_text() {
            Some(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            None => seed.deserialize(StringDeserializer::new(self.reader.escaped_text()?)),
        };
        name.map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unreadable> {
        self.reader.pass(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// What follows the white space that `rest` begins with.
fn past_space(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\t' | b'\r', after @ ..] = rest {
        rest = after;
    }
    rest
}

/// What follows `mark`, white space before it included.
fn past(mark: u8, rest: &[u8]) -> Option<&[u8]> {
    let (&first, after) = past_space(rest).split_first()?;
    (first == mark).then_some(after)
}

/// What follows the value that `rest` begins with; `open` is empty.
fn past_value<'r>(mut rest: &'r [u8], open: &mut Vec<u8>) -> Option<&'r [u8]> {
    loop {
        rest = past_space(rest);
        let (&first, after) = rest.split_first()?;
        rest = match first {
            b'"' => past_text(after)?,
            b'{' | b'[' => {
                // Both are two above what opens them.
                let close = first + 2;
                if let Some(after) = past(close, after) {
                    after
                } else {
                    open.push(close);
                    rest = if close == b'}' { past_name(after)? } else { after };
                    continue;
                }
            }
            b't' => rest.strip_prefix(b"true")?,
            b'f' => rest.strip_prefix(b"false")?,
            b'n' => rest.strip_prefix(b"null")?,
            _ => past_number(rest)?,
        };
        loop {
            let Some(&close) = open.last() else {
                return Some(rest);
            };
            let (&first, after) = past_space(rest).split_first()?;
            rest = after;
            if first == b',' {
                if close == b'}' {
                    rest = past_name(rest)?;
                }
                break;
            }
            if first != close {
                return None;
            }
            open.pop();
        }
    }
}

/// What follows a field's name and its colon.
fn past_name(rest: &[u8]) -> Option<&[u8]> {
    past(b':', past_text(past(b'"', rest)?)?)
}

/// What follows a text of which `rest` is all but the first quote.
fn past_text(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match &rest[plain(rest)..] {
            [b'"', after @ ..] => return Some(after),
            [
                b'\\',
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                after @ ..,
            ] => after,
            [b'\\', b'u', after @ ..] => {
                let (code, after) = after.split_first_chunk::<4>()?;
                code.iter().all(u8::is_ascii_hexdigit).then_some(after)?
            }
            _ => return None,
        };
    }
}

/// What follows the number that `rest` begins with.
fn past_number(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let mut rest = rest.strip_prefix(b"0").or_else(|| past_digits(rest))?;
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = past_digits(fraction)?;
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let signed = exponent
            .strip_prefix(b"+")
            .or_else(|| exponent.strip_prefix(b"-"));
        rest = past_digits(signed.unwrap_or(exponent))?;
    }
    Some(rest)
}

fn past_digits(rest: &[u8]) -> Option<&[u8]> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(&rest[count..])
}

/// How many bytes `text` begins with that stand for themselves in a JSON text.
fn plain(text: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = text;
    while let Some((block, after)) = rest.split_first_chunk() {
        let special = special(u64::from_le_bytes(*block));
        if special != 0 {
            return count + special.trailing_zeros() as usize / 8;
        }
        count += block.len();
        rest = after;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    count + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Zero if each of eight bytes stands for itself in a JSON text, else a number whose lowest bit that is set is in the
/// first byte that does not: what is taken from a byte that is less borrows from the byte above, and sets its own highest
/// bit. With one bit turned over the quote is next to the control characters, and one comparison finds both.
const fn special(bytes: u64) -> u64 {
    const EACH: u64 = u64::MAX / 255;
    let control_or_quote = (bytes ^ (EACH * 0b10)).wrapping_sub(EACH * 0x21);
    let backslash = (bytes ^ (EACH * b'\\' as u64)).wrapping_sub(EACH);
    (control_or_quote | backslash) & !bytes & (EACH << 7)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde::de::IgnoredAny;
    use serde_json::Value;
    use test_case::test_case;

    use super::from_str;

    /// Reads `text` as `serde_json` does, what is skipped included.
    fn assert_agrees(text: &str) -> Result<(), TestCaseError> {
        prop_assert_eq!(
            from_str(text).ok(),
            serde_json::from_str::<Value>(text).ok(),
            "{}",
            text
        );
        let is_skipped = serde_json::from_str::<IgnoredAny>(text).is_ok();
        prop_assert_eq!(from_str::<IgnoredAny>(text).is_ok(), is_skipped, "{}", text);
        Ok(())
    }

    /// A piece of JSON, or of what is almost JSON.
    fn token() -> impl Strategy<Value = String> {
        let marks = [
            "{", "}", "[", "]", ",", ":", " ", "\n", "\t\r", "\"", "\\", "\u{b}", "\u{a0}",
        ];
        let words = [
            "true", "false", "null", "tru", "-", "0", "-0", "01", "1.5", "1.", ".5", "2e3", "2E-3", "1e",
            "1e999",
        ];
        let texts = [
            r#""""#,
            r#""a""#,
            r#""seven b""#,
            r#""\n\/\b""#,
            r#""\u00e9""#,
            r#""\ud83d\ude00""#,
            r#""\ud800""#,
            r#""\u12"#,
        ];
        let numbers = [
            "18446744073709551616",
            "18446744073709551615",
            "-9223372036854775808",
            "-9223372036854775809",
        ];
        let given: Vec<&str> = [&marks[..], &words, &texts, &numbers].concat();
        prop_oneof![
            4 => prop::sample::select(given).prop_map(str::to_owned),
            1 => ".{0,40}".prop_map(|text| format!("\"{text}\"")),
            1 => ".{0,40}".prop_map(|text| Value::from(text).to_string()),
        ]
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f32>().prop_map(Value::from),
            ".{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".{0,20}", inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_is_read_as_by_serde_json(value in any_value(), is_pretty: bool) {
            let text = if is_pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert!(from_str::<Value>(&text).is_ok());
            assert_agrees(&text)?;
        }

        #[test]
        fn a_damaged_document_is_refused_where_serde_json_refuses_it(
            value in any_value(),
            damage in token(),
            place: Index,
            removed in 0..3_usize,
        ) {
            let text: Vec<char> = value.to_string().chars().collect();
            let place = place.index(text.len());
            let end = text.len().min(place + removed);
            let text: String = text[..place].iter().chain(&damage.chars().collect::<Vec<_>>()).chain(&text[end..]).collect();
            assert_agrees(&text)?;
        }

        #[test]
        fn any_tokens_are_read_or_refused_as_by_serde_json(tokens in prop::collection::vec(token(), 0..8)) {
            assert_agrees(&tokens.concat())?;
        }
    }

    #[test_case(127; "as deep as can be")]
    #[test_case(128; "too deep")]
    #[test_case(100_000; "deeper than any stack")]
    fn depth_is_bounded_where_it_takes_stack_and_free_where_it_is_skipped(depth: usize) {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_agrees(&text).unwrap();
            assert!(from_str::<IgnoredAny>(&text).is_ok());
        }
    }
}
