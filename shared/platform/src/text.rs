//! Words for people, in both languages of the product.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One thing to say, in Chinese and in English. Which of them is shown, the reader decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Chinese.
    pub zh: Cow<'static, str>,
    /// English: lower case, without a full stop, so that it reads well after a colon.
    pub en: Cow<'static, str>,
}

impl Text {
    /// Words that are always the same.
    pub const fn fixed(zh: &'static str, en: &'static str) -> Self {
        Text { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    /// Words made for the occasion.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Text { zh: Cow::Owned(zh.into()), en: Cow::Owned(en.into()) }
    }
}

/// A language that [`Text`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Chinese, for whoever did not ask for another.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Text {
    /// The words in one language.
    pub fn read(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }

    /// The words in one language, as a sentence of their own.
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::Chinese if self.zh.ends_with(['。', '！', '？']) => self.zh.to_string(),
            Language::Chinese => format!("{}。", self.zh),
            Language::English => {
                // An appid in front keeps its small letters.
                let word = self.en.split(' ').next().unwrap_or_default();
                let is_name = word.bytes().any(|byte| byte.is_ascii_digit());
                let mut letters = self.en.chars();
                let mut sentence: String = match letters.next() {
                    Some(first) if !is_name => first.to_uppercase().chain(letters).collect(),
                    _ => self.en.to_string(),
                };
                if !sentence.ends_with(['.', '!', '?']) {
                    sentence.push('.');
                }
                sentence
            }
        }
    }
}

impl Language {
    /// The language that a browser's `Accept-Language` prefers; Chinese where it names neither.
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Language::Chinese);
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), weight);
            let language = match name.split('-').next() {
                Some("zh" | "*") => Language::Chinese,
                Some("en") => Language::English,
                _ => continue,
            };
            if let Some(weight) = weight
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language's name for `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }
}

/// How wide a text is where a Chinese character counts as two letters. WeChat counts lengths this
/// way or by characters, and does not always say which.
pub fn width(text: &str) -> usize {
    text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum()
}

fn weight(text: &str) -> Option<f32> {
    text.parse().ok().filter(|weight| (0.0..=1.0).contains(weight))
}

/// Logs and error chains are English.
impl std::fmt::Display for Text {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_greatest_weight_wins_and_chinese_is_the_default() {
        for (header, language) in [
            ("", Language::Chinese),
            ("de", Language::Chinese),
            ("*", Language::Chinese),
            ("en", Language::English),
            ("en-GB,en;q=0.9", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("de, en;q=0.5, zh;q=0.4", Language::English),
            ("en;q=0, zh;q=0.1", Language::Chinese),
            ("en;q=loud", Language::Chinese),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn words_become_a_sentence() {
        let text = Text::fixed("没有代码", "there is no code");
        assert_eq!(text.sentence(Language::Chinese), "没有代码。");
        assert_eq!(text.sentence(Language::English), "There is no code.");
    }
}
