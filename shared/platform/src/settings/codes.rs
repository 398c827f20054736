//! Mini-program codes: the picture that opens a page.

use serde::{Deserialize, Serialize};
use wechat::{
    AppId,
    answer::Picture,
    endpoint::{
        CreateWxaQrcode, EnvVersion, GetWxaCode, GetWxaCodeUnlimit, LineColor, PictureOptions,
    },
};

use super::SettingsError;
use crate::{
    call::Caller,
    counters::{Counted, Counters},
    fault::Faults,
    tokens::Subject,
};

/// Draws codes. Cheap to clone.
#[derive(Clone)]
pub struct Codes {
    /// How WeChat is called.
    pub caller: Caller,
    /// What WeChat counts.
    pub counters: Counters,
}

/// The three kinds, by WeChat's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeKind {
    /// A round code for a page with its parameters.
    GetWxaCode,
    /// A round code that carries a short scene; as many as one likes.
    GetWxaCodeUnlimit,
    /// A square code for a page with its parameters.
    CreateWxaQrcode,
}

/// A code to be drawn. Which fields belong to which kind, [`Codes::draw`] checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeOrder {
    /// The kind.
    pub kind: CodeKind,
    /// The page with its query, for all but `getwxacodeunlimit`.
    pub path: Option<String>,
    /// What the code carries, for `getwxacodeunlimit`.
    pub scene: Option<String>,
    /// The page, for `getwxacodeunlimit`; the home page where there is none.
    pub page: Option<String>,
    /// Whether the page must be in the version online, for `getwxacodeunlimit`.
    pub check_path: Option<bool>,
    /// The width in pixels.
    pub width: Option<u32>,
    /// Whether WeChat chooses the colour.
    pub auto_color: Option<bool>,
    /// The colour: red, green, blue.
    pub line_color: Option<[u8; 3]>,
    /// Whether the background is transparent.
    pub is_hyaline: Option<bool>,
    /// Which version it opens.
    pub env_version: Option<EnvVersion>,
}

impl Codes {
    /// Draws a code. `getwxacode` and `createwxaqrcode` draw from a limit that never comes back.
    pub async fn draw(
        &self,
        component: &AppId,
        appid: &AppId,
        order: &CodeOrder,
    ) -> Result<Picture, SettingsError> {
        order.check()?;
        let picture = order.picture();
        let path = order.path.as_deref().unwrap_or_default();
        let whose = Subject::merchant(component, appid);
        match order.kind {
            CodeKind::GetWxaCode => {
                let request = GetWxaCode { path, picture };
                let call = self.caller.merchant(component, appid, &request);
                self.counters.around(&whose, Counted::Codes, call).await
            }
            CodeKind::GetWxaCodeUnlimit => {
                let request = GetWxaCodeUnlimit {
                    scene: order.scene.as_deref().unwrap_or_default(),
                    page: order.page.as_deref(),
                    check_path: order.check_path,
                    picture,
                };
                Ok(self.caller.merchant(component, appid, &request).await?)
            }
            CodeKind::CreateWxaQrcode => {
                let request = CreateWxaQrcode { path, width: order.width };
                let call = self.caller.merchant(component, appid, &request);
                self.counters.around(&whose, Counted::Codes, call).await
            }
        }
    }
}

impl CodeOrder {
    /// Whether every field is one of this kind and holds what WeChat takes.
    fn check(&self) -> Result<(), SettingsError> {
        let unlimited = self.kind == CodeKind::GetWxaCodeUnlimit;
        let plain = self.kind == CodeKind::CreateWxaQrcode;
        let mut faults = Faults::new();
        for (field, given, belongs) in [
            ("path", self.path.is_some(), !unlimited),
            ("scene", self.scene.is_some(), unlimited),
            ("page", self.page.is_some(), unlimited),
            ("check_path", self.check_path.is_some(), unlimited),
            ("auto_color", self.auto_color.is_some(), !plain),
            ("line_color", self.line_color.is_some(), !plain),
            ("is_hyaline", self.is_hyaline.is_some(), !plain),
            ("env_version", self.env_version.is_some(), !plain),
        ] {
            faults.unless(
                !given || belongs,
                format!("/{field}"),
                "这种小程序码没有此字段",
                "this kind of code has no such field",
            );
        }
        match unlimited {
            true => self.check_scene(&mut faults),
            false => self.check_path(&mut faults),
        }
        faults.unless(
            self.width.is_none_or(|width| (280..=1280).contains(&width)),
            "/width",
            "宽度应为 280 至 1280 像素",
            "a width is 280 to 1280 pixels",
        );
        faults.unless(
            self.auto_color != Some(true) || self.line_color.is_none(),
            "/line_color",
            "auto_color 为 true 时不能指定颜色",
            "there is no colour to choose where auto_color is true",
        );
        faults.into_result()
    }

