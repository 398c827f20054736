//! Parts of a whole, as one bar: told by colour, and by the words beside it.

use maud::{Markup, html};

/// A part: the colour's class and how much it is.
pub(crate) type Part = (&'static str, u64);

/// The smallest part, in hundredths.
const LEAST: f64 = 0.6;

/// A bar of `whole`, of which the parts are drawn from the left. `words` says what it shows.
pub(crate) fn bar(parts: &[Part], whole: u64, words: &str) -> Markup {
    let whole = whole.max(1) as f64;
    // What is there is seen, however small its part.
    let shares = parts.iter().filter(|(_, size)| *size > 0);
    let shares: Vec<(&str, f64)> =
        shares.map(|(class, size)| (*class, (*size as f64 * 100.0 / whole).max(LEAST))).collect();
    let scale = 100.0 / shares.iter().map(|(_, share)| share).sum::<f64>().max(100.0);
    let mut from = 0.0;
    let placed = shares.into_iter().map(|(class, share)| {
        let (at, width) = (from, share * scale);
        from += width;
        (class, at, width)
    });
    html! {
        svg.bar role="img" aria-label=(words) viewBox="0 0 100 10" preserveAspectRatio="none" {
            rect.rest x="0" y="0" width="100" height="10" {}
            @for (class, at, width) in placed {
                rect class=(class) x=(format!("{at:.2}")) y="0" width=(format!("{width:.2}")) height="10" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_bar_shows_a_single_one_among_thousands_and_never_more_than_the_whole() {
        let drawn = super::bar(&[("good", 9_999), ("bad", 1)], 10_000, "words").into_string();
        assert!(drawn.contains("class=\"bad\" x=\"99.40\" y=\"0\" width=\"0.60\""), "{drawn}");
        let drawn = super::bar(&[("bad", 1), ("good", 5_000)], 10_000, "words").into_string();
        assert!(drawn.contains("class=\"good\" x=\"0.60\" y=\"0\" width=\"50.00\""), "{drawn}");
        assert!(!super::bar(&[("good", 0)], 0, "words").into_string().contains("good"));
    }
}
