//! What a filing says, as it is sent and as it is told.

use serde::{Deserialize, Serialize};

use crate::{lenient, quiet::quiet};

/// Who files: the owner of the mini program.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpSubject {
    /// The owner.
    pub base_info: IcpSubjectBase,
    /// More about an owner who is a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_info: Option<IcpPersonalInfo>,
    /// More about an owner who is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organize_info: Option<IcpOrganization>,
    /// Who answers for the owner.
    pub principal_info: IcpPrincipal,
    /// The legal person, where it is somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_person_info: Option<IcpLegalPerson>,
}

/// An owner.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpSubjectBase {
    /// Kind of owner, from [`QueryIcpSubjectTypes`](super::QueryIcpSubjectTypes).
    #[serde(rename = "type", deserialize_with = "lenient::integer_or_zero")]
    pub kind: i64,
    /// Name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// Code of the province, from [`QueryIcpDistrictCode`](super::QueryIcpDistrictCode).
    #[serde(deserialize_with = "lenient::text")]
    pub province: String,
    /// Code of the city.
    #[serde(deserialize_with = "lenient::text")]
    pub city: String,
    /// Code of the district.
    #[serde(deserialize_with = "lenient::text")]
    pub district: String,
    /// Postal address.
    #[serde(deserialize_with = "lenient::text")]
    pub address: String,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub comment: Option<String>,
}

quiet!(IcpSubjectBase);

/// More about an owner who is a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpPersonalInfo {
    /// Media id of a residence permit.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub residence_permit: Option<String>,
}

/// More about an owner who is an organisation.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpOrganization {
    /// Kind of document, from [`QueryIcpCertificateTypes`](super::QueryIcpCertificateTypes).
    #[serde(deserialize_with = "lenient::integer_or_zero")]
    pub certificate_type: i64,
    /// The document's number.
    #[serde(deserialize_with = "lenient::text")]
    pub certificate_number: String,
    /// The address in the document.
    #[serde(deserialize_with = "lenient::text")]
    pub certificate_address: String,
    /// Media id of the document.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub certificate_photo: Option<String>,
}

quiet!(IcpOrganization);

/// Who answers for an owner or a mini program.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpPrincipal {
    /// Name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// Mobile telephone.
    #[serde(deserialize_with = "lenient::text")]
    pub mobile: String,
    /// Mail.
    #[serde(deserialize_with = "lenient::text")]
    pub email: String,
    /// Another telephone.
    #[serde(deserialize_with = "lenient::text")]
    pub emergency_contact: String,
    /// Kind of document, from [`QueryIcpCertificateTypes`](super::QueryIcpCertificateTypes).
    #[serde(deserialize_with = "lenient::integer_or_zero")]
    pub certificate_type: i64,
    /// The document's number.
    #[serde(deserialize_with = "lenient::text")]
    pub certificate_number: String,
    /// Since when the document is good: `yyyyMMdd`.
    #[serde(deserialize_with = "lenient::text")]
    pub certificate_validity_date_start: String,
    /// Until when it is good: `yyyyMMdd`, or `长期`.
    #[serde(deserialize_with = "lenient::text")]
    pub certificate_validity_date_end: String,
    /// Media id of the document's front.
    #[serde(deserialize_with = "lenient::text")]
    pub certificate_photo_front: String,
    /// Media id of the document's back.
    #[serde(deserialize_with = "lenient::text")]
    pub certificate_photo_back: String,
    /// Media id of a letter of authority, where he is not the legal person.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub authorization_letter: Option<String>,
    /// The finished face check, from [`CreateIcpVerifyTask`](super::CreateIcpVerifyTask).
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub verify_task_id: Option<String>,
}

quiet!(IcpPrincipal);

/// A legal person.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpLegalPerson {
    /// Name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: String,
    /// Number of identity.
    #[serde(deserialize_with = "lenient::text")]
    pub certificate_number: String,
}

quiet!(IcpLegalPerson);

/// The mini program that is filed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpApplets {
    /// The mini program.
    pub base_info: IcpAppletsBase,
    /// Who answers for it.
    pub principal_info: IcpPrincipal,
}

/// A mini program to file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpAppletsBase {
    /// Its appid; the token tells it too.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub name: Option<String>,
    /// What it offers, from
    /// [`QueryIcpServiceContentTypes`](super::QueryIcpServiceContentTypes).
    #[serde(deserialize_with = "lenient::list")]
    pub service_content_types: Vec<i64>,
    /// Approvals that its contents need.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub nrlx_details: Vec<IcpApproval>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub comment: Option<String>,
}

/// An approval that comes before a filing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpApproval {
    /// Its kind, from [`QueryIcpNrlxTypes`](super::QueryIcpNrlxTypes).
    #[serde(rename = "type", deserialize_with = "lenient::integer_or_zero")]
    pub kind: i64,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub code: Option<String>,
    /// Its media id.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "lenient::optional_text")]
    pub media: Option<String>,
}

/// Documents of a filing: media ids of [`UploadIcpMedia`](super::UploadIcpMedia).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IcpMaterials {
    /// The promise about services on the internet.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub commitment_letter: Vec<String>,
    /// About a change of the owner's name.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub business_name_change_letter: Vec<String>,
    /// About party building.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub party_building_confirmation_letter: Vec<String>,
    /// The promise as a video.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub promise_video: Vec<String>,
    /// The notice of responsibility.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub authenticity_responsibility_letter: Vec<String>,
    /// The promise that everything is true.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub authenticity_commitment_letter: Vec<String>,
    /// The plan of construction.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub website_construction_proposal: Vec<String>,
    /// The owner's other documents.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub subject_other_materials: Vec<String>,
    /// The mini program's other documents.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub applets_other_materials: Vec<String>,
    /// A photograph with the document in hand.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient::list")]
    pub holding_certificate_photo: Vec<String>,
}
