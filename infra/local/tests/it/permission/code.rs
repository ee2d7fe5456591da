//! Which AWS operations a function's source can reach.
//!
//! The sources of the function, of `edge` and of `storage` are read as tokens, so that comments, strings and macros
//! mislead nobody. Every `fn` becomes a node of a call graph; names are resolved by what they are called on, as this
//! code base names things: `store.…` is a method of `Store`, `batch::run` is in the module `batch`. Where a name fits
//! several functions, all of them count.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::Path,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What a method of an SDK client needs to be allowed.
const OPERATIONS: &[(&str, &str)] = &[
    ("change_message_visibility", "sqs:ChangeMessageVisibility"),
    ("delete_item", "dynamodb:DeleteItem"),
    ("get_item", "dynamodb:GetItem"),
    ("put_item", "dynamodb:PutItem"),
    ("query", "dynamodb:Query"),
    ("scan", "dynamodb:Scan"),
    ("send_message", "sqs:SendMessage"),
    ("send_message_batch", "sqs:SendMessage"),
    ("update_item", "dynamodb:UpdateItem"),
];

/// What a transaction needs to be allowed: the actions of its parts, known by their builders.
const PARTS: &[(&str, &str)] = &[
    ("ConditionCheck", "dynamodb:ConditionCheckItem"),
    ("Delete", "dynamodb:DeleteItem"),
    ("Put", "dynamodb:PutItem"),
    ("UpdateAction", "dynamodb:UpdateItem"),
];

/// What a method of the store that is told its table needs to be allowed on it.
const ON_A_TABLE: &[(&str, &str)] = &[
    ("read_batch", "dynamodb:BatchGetItem"),
    ("write_batch", "dynamodb:BatchWriteItem"),
];

/// Methods of clients whose resource is not told where they are called, but by what calls them.
const TOLD_ELSEWHERE: &[&str] = &[
    "batch_get_item",
    "batch_write_item",
    "get_secret_value",
    "transact_write_items",
];

/// Methods of clients that ask AWS nothing.
const SILENT: &[&str] = &["config"];

/// How the code names a resource, and how the template does.
const RESOURCES: &[(&str, &str)] = &[
    ("events", "ExternalEventsTable"),
    ("local_events", "LocalEventsTable"),
    ("state", "StateTable"),
    ("jobs", "SyncQueue"),
    ("dead_letters", "SyncDeadLetterQueue"),
    ("\"AUTH_SECRET_ARN\"", "AuthSecret"),
    ("\"PROVIDER_SECRET_ARN\"", "ProviderSecret"),
    ("\"WEBHOOK_SECRET_ARN\"", "WebhookSigningSecret"),
];

/// Variables that are not called as their type is.
const ALIASES: &[(&str, &str)] = &[
    ("jobs", "SyncQueues"),
    ("providers", "Guarded"),
    ("queue", "JobQueue"),
];

fn known(table: &[(&str, &str)], name: &str) -> Option<String> {
    let (_, meaning) = table.iter().find(|(known, _)| *known == name)?;
    Some((*meaning).to_owned())
}

/// All `fn`s that may matter to one Lambda function.
pub(super) struct Program {
    functions: Vec<Function>,
    /// The crate whose every `fn` is taken to run.
    root: String,
}

struct Function {
    krate: String,
    module: String,
    /// The type that it is a method of.
    owner: Option<String>,
    name: String,
    body: Vec<String>,
}

/// A name in a body that may be another function's.
struct Call<'a> {
    /// What stands before the dot or the double colon; `None` for a bare name.
    on: Option<&'a str>,
    is_method: bool,
    name: &'a str,
}

impl Program {
    /// Reads the crate of the function called `binary`, and what it shares with others.
    pub(super) fn read(repository: &Path, binary: &str) -> Self {
        let mut program = Self {
            functions: Vec::new(),
            root: binary.to_owned(),
        };
        for (krate, folder) in [(binary, "functions"), ("edge", "shared"), ("storage", "shared")] {
            program.read_folder(krate, &repository.join(folder).join(krate).join("src"));
        }
        program
    }

    /// A program of `(crate, module, source)`, the function's own first.
    pub(super) fn of(sources: &[(&str, &str, &str)]) -> Self {
        let mut program = Self {
            functions: Vec::new(),
            root: sources[0].0.to_owned(),
        };
        for (krate, module, source) in sources {
            program.add(krate, module, None, source.parse().unwrap());
        }
        program
    }

