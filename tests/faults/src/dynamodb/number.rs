//! DynamoDB's numbers: decimals of up to 38 significant digits, compared by value.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The most significant digits a number has.
const DIGITS: usize = 38;
/// The largest power of ten a number's first digit stands for, and the smallest.
const MAGNITUDE: std::ops::RangeInclusive<i64> = -130..=125;

/// `mantissa` × 10^`exponent`. The mantissa has no trailing zeros, so that equal numbers are equal
/// values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Number {
    mantissa: i128,
    exponent: i32,
}

impl Number {
    pub(crate) fn of(count: usize) -> Number {
        Number::normal(count as i128, 0)
    }

    pub(crate) fn plus(self, other: Number) -> Result<Number, String> {
        self.sum(other, i128::checked_add)
    }

    pub(crate) fn minus(self, other: Number) -> Result<Number, String> {
        self.sum(other, i128::checked_sub)
    }

    /// Bytes that AWS charges for it: one, and half a byte for each digit, rounded up before and
    /// after the point, and one more for a minus.
    pub(crate) fn size(self) -> usize {
        let digits = self.digits();
        let whole = (digits as i64 + i64::from(self.exponent)).clamp(0, digits as i64) as usize;
        let sign = usize::from(self.mantissa < 0);
        whole.div_ceil(2) + (digits - whole).div_ceil(2) + 1 + sign
    }

    fn digits(self) -> usize {
        match self.mantissa.unsigned_abs() {
            0 => 0,
            mantissa => mantissa.ilog10() as usize + 1,
        }
    }

    fn normal(mut mantissa: i128, mut exponent: i32) -> Number {
        if mantissa == 0 {
            return Number { mantissa: 0, exponent: 0 };
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        Number { mantissa, exponent }
    }

    fn sum(
        self,
        other: Number,
        add: impl Fn(i128, i128) -> Option<i128>,
    ) -> Result<Number, String> {
        let exponent = self.exponent.min(other.exponent);
        let sum = match (self.scaled(exponent), other.scaled(exponent)) {
            (Some(left), Some(right)) => add(left, right),
            _ => None,
        };
        let sum = sum.map(|sum| Number::normal(sum, exponent));
        sum.filter(|sum| sum.digits() <= DIGITS)
            .ok_or_else(|| "the model adds no numbers that need more than 38 digits".to_owned())
    }

    /// The mantissa it would have with a smaller exponent.
    fn scaled(self, exponent: i32) -> Option<i128> {
        let power = u32::try_from(self.exponent - exponent).ok()?;
        self.mantissa.checked_mul(10_i128.checked_pow(power)?)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let signs = self.mantissa.signum().cmp(&other.mantissa.signum());
        if signs.is_ne() || self.mantissa == 0 {
            return signs;
        }
        let exponent = self.exponent.min(other.exponent);
        match (self.scaled(exponent), other.scaled(exponent)) {
            (Some(left), Some(right)) => left.cmp(&right),
            // Too far apart to be written side by side: the longer one is the larger.
            (None, _) if self.mantissa > 0 => Ordering::Greater,
            (_, None) if self.mantissa < 0 => Ordering::Greater,
            _ => Ordering::Less,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Number, String> {
        let wrong = || "The parameter cannot be converted to a numeric value: ".to_owned() + text;
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().map_err(|_| wrong())?),
            None => (text, 0),
        };
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, digits.strip_prefix('+').unwrap_or(digits)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(wrong());
        }
        let leading = whole.bytes().chain(fraction.bytes()).take_while(|digit| *digit == b'0');
        let leading = leading.count();
        let significant: String = whole.chars().chain(fraction.chars()).skip(leading).collect();
        let trimmed = significant.trim_end_matches('0');
        if !significant.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(wrong());
        }
        if trimmed.len() > DIGITS {
            return Err("Attempting to store more than 38 significant digits in a Number".into());
        }
        if trimmed.is_empty() {
            return Ok(Number { mantissa: 0, exponent: 0 });
        }
        let mantissa: i128 = trimmed.parse().map_err(|_| wrong())?;
        let cut = (significant.len() - trimmed.len()) as i64;
        let exponent = i64::from(exponent) - fraction.len() as i64 + cut;
        let magnitude = exponent + trimmed.len() as i64 - 1;
        if magnitude > *MAGNITUDE.end() {
            return Err(
                "Number overflow. Attempting to store a number with magnitude larger than \
                        supported range"
                    .into(),
            );
        }
        if magnitude < *MAGNITUDE.start() {
            return Err("Number underflow. Attempting to store a number with magnitude smaller \
                        than supported range"
                .into());
        }
        let mantissa = if negative { -mantissa } else { mantissa };
        Ok(Number { mantissa, exponent: exponent as i32 })
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mantissa < 0 {
            formatter.write_str("-")?;
        }
        let digits = self.mantissa.unsigned_abs().to_string();
        let point = digits.len() as i64 + i64::from(self.exponent);
        if self.exponent >= 0 {
            write!(formatter, "{digits}{}", "0".repeat(self.exponent as usize))
        } else if point > 0 {
            let (whole, fraction) = digits.split_at(point as usize);
            write!(formatter, "{whole}.{fraction}")
        } else {
            write!(formatter, "0.{}{digits}", "0".repeat(-point as usize))
        }
    }
}

impl TryFrom<String> for Number {
    type Error = String;

    fn try_from(text: String) -> Result<Number, String> {
        text.parse()
    }
}

impl From<Number> for String {
    fn from(number: Number) -> String {
        number.to_string()
    }
}
