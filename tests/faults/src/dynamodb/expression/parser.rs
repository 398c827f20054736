//! The grammar, by recursive descent: OR binds weaker than AND, AND weaker than NOT.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    Name, Parsed, Trouble,
    condition::{Comparator, Condition, Operand},
    lexer::{Token, tokens},
    update::{SetOperand, SetValue, Update},
};

/// Words that no attribute in an expression may be called without a `#name`:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html>.
static RESERVED: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("reserved.txt").split_whitespace().collect());

pub(super) fn condition(text: &str) -> Result<Parsed<Condition>, Trouble> {
    parse(text, |parser| parser.any_of())
}

pub(super) fn update(text: &str) -> Result<Parsed<Update>, Trouble> {
    parse(text, |parser| parser.clauses())
}

pub(super) fn projection(text: &str) -> Result<Parsed<Vec<Name>>, Trouble> {
    parse(text, |parser| parser.list(|parser| parser.attribute()))
}

fn parse<T>(
    text: &str,
    rule: impl Fn(&mut Parser<'_>) -> Result<T, Trouble>,
) -> Result<Parsed<T>, Trouble> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, place: 0 };
    let expression = rule(&mut parser)?;
    if parser.place < tokens.len() {
        return Err(parser.wrong());
    }
    let mut parsed = Parsed { expression, names: Vec::new(), values: Vec::new() };
    for token in &tokens {
        let (list, word) = match token {
            Token::Name(word) => (&mut parsed.names, word),
            Token::Value(word) => (&mut parsed.values, word),
            _ => continue,
        };
        if !list.contains(word) {
            list.push(word.clone());
        }
    }
    Ok(parsed)
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    place: usize,
}

