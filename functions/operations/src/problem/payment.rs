//! What the errors of payment settings are to an operator.

use platform::{payment::PaymentError, text::Text};

use super::{Kind, Problem};

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::NotAuthorized(appid) => {
                Problem::new(Kind::AuthorizationNeeded).detail(Text::new(
                    format!("{appid} 没有授权本平台。"),
                    format!("{appid} has not authorized this platform."),
                ))
            }
            PaymentError::NotSet(appid) => Problem::new(Kind::NotFound)
                .detail(Text::new(
                    format!("{appid} 还没有支付设置"),
                    format!("{appid} has no payment settings"),
                ))
                .what_to_do(Text::fixed(
                    "请先用 PUT …/payment 填写商户号",
                    "enter the merchant number first: PUT …/payment",
                )),
            PaymentError::Invalid(wrong) => wrong.into(),
            PaymentError::Certificate(error) => Problem::new(Kind::InvalidField)
                .field("certificate")
                .detail(error.words())
                .internal(error),
            PaymentError::OtherNumber(mchid) => Problem::new(Kind::WrongState)
                .field("mchid")
                .detail(Text::new(
                    format!("现有的密钥和证书属于商户号 {mchid}"),
                    format!("the keys and the certificate there belong to the merchant {mchid}"),
                ))
                .what_to_do(Text::fixed(
                    "确认不再使用后，先 DELETE …/payment，再填写新的商户号",
                    "if they are no longer used, DELETE …/payment first, then enter the new number",
                )),
            PaymentError::Changed(_) => Problem::new(Kind::WrongState)
                .detail(Text::fixed(
                    "其他人刚刚修改了支付设置，本次修改没有生效",
                    "somebody else changed the payment settings just now; this change is not in \
                     force",
                ))
                .what_to_do(Text::fixed(
                    "请重新查看支付设置后再试",
                    "look at the settings again, then repeat it",
                )),
            error @ PaymentError::Unseal(..) => super::from::unsealable(error),
            error @ PaymentError::DataKey(..) => {
                Problem::new(Kind::Unavailable).retry_after(5).internal(error)
            }
            PaymentError::PublicKey(_) => {
                Problem::new(Kind::MalformedRequest).field("public_key").detail(Text::fixed(
                    "public_key 应为 X25519 公钥：32 字节，base64url 编码",
                    "public_key is a public key of X25519: 32 bytes in base64url",
                ))
            }
            PaymentError::Storage(error) => error.into(),
        }
    }
}
