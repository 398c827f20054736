//! What the person is sent: WeChat sends nothing itself since 2026-04-30.

use fast_qr::{
    ECL, QRBuilder, QRCode,
    convert::{Builder, svg::SvgBuilder},
};
use jiff::{Timestamp, tz::Offset};

use super::{Order, Registration, RegistrationState};

/// Blank modules on each side, as the QR standard asks.
const MARGIN: usize = 4;
/// The sides of a picture, in pixels.
const SIDES: std::ops::RangeInclusive<usize> = 120..=2000;

/// What the person is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What is opened in WeChat.
    pub link: String,
    /// A message to be copied, in Chinese.
    pub message: String,
    /// Until when the link is good.
    pub expires_at: Timestamp,
}

impl Registration {
    /// What the person is to be sent; none where there is no link, or no use for it.
    pub fn invitation(&self) -> Option<Invitation> {
        if self.state != RegistrationState::Waiting {
            return None;
        }
        let (link, expires_at) = (self.authorize_url.clone()?, self.deadline?);
        let until = in_beijing(expires_at);
        let who = match &self.order {
            Order::Enterprise { name, .. } | Order::TrialVerification { name, .. } => {
                format!(
                    "请「{name}」的法定代表人本人用微信打开下面的链接，按提示完成人脸核验，即可"
                )
            }
            Order::Personal { .. } => {
                "请本人用微信打开下面的链接，按提示完成人脸核验，即可".to_owned()
            }
            Order::Trial { name, .. } => {
                format!("请用微信打开下面的链接并确认，即可创建「{name}」的体验小程序，")
            }
            Order::TrialConversion { .. } | Order::OfficialAccount { .. } => {
                "请管理员用微信打开下面的链接，按提示完成确认，即可".to_owned()
            }
        };
        let what = match &self.order {
            Order::Enterprise { .. } | Order::Personal { .. } => "完成小程序注册。",
            Order::Trial { .. } => "无需营业执照。",
            _ => "把体验小程序转为正式小程序。",
        };
        let message =
            format!("【小程序注册】{who}{what}链接在 {until} 前有效，请勿转发给他人。\n{link}");
        Some(Invitation { link, message, expires_at })
    }
}

/// An address as a QR code, in SVG; none if it is too long for one.
pub fn qr_svg(address: &str) -> Option<String> {
    Some(SvgBuilder::default().margin(MARGIN).to_str(&code(address)?))
}

/// An address as a QR code, in PNG, at most `side` pixels wide and as near to it as whole modules
/// come; none if it is too long for one.
pub fn qr_png(address: &str, side: usize) -> Option<Vec<u8>> {
    let code = code(address)?;
    let modules = code.size + 2 * MARGIN;
    let scale = (side.clamp(*SIDES.start(), *SIDES.end()) / modules).max(1);
    let side = modules * scale;
    let line = side.div_ceil(8);
    // A bit a pixel, 1 is white.
    let mut pixels = vec![0xff_u8; line * side];
    for row in 0..side {
        for column in 0..side {
            let module = |place: usize| (place / scale).checked_sub(MARGIN);
            let is_dark = match (module(row), module(column)) {
                (Some(row), Some(column)) if row < code.size && column < code.size => {
                    code[row][column].value()
                }
                _ => false,
            };
            if is_dark {
                pixels[row * line + column / 8] &= !(0x80 >> (column % 8));
            }
        }
    }
    let mut file = Vec::new();
    let pixels_a_side = u32::try_from(side).ok()?;
    let mut encoder = png::Encoder::new(&mut file, pixels_a_side, pixels_a_side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(file)
}

fn code(address: &str) -> Option<QRCode> {
    QRBuilder::new(address).ecl(ECL::M).build().ok()
}

/// A moment as people in China read it.
fn in_beijing(moment: Timestamp) -> String {
    let there = Offset::constant(8).to_datetime(moment);
    format!(
        "{} 月 {} 日 {:02}:{:02}（北京时间）",
        there.month(),
        there.day(),
        there.hour(),
        there.minute()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_picture_of_either_kind() {
        let address = "https://mp.weixin.qq.com/wxawap/fastregister?taskid=1";
        assert!(qr_svg(address).unwrap().starts_with("<svg"));
        let file = qr_png(address, 480).unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(file));
        let reader = decoder.read_info().unwrap();
        let (width, height) = reader.info().size();
        assert_eq!(width, height);
        assert!((400..=480).contains(&width), "{width}");
        assert!(qr_svg(&"x".repeat(5000)).is_none());
    }

    #[test]
    fn a_moment_is_told_in_the_time_of_beijing() {
        let moment = "2026-11-22T17:45:21Z".parse().unwrap();
        assert_eq!(in_beijing(moment), "11 月 23 日 01:45（北京时间）");
    }
}
