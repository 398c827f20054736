//! Numbers of days, as bars side by side.

use maud::{Markup, html};

/// The width of a day on the drawing, and the height of the tallest bar.
const DAY: usize = 20;
const HEIGHT: usize = 90;
/// Room above the bars for the tallest one's number, and below for the days.
const ABOVE: usize = 16;
const BELOW: usize = 20;

/// What is counted: the colour's class, the name, and the number of each day.
pub(crate) struct Series {
    pub(crate) class: &'static str,
    pub(crate) name: String,
    pub(crate) counts: Vec<usize>,
}

/// Bars for each day; under them the first, the middle and the last day. The legend has the sums,
/// which is also what is read out.
pub(crate) fn chart(title: &str, days: &[String], series: &[Series]) -> Markup {
    let most = series.iter().flat_map(|one| &one.counts).copied().max().unwrap_or(0);
    let scale = |count: usize| (count * HEIGHT).div_ceil(most.max(1));
    let width = days.len() * DAY;
    let bar = (DAY - 4) / series.len().max(1);
    let sums: Vec<String> = series
        .iter()
        .map(|one| format!("{} {}", one.name, one.counts.iter().sum::<usize>()))
        .collect();
    let base = ABOVE + HEIGHT;
    let named = [(0, "start"), (days.len() / 2, "middle"), (days.len().saturating_sub(1), "end")];
    html! {
        figure.chart {
            figcaption {
                strong { (title) }
                @for (one, sum) in series.iter().zip(&sums) {
                    span.legend { span class={ "key " (one.class) } {} (sum) }
                }
            }
            svg role="img" aria-label={ (title) ": " (sums.join(", ")) }
                viewBox={ "0 0 " (width) " " (base + BELOW) } {
                line.axis x1="0" x2=(width) y1=(base) y2=(base) {}
                @if most > 0 { text.scale x="0" y="11" { (most) } }
                @for (place, day) in days.iter().enumerate() {
                    @for (number, one) in series.iter().enumerate() {
                        @let count = one.counts.get(place).copied().unwrap_or(0);
                        @if count > 0 {
                            rect class=(one.class) x=(place * DAY + 2 + number * bar) y=(base - scale(count))
                                width=(bar.saturating_sub(1).max(1)) height=(scale(count)) {
                                title { (day) " " (one.name) " " (count) }
                            }
                        }
                    }
                }
                @for (place, anchor) in named {
                    @if let Some(day) = days.get(place) {
                        text.scale x=(match anchor { "start" => 0, "end" => width, _ => place * DAY + DAY / 2 })
                            y=(base + 15) text-anchor=(anchor) { (day) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tallest_bar_fills_the_chart_and_the_sums_are_read_out() {
        let days = ["11-01".to_owned(), "11-02".to_owned()];
        let series = [Series { class: "good", name: "approved".to_owned(), counts: vec![2, 40] }];
        let drawn = chart("Reviews", &days, &series).into_string();
        assert!(drawn.contains("aria-label=\"Reviews: approved 42\""), "{drawn}");
        assert!(drawn.contains("height=\"90\"><title>11-02 approved 40</title>"), "{drawn}");
        let empty = [Series { class: "good", name: "approved".to_owned(), counts: vec![0, 0] }];
        assert!(!chart("Reviews", &days, &empty).into_string().contains("<rect"));
    }
}
