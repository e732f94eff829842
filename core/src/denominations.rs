//! Splits amounts into denominations. Wallets use it to pay an amount, and the mint uses it to check whether
//! an amount can be paid.

use crate::amount::MAX_AMOUNT_MINOR;
use crate::{Amount, AmountError, Denomination};
use std::collections::BTreeMap;

/// The number of tokens of each denomination. A count of zero is the same as no entry.
pub type TokenCounts = BTreeMap<Denomination, usize>;

/// The most nodes that one search visits, so that unusual denominations cannot stall the caller. Usual
/// denominations, such as 10, 50 and 100, need only a few nodes.
const MAX_STEPS: usize = 20_000;
/// The most amounts that [`payable_around`] tries in each direction.
const MAX_NEIGHBOURS: u64 = 200;

/// Returns the total value of `counts`, in minor units.
///
/// # Errors
/// [`AmountError::TooLarge`] if the total is above 2^53 − 1.
pub fn sum(counts: &TokenCounts) -> Result<Amount, AmountError> {
    counts
        .iter()
        .try_fold(Amount::ZERO, |total, (denomination, count)| total.plus(denomination.times(*count)?))
}

/// Returns the number of tokens over all denominations.
#[must_use]
pub fn count(counts: &TokenCounts) -> usize {
    counts.values().sum()
}

/// Returns the fewest of the `available` tokens that are worth exactly `amount`, or `None` if no combination
/// is.
///
/// The search is bounded. If it is cut off, the result is the best combination found so far, or `None` if no
/// combination was found.
#[must_use]
pub fn exact(amount: Amount, available: &TokenCounts) -> Option<TokenCounts> {
    let mut search = Search {
        denominations: available.iter().rev().filter(|(_, n)| **n > 0).map(|(d, n)| (*d, *n)).collect(),
        chosen: Vec::new(),
        best: None,
        steps: 0,
    };
    search.run(0, amount.minor(), 0);
    let best = search.best?;
    let counts = search.denominations.iter().zip(best).filter(|(_, n)| *n > 0);
    Some(counts.map(|((denomination, _), n)| (*denomination, n)).collect())
}

/// Returns the fewest tokens of these denominations that are worth exactly `amount`, or `None` if that takes
/// more than `max` tokens or is impossible. The search is bounded like that of [`exact`].
#[must_use]
pub fn split(amount: Amount, denominations: &[Denomination], max: usize) -> Option<TokenCounts> {
    let unlimited = denominations.iter().map(|denomination| (*denomination, max)).collect();
    exact(amount, &unlimited).filter(|counts| count(counts) <= max)
}

/// Returns the payable amounts closest to one that is not payable: the largest below it, which is at least 1,
/// and the smallest above it. Each is `None` if no amount within 200 steps is payable. A step is the greatest
/// common divisor of the denominations.
#[must_use]
pub fn payable_around(
    amount: Amount,
    denominations: &[Denomination],
    max: usize,
) -> (Option<Amount>, Option<Amount>) {
    // 1. Every payable amount is a multiple of `step`, and at most `most`.
    let step = denominations.iter().map(|denomination| denomination.minor()).fold(0, greatest_common_divisor);
    let largest = denominations.iter().map(|denomination| denomination.minor()).max();
    let (Some(largest), true) = (largest, step > 0) else { return (None, None) };
    // More than `max` of the largest denomination cannot be paid, so the search below starts there.
    let most = u64::try_from(max).ok().and_then(|max| largest.checked_mul(max));
    let most = most.map_or(MAX_AMOUNT_MINOR, |most| most.min(MAX_AMOUNT_MINOR));
    // 2. Try the multiples of `step` in both directions, the closest first.
    let payable = |minor: u64| {
        let amount = Amount::new(minor).ok().filter(|amount| !amount.is_zero())?;
        split(amount, denominations, max).map(|_| amount)
    };
    let floor = amount.minor().checked_sub(1).map(|below| below.min(most) / step);
    let below = (0..MAX_NEIGHBOURS).map_while(|n| floor?.checked_sub(n)).find_map(|n| payable(n * step));
    let ceiling = amount.minor() / step + 1;
    let above = (0..MAX_NEIGHBOURS).map_while(|n| ceiling.checked_add(n)?.checked_mul(step));
    (below, above.take_while(|minor| *minor <= most).find_map(payable))
}

