//! An expression's text as tokens.

use super::Trouble;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A word: a keyword, a function or an attribute.
    Word(String),
    /// `#name`.
    Name(String),
    /// `:value`.
    Value(String),
    /// `(`, `)`, `,`, `=`, `<>`, `<`, `<=`, `>`, `>=`, `+` or `-`.
    Symbol(&'static str),
}

const SYMBOLS: [&str; 11] = ["<>", "<=", ">=", "<", ">", "=", "(", ")", ",", "+", "-"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Trouble> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let part_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let (token, length) = match first {
            '#' | ':' => {
                let end = rest[1..].find(|letter| !part_of_word(letter));
                let length = end.map_or(rest.len(), |end| end + 1);
                let word = rest[..length].to_owned();
                if length == 1 {
                    return Err(wrong(&word, text));
                }
                let token = if first == '#' { Token::Name(word) } else { Token::Value(word) };
                (token, length)
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = rest.find(|letter| !part_of_word(letter)).unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
            '.' | '[' => return Err(Trouble::Unknown("a document path".into())),
            _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => (Token::Symbol(symbol), symbol.len()),
                None => return Err(wrong(&first.to_string(), text)),
            },
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn wrong(token: &str, text: &str) -> Trouble {
    Trouble::Wrong(format!("Syntax error; token: \"{token}\", near: \"{text}\""))
}
