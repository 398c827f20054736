//! Service categories: what there is, what a mini program has.

use serde_json::{Map, Value, json};

use crate::{
    clock::month,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    options::Category,
    reply::{Answer, Refusal, done, fields, refuse},
    scene::{Scene, integer, text},
};

/// Changes a month.
const EDITS_A_MONTH: u32 = 5;

/// Categories a mini program may have, and may have if it says why.
const MOST: usize = 5;
const MOST_WITH_A_REASON: usize = 20;

const CERTIFICATE: &[Field] = &[
    Field::required("key", Kind::Text).missing(53303, "invalid parameters"),
    Field::required("value", Kind::Text).missing(53303, "invalid parameters"),
    Field::optional("expire_time", Kind::Integer),
    Field::optional("is_permanent", Kind::Integer),
];

const NEW: &[Field] = &[
    Field::required("first", Kind::Integer).missing(53303, "invalid parameters"),
    Field::required("second", Kind::Integer).missing(53303, "invalid parameters"),
    // Spelled like this.
    Field::optional("certicates", Kind::Objects(CERTIFICATE)),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/cgi-bin/wxopen/getallcategories", TokenKind::Merchant, all).sets(&[30]),
    Endpoint::post(
        "/cgi-bin/wxopen/getcategoriesbytype",
        TokenKind::Merchant,
        &[Field::required("verify_type", Kind::Integer).missing(53303, "invalid parameters")],
        by_type,
    )
    .sets(&[30]),
    Endpoint::get("/cgi-bin/wxopen/getcategory", TokenKind::Merchant, own).sets(&[30]),
    Endpoint::post(
        "/cgi-bin/wxopen/addcategory",
        TokenKind::Merchant,
        &[
            Field::required("categories", Kind::Objects(NEW)).missing(53303, "invalid parameters"),
            Field::optional("apply_reason", Kind::Text),
        ],
        add,
    )
    .sets(&[30]),
    Endpoint::post("/cgi-bin/wxopen/deletecategory", TokenKind::Merchant, NEW, delete).sets(&[30]),
    Endpoint::post("/cgi-bin/wxopen/modifycategory", TokenKind::Merchant, NEW, modify).sets(&[30]),
];

