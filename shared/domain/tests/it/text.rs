use domain::text::{clean, clean_to, fold};
use proptest::prelude::*;
use test_case::test_case;

#[test_case("  Rock \u{0}Concert\u{7}\r\n" => "Rock Concert"; "control characters and white space around")]
#[test_case("one\r\ntwo" => "one\ntwo"; "line breaks stay")]
#[test_case("one\ttwo" => "one two"; "a tab parts two words")]
#[test_case("\u{feff} title" => "title"; "a byte order mark in front of a space")]
#[test_case("\u{1}" => ""; "nothing worth keeping")]
#[test_case("Café 日本 🎸" => "Café 日本 🎸"; "what people write")]
fn cleans(text: &str) -> String {
    clean(text)
}

#[test_case("abcdef", 4 => "abcd"; "between two bytes")]
#[test_case("aé", 2 => "a"; "not within a character")]
#[test_case("ab cd", 3 => "ab"; "without white space at the new end")]
#[test_case("abc", 3 => "abc"; "not at all where it fits")]
#[test_case("é", 0 => ""; "to nothing")]
fn cuts(text: &str, max: usize) -> String {
    clean_to(text, max)
}

#[test_case(" São  PAULO " => "sao paulo"; "accents, case and spaces")]
#[test_case("Zu\u{308}rich" => "zurich"; "accents written apart")]
#[test_case("Łódź" => "lodz"; "a stroke through l")]
#[test_case("KØBENHAVN" => "kobenhavn"; "a stroke through o")]
#[test_case("Đà Nẵng" => "da nang"; "a stroke through d")]
#[test_case("DIYARBAKIR" => "diyarbakir"; "a capital i")]
#[test_case("Diyarbakır" => "diyarbakir"; "an i without a dot")]
#[test_case("İstanbul" => "istanbul"; "a capital i with a dot")]
#[test_case("Gießen" => "giessen"; "a sharp s")]
#[test_case("GIEẞEN" => "giessen"; "a capital sharp s")]
#[test_case("Ærø" => "aero"; "ae in one letter")]
#[test_case("Œuvre" => "oeuvre"; "oe in one letter")]
#[test_case("L’Aquila" => "l'aquila"; "a typographic apostrophe")]
#[test_case("New\u{a0}York\n" => "new york"; "a space that does not break")]
#[test_case("a \u{1} b" => "a b"; "a word of control characters")]
#[test_case("a \u{301} b" => "a b"; "a word of accents")]
#[test_case("\u{a8}" => ""; "an accent standing alone")]
#[test_case("東京" => "東京"; "a script without cases")]
fn folds(text: &str) -> String {
    fold(text)
}

#[test]
fn every_character_folds_to_something_that_stays() {
    for c in '\0'..=char::MAX {
        let folded = fold(c.encode_utf8(&mut [0; 4]));
        assert_eq!(fold(&folded), folded, "{}", c.escape_unicode());
    }
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in any::<String>()) {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn words_are_the_same_however_they_are_parted(
        words in prop::collection::vec("[a-zà-ÿ]{1,8}", 1..5), gap in "[ \t\n\u{a0}]{1,3}",
    ) {
        let spaced = format!("{gap}{}{gap}", words.join(&gap));
        prop_assert_eq!(fold(&spaced), fold(&words.join(" ")));
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(text in any::<String>()) {
        let cleaned = clean(&text);
        prop_assert_eq!(clean(&cleaned), cleaned);
    }

    #[test]
    fn a_cut_text_fits_and_begins_the_whole_one(text in any::<String>(), max in 0..40_usize) {
        let cut = clean_to(&text, max);
        prop_assert!(cut.len() <= max);
        prop_assert!(clean(&text).starts_with(&cut));
    }
}