    fn read_folder(&mut self, krate: &str, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.read_folder(krate, &path);
            } else {
                let source = fs::read_to_string(&path).unwrap();
                let module = path.file_stem().unwrap().to_str().unwrap();
                self.add(krate, module, None, source.parse().unwrap());
            }
        }
    }

    /// Adds the `fn`s of a module, or of an `impl` for `owner`.
    fn add(&mut self, krate: &str, module: &str, owner: Option<&str>, source: TokenStream) {
        let tokens: Vec<TokenTree> = source.into_iter().collect();
        let mut rest = tokens.iter();
        while let Some(token) = rest.next() {
            // From a keyword to the braces of what it declares.
            let mut declared = || {
                let header: Vec<_> = rest
                    .by_ref()
                    .take_while(|token| !is_end(token))
                    .map(ToString::to_string)
                    .collect();
                let end = tokens.len() - rest.len() - 1;
                (header, tokens.get(end).and_then(braces))
            };
            match token.to_string().as_str() {
                "[cfg (test)]" => drop(declared()),
                "mod" => {
                    let (header, body) = declared();
                    self.add(krate, &header[0], None, body.unwrap_or_default());
                }
                "impl" => {
                    let (header, body) = declared();
                    self.add(krate, module, Some(owner_of(&header)), body.unwrap_or_default());
                }
                "fn" => {
                    let (header, body) = declared();
                    let mut flat = Vec::new();
                    flatten(body.unwrap_or_default(), &mut flat);
                    self.functions.push(Function {
                        krate: krate.to_owned(),
                        module: module.to_owned(),
                        owner: owner.map(str::to_owned),
                        name: header[0].clone(),
                        body: flat,
                    });
                }
                _ => {}
            }
        }
    }

    /// What the function's policy has to allow.
    pub(super) fn permissions(&self) -> BTreeSet<String> {
        let reached = self.reached();
        let functions = self.functions.iter().enumerate();
        functions
            .filter(|(index, _)| reached.contains(index))
            .flat_map(|(_, function)| function.permissions())
            // Its `JobQueue` is another pair of queues.
            .map(|permission| match self.root.as_str() {
                "notify" => permission.replace("on Sync", "on Webhook"),
                "reconcile" => permission
                    .replace("on SyncQueue", "on ReconcileQueue")
                    .replace("on SyncDeadLetterQueue", "on StreamFailureQueue"),
                _ => permission,
            })
            .collect()
    }

    /// The `fn`s with AWS operations that are not reached.
    pub(super) fn unreached(&self) -> BTreeSet<String> {
        let reached = self.reached();
        let functions = self.functions.iter().enumerate();
        functions
            .filter(|(index, function)| !reached.contains(index) && !function.permissions().is_empty())
            .map(|(_, function)| format!("{}::{}::{}", function.krate, function.module, function.name))
            .collect()
    }

    fn reached(&self) -> HashSet<usize> {
        let of_root = |index: &usize| self.functions[*index].krate == self.root;
        let mut pending: Vec<usize> = (0..self.functions.len()).filter(of_root).collect();
        let mut reached = HashSet::new();
        while let Some(index) = pending.pop() {
            if reached.insert(index) {
                let caller = &self.functions[index];
                for call in caller.calls() {
                    pending
                        .extend((0..self.functions.len()).filter(|callee| self.fits(*callee, caller, &call)));
                }
            }
        }
        reached
    }

    fn fits(&self, target: usize, caller: &Function, call: &Call<'_>) -> bool {
        let target = &self.functions[target];
        target.name == call.name
            && match (call.on, call.is_method) {
                (Some("self" | "Self"), _) => target.krate == caller.krate && target.owner == caller.owner,
                (Some(receiver), true) => {
                    let owner = known(ALIASES, receiver).unwrap_or_else(|| camel_case(receiver));
                    target.owner.as_ref() == Some(&owner)
                }
                (Some("super" | "crate"), false) => target.krate == caller.krate && target.owner.is_none(),
                (Some(path), false) => {
                    [&target.krate, &target.module].contains(&&path.to_owned()) && target.owner.is_none()
                        || target.owner.as_deref() == Some(path)
                }
                (None, _) => target.owner.is_none(),
            }
    }
}

