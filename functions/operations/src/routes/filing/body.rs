//! What an application says: WeChat's own fields under their own names (apply_icp_filing).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wechat::endpoint::{IcpApplets, IcpMaterials, IcpSubject};

use crate::problem::{Kind, Problem};

/// What is filed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilingApplication {
    /// Who files.
    subject: Subject,
    /// What is filed.
    applets: Applets,
    /// With what documents.
    #[serde(default)]
    materials: Materials,
}

/// The owner of the mini program.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    /// The owner.
    base_info: SubjectBase,
    /// More about an owner who is a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    personal_info: Option<PersonalInfo>,
    /// More about an owner who is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organize_info: Option<Organization>,
    /// Who answers for the owner.
    principal_info: Principal,
    /// The legal person, where it is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legal_person_info: Option<LegalPerson>,
}

/// An owner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubjectBase {
    /// From `filing/options/subject-types`.
    #[schema(example = 4)]
    r#type: i64,
    /// The name as it is registered.
    #[schema(example = "杭州山茶花艺有限公司")]
    name: String,
    /// Code of the province, from `filing/options/districts`.
    #[schema(example = "330000")]
    province: String,
    /// Code of the city.
    #[schema(example = "330100")]
    city: String,
    /// Code of the district.
    #[schema(example = "330106")]
    district: String,
    /// The postal address.
    #[schema(example = "文三路 1 号")]
    address: String,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// More about an owner who is a person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonalInfo {
    /// Media id of a residence permit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    residence_permit: Option<String>,
}

/// More about an owner who is an organisation.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    /// From `filing/options/certificate-types`.
    #[schema(example = 1)]
    certificate_type: i64,
    /// The document's number.
    certificate_number: String,
    /// The address in the document.
    certificate_address: String,
    /// Media id of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate_photo: Option<String>,
}

/// Who answers for an owner or a mini program.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Principal {
    /// The name.
    name: String,
    /// The mobile number.
    #[schema(example = "13800000000")]
    mobile: String,
    /// The mail.
    #[schema(example = "filing@example.com")]
    email: String,
    /// Another telephone number.
    #[schema(example = "13800000001")]
    emergency_contact: String,
    /// From `filing/options/certificate-types`; 2 is the identity card.
    #[schema(example = 2)]
    certificate_type: i64,
    /// The document's number.
    #[schema(example = "11010519491231002X")]
    certificate_number: String,
    /// Since when the document is good, `yyyyMMdd`.
    #[schema(example = "20200101")]
    certificate_validity_date_start: String,
    /// Until when it is good, `yyyyMMdd` or `长期`.
    #[schema(example = "长期")]
    certificate_validity_date_end: String,
    /// Media id of the document's front.
    certificate_photo_front: String,
    /// Media id of the document's back.
    certificate_photo_back: String,
    /// Media id of a letter of authority, where it is not the legal person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authorization_letter: Option<String>,
    /// The face check; left out, the one that passed is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verify_task_id: Option<String>,
}

/// A legal person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LegalPerson {
    /// The name.
    name: String,
    /// The number of identity.
    certificate_number: String,
}

/// The mini program.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Applets {
    /// What it offers.
    base_info: AppletsBase,
    /// Who answers for it, whose face is checked.
    principal_info: Principal,
}

/// What a mini program offers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppletsBase {
    /// One to five, from `filing/options/service-content-types`.
    #[schema(example = json!([2]))]
    service_content_types: Vec<i64>,
    /// Approvals that its contents need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    nrlx_details: Vec<Approval>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// An approval that comes before a filing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// From `filing/options/approval-types`.
    r#type: i64,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Its media id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media: Option<String>,
}

/// Documents by what they are: media ids.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Materials {
    /// The promise about services on the internet.
    commitment_letter: Vec<String>,
    /// About a change of the owner's name.
    business_name_change_letter: Vec<String>,
    /// About party building.
    party_building_confirmation_letter: Vec<String>,
    /// The promise as a video.
    promise_video: Vec<String>,
    /// The notice of responsibility.
    authenticity_responsibility_letter: Vec<String>,
    /// The promise that everything is true.
    authenticity_commitment_letter: Vec<String>,
    /// The plan of construction.
    website_construction_proposal: Vec<String>,
    /// The owner's other documents.
    subject_other_materials: Vec<String>,
    /// The mini program's other documents.
    applets_other_materials: Vec<String>,
    /// A photograph with the document in hand.
    holding_certificate_photo: Vec<String>,
}

impl FilingApplication {
    /// The same, as it is sent.
    pub(in crate::routes) fn into_wechats(self) -> Result<platform::filing::Application, Problem> {
        Ok(platform::filing::Application {
            subject: same::<_, IcpSubject>(&self.subject)?,
            applets: same::<_, IcpApplets>(&self.applets)?,
            materials: same::<_, IcpMaterials>(&self.materials)?,
        })
    }
}

/// A value of the same fields: both sides have WeChat's names.
pub(in crate::routes) fn same<T: Serialize, U: serde::de::DeserializeOwned>(
    value: &T,
) -> Result<U, Problem> {
    serde_json::to_value(value)
        .and_then(serde_json::from_value)
        .map_err(|error| Problem::new(Kind::Internal).internal(error))
}
