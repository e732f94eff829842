//! The screen that the page's address names, behind `#`: it reaches no server and no log.

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
    /// Reads a fragment; one that names no screen is the first screen.
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

    /// The fragment that names this screen.
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
    fn every_screen_has_an_address_and_others_open_the_first() {
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
