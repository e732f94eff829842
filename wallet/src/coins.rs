//! Token selection: which tokens pay an amount exactly, and which denominations make up an amount.

use ecash_core::{Amount, Denomination};
use std::collections::BTreeMap;

/// The number of tokens of each denomination. A count of zero is the same as no entry.
pub type Pieces = BTreeMap<Denomination, usize>;

/// The most nodes that one search visits, so that unusual denominations cannot stall the wallet. Usual ones, such as
/// 10, 50, 100, need a few.
const MAX_STEPS: usize = 20_000;

/// Returns the total value of `pieces`, in minor units.
///
/// # Errors
/// [`ecash_core::AmountError::TooLarge`] if the total is above 2^53 − 1.
pub fn sum(pieces: &Pieces) -> Result<Amount, ecash_core::AmountError> {
    pieces
        .iter()
        .try_fold(Amount::ZERO, |total, (denomination, count)| total.plus(denomination.times(*count)?))
}

/// Returns the number of tokens over all denominations.
#[must_use]
pub fn count(pieces: &Pieces) -> usize {
    pieces.values().sum()
}

/// Returns the fewest of the `available` tokens that are worth exactly `amount`, or `None` if no combination is.
///
/// The search is bounded. If it is cut off, the result is the best combination found until then, or `None` if there
/// was none.
#[must_use]
pub fn exact(amount: Amount, available: &Pieces) -> Option<Pieces> {
    let mut search = Search {
        denominations: available.iter().rev().filter(|(_, n)| **n > 0).map(|(d, n)| (*d, *n)).collect(),
        chosen: Vec::new(),
        best: None,
        steps: 0,
    };
    search.run(0, amount.minor(), 0);
    let best = search.best?;
    let pieces = search.denominations.iter().zip(best).filter(|(_, n)| *n > 0);
    Some(pieces.map(|((denomination, _), n)| (*denomination, n)).collect())
}

/// Returns the fewest tokens of these denominations that are worth exactly `amount`, or `None` if that takes more
/// than `max` tokens or is impossible. The search is bounded like that of [`exact`].
#[must_use]
pub fn pieces(amount: Amount, denominations: &[Denomination], max: usize) -> Option<Pieces> {
    let unlimited = denominations.iter().map(|denomination| (*denomination, max)).collect();
    exact(amount, &unlimited).filter(|pieces| count(pieces) <= max)
}

/// How to pay an amount: with tokens that are available, or after a swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Pay with these tokens; they are worth exactly the amount.
    Exact(Pieces),
    /// Swap `swap` for `into`, which has the same value, then choose again.
    SwapFirst {
        /// One token that is too large, to make change, or many of one denomination, to merge them.
        swap: Pieces,
        /// The denominations to ask the mint for.
        into: Pieces,
    },
}

/// Chooses how to pay `amount`, which must be at most the sum of `available`, with at most `max` tokens in a request.
///
/// 1. If available tokens are worth exactly `amount`, they pay. If they are more than `max`, some are merged first.
/// 2. Otherwise take available tokens greedily, the largest denominations first, without exceeding the amount. The
///    rest is `missing`; the tokens not taken are `unused`.
/// 3. Swap the smallest unused token for `missing` and its change. An exact choice then exists: the tokens taken in
///    step 2 and those for `missing`.
///
/// Returns `None` if `missing` or the change cannot be made in `denominations`, if a swap would have more than `max`
/// outputs, or if merging would not reduce the number of tokens.
#[must_use]
pub fn choose(
    amount: Amount,
    available: &Pieces,
    denominations: &[Denomination],
    max: usize,
) -> Option<Choice> {
    if let Some(pieces) = exact(amount, available) {
        let fits = count(&pieces) <= max;
        return if fits { Some(Choice::Exact(pieces)) } else { consolidate(&pieces, denominations, max) };
    }
    // 2. Invariant: every unused token that was passed is worth more than `missing`, or it would have been taken.
    //    `missing` stays above zero, because taking all of the amount would have been an exact choice.
    let mut missing = amount.minor();
    let mut unused = available.clone();
    for (denomination, n) in unused.iter_mut().rev() {
        let fits = usize::try_from(missing / denomination.minor()).unwrap_or(usize::MAX).min(*n);
        missing -= denomination.minor() * fits as u64;
        *n -= fits;
    }
    // 3. `unused` is sorted by denomination, so the first one is the smallest.
    let swap = unused.iter().find(|(denomination, n)| **n > 0 && denomination.minor() > missing)?;
    let swap = *swap.0;
    let needed = pieces(Amount::new(missing).ok()?, denominations, max)?;
    let change = pieces(Amount::new(swap.minor() - missing).ok()?, denominations, max)?;
    let mut into = needed;
    for (denomination, n) in change {
        *into.entry(denomination).or_default() += n;
    }
    (count(&into) <= max).then(|| Choice::SwapFirst { swap: Pieces::from([(swap, 1)]), into })
}

