//! What is wrong with a verification's statement and can be seen without asking WeChat.

use wechat::endpoint::{AuthData, AuthInvoice};

use crate::{
    fault::Faults,
    filing::{Application, is_mail},
};

/// A person, among kinds of owners.
const PERSON: i64 = 15;

/// What a verification says; with an application, verification and filing in one.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// The verification's part.
    pub auth: AuthData,
    /// The filing's part.
    pub filing: Option<Application>,
}

impl Statement {
    /// Everything that is wrong with it. `today` is `yyyyMMdd`.
    pub fn check(&self, today: &str) -> Faults {
        let mut faults = Faults::new();
        faults.within("/auth", auth(&self.auth));
        if let Some(filing) = &self.filing {
            faults.within("/filing", filing.check(today));
        }
        faults
    }
}

fn auth(data: &AuthData) -> Faults {
    let mut faults = Faults::new();
    faults.unless(
        matches!(data.customer_type, 1 | 12 | 15),
        "/customer_type",
        "应为 1（企业）、12（个体户）或 15（个人）",
        "is 1 (an enterprise), 12 (a sole trader) or 15 (a person)",
    );
    faults.unless(
        matches!(data.pay_type, 1 | 2),
        "/pay_type",
        "应为 1（服务商代缴）或 2（商家自缴）",
        "is 1 (our package) or 2 (the merchant pays)",
    );
    faults.characters("/contact_info/name", &data.contact_info.name, 1..=64);
    faults.unless(
        is_mail(&data.contact_info.email),
        "/contact_info/email",
        "应为邮箱地址",
        "is an e-mail address",
    );
    faults.characters("/account_name", &data.account_name, 4..=30);
    faults.unless(
        data.account_name_type > 0,
        "/account_name_type",
        "请填写名称类型：1 基于商标，2 自选词汇",
        "is 1 (a trade mark) or 2 (own words)",
    );
    let licensed = data.qualification.as_deref().is_some_and(|id| !id.trim().is_empty());
    faults.unless(
        licensed || data.customer_type == PERSON,
        "/qualification",
        "请先上传营业执照：POST …/verification/materials，再填写其 media_id",
        "is the media_id of the licence: POST …/verification/materials",
    );
    if let Some(invoice) = &data.invoice_info {
        faults.within("/invoice_info", self::invoice(invoice));
    }
    faults
}

fn invoice(invoice: &AuthInvoice) -> Faults {
    let mut faults = Faults::new();
    let kind = invoice.invoice_type;
    faults.unless(
        matches!(kind, 1..=3),
        "/invoice_type",
        "应为 1（不开）、2（电子发票）或 3（增值税专票）",
        "is 1 (none), 2 (electronic) or 3 (value-added tax)",
    );
    let says = |what: bool| what || kind == 1;
    faults.unless(
        says(invoice.invoice_title.as_deref().is_some_and(|title| !title.trim().is_empty())),
        "/invoice_title",
        "请填写发票抬头",
        "is whom it is made out to",
    );
    faults.unless(
        kind != 2 || invoice.electronic.is_some(),
        "/electronic",
        "电子发票需要此项",
        "goes with an electronic invoice",
    );
    faults.unless(
        kind != 3 || invoice.vat.is_some(),
        "/vat",
        "增值税专票需要此项",
        "goes with an invoice for value-added tax",
    );
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_statement_lists_everything_that_it_lacks() {
        let statement = Statement { filing: Some(Application::default()), ..Statement::default() };
        let faults = statement.check("20261128");
        let pointers: Vec<&str> = faults.list().iter().map(|it| it.pointer.as_str()).collect();
        for wanted in [
            "/auth/customer_type",
            "/auth/contact_info/email",
            "/auth/account_name",
            "/auth/qualification",
            "/filing/subject/base_info/name",
        ] {
            assert!(pointers.contains(&wanted), "{wanted} is not among {pointers:#?}");
        }
    }
}