    fn check_path(&self, faults: &mut Faults) {
        let longest = match self.kind {
            CodeKind::CreateWxaQrcode => 128,
            _ => 1024,
        };
        let path = self.path.as_deref().unwrap_or_default();
        let fits =
            (1..=longest).contains(&path.len()) && !path.starts_with('/') && !has_blank(path);
        faults.unless(
            fits,
            "/path",
            &format!("path 应为 1 至 {longest} 字节的页面路径，不带开头的 /，可带参数"),
            &format!(
                "a path is a page of 1 to {longest} bytes without a slash in front; it may carry \
                 a query"
            ),
        );
    }

    fn check_scene(&self, faults: &mut Faults) {
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@-._~".contains(&byte);
        let scene = self.scene.as_deref().unwrap_or_default();
        faults.unless(
            (1..=32).contains(&scene.len()) && scene.bytes().all(allowed),
            "/scene",
            "scene 为 1 至 32 个字符，只能用数字、字母和 !#$&'()*+,/:;=?@-._~",
            "a scene has 1 to 32 characters: digits, letters and !#$&'()*+,/:;=?@-._~",
        );
        let fits = |page: &str| {
            (1..=1024).contains(&page.len())
                && !page.starts_with('/')
                && !page.contains('?')
                && !has_blank(page)
        };
        faults.unless(
            self.page.as_deref().is_none_or(fits),
            "/page",
            "page 不带开头的 /，也不带参数；参数请放入 scene",
            "a page has no slash in front and no query; what it needs goes into the scene",
        );
    }

    fn picture(&self) -> PictureOptions {
        PictureOptions {
            width: self.width,
            auto_color: self.auto_color,
            line_color: self.line_color.map(|[r, g, b]| LineColor { r, g, b }),
            is_hyaline: self.is_hyaline,
            env_version: self.env_version,
        }
    }
}

fn has_blank(text: &str) -> bool {
    text.chars().any(|character| character.is_whitespace() || character.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(kind: CodeKind) -> CodeOrder {
        CodeOrder {
            kind,
            path: (kind != CodeKind::GetWxaCodeUnlimit).then(|| "pages/index?a=1".to_owned()),
            scene: (kind == CodeKind::GetWxaCodeUnlimit).then(|| "a=1".to_owned()),
            page: None,
            check_path: None,
            width: None,
            auto_color: None,
            line_color: None,
            is_hyaline: None,
            env_version: None,
        }
    }

    #[track_caller]
    fn refused(order: CodeOrder, field: &str) {
        match order.check() {
            Err(SettingsError::Invalid(faults)) => {
                assert_eq!(faults.list()[0].pointer, format!("/{field}"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_kind_has_its_own_fields() {
        let (limited, unlimited, plain) = (
            order(CodeKind::GetWxaCode),
            order(CodeKind::GetWxaCodeUnlimit),
            order(CodeKind::CreateWxaQrcode),
        );
        for order in [&limited, &unlimited, &plain] {
            order.check().unwrap();
        }
        refused(CodeOrder { scene: Some("a".into()), ..limited.clone() }, "scene");
        refused(CodeOrder { path: Some("a".into()), ..unlimited.clone() }, "path");
        refused(CodeOrder { is_hyaline: Some(true), ..plain.clone() }, "is_hyaline");
        refused(CodeOrder { path: None, ..limited.clone() }, "path");
        refused(CodeOrder { path: Some("/a".into()), ..limited.clone() }, "path");
        refused(CodeOrder { path: Some("x".repeat(129)), ..plain }, "path");
        refused(CodeOrder { scene: Some("x".repeat(33)), ..unlimited.clone() }, "scene");
        refused(CodeOrder { scene: Some("a%20".into()), ..unlimited.clone() }, "scene");
        refused(CodeOrder { page: Some("pages/a?b=1".into()), ..unlimited }, "page");
        refused(CodeOrder { width: Some(279), ..limited.clone() }, "width");
        let (auto_color, line_color) = (Some(true), Some([1, 2, 3]));
        refused(CodeOrder { auto_color, line_color, ..limited }, "line_color");
    }
}