/// Plans a merge for an exact choice of more tokens than one request may carry: swaps tokens of its most frequent
/// denomination, at most `max`, for the fewest of the same value. Returns `None` unless that reduces the number of
/// tokens, so that repeated merges come to an end.
fn consolidate(pieces_: &Pieces, denominations: &[Denomination], max: usize) -> Option<Choice> {
    let (denomination, n) = pieces_.iter().max_by_key(|(_, n)| **n)?;
    let swap = Pieces::from([(*denomination, (*n).min(max))]);
    let into = pieces(sum(&swap).ok()?, denominations, max)?;
    (count(&into) < count(&swap)).then_some(Choice::SwapFirst { swap, into })
}

/// A depth-first branch-and-bound search for the fewest tokens that are worth an amount.
struct Search {
    /// The denominations with the number available of each, largest first. Level `i` of the search decides on entry
    /// `i`.
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
    /// 2. Prune: every denomination left is at most this one, so the branch needs at least `missing / value` more
    ///    tokens, rounded up. Return if it cannot beat `best`, if no denomination is left, or above [`MAX_STEPS`].
    /// 3. Try each count, the highest first: the first complete branch is then the greedy choice, which bounds the
    ///    others well.
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
    use proptest::prelude::*;

    fn d(minor: u64) -> Denomination {
        Denomination::new(minor).unwrap()
    }

    fn of(list: &[(u64, usize)]) -> Pieces {
        list.iter().map(|(minor, n)| (d(*minor), *n)).collect()
    }

    fn amount(minor: u64) -> Amount {
        Amount::new(minor).unwrap()
    }

    #[test]
    fn the_fewest_pieces_also_where_greed_fails() {
        let euro = [10, 50, 100].map(d);
        assert_eq!(pieces(amount(230), &euro, 128), Some(of(&[(10, 3), (100, 2)])));
        assert_eq!(pieces(amount(235), &euro, 128), None);
        let odd = [10, 30, 40].map(d);
        assert_eq!(pieces(amount(60), &odd, 128), Some(of(&[(30, 2)])));
        assert_eq!(pieces(amount(300), &[25, 10].map(d), 8), None);
    }

    #[test]
    fn a_hundred_pays_thirty_with_change() {
        let denominations = [10, 50, 100, 500, 1000].map(d);
        let choice = choose(amount(30), &of(&[(100, 1)]), &denominations, 128).unwrap();
        let Choice::SwapFirst { swap, into } = choice else { panic!("{choice:?}") };
        assert_eq!(swap, of(&[(100, 1)]));
        assert_eq!(into, of(&[(10, 5), (50, 1)]));
        assert_eq!(exact(amount(30), &into), Some(of(&[(10, 3)])));
    }

    #[test]
    fn many_small_pieces_become_few_before_they_pay() {
        let denominations = [10, 50, 100, 500, 1000].map(d);
        let choice = choose(amount(1500), &of(&[(10, 200)]), &denominations, 128).unwrap();
        let Choice::SwapFirst { swap, into } = choice else { panic!("{choice:?}") };
        assert_eq!(swap, of(&[(10, 128)]));
        assert_eq!(into, of(&[(10, 3), (50, 1), (100, 2), (1000, 1)]));
    }

    #[test]
    fn absurd_amounts_are_answered_at_once() {
        let denominations = [10, 50, 100].map(d);
        assert_eq!(pieces(amount(9_007_199_254_740_985), &denominations, 128), None);
        assert_eq!(pieces(amount(9_007_199_254_740_985), &denominations, usize::MAX), None);
    }

    proptest! {
        #[test]
        fn every_payable_amount_is_paid_exactly(
            counts in proptest::collection::vec(0..4_usize, 4),
            wanted in 1..400_u64,
        ) {
            let denominations = [10, 50, 100, 500].map(d);
            let available: Pieces = denominations.iter().copied().zip(counts).collect();
            let total = sum(&available).unwrap().minor();
            let wanted = wanted * 10;
            prop_assume!(wanted <= total);
            let mut available = available;
            for _ in 0..2 {
                match choose(amount(wanted), &available, &denominations, 128).unwrap() {
                    Choice::Exact(pieces) => {
                        prop_assert_eq!(sum(&pieces).unwrap().minor(), wanted);
                        prop_assert!(pieces.iter().all(|(d, n)| available[d] >= *n));
                        return Ok(());
                    }
                    Choice::SwapFirst { swap, into } => {
                        prop_assert_eq!(sum(&into).unwrap(), sum(&swap).unwrap());
                        for (d, n) in swap {
                            *available.get_mut(&d).unwrap() -= n;
                        }
                        for (d, n) in into {
                            *available.entry(d).or_default() += n;
                        }
                    }
                }
            }
            prop_assert!(false, "one swap must be enough");
        }
    }
}
