//! What a verification says.

use serde::{Deserialize, Serialize};

use crate::{lenient, quiet::quiet};

/// What a verification says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthData {
    /// 1 an enterprise, 12 a sole trader, 15 a person.
    #[serde(deserialize_with = "lenient::integer_or_zero")]
    pub customer_type: i64,
    /// The task that was sent back, for [`Reauth`](super::Reauth).
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub taskid: Option<String>,
    /// Whom WeChat's reviewers ask.
    pub contact_info: AuthContact,
    /// Media id of the licence.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub qualification: Option<String>,
    /// Media ids of more documents.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub qualification_other: Vec<String>,
    /// The name that the mini program shall have.
    #[serde(deserialize_with = "lenient::text")]
    pub account_name: String,
    /// How it was chosen: 1 registered trade mark, 2 own wording, …
    #[serde(deserialize_with = "lenient::integer_or_zero")]
    pub account_name_type: i64,
    /// Media ids of proofs of the name.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub account_supplemental: Vec<String>,
    /// Who pays: 1 our package, 2 the merchant.
    #[serde(deserialize_with = "lenient::integer_or_zero")]
    pub pay_type: i64,
    /// The invoice that the merchant wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_info: Option<AuthInvoice>,
    /// A person's profession, from [`AuthIdentityTree`](super::AuthIdentityTree).
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub auth_identification: Option<String>,
    /// Media ids of proofs of the profession.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub auth_ident_material: Vec<String>,
    /// The platform's telephone number.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub third_party_phone: Option<String>,
    /// The platform's appid in the service market, for its package.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub service_appid: Option<String>,
}

/// Whom the reviewers ask.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthContact {
    /// Name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// Mail.
    #[serde(deserialize_with = "lenient::text")]
    pub email: String,
}

quiet!(AuthContact);

/// The invoice for a verification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthInvoice {
    /// 1 none, 2 electronic, 3 value-added tax.
    #[serde(deserialize_with = "lenient::integer_or_zero")]
    pub invoice_type: i64,
    /// Whom it is made out to.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub invoice_title: Option<String>,
    /// Of an electronic one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub electronic: Option<AuthElectronicInvoice>,
    /// Of one for value-added tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat: Option<AuthVatInvoice>,
}

/// An electronic invoice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthElectronicInvoice {
    /// Taxpayer number.
    #[serde(deserialize_with = "lenient::text")]
    pub id: String,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub desc: Option<String>,
}

/// An invoice for value-added tax.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthVatInvoice {
    /// Taxpayer number.
    #[serde(deserialize_with = "lenient::text")]
    pub id: String,
    /// Telephone.
    #[serde(deserialize_with = "lenient::text")]
    pub enterprise_phone: String,
    /// Registered address.
    #[serde(deserialize_with = "lenient::text")]
    pub enterprise_address: String,
    /// Bank.
    #[serde(deserialize_with = "lenient::text")]
    pub bank_name: String,
    /// Account.
    #[serde(deserialize_with = "lenient::text")]
    pub bank_account: String,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub mailing_address: Option<String>,
    /// Province to send it to.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub province: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub city: Option<String>,
    /// District.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub district: Option<String>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub address: Option<String>,
    /// Addressee.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub name: Option<String>,
    /// Addressee's telephone.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub phone: Option<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub desc: Option<String>,
}

quiet!(AuthVatInvoice);
