//! Text out of HTML.

/// Elements whose beginning or end ends a line.
const BLOCKS: [&str; 15] = [
    "p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section",
];

/// Elements whose content is not for people.
const HIDDEN: [&str; 2] = ["script", "style"];

/// The longest name of an entity that is looked up: `&middot;`, `&#1114111;`.
const ENTITY: usize = 10;

/// The words of an HTML text, paragraphs as lines. Whatever is no HTML stays as it is; the time is linear in the
/// length.
pub(crate) fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    // Behind the last `>` no tag ends, and none is looked for: each search for an end that is not there would be as
    // long as the text.
    let after_tags = html.rfind('>').map_or(html, |last| &html[last..]).len();
    let mut rest = html;
    while let Some(place) = rest.find(['<', '&']) {
        push_words(&mut text, &rest[..place]);
        rest = &rest[place..];
        rest = if rest.starts_with('&') {
            entity(&mut text, rest)
        } else if rest.len() > after_tags {
            tag(&mut text, rest)
        } else {
            push_words(&mut text, "<");
            &rest[1..]
        };
    }
    push_words(&mut text, rest);
    text.trim().to_owned()
}

/// Adds words with single spaces between them: line breaks in HTML are spaces.
fn push_words(text: &mut String, words: &str) {
    for c in words.chars() {
        if !c.is_whitespace() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

/// Reads past the tag that `rest` begins with.
fn tag<'a>(text: &mut String, rest: &'a str) -> &'a str {
    let inside = &rest[1..];
    if let Some(comment) = inside.strip_prefix("!--") {
        return comment.split_once("-->").map_or("", |(_, after)| after);
    }
    let name = inside.trim_start_matches('/');
    let name = &name[..name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len())];
    let end = (!name.is_empty()).then(|| inside.find('>'));
    let Some(end) = end.flatten() else {
        push_words(text, "<");
        return inside;
    };
    let after = &inside[end + 1..];
    if let Some(hidden) = HIDDEN.iter().find(|hidden| name.eq_ignore_ascii_case(hidden))
        && !inside.starts_with('/')
    {
        let close = format!("</{hidden}");
        return after.find(&close).map_or("", |place| &after[place..]);
    }
    if BLOCKS.iter().any(|block| name.eq_ignore_ascii_case(block)) && !text.ends_with('\n') {
        text.truncate(text.trim_end().len());
        if !text.is_empty() {
            text.push('\n');
        }
    }
    after
}

/// Reads past the entity that `rest` begins with.
fn entity<'a>(text: &mut String, rest: &'a str) -> &'a str {
    let end = rest.bytes().take(ENTITY + 2).position(|b| b == b';');
    let character = end.and_then(|end| decode(&rest[1..end]));
    if let (Some(end), Some(character)) = (end, character) {
        // A no-break space is a space, and a decoded `<` is no tag.
        push_words(text, character.encode_utf8(&mut [0; 4]));
        &rest[end + 1..]
    } else {
        text.push('&');
        &rest[1..]
    }
}

fn decode(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bull" => '•',
        "middot" => '·',
        "euro" => '€',
        "pound" => '£',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::to_text;
    use test_case::test_case;

    #[test_case("<p>One &amp; two</p>\n<p>Three</p>", "One & two\nThree"; "paragraphs")]
    #[test_case("a<br>b<BR/>c", "a\nb\nc"; "line breaks")]
    #[test_case("<div><div>x</div></div><div>y</div>", "x\ny"; "nested blocks are one break")]
    #[test_case("<b>bo</b>ld  \n text", "bold text"; "inline elements and white space")]
    #[test_case("<style>p { }</style>a<script>alert('<p>')</script>b", "ab"; "what is not for people")]
    #[test_case("<script>never ends", ""; "an open script")]
    #[test_case("1 < 2 &lt;b&gt; &#38; &#x26; &unknown; & &", "1 < 2 <b> & & &unknown; & &"; "entities, once")]
    #[test_case("a <!-- <p> --> b", "a b"; "comments")]
    #[test_case("plain\u{a0}&nbsp;text", "plain text"; "no-break spaces")]
    #[test_case("a <b", "a <b"; "an open tag")]
    #[test_case("&é;&#xD800;&#99999999;", "&é;&#xD800;&#99999999;"; "no characters")]
    fn reads(html: &str, text: &str) {
        assert_eq!(to_text(html), text);
    }

    /// Were each of them followed to its end, this test would have none either.
    #[test_case("<a")]
    #[test_case("<")]
    #[test_case("&")]
    #[test_case("<!--")]
    #[test_case("<p <")]
    fn a_text_of_beginnings_is_read_in_one_pass(beginning: &str) {
        for end in ["", ">"] {
            let html = beginning.repeat(1 << 18) + end;
            assert!(to_text(&html).len() <= html.len());
        }
    }
}
