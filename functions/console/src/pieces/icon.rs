//! Icons: strokes on a grid of twenty by twenty, in the colour of the text beside them.

use maud::{Markup, html};

/// The icon `path`, which says nothing that the words beside it do not.
pub(crate) fn icon(path: &str) -> Markup {
    html! {
        svg.icon viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor"
            stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" {
            path d=(path);
        }
    }
}

/// The product's mark: three ships in a row.
pub(crate) fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" width="22" height="22" fill="currentColor" aria-hidden="true" {
            // One path: a second one would stand inside the first, which nothing closes.
            path d="M3 15h18l-2.4 4.2a2 2 0 0 1-1.7 1H7.1a2 2 0 0 1-1.7-1zM11 3v10H5zM13 5.5V13h5z";
        }
    }
}