impl Function {
    fn permissions(&self) -> Vec<String> {
        let mut permissions = Vec::new();
        for (at, call) in self.positions() {
            let action = match (call.on, call.name) {
                (Some("client"), operation) if call.is_method => known(OPERATIONS, operation).or_else(|| {
                    let known =
                        [TOLD_ELSEWHERE, SILENT].concat().contains(&operation) || self.krate != "storage";
                    assert!(known, "{operation}: which permission does it need?");
                    None
                }),
                (Some("self"), method) if call.is_method => known(ON_A_TABLE, method),
                (Some(part), "builder") => known(PARTS, part),
                (Some("secrets"), "get") => Some("secretsmanager:GetSecretValue".to_owned()),
                _ => None,
            };
            if let Some(action) = action {
                permissions.push(format!("{action} on {}", self.resource(at)));
            }
        }
        permissions
    }

    /// The resource that the call at `at` is for: the next one that is named, else the one before.
    fn resource(&self, at: usize) -> String {
        let named = |at: &usize| {
            let is_field = *at >= 2 && ["tables", "urls"].contains(&self.body[*at - 2].as_str());
            (is_field || self.body[*at].ends_with("_ARN\""))
                .then(|| known(RESOURCES, &self.body[*at]))
                .flatten()
        };
        let resource = (at..self.body.len())
            .find_map(|at| named(&at))
            .or_else(|| (0..at).rev().find_map(|at| named(&at)))
            .unwrap_or_else(|| panic!("{}::{}: which resource is it?", self.module, self.name));
        let request = self.body[at..].iter().take_while(|token| *token != "send");
        let request: Vec<_> = request.collect();
        match request.iter().position(|token| *token == "index_name") {
            // A name that is no literal is any of the table's.
            Some(index) => match request.get(index + 2).and_then(|name| name.strip_prefix('"')) {
                Some(name) => format!("{resource}/index/{}", name.trim_end_matches('"')),
                None => format!("{resource}/index/*"),
            },
            None => resource,
        }
    }

    fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        self.positions().map(|(_, call)| call)
    }

    /// The calls and paths of the body, with their positions.
    fn positions(&self) -> impl Iterator<Item = (usize, Call<'_>)> {
        let token = |at: usize| self.body.get(at).map_or("", String::as_str);
        (0..self.body.len()).filter_map(move |at| {
            let name = token(at);
            let before = |steps: usize| at.checked_sub(steps).map_or("", token);
            if !is_name(name) {
                return None;
            }
            let is_called = token(at + 1) == "(" || (token(at + 1), token(at + 3)) == (":", "<");
            let call = match (before(1), before(2)) {
                (".", on) if is_called => Call {
                    on: is_name(on).then_some(on),
                    is_method: true,
                    name,
                },
                (":", ":") => Call {
                    on: Some(before(3)),
                    is_method: false,
                    name,
                },
                (":" | ".", _) => return None,
                _ if is_called => Call {
                    on: None,
                    is_method: false,
                    name,
                },
                _ => return None,
            };
            // A method of what another call gave: whose it is cannot be told.
            (!call.is_method || call.on.is_some()).then_some((at, call))
        })
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn is_end(token: &TokenTree) -> bool {
    braces(token).is_some() || matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

fn braces(token: &TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    }
}

/// The type of `impl<T> Trait for Type<T> where …`: the last name outside of angle brackets.
fn owner_of(header: &[String]) -> &str {
    let mut depth = 0;
    let mut owner = "";
    for token in header.iter().take_while(|token| *token != "where") {
        match token.as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            name if depth == 0 && is_name(name) => owner = name,
            _ => {}
        }
    }
    owner
}

fn flatten(tokens: TokenStream, flat: &mut Vec<String>) {
    for token in tokens {
        if let TokenTree::Group(group) = token {
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("(", ")"),
                Delimiter::Brace => ("{", "}"),
                Delimiter::Bracket => ("[", "]"),
                Delimiter::None => ("", ""),
            };
            flat.push(open.to_owned());
            flatten(group.stream(), flat);
            flat.push(close.to_owned());
        } else {
            flat.push(token.to_string());
        }
    }
}

/// `page_tokens` is a `PageTokens`.
fn camel_case(name: &str) -> String {
    let words = name.split('_').filter_map(|word| {
        let first = word.chars().next()?;
        Some(format!("{}{}", first.to_uppercase(), &word[first.len_utf8()..]))
    });
    words.collect()
}