impl Parser<'_> {
    fn any_of(&mut self) -> Result<Condition, Trouble> {
        let mut condition = self.all_of()?;
        while self.keyword("OR") {
            condition = Condition::Or(Box::new(condition), Box::new(self.all_of()?));
        }
        Ok(condition)
    }

    fn all_of(&mut self) -> Result<Condition, Trouble> {
        let mut condition = self.negated()?;
        while self.keyword("AND") {
            condition = Condition::And(Box::new(condition), Box::new(self.negated()?));
        }
        Ok(condition)
    }

    fn negated(&mut self) -> Result<Condition, Trouble> {
        if self.keyword("NOT") {
            return Ok(Condition::Not(Box::new(self.negated()?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Condition, Trouble> {
        if self.symbol("(") {
            let opened = self.place;
            let condition = self.any_of()?;
            self.expect(")")?;
            if self.closing(opened) == Some(self.place - 2) {
                return Err(Trouble::Wrong("The expression has redundant parentheses;".into()));
            }
            return Ok(condition);
        }
        if let (Some(Token::Word(word)), Some(Token::Symbol("("))) = (self.peek(0), self.peek(1))
            && word != "size"
        {
            let function = word.clone();
            self.place += 2;
            let condition = match function.as_str() {
                "attribute_exists" => Condition::Exists(self.attribute()?),
                "attribute_not_exists" => {
                    Condition::Not(Box::new(Condition::Exists(self.attribute()?)))
                }
                "attribute_type" => {
                    let attribute = self.attribute()?;
                    self.expect(",")?;
                    Condition::Type(attribute, self.value()?)
                }
                "begins_with" => {
                    let operand = self.operand()?;
                    self.expect(",")?;
                    Condition::BeginsWith(operand, self.operand()?)
                }
                "contains" => {
                    let operand = self.operand()?;
                    self.expect(",")?;
                    Condition::Contains(operand, self.operand()?)
                }
                _ => {
                    let why = format!("Invalid function name; function: {function}");
                    return Err(Trouble::Wrong(why));
                }
            };
            self.expect(")")?;
            return Ok(condition);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, Trouble> {
        let left = self.operand()?;
        if self.keyword("BETWEEN") {
            let low = self.operand()?;
            if !self.keyword("AND") {
                return Err(self.wrong());
            }
            return Ok(Condition::Between(left, low, self.operand()?));
        }
        if self.keyword("IN") {
            self.expect("(")?;
            let candidates = self.list(Parser::operand)?;
            self.expect(")")?;
            return Ok(Condition::In(left, candidates));
        }
        for (symbol, comparator) in [
            ("=", Comparator::Equal),
            ("<>", Comparator::NotEqual),
            ("<", Comparator::Less),
            ("<=", Comparator::LessOrEqual),
            (">", Comparator::Greater),
            (">=", Comparator::GreaterOrEqual),
        ] {
            if self.symbol(symbol) {
                return Ok(Condition::Compare(left, comparator, self.operand()?));
            }
        }
        Err(self.wrong())
    }

    fn operand(&mut self) -> Result<Operand, Trouble> {
        if let Some(Token::Value(_)) = self.peek(0) {
            return self.value().map(Operand::Value);
        }
        if let (Some(Token::Word(word)), Some(Token::Symbol("("))) = (self.peek(0), self.peek(1)) {
            if word != "size" {
                let why = format!("Invalid function name; function: {word}");
                return Err(Trouble::Wrong(why));
            }
            self.place += 2;
            let attribute = self.attribute()?;
            self.expect(")")?;
            return Ok(Operand::Size(attribute));
        }
        self.attribute().map(Operand::Attribute)
    }

    fn clauses(&mut self) -> Result<Update, Trouble> {
        let mut update = Update::default();
        let mut seen = HashSet::new();
        while self.place < self.tokens.len() || seen.is_empty() {
            let clause = ["SET", "REMOVE", "ADD", "DELETE"].into_iter();
            let Some(clause) = clause.into_iter().find(|clause| self.keyword(clause)) else {
                return Err(self.wrong());
            };
            if !seen.insert(clause) {
                return Err(Trouble::Wrong(format!(
                    "The \"{clause}\" section can only be used once in an update expression;"
                )));
            }
            match clause {
                "SET" => update.set = self.list(Parser::assignment)?,
                "REMOVE" => update.remove = self.list(Parser::attribute)?,
                "ADD" => update.add = self.list(Parser::pair)?,
                _ => update.delete = self.list(Parser::pair)?,
            }
        }
        Ok(update)
    }

    fn assignment(&mut self) -> Result<(Name, SetValue), Trouble> {
        let attribute = self.attribute()?;
        self.expect("=")?;
        let left = self.set_operand()?;
        let value = if self.symbol("+") {
            SetValue::Sum(left, self.set_operand()?)
        } else if self.symbol("-") {
            SetValue::Difference(left, self.set_operand()?)
        } else {
            SetValue::Operand(left)
        };
        Ok((attribute, value))
    }

    fn set_operand(&mut self) -> Result<SetOperand, Trouble> {
        if let Some(Token::Value(_)) = self.peek(0) {
            return self.value().map(SetOperand::Value);
        }
        if let Some(Token::Symbol("(")) = self.peek(0) {
            return Err(Trouble::Unknown("parentheses around a value".into()));
        }
        if let (Some(Token::Word(word)), Some(Token::Symbol("("))) = (self.peek(0), self.peek(1)) {
            let function = word.clone();
            self.place += 2;
            let operand = match function.as_str() {
                "if_not_exists" => {
                    let attribute = self.attribute()?;
                    self.expect(",")?;
                    SetOperand::IfNotExists(attribute, Box::new(self.set_operand()?))
                }
                "list_append" => {
                    let first = self.set_operand()?;
                    self.expect(",")?;
                    SetOperand::ListAppend(Box::new(first), Box::new(self.set_operand()?))
                }
                _ => {
                    let why = format!("Invalid function name; function: {function}");
                    return Err(Trouble::Wrong(why));
                }
            };
            self.expect(")")?;
            return Ok(operand);
        }
        self.attribute().map(SetOperand::Attribute)
    }

    fn pair(&mut self) -> Result<(Name, String), Trouble> {
        Ok((self.attribute()?, self.value()?))
    }

    fn list<T>(
        &mut self,
        rule: impl Fn(&mut Self) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        let mut list = vec![rule(self)?];
        while self.symbol(",") {
            list.push(rule(self)?);
        }
        Ok(list)
    }

    fn attribute(&mut self) -> Result<Name, Trouble> {
        let name = match self.peek(0) {
            Some(Token::Name(name)) => Name::Placeholder(name.clone()),
            Some(Token::Word(word)) if RESERVED.contains(word.to_uppercase().as_str()) => {
                return Err(Trouble::Wrong(format!(
                    "Attribute name is a reserved keyword; reserved keyword: {word}"
                )));
            }
            Some(Token::Word(word)) => Name::Plain(word.clone()),
            _ => return Err(self.wrong()),
        };
        self.place += 1;
        Ok(name)
    }

    fn value(&mut self) -> Result<String, Trouble> {
        match self.peek(0) {
            Some(Token::Value(value)) => {
                let value = value.clone();
                self.place += 1;
                Ok(value)
            }
            _ => Err(self.wrong()),
        }
    }

    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.place + ahead)
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found =
            matches!(self.peek(0), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.place += usize::from(found);
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(0), Some(Token::Symbol(next)) if *next == symbol);
        self.place += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Trouble> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.wrong()) }
    }

    /// Where the parenthesis that opens at `place` closes.
    fn closing(&self, place: usize) -> Option<usize> {
        let mut depth = 0;
        for (place, token) in self.tokens.iter().enumerate().skip(place) {
            match token {
                Token::Symbol("(") => depth += 1,
                Token::Symbol(")") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                // Not even the first token is one.
                return matches!(token, Token::Symbol(")")).then_some(place);
            }
        }
        None
    }

    fn wrong(&self) -> Trouble {
        let token = match self.peek(0) {
            None => "<EOF>",
            Some(Token::Word(word) | Token::Name(word) | Token::Value(word)) => word,
            Some(Token::Symbol(symbol)) => symbol,
        };
        Trouble::Wrong(format!("Syntax error; token: {token}, near: \"{}\"", self.text))
    }
}
