//! As much of the GraphQL language as clients use: one query, variables, aliases, fragments.

use std::collections::HashMap;

use serde_json::{Map, Number, Value, json};

/// Line and column, from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    line: usize,
    column: usize,
}

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphqlError {
    message: String,
    at: Option<Position>,
    classification: &'static str,
}

impl GraphqlError {
    pub(super) fn validation(message: String, at: Position) -> Self {
        Self {
            message,
            at: Some(at),
            classification: "ValidationError",
        }
    }

    pub(super) fn internal(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            at: None,
            classification: "DataFetchingException",
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let locations: Vec<_> = self
            .at
            .iter()
            .map(|at| json!({"line": at.line, "column": at.column}))
            .collect();
        json!({
            "message": self.message,
            "locations": locations,
            "extensions": {"classification": self.classification},
        })
    }
}

/// `$name: Type = default`.
#[derive(Debug)]
pub(super) struct Variable {
    pub name: String,
    /// As written: `[EventStatus!]`.
    pub kind: String,
    pub default: Option<Value>,
    pub at: Position,
}

#[derive(Debug)]
pub(super) struct Field {
    pub name: String,
    pub alias: Option<String>,
    /// Variables are replaced already.
    pub arguments: Map<String, Value>,
    pub selections: Vec<Selection>,
    pub at: Position,
}

impl Field {
    /// The key in the answer.
    pub(super) fn key(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.name)
    }
}

#[derive(Debug)]
pub(super) enum Selection {
    Field(Field),
    /// `...name`.
    Spread(String),
    /// `... on Type { }`.
    Inline(Vec<Selection>),
}

#[derive(Debug, Default)]
pub(super) struct Document {
    pub variables: Vec<Variable>,
    pub selections: Vec<Selection>,
    pub fragments: HashMap<String, Vec<Selection>>,
}

