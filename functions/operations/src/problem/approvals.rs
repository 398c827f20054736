//! Why a request for approval was not decided.

use platform::{
    approvals::{ApprovalError, Dependence, State},
    text::Text,
};

use super::{Kind, Problem};

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        let not_allowed = |zh: &'static str, en: &'static str| {
            Problem::new(Kind::NotAllowed).detail(Text::fixed(zh, en))
        };
        match error {
            ApprovalError::NotFound(_) => Problem::new(Kind::NotFound)
                .field("id")
                .detail(Text::fixed("没有这个审批", "there is no such request for approval")),
            ApprovalError::Decided(state) => {
                let (zh, en) = match state {
                    State::Waiting | State::Performing => ("正在执行", "it is being done"),
                    State::Performed => ("已经批准并执行", "it was approved and done"),
                    State::Unknown => {
                        ("已经批准，结果未知", "it was approved; its outcome is not known")
                    }
                    State::Refused => ("已经被拒绝", "it was refused"),
                    State::Withdrawn => ("已经撤回", "it was withdrawn"),
                    State::Expired => ("已经过期", "nobody decided in time"),
                };
                Problem::new(Kind::WrongState).detail(Text::fixed(zh, en))
            }
            ApprovalError::NotAnother(why) => {
                let why = match why {
                    Dependence::SameKey => Text::fixed(
                        "这是您自己提出的申请，需由另一人审批",
                        "you asked for it yourself: it takes another person",
                    ),
                    Dependence::SamePerson => Text::fixed(
                        "两个密钥出自同一人，不能互相审批",
                        "both keys come from one person, who cannot approve alone",
                    ),
                    Dependence::SameName => Text::fixed(
                        "两个密钥的名称相同，不能互相审批",
                        "both keys have the same name",
                    ),
                    Dependence::Invited => Text::fixed(
                        "邀请人与被邀请人不能互相审批（邀请本身经过第二人审批的除外）",
                        "who invited somebody and who was invited do not approve each other, \
                         unless a second person had approved the invitation",
                    ),
                };
                Problem::new(Kind::NotAllowed).detail(why).what_to_do(Text::fixed(
                    "请由另一位以邀请或单点登录加入的人审批",
                    "have somebody approve it who took their key by an invitation, or who signed in \
                     with the company's directory",
                ))
            }
            ApprovalError::RoleTooLow(least) => Problem::new(Kind::NotAllowed).detail(Text::new(
                format!("审批人的角色至少应与申请人相同：{least}"),
                format!("whoever approves has at least the role of whoever asked: {least}"),
            )),
            ApprovalError::NotYours => {
                not_allowed("只有申请人可以这样做", "only whoever asked may do this")
            }
            ApprovalError::Gone => Problem::new(Kind::NotFound)
                .detail(Text::fixed("没有保存的内容", "nothing of it is kept, or not any more"))
                .what_to_do(Text::fixed("请重新提出申请", "ask for it anew")),
            ApprovalError::Unseal(error) => Problem::new(Kind::Internal).internal(error),
            ApprovalError::Storage(error) => error.into(),
        }
    }
}
