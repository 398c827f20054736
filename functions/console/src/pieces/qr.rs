//! QR codes, drawn as SVG within the page.

use fast_qr::{
    ECL, QRBuilder,
    convert::{Builder, svg::SvgBuilder},
};
use maud::{Markup, PreEscaped, html};

/// The QR code of an address, dark on light whatever the page's colours: a camera needs them so.
pub(crate) fn qr(address: &str) -> Markup {
    let code = QRBuilder::new(address).ecl(ECL::M).build().ok();
    html! {
        @if let Some(code) = code {
            div.qr role="img" aria-label=(address) {
                (PreEscaped(SvgBuilder::default().margin(3).to_str(&code)))
            }
        }
    }
}
