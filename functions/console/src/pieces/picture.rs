//! Pictures that the API draws or keeps, handed on.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::api::Answer;

/// A picture as the API answered it, to be shown or to be saved under the name that it has there.
pub(crate) fn picture(answer: &Answer, save: bool) -> Response {
    let mut response = answer.body.clone().into_response();
    let headers = response.headers_mut();
    if let Some(media_type) = answer.headers.get(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, media_type.clone());
    }
    let named = answer.headers.get(header::CONTENT_DISPOSITION);
    let named = named.and_then(|value| value.to_str().ok()?.split_once(';'));
    let name = named.map_or("", |(_, name)| name.trim());
    let how = if save { "attachment" } else { "inline" };
    let value = if name.is_empty() { how.to_owned() } else { format!("{how}; {name}") };
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    #[test]
    fn a_picture_is_saved_under_its_name_and_shown_as_what_it_is() {
        let headers = HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
            (
                header::CONTENT_DISPOSITION,
                HeaderValue::from_static("inline; filename=\"code.png\""),
            ),
        ]);
        let answer = Answer { status: StatusCode::OK, headers, body: Bytes::from_static(b"png") };
        let saved = picture(&answer, true);
        assert_eq!(
            saved.headers()[header::CONTENT_DISPOSITION],
            "attachment; filename=\"code.png\""
        );
        assert_eq!(saved.headers()[header::CONTENT_TYPE], "image/png");
        let shown = picture(&answer, false);
        assert_eq!(shown.headers()[header::CONTENT_DISPOSITION], "inline; filename=\"code.png\"");
    }
}
