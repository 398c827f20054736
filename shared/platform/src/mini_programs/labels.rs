//! What operators write on a mini program: tags, by which they sort the fleet, and variables, with
//! which a merchant's settings are filled in. WeChat knows nothing of either.

use aws_sdk_dynamodb::types::Update;
use serde::Serialize;
use serde_json::{Map, Value, json};
use wechat::AppId;

use super::{ATTEMPTS, MiniPrograms, Row};
use crate::{event::kind, storage::StorageError, text::Text};

/// Tags of one mini program, at most.
pub const MAX_TAGS: usize = 50;
/// The longest tag, in characters.
const LONGEST_TAG: usize = 32;
/// All variables of one mini program together, as JSON, in bytes: they are read with every list.
const LONGEST_VARIABLES: usize = 4 * 1024;
/// The longest name of a variable.
const LONGEST_NAME: usize = 64;

/// Values by name. A value is any JSON.
pub type Variables = Map<String, Value>;

/// What became of a change of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// The tags are as they were wanted.
    Done,
    /// There is no such mini program.
    Unknown,
    /// It would have more than [`MAX_TAGS`]. Nothing was changed.
    TooMany,
}

/// Why nothing was written on a mini program.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// There is no such mini program.
    #[error("there is no mini program {0}")]
    Unknown(AppId),
    /// What was to be written is not acceptable.
    #[error("variables: {0}")]
    Invalid(Text),
    /// The record changed again and again; try again.
    #[error("record of {0} is being changed by somebody else; try again")]
    Busy(AppId),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Refuses what cannot be a tag: 1 to 32 characters, none of them a space, a comma or a control.
pub fn check_tag(tag: &str) -> Result<(), Text> {
    let wrong =
        |letter: char| letter.is_whitespace() || letter.is_control() || ",，".contains(letter);
    if (1..=LONGEST_TAG).contains(&tag.chars().count()) && !tag.contains(wrong) {
        return Ok(());
    }
    Err(Text::fixed(
        "标签应为 1 至 32 个字符，不含空格和逗号",
        "a tag has 1 to 32 characters and neither spaces nor commas",
    ))
}

impl MiniPrograms {
    /// Adds and removes tags of one mini program. What is there already and what is not there to
    /// be removed change nothing, so that this is safe to repeat.
    pub async fn tag(
        &self,
        component: &AppId,
        appid: &AppId,
        add: &[String],
        remove: &[String],
    ) -> Result<Tagged, LabelError> {
        for _ in 0..ATTEMPTS {
            let Some(row) = self.row(component, appid).await? else { return Ok(Tagged::Unknown) };
            let mut tags = row.tags.clone();
            tags.retain(|tag| !remove.contains(tag));
            tags.extend(add.iter().cloned());
            tags.sort();
            tags.dedup();
            if tags == row.tags {
                return Ok(Tagged::Done);
            }
            if tags.len() > MAX_TAGS {
                return Ok(Tagged::TooMany);
            }
            let told = (kind::MINI_PROGRAM_TAGGED, json!({ "tags": tags }));
            if self.label(&row, "tags", &tags, told).await? {
                return Ok(Tagged::Done);
            }
        }
        Err(LabelError::Busy(appid.clone()))
    }

    /// Replaces the variables of one mini program.
    pub async fn set_variables(
        &self,
        component: &AppId,
        appid: &AppId,
        variables: &Variables,
    ) -> Result<(), LabelError> {
        check_variables(variables).map_err(LabelError::Invalid)?;
        for _ in 0..ATTEMPTS {
            let row = self.row(component, appid).await?;
            let row = row.ok_or_else(|| LabelError::Unknown(appid.clone()))?;
            if row.variables == *variables {
                return Ok(());
            }
            // What they hold is the merchant's own affair.
            let names: Vec<&String> = variables.keys().collect();
            let told = (kind::MINI_PROGRAM_VARIABLES, json!({ "names": names }));
            if self.label(&row, "variables", variables, told).await? {
                return Ok(());
            }
        }
        Err(LabelError::Busy(appid.clone()))
    }

    /// False if the record was changed since it was read.
    async fn label<T: Serialize>(
        &self,
        row: &Row,
        name: &str,
        value: &T,
        (kind, details): (&str, Value),
    ) -> Result<bool, StorageError> {
        let value = serde_dynamo::to_attribute_value(value)
            .map_err(|error| self.table.error("write an item", error.to_string()))?;
        let update = Update::builder()
            .update_expression("SET #name = :value, version = :next")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value);
        let (component, appid) = (&row.component, Some(&row.sk));
        let event = self.outbox.event(kind, component, appid, row.version + 1, details);
        self.write(row, update, &[event]).await
    }
}

/// Refuses names that are not plain, and more than 4 KB of variables.
pub fn check_variables(variables: &Variables) -> Result<(), Text> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    for name in variables.keys() {
        if !(1..=LONGEST_NAME).contains(&name.len()) || !name.bytes().all(plain) {
            return Err(Text::fixed(
                "变量名应为 1 至 64 个字母、数字或下划线",
                "a variable's name has 1 to 64 letters, digits or underscores",
            ));
        }
    }
    let bytes = serde_json::to_vec(variables).map_or(usize::MAX, |bytes| bytes.len());
    if bytes > LONGEST_VARIABLES {
        return Err(Text::fixed(
            "一个小程序的变量总共不能超过 4 KB",
            "the variables of a mini program have 4 KB at most in all",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_one_word() {
        for right in ["餐饮", "north-2", "a", &"长".repeat(32)] {
            assert_eq!(check_tag(right), Ok(()), "{right}");
        }
        for wrong in ["", "two words", "a,b", "a，b", "a\n", &"长".repeat(33)] {
            assert!(check_tag(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn variables_are_named_plainly_and_are_not_many() {
        let variables =
            |name: &str, value: String| Map::from_iter([(name.to_owned(), value.into())]);
        assert!(check_variables(&variables("shop_id", "8812".to_owned())).is_ok());
        assert!(check_variables(&variables("shop-id", String::new())).is_err());
        assert!(check_variables(&variables("shop", "8".repeat(5000))).is_err());
    }
}
