//! Who exists at the start.

use crate::options::{Category, ComponentOptions, DraftOptions, MerchantOptions};

/// The component of tests and of the local system.
pub(crate) fn component() -> ComponentOptions {
    ComponentOptions {
        appid: "wx1f0a5c2e9d3b7486".to_owned(),
        name: "小程序管家".to_owned(),
        secret: "5d1c0e8f7a2b4936c8e1f0a7b3d29465".to_owned(),
        token: "fleetToken2026".to_owned(),
        // Its last character leaves bits over, as Tencent's own sample key does.
        encoding_aes_key: "qTb3vXz8KcM1nR5sYw7LdF2gHj9PaE4uVx6CiBoNtZG".to_owned(),
        ..ComponentOptions::default()
    }
}

/// Three merchants: one with everything in order, one without an ICP filing, one who has filled
/// in nothing but the name.
pub(crate) fn merchants() -> Vec<MerchantOptions> {
    let noodles = MerchantOptions {
        appid: "wx7c3e19a2b84d5f06".to_owned(),
        user_name: "gh_3a91c7e05b2d".to_owned(),
        nick_name: "城南面馆".to_owned(),
        principal_name: "成都城南餐饮管理有限公司".to_owned(),
        principal_type: 1,
        signature: "手工面条，在线点单，到店自取。".to_owned(),
        head_image: "http://wx.qlogo.cn/mmopen/noodles/0".to_owned(),
        categories: vec![category("餐饮服务", 220, "点餐平台", 221)],
        icp_status: 6,
        privacy_guideline: true,
        ..MerchantOptions::default()
    };
    let flowers = MerchantOptions {
        appid: "wx2d90f6b1e7a3c584".to_owned(),
        user_name: "gh_c05d8e21f7a4".to_owned(),
        nick_name: "山茶花店".to_owned(),
        principal_name: "杭州山茶花艺有限公司".to_owned(),
        principal_type: 1,
        signature: "鲜花预订，同城两小时送达。".to_owned(),
        head_image: "http://wx.qlogo.cn/mmopen/flowers/0".to_owned(),
        categories: vec![
            category("商家自营", 304, "鲜花/园艺", 766),
            category("工具", 287, "信息查询", 612),
        ],
        icp_status: 1024,
        privacy_guideline: true,
        ..MerchantOptions::default()
    };
    let books = MerchantOptions {
        appid: "wxe48b05d7c1f29a63".to_owned(),
        user_name: "gh_7f2b6d90a1e3".to_owned(),
        nick_name: "小鹿绘本馆".to_owned(),
        principal_name: "苏州小鹿文化传播有限公司".to_owned(),
        principal_type: 1,
        icp_status: 1024,
        ..MerchantOptions::default()
    };
    vec![noodles, flowers, books]
}

/// Two uploads of two development mini programs.
pub(crate) fn drafts() -> Vec<DraftOptions> {
    let pages = ["pages/index/index", "pages/menu/menu", "pages/order/order", "pages/mine/mine"];
    vec![
        DraftOptions {
            user_version: "2.4.0".to_owned(),
            user_desc: "堂食点单与外卖".to_owned(),
            source_miniprogram_appid: "wx5ab0c3d7e9f18264".to_owned(),
            source_miniprogram: "点单开发版".to_owned(),
            developer: "阿松".to_owned(),
            pages: pages.map(str::to_owned).to_vec(),
        },
        DraftOptions {
            user_version: "1.0.3".to_owned(),
            user_desc: "鲜花商城首版".to_owned(),
            source_miniprogram_appid: "wx80e1d2c3b4a59687".to_owned(),
            source_miniprogram: "商城开发版".to_owned(),
            developer: "小满".to_owned(),
            pages: pages.map(str::to_owned).to_vec(),
        },
    ]
}

fn category(first_class: &str, first_id: i64, second_class: &str, second_id: i64) -> Category {
    Category {
        first_class: first_class.to_owned(),
        first_id,
        second_class: second_class.to_owned(),
        second_id,
        audit_status: 3,
        audit_reason: String::new(),
    }
}
