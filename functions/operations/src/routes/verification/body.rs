//! What a verification says: WeChat's own fields under their own names (wxaauth).

use platform::verification::Statement;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    problem::Problem,
    routes::filing::{FilingApplication, same},
};

/// A verification to be begun, or corrected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginVerification {
    /// What the verification says.
    auth: Auth,
    /// What is filed with it, for verification and filing in one.
    #[serde(default)]
    filing: Option<FilingApplication>,
}

/// What a verification says.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Auth {
    /// 1 an enterprise, 12 a sole trader, 15 a person.
    #[schema(example = 1)]
    customer_type: i64,
    /// Whom WeChat's reviewers ask.
    contact_info: Contact,
    /// Media id of the licence; a person has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qualification: Option<String>,
    /// Media ids of more documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    qualification_other: Vec<String>,
    /// The name that the mini program shall have, 4 to 30 characters.
    #[schema(example = "山茶花艺")]
    account_name: String,
    /// 1 a registered trade mark, 2 own words.
    #[schema(example = 2)]
    account_name_type: i64,
    /// Media ids of proofs of the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    account_supplemental: Vec<String>,
    /// Who pays: 1 our package, 2 the merchant.
    #[schema(example = 2)]
    pay_type: i64,
    /// The invoice that the merchant wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_info: Option<Invoice>,
    /// A person's profession, from `verification/identities`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_identification: Option<String>,
    /// Media ids of proofs of the profession.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    auth_ident_material: Vec<String>,
    /// The platform's telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    third_party_phone: Option<String>,
    /// The platform's appid in the service market, for its package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_appid: Option<String>,
}

/// Whom the reviewers ask.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contact {
    /// The name.
    name: String,
    /// The mail.
    #[schema(example = "owner@example.com")]
    email: String,
}

/// The invoice for a verification.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invoice {
    /// 1 none, 2 electronic, 3 value-added tax.
    invoice_type: i64,
    /// Whom it is made out to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_title: Option<String>,
    /// Of an electronic one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    electronic: Option<ElectronicInvoice>,
    /// Of one for value-added tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vat: Option<VatInvoice>,
}

/// An electronic invoice.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ElectronicInvoice {
    /// The taxpayer's number.
    id: String,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desc: Option<String>,
}

/// An invoice for value-added tax.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VatInvoice {
    /// The taxpayer's number.
    id: String,
    /// The telephone.
    enterprise_phone: String,
    /// The registered address.
    enterprise_address: String,
    /// The bank.
    bank_name: String,
    /// The account.
    bank_account: String,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mailing_address: Option<String>,
    /// The province to send it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    province: Option<String>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    /// The district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    district: Option<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// The addressee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The addressee's telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desc: Option<String>,
}

impl BeginVerification {
    /// The same, as it is sent.
    pub(super) fn into_wechats(self) -> Result<Statement, Problem> {
        Ok(Statement {
            auth: same(&self.auth)?,
            filing: self.filing.map(FilingApplication::into_wechats).transpose()?,
        })
    }
}