impl Document {
    /// The fields of a selection, its fragments spread out.
    pub(super) fn fields<'a>(&'a self, selections: &'a [Selection]) -> Vec<&'a Field> {
        let mut fields = Vec::new();
        for selection in selections {
            match selection {
                Selection::Field(field) => fields.push(field),
                Selection::Inline(inner) => fields.extend(self.fields(inner)),
                Selection::Spread(name) => {
                    let inner = self.fragments.get(name).map(Vec::as_slice).unwrap_or_default();
                    fields.extend(self.fields(inner));
                }
            }
        }
        fields
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Number(Number),
    Text(String),
    Mark(char),
    Spread,
}

/// Parses a document of one query and its fragments.
pub(super) fn parse(source: &str, variables: &Map<String, Value>) -> Result<Document, GraphqlError> {
    let tokens = lex(source)?;
    let mut parser = Parser {
        tokens,
        next: 0,
        given: variables,
        declared: Vec::new(),
    };
    let mut document = Document::default();
    while parser.next < parser.tokens.len() {
        match parser.peek() {
            Some(Token::Mark('{')) => document.selections = parser.selections()?,
            Some(Token::Name(word)) if word == "query" => {
                parser.next += 1;
                if matches!(parser.peek(), Some(Token::Name(_))) {
                    parser.next += 1;
                }
                parser.variables()?;
                document.selections = parser.selections()?;
            }
            Some(Token::Name(word)) if word == "fragment" => {
                parser.next += 1;
                let name = parser.name()?;
                parser.type_condition()?;
                document.fragments.insert(name, parser.selections()?);
            }
            _ => return Err(parser.unexpected()),
        }
    }
    document.variables = parser.declared;
    no_circles(&document)?;
    Ok(document)
}

/// Fragments must not contain themselves: spreading them out would never end.
fn no_circles(document: &Document) -> Result<(), GraphqlError> {
    fn reaches(document: &Document, selections: &[Selection], depth: usize) -> bool {
        depth > document.fragments.len()
            || selections.iter().any(|selection| match selection {
                Selection::Field(field) => reaches(document, &field.selections, depth),
                Selection::Inline(inner) => reaches(document, inner, depth),
                Selection::Spread(name) => document
                    .fragments
                    .get(name)
                    .is_some_and(|inner| reaches(document, inner, depth + 1)),
            })
    }
    let start = Position { line: 1, column: 1 };
    let circular =
        || GraphqlError::validation("Validation error : Fragment cycles not allowed".to_owned(), start);
    if reaches(document, &document.selections, 0) {
        Err(circular())
    } else {
        Ok(())
    }
}

fn lex(source: &str) -> Result<Vec<(Token, Position)>, GraphqlError> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let at = position(source, rest);
        let (token, length) = match first {
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            '"' => text(rest).ok_or_else(|| syntax(rest, at))?,
            '.' if rest.starts_with("...") => (Some(Token::Spread), 3),
            letter if letter.is_ascii_alphabetic() || letter == '_' => {
                let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                let name = &rest[..end.unwrap_or(rest.len())];
                (Some(Token::Name(name.to_owned())), name.len())
            }
            digit if digit.is_ascii_digit() || digit == '-' => {
                let end = rest.find(|letter: char| !letter.is_ascii_digit() && !"+-.eE".contains(letter));
                let number = &rest[..end.unwrap_or(rest.len())];
                let value = number.parse().map_err(|_| syntax(rest, at))?;
                (Some(Token::Number(value)), number.len())
            }
            mark if "{}()[]:!=$@,".contains(mark) => (Some(Token::Mark(mark)).filter(|_| mark != ','), 1),
            blank if blank.is_whitespace() || blank == '\u{feff}' => (None, blank.len_utf8()),
            _ => return Err(syntax(rest, at)),
        };
        tokens.extend(token.map(|token| (token, at)));
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// A quoted string; GraphQL's escapes are those of JSON.
fn text(rest: &str) -> Option<(Option<Token>, usize)> {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '"' if !escaped => {
                let text = serde_json::from_str(&rest[..=at]).ok()?;
                return Some((Some(Token::Text(text)), at + 1));
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

fn position(source: &str, rest: &str) -> Position {
    let before = &source[..source.len() - rest.len()];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

fn syntax(rest: &str, at: Position) -> GraphqlError {
    let offending: String = rest.chars().take(1).collect();
    GraphqlError {
        message: format!(
            "Invalid syntax with offending token '{offending}' at line {} column {}",
            at.line, at.column
        ),
        at: Some(at),
        classification: "InvalidSyntax",
    }
}

struct Parser<'a> {
    tokens: Vec<(Token, Position)>,
    next: usize,
    given: &'a Map<String, Value>,
    declared: Vec<Variable>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// Where the next token is, or the last one was.
    fn at(&self) -> Position {
        let token = self.tokens.get(self.next).or(self.tokens.last());
        token.map_or(Position { line: 1, column: 1 }, |(_, at)| *at)
    }

    fn unexpected(&self) -> GraphqlError {
        let rest = match self.peek() {
            Some(Token::Mark(mark)) => mark.to_string(),
            Some(Token::Name(name)) => name.clone(),
            _ => String::new(),
        };
        syntax(&rest, self.at())
    }

    fn took(&mut self, mark: char) -> bool {
        let is_next = self.peek() == Some(&Token::Mark(mark));
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, mark: char) -> Result<(), GraphqlError> {
        if self.took(mark) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn name(&mut self) -> Result<String, GraphqlError> {
        let Some(Token::Name(name)) = self.peek().cloned() else {
            return Err(self.unexpected());
        };
        self.next += 1;
        Ok(name)
    }

    fn variables(&mut self) -> Result<(), GraphqlError> {
        if !self.took('(') {
            return Ok(());
        }
        while !self.took(')') {
            let at = self.at();
            self.expect('$')?;
            let name = self.name()?;
            self.expect(':')?;
            let kind = self.kind()?;
            let default = if self.took('=') { Some(self.value()?) } else { None };
            self.declared.push(Variable {
                name,
                kind,
                default,
                at,
            });
        }
        Ok(())
    }

    fn kind(&mut self) -> Result<String, GraphqlError> {
        let mut kind = if self.took('[') {
            let inner = self.kind()?;
            self.expect(']')?;
            format!("[{inner}]")
        } else {
            self.name()?
        };
        if self.took('!') {
            kind.push('!');
        }
        Ok(kind)
    }

    fn type_condition(&mut self) -> Result<(), GraphqlError> {
        if self.peek() == Some(&Token::Name("on".to_owned())) {
            self.next += 1;
            self.name()?;
        }
        Ok(())
    }

    fn selections(&mut self) -> Result<Vec<Selection>, GraphqlError> {
        let mut selections = Vec::new();
        self.expect('{')?;
        while !self.took('}') {
            if self.peek() == Some(&Token::Spread) {
                self.next += 1;
                match self.peek() {
                    Some(Token::Name(word)) if word != "on" => {
                        selections.push(Selection::Spread(self.name()?));
                    }
                    _ => {
                        self.type_condition()?;
                        selections.push(Selection::Inline(self.selections()?));
                    }
                }
            } else {
                selections.push(Selection::Field(self.field()?));
            }
        }
        Ok(selections)
    }

    fn field(&mut self) -> Result<Field, GraphqlError> {
        let at = self.at();
        let mut name = self.name()?;
        let mut alias = None;
        if self.took(':') {
            alias = Some(std::mem::replace(&mut name, self.name()?));
        }
        let mut arguments = Map::new();
        if self.took('(') {
            while !self.took(')') {
                let argument = self.name()?;
                self.expect(':')?;
                let value = self.value()?;
                arguments.insert(argument, value);
            }
        }
        let selections = if self.peek() == Some(&Token::Mark('{')) {
            self.selections()?
        } else {
            Vec::new()
        };
        Ok(Field {
            name,
            alias,
            arguments,
            selections,
            at,
        })
    }

    /// A literal, or what a variable stands for.
    fn value(&mut self) -> Result<Value, GraphqlError> {
        let at = self.at();
        if self.took('$') {
            let name = self.name()?;
            let Some(variable) = self.declared.iter().find(|variable| variable.name == name) else {
                let message = format!("Validation error (UndefinedVariable) : Undefined variable '{name}'");
                return Err(GraphqlError::validation(message, at));
            };
            let value = self.given.get(&name).or(variable.default.as_ref());
            return Ok(value.cloned().unwrap_or_default());
        }
        if self.took('[') {
            let mut items = Vec::new();
            while !self.took(']') {
                items.push(self.value()?);
            }
            return Ok(items.into());
        }
        if self.took('{') {
            let mut fields = Map::new();
            while !self.took('}') {
                let name = self.name()?;
                self.expect(':')?;
                let value = self.value()?;
                fields.insert(name, value);
            }
            return Ok(fields.into());
        }
        let value = match self.peek() {
            Some(Token::Number(number)) => Value::Number(number.clone()),
            Some(Token::Text(text)) => json!(text),
            Some(Token::Name(word)) => match word.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                "null" => Value::Null,
                enumeration => json!(enumeration),
            },
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(value)
    }
}
