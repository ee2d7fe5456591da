//! Text from strangers: cleaned for people, folded for comparing.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// `text` without control characters (line breaks stay, tabs become spaces) and without white space around it.
pub fn clean(text: &str) -> String {
    let text = text.trim();
    // What almost every text consists of is told by its bytes, many at once as nothing ends the loop early.
    let is_plain = text
        .bytes()
        .fold(true, |plain, byte| plain & matches!(byte, b'\n' | b' '..=b'~'));
    if !is_plain && text.chars().any(is_unwanted) {
        text.replace('\t', " ")
            .chars()
            .filter(|&c| !is_unwanted(c))
            .collect::<String>()
            .trim()
            .to_owned()
    } else {
        text.to_owned()
    }
}

/// `text` cleaned, and cut to at most `max` bytes between two characters.
///
/// The store bounds an item's size, so a text of any length must have a place to stop.
pub fn clean_to(text: &str, max: usize) -> String {
    let mut text = clean(text);
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
        text.truncate(text.trim_end().len());
    }
    text
}

/// `text` in the form in which two spellings of the same name are equal: without accents, lower case, words separated
/// by one space. `" São  PAULO "` becomes `"sao paulo"`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    // Words are told apart after the decomposition, which turns some characters into spaces.
    for c in text.nfkd() {
        match c {
            c if c.is_whitespace() => {
                gap = true;
                continue;
            }
            c if c.is_control() || is_combining_mark(c) => continue,
            _ if gap && !folded.is_empty() => folded.push(' '),
            _ => {}
        }
        gap = false;
        match c {
            // Letters that Unicode does not decompose, but that people type without their stroke.
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' => folded.push('d'),
            'ı' => folded.push('i'),
            'ß' | 'ẞ' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            '’' | 'ʼ' => folded.push('\''),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

fn is_unwanted(c: char) -> bool {
    (c.is_control() && c != '\n') || c == '\u{feff}'
}
