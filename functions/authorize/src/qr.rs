//! QR codes, drawn as SVG within the page.

use fast_qr::{
    ECL, QRBuilder,
    convert::{Builder, svg::SvgBuilder},
};
use maud::{Markup, PreEscaped};

/// The QR code of an address; nothing if it is too long for one.
pub(crate) fn code(address: &str) -> Option<Markup> {
    let code = QRBuilder::new(address).ecl(ECL::M).build().ok()?;
    // Its own colours, dark on light whatever the page's: a camera needs them so.
    let svg = SvgBuilder::default().margin(4).to_str(&code);
    Some(PreEscaped(svg))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_becomes_a_picture_and_an_endless_one_does_not() {
        let picture = super::code("https://fleet.example.com/authorize/wx1").unwrap();
        assert!(picture.0.starts_with("<svg") && !picture.0.contains("style="), "{}", picture.0);
        assert!(super::code(&"x".repeat(5000)).is_none());
    }
}