/// Returns the amounts closest to `amount` that can be paid with at most `max` tokens: the largest that is at
/// most `amount`, and the smallest that is at least `amount`. Both are `amount` itself if it is payable.
#[must_use]
pub fn nearest_payable(
    amount: Amount,
    denominations: &[Denomination],
    max: usize,
) -> (Option<Amount>, Option<Amount>) {
    match split(amount, denominations, max) {
        Some(_) => (Some(amount), Some(amount)),
        None => payable_around(amount, denominations, max),
    }
}

const fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// A depth-first branch-and-bound search for the fewest tokens that are worth an amount.
struct Search {
    /// The denominations with the number available of each, largest first. Level `i` of the search decides on
    /// entry `i`.
    denominations: Vec<(Denomination, usize)>,
    /// How many tokens the current branch takes of each denomination decided so far.
    chosen: Vec<usize>,
    /// The complete choice with the fewest tokens so far. Denominations beyond its end are not taken.
    best: Option<Vec<usize>>,
    /// The number of nodes visited; the search ends above [`MAX_STEPS`].
    steps: usize,
}

impl Search {
    fn best_count(&self) -> usize {
        self.best.as_ref().map_or(usize::MAX, |best| best.iter().sum())
    }

    /// Decides how many tokens of `denominations[index]` to take, then recurses.
    ///
    /// Invariant: `chosen` holds `used` tokens, and `missing` is the amount less their value.
    ///
    /// 1. Nothing missing: the branch is complete. Keep it if it has fewer tokens than `best`.
    /// 2. Prune: every denomination left is at most this one, so the branch needs at least `missing / value`
    ///    more tokens, rounded up. Return if it cannot beat `best`, if no denomination is left, or above
    ///    [`MAX_STEPS`].
    /// 3. Try each count, the highest first: the first complete branch is then the greedy choice, which
    ///    bounds the others well.
    fn run(&mut self, index: usize, missing: u64, used: usize) {
        if missing == 0 {
            if used < self.best_count() {
                self.best = Some(self.chosen.clone());
            }
            return;
        }
        self.steps += 1;
        let Some((denomination, available)) = self.denominations.get(index).copied() else { return };
        let value = denomination.minor();
        let at_least = usize::try_from(missing.div_ceil(value)).unwrap_or(usize::MAX);
        if self.steps > MAX_STEPS || used.saturating_add(at_least) >= self.best_count() {
            return;
        }
        let most = usize::try_from(missing / value).unwrap_or(usize::MAX).min(available);
        for n in (0..=most).rev() {
            if self.steps > MAX_STEPS {
                return;
            }
            self.chosen.push(n);
            self.run(index + 1, missing - value * n as u64, used + n);
            self.chosen.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(minor: u64) -> Denomination {
        Denomination::new(minor).unwrap()
    }

    fn of(list: &[(u64, usize)]) -> TokenCounts {
        list.iter().map(|(minor, n)| (d(*minor), *n)).collect()
    }

    fn amount(minor: u64) -> Amount {
        Amount::new(minor).unwrap()
    }

    #[test]
    fn fewest_tokens_even_where_the_greedy_choice_fails() {
        let euro = [10, 50, 100].map(d);
        assert_eq!(split(amount(230), &euro, 128), Some(of(&[(10, 3), (100, 2)])));
        assert_eq!(split(amount(235), &euro, 128), None);
        let odd = [10, 30, 40].map(d);
        assert_eq!(split(amount(60), &odd, 128), Some(of(&[(30, 2)])));
        assert_eq!(split(amount(300), &[25, 10].map(d), 8), None);
    }

    #[test]
    fn absurd_amounts_return_quickly() {
        let denominations = [10, 50, 100].map(d);
        assert_eq!(split(amount(9_007_199_254_740_985), &denominations, 128), None);
        assert_eq!(split(amount(9_007_199_254_740_985), &denominations, usize::MAX), None);
    }

    #[test]
    fn an_amount_that_cannot_be_paid_has_payable_neighbours() {
        let denominations = [10, 50, 100, 500, 1000].map(d);
        let around = |minor| payable_around(amount(minor), &denominations, 128);
        assert_eq!(around(1234), (Some(amount(1230)), Some(amount(1240))));
        assert_eq!(around(5), (None, Some(amount(10))));
        assert_eq!(around(130_000), (Some(amount(128_000)), None));
        assert_eq!(around(9_007_199_254_740_991), (Some(amount(128_000)), None));
        assert_eq!(payable_around(amount(7), &[], 128), (None, None));
        assert_eq!(payable_around(amount(11), &[4, 6].map(d), 128), (Some(amount(10)), Some(amount(12))));
    }
}
