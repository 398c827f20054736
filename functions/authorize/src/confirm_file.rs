//! WeChat's confirm files, which prove that the domain is ours.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use platform::confirm_files::FileName;

use crate::App;

/// `GET /{file}`
pub(crate) async fn serve(State(app): State<App>, Path(file): Path<String>) -> Response {
    let Ok(name) = FileName::parse(&file) else { return nothing() };
    match app.platform.confirm_files.read(&name).await {
        Ok(Some(content)) => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], content).into_response()
        }
        Ok(None) => nothing(),
        Err(error) => {
            tracing::error!(%error, file = name.as_str(), "confirm file not read");
            (StatusCode::SERVICE_UNAVAILABLE, "try again later\n").into_response()
        }
    }
}

fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there is nothing here\n").into_response()
}
