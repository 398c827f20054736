//! What WeChat Pay needs: entered here, shown without what is secret, handed to the payment service.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Side, Whose};
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces,
    session::Role,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Payment {
    mchid: String,
    api_v2_key: Option<ApiKey>,
    api_v3_key: Option<ApiKey>,
    certificate: Option<Certificate>,
    updated_at: String,
}

#[derive(Deserialize)]
struct ApiKey {
    ending: String,
    set_at: String,
}

#[derive(Deserialize)]
struct Certificate {
    serial_number: String,
    issuer: String,
    not_after: String,
}

const KEY_HINT: Text = Text::fixed(
    "32 位字母和数字；留空则保留原有的",
    "32 letters and digits; the one there stays where it is left empty",
);

pub(super) static ACTIONS: [Action; 5] = [
    Action {
        name: "set-payment",
        title: Text::fixed("商户号与密钥", "Merchant number and keys"),
        rule: Text::fixed(
            "加密保存，此后不再显示，只交给公司的支付服务。更换商户号须先删除支付设置",
            "sealed, never shown again, and handed to the company's payment service alone. For another merchant number remove the settings first",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("支付设置已保存", "The payment settings are kept"),
        least: Role::Admin,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/payment",
        fields: &[
            Field::new("mchid", Text::fixed("商户号", "Merchant number"), Kind::Line)
                .required()
                .hint(Text::fixed("8 至 10 位数字", "8 to 10 digits")),
            Field::new("api_v2_key", Text::fixed("APIv2 密钥", "API v2 key"), Kind::Secret)
                .hint(KEY_HINT),
            Field::new("api_v3_key", Text::fixed("APIv3 密钥", "API v3 key"), Kind::Secret)
                .hint(KEY_HINT),
        ],
        then: Then::Back,
    },
    Action {
        name: "upload-payment-certificate",
        title: Text::fixed("上传证书", "Upload the certificate"),
        rule: Text::fixed(
            "商户平台下载的 apiclient_cert.p12，最大 64 KB。须能用商户号打开、未过期；先保存商户号",
            "apiclient_cert.p12 from the merchant platform, 64 KB at most. It has to open with the merchant number and be in date; enter the number first",
        ),
        button: Text::fixed("上传", "Upload"),
        done: Text::fixed("证书已保存", "The certificate is kept"),
        least: Role::Admin,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/payment/certificate",
        fields: &[Field::new(
            "certificate",
            Text::fixed("证书文件（.p12）", "File (.p12)"),
            Kind::FileInForm(".p12,.pfx,application/x-pkcs12"),
        )
        .required()],
        then: Then::Back,
    },
    Action {
        name: "remove-payment-certificate",
        title: Text::fixed("删除证书", "Remove the certificate"),
        rule: Text::fixed("需要证书的支付请求会失败", "payments that need it fail"),
        button: Text::fixed("删除", "Remove"),
        done: Text::fixed("证书已删除", "The certificate is removed"),
        least: Role::Admin,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/payment/certificate",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "remove-payment",
        title: Text::fixed("删除支付设置", "Remove the payment settings"),
        rule: Text::fixed(
            "商户号、密钥和证书一并删除，支付服务不能再取得它们",
            "number, keys and certificate are forgotten; the payment service can no longer have them",
        ),
        button: Text::fixed("删除", "Remove"),
        done: Text::fixed("支付设置已删除", "The payment settings are removed"),
        least: Role::Admin,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/payment",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "rotate-payment-key",
        title: Text::fixed("轮换数据密钥", "Exchange the data key"),
        rule: Text::fixed(
            "以新的数据密钥重新加密，商户号、密钥和证书不变",
            "seals everything anew under a new data key; number, keys and certificate stay as they are",
        ),
        button: Text::fixed("轮换", "Exchange"),
        done: Text::fixed("数据密钥已轮换", "The data key is exchanged"),
        least: Role::Admin,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/payment/data-key",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET …/payment`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let path = whose.path(&["payment"]);
    let (account, payment) = tokio::join!(
        whose.account(&app, &signed),
        app.api.find::<Payment>(&signed.caller, &path, &[]),
    );
    let (account, payment) = (account?, payment?);
    let [set, upload, remove_certificate, remove, exchange] = &ACTIONS;
    let known = whose.known();
    let mchid = payment.as_ref().map_or("", |payment| payment.mchid.as_str());
    let nothing = Text::fixed("还没有支付设置。", "There are no payment settings yet.");
    let content = html! {
        @match &payment {
            None => { (pieces::empty(language, &nothing, html! {})) }
            Some(payment) => {
                section.card {
                    h2 { (Side::Payment.title().read(language)) }
                    (facts(payment, language))
                    p.actions {
                        @if payment.certificate.is_some() { (remove_certificate.link(&signed, &known)) }
                        (exchange.link(&signed, &known))
                        (remove.link(&signed, &known))
                    }
                }
            }
        }
        div.columns {
            (set.form(&app, &signed, &[&known[..], &[("mchid", mchid)]].concat()))
            @if payment.is_some() { (upload.form(&app, &signed, &known)) }
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Payment, content).await)
}

fn facts(payment: &Payment, language: Language) -> Markup {
    let none = || html! { span.small { (words::NONE.read(language)) } };
    let key = |key: &Option<ApiKey>| {
        key.as_ref().map_or_else(none, |key| {
            html! { code { "••••" (key.ending) } " " span.small { (pieces::time(&key.set_at)) } }
        })
    };
    let certificate = payment.certificate.as_ref().map_or_else(none, |certificate| {
        html! {
            code { (certificate.serial_number) } br;
            span.small { (certificate.issuer) " · " (Text::fixed("有效至", "good until").read(language)) " " (pieces::time(&certificate.not_after)) }
        }
    });
    pieces::facts(
        language,
        &[
            (Text::fixed("商户号", "Merchant number"), html! { code { (payment.mchid) } }),
            (Text::fixed("APIv2 密钥", "API v2 key"), key(&payment.api_v2_key)),
            (Text::fixed("APIv3 密钥", "API v3 key"), key(&payment.api_v3_key)),
            (Text::fixed("证书", "Certificate"), certificate),
            (Text::fixed("最近修改", "Changed"), pieces::time(&payment.updated_at)),
        ],
    )
}