/// A category that there is.
struct Node {
    id: i64,
    name: &'static str,
    father: i64,
    /// One of each of these documents has to be shown.
    documents: &'static [&'static [&'static str]],
    /// Whether a person may have it.
    for_persons: bool,
}

const fn node(id: i64, name: &'static str, father: i64, for_persons: bool) -> Node {
    Node { id, name, father, documents: &[], for_persons }
}

const TREE: &[Node] = &[
    node(1, "快递业与邮政", 0, true),
    node(2, "寄件/收件", 1, true),
    node(8, "教育", 0, false),
    Node {
        id: 39,
        name: "在线教育",
        father: 8,
        documents: &[&["《办学许可证》", "《事业单位法人证书》"]],
        for_persons: false,
    },
    node(220, "餐饮服务", 0, false),
    node(221, "点餐平台", 220, false),
    Node {
        id: 223,
        name: "餐饮服务场所/餐饮服务管理企业",
        father: 220,
        documents: &[&["《食品经营许可证》"]],
        for_persons: false,
    },
    node(287, "工具", 0, true),
    node(612, "信息查询", 287, true),
    node(304, "商家自营", 0, false),
    node(766, "鲜花/园艺", 304, false),
    node(402, "法律服务", 0, true),
    Node {
        id: 920,
        name: "律师",
        father: 402,
        documents: &[&["《律师执业资格证》"]],
        for_persons: true,
    },
];

fn all(scene: &mut Scene<'_>) -> Answer {
    let person = scene.merchant().account.principal_type == 0;
    fields(json!({ "categories_list": tree(person) }))
}

fn by_type(scene: &mut Scene<'_>) -> Answer {
    match scene.integer("verify_type") {
        Some(kind @ 0..=4) => fields(json!({ "categories_list": tree(kind == 0) })),
        _ => refuse(53303, "invalid parameters"),
    }
}

fn tree(for_a_person: bool) -> Value {
    let nodes = || TREE.iter().filter(move |node| node.for_persons || !for_a_person);
    let children = |father: i64| -> Vec<i64> {
        nodes().filter(|node| node.father == father).map(|node| node.id).collect()
    };
    let no_documents = json!({ "exter_list": [], "remark": "" });
    // The root has no name.
    let mut all = vec![json!({ "id": 0, "children": children(0), "qualify": no_documents })];
    all.extend(nodes().map(|node| {
        let exter: Vec<Value> = node
            .documents
            .iter()
            .map(|any| {
                let inner: Vec<Value> =
                    any.iter().map(|name| json!({ "name": name, "url": "" })).collect();
                json!({ "inner_list": inner })
            })
            .collect();
        json!({
            "id": node.id,
            "name": node.name,
            "level": if node.father == 0 { 1 } else { 2 },
            "father": node.father,
            "children": children(node.id),
            "sensitive_type": i64::from(!node.documents.is_empty()),
            "qualify": { "exter_list": exter, "remark": "" },
        })
    }));
    json!({ "categories": all })
}

fn own(scene: &mut Scene<'_>) -> Answer {
    let month = month(scene.now);
    let merchant = scene.merchant();
    let categories: Vec<Value> = merchant
        .account
        .categories
        .iter()
        .map(|category| {
            json!({
                "first": category.first_id,
                "first_name": category.first_class,
                "second": category.second_id,
                "second_name": category.second_class,
                "audit_status": if category.audit_status == 0 { 3 } else { category.audit_status },
                "audit_reason": category.audit_reason,
            })
        })
        .collect();
    let quota = EDITS_A_MONTH.saturating_sub(merchant.category_edits.used(&month));
    fields(json!({
        "categories": categories,
        "limit": EDITS_A_MONTH,
        "quota": quota,
        "category_limit": MOST,
    }))
}

fn add(scene: &mut Scene<'_>) -> Answer {
    let wanted = scene.objects("categories").unwrap_or_default();
    if wanted.is_empty() {
        return refuse(53303, "invalid parameters");
    }
    let most = match scene.text("apply_reason") {
        "" => MOST,
        _ => MOST_WITH_A_REASON,
    };
    let month = month(scene.now);
    if scene.merchant().category_edits.used(&month) >= EDITS_A_MONTH {
        return refuse(53300, "monthly limit of category changes exceeded");
    }
    let mut new: Vec<Category> = Vec::new();
    for object in &wanted {
        let ids = ids(object);
        let (first, second) = find(scene, ids)?;
        let twice = new.iter().any(|it| (it.first_id, it.second_id) == ids);
        if twice || position(scene, ids).is_some() {
            return refuse(53304, "duplicates an existing category");
        }
        certificates(scene, object, second)?;
        new.push(Category {
            first_class: first.name.to_owned(),
            first_id: first.id,
            second_class: second.name.to_owned(),
            second_id: second.id,
            audit_status: if second.documents.is_empty() { 3 } else { 1 },
            audit_reason: String::new(),
        });
    }
    let merchant = scene.merchant();
    let count = merchant.account.categories.len() + new.len();
    if count > MOST_WITH_A_REASON {
        return refuse(53301, "total number of configurable categories exceeded");
    }
    if count > most {
        return refuse(53310, "category count over the limit, apply_reason is needed");
    }
    merchant.category_edits.add(&month);
    merchant.account.categories.extend(new);
    done()
}

fn delete(scene: &mut Scene<'_>) -> Answer {
    let at = match position(scene, ids(&scene.body)) {
        Some(at) => at,
        None => return refuse(53303, "invalid parameters"),
    };
    let categories = &mut scene.merchant().account.categories;
    if categories[at].audit_status == 1 {
        return refuse(53308, "a category under review may not be deleted");
    }
    categories.remove(at);
    done()
}

fn modify(scene: &mut Scene<'_>) -> Answer {
    let body = scene.body.clone();
    let ids = ids(&body);
    let (_, second) = find(scene, ids)?;
    let Some(at) = position(scene, ids) else {
        return refuse(53306, "only the documents of a category may be modified");
    };
    if scene.merchant().account.categories[at].audit_status != 2 {
        return refuse(53307, "only a category whose review failed may be modified");
    }
    certificates(scene, &body, second)?;
    let category = &mut scene.merchant().account.categories[at];
    category.audit_status = 1;
    category.audit_reason = String::new();
    done()
}

fn ids(object: &Map<String, Value>) -> (i64, i64) {
    let number = |name| integer(object, name).unwrap_or_default();
    (number("first"), number("second"))
}

/// Where the mini program has this category.
fn position(scene: &mut Scene<'_>, (first, second): (i64, i64)) -> Option<usize> {
    let categories = &scene.merchant().account.categories;
    categories.iter().position(|it| it.first_id == first && it.second_id == second)
}

/// The two levels of a category that there is and that this owner may have.
fn find(
    scene: &mut Scene<'_>,
    (first, second): (i64, i64),
) -> Result<(&'static Node, &'static Node), Refusal> {
    let person = scene.merchant().account.principal_type == 0;
    let by_id =
        |id: i64, father: i64| TREE.iter().find(|node| node.id == id && node.father == father);
    match (by_id(first, 0), by_id(second, first)) {
        (Some(upper), Some(lower)) if lower.for_persons || !person => Ok((upper, lower)),
        (Some(_), Some(_)) => refuse(53302, "this category is not allowed for the owner"),
        _ => refuse(53303, "invalid parameters"),
    }
}

/// Checks that the documents of a category are shown, each by its name.
fn certificates(
    scene: &mut Scene<'_>,
    object: &Map<String, Value>,
    node: &Node,
) -> Result<(), Refusal> {
    let now = scene.now;
    let given = object.get("certicates").and_then(Value::as_array).cloned().unwrap_or_default();
    let given: Vec<Map<String, Value>> =
        given.iter().filter_map(|it| it.as_object().cloned()).collect();
    let merchant = scene.merchant();
    if given.iter().any(|it| merchant.media(text(it, "value"), now).is_none()) {
        return refuse(40007, "invalid media_id");
    }
    let known = |key: &str| node.documents.iter().any(|any| any.contains(&key));
    if given.iter().any(|it| !known(text(it, "key"))) {
        return refuse(53303, "invalid parameters");
    }
    let shown = |any: &[&str]| given.iter().any(|it| any.contains(&text(it, "key")));
    match node.documents.iter().all(|any| shown(any)) {
        true => Ok(()),
        false => refuse(53311, "material information must be submitted"),
    }
}
