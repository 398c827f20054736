use crate::xml::cdata;

/// A text in answer to a user's message, to be sent as an
/// [`encrypted_reply`](crate::crypto::encrypted_reply). `to` is the user's openid, `from` the
/// account's original id, `create_time` in seconds of Unix time.
pub fn text_reply(to: &str, from: &str, create_time: i64, content: &str) -> String {
    format!(
        "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName>\
         <CreateTime>{create_time}</CreateTime><MsgType><![CDATA[text]]></MsgType>\
         <Content>{}</Content></xml>",
        cdata(to),
        cdata(from),
        cdata(content),
    )
}
