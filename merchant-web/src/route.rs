//! Maps screens to fragments of the address. Fragments are never sent to a server.

use ecash_core::PaymentId;

/// A screen of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Screen {
    Today,
    Payments,
    Payment(PaymentId),
    Money,
    Till,
    Developers,
}

impl Screen {
    /// Parses a fragment. Unknown fragments map to the first screen.
    pub(crate) fn parse(fragment: &str) -> Self {
        match fragment.trim_start_matches('#').trim_start_matches('/') {
            "payments" => Self::Payments,
            "money" => Self::Money,
            "till" => Self::Till,
            "developers" => Self::Developers,
            other => match other.strip_prefix("payments/").map(PaymentId::new) {
                Some(Ok(payment_id)) => Self::Payment(payment_id),
                _ => Self::Today,
            },
        }
    }

    /// The fragment of this screen.
    pub(crate) fn fragment(&self) -> String {
        match self {
            Self::Today => "#/".to_owned(),
            Self::Payments => "#/payments".to_owned(),
            Self::Payment(payment_id) => format!("#/payments/{}", payment_id.as_str()),
            Self::Money => "#/money".to_owned(),
            Self::Till => "#/till".to_owned(),
            Self::Developers => "#/developers".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Screen;
    use ecash_core::PaymentId;

    #[test]
    fn fragments_round_trip_and_unknown_ones_open_the_first_screen() {
        let payment = Screen::Payment(PaymentId::from_random(&[7; 16]));
        for screen in
            [Screen::Today, Screen::Payments, payment, Screen::Money, Screen::Till, Screen::Developers]
        {
            assert_eq!(Screen::parse(&screen.fragment()), screen);
        }
        for other in ["", "#", "#/x", "#/payments/pay_short", "#pay=1"] {
            assert_eq!(Screen::parse(other), Screen::Today, "{other}");
        }
    }
}
