//! Token selection: which tokens pay an amount, and which to swap first.

use ecash_core::{Amount, Denomination};

pub use ecash_core::denominations::{TokenCounts, count, exact, split, sum};

/// How to pay an amount: with tokens that are available, or after a swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Pay with these tokens; they are worth exactly the amount.
    Exact(TokenCounts),
    /// Swap `swap` for `into`, which has the same value, then choose again.
    SwapFirst {
        /// One token that is too large, to make change, or many of one denomination, to merge them.
        swap: TokenCounts,
        /// The denominations to ask the mint for.
        into: TokenCounts,
    },
}

/// Chooses how to pay `amount`, which must be at most the sum of `available`, with at most `max` tokens in a
/// request.
///
/// 1. If some available tokens are worth exactly `amount`, choose them. If they are more than `max`, merge
///    some first.
/// 2. Otherwise take available tokens greedily, the largest denominations first, without exceeding the
///    amount. The rest is `missing`; the tokens not taken are `unused`.
/// 3. Swap the smallest unused token for `missing` and its change. An exact choice then exists: the tokens
///    taken in step 2 and those for `missing`.
/// 4. If the mint's denominations cannot make `missing` and the change, swap several tokens for the amount
///    and its change.
///
/// Returns `None` if no such swap exists within `max` tokens, or if merging would not reduce the number of
/// tokens.
#[must_use]
pub fn choose(
    amount: Amount,
    available: &TokenCounts,
    denominations: &[Denomination],
    max: usize,
) -> Option<Choice> {
    if let Some(counts) = exact(amount, available) {
        let fits = count(&counts) <= max;
        return if fits { Some(Choice::Exact(counts)) } else { consolidate(&counts, denominations, max) };
    }
    // 2. Invariant: every unused token of the denominations visited so far is worth more than `missing`, or
    //    it would have been taken. `missing` stays above zero, because reaching zero would have been an exact
    //    choice.
    let mut missing = amount.minor();
    let mut unused = available.clone();
    for (denomination, n) in unused.iter_mut().rev() {
        let fits = usize::try_from(missing / denomination.minor()).unwrap_or(usize::MAX).min(*n);
        missing -= denomination.minor() * fits as u64;
        *n -= fits;
    }
    // 3. `unused` is sorted by denomination, so the first one is the smallest.
    let one = unused.iter().find(|(denomination, n)| **n > 0 && denomination.minor() > missing);
    let one = one.and_then(|(denomination, _)| {
        let into = split_in_two(missing, denomination.minor() - missing, denominations, max)?;
        Some(Choice::SwapFirst { swap: TokenCounts::from([(*denomination, 1)]), into })
    });
    one.or_else(|| swap_several(amount, available, denominations, max))
}

/// Splits two amounts into denominations, with at most `max` tokens in total.
fn split_in_two(one: u64, other: u64, denominations: &[Denomination], max: usize) -> Option<TokenCounts> {
    let mut into = split(Amount::new(one).ok()?, denominations, max)?;
    for (denomination, n) in split(Amount::new(other).ok()?, denominations, max)? {
        *into.entry(denomination).or_default() += n;
    }
    (count(&into) <= max).then_some(into)
}

/// Plans a swap of several tokens for the amount and its change. This is needed if the denominations do not
/// divide each other. Example: with denominations {20, 50}, two tokens of 50 pay 60 only if both are swapped,
/// for 20 + 20 + 20 and a change of 20 + 20. Takes the fewest tokens, largest first.
fn swap_several(
    amount: Amount,
    available: &TokenCounts,
    denominations: &[Denomination],
    max: usize,
) -> Option<Choice> {
    let tokens = available.iter().rev().flat_map(|(denomination, n)| std::iter::repeat_n(*denomination, *n));
    let (mut swap, mut total) = (TokenCounts::new(), 0_u64);
    for denomination in tokens.take(max) {
        *swap.entry(denomination).or_default() += 1;
        total = total.checked_add(denomination.minor())?;
        if let Some(change) = total.checked_sub(amount.minor())
            && let Some(into) = split_in_two(amount.minor(), change, denominations, max)
        {
            return Some(Choice::SwapFirst { swap, into });
        }
    }
    None
}

/// Plans a merge for an exact choice of more tokens than one request may carry: swaps tokens of its most
/// frequent denomination, at most `max`, for the fewest of the same value. Returns `None` unless that reduces
/// the number of tokens, so repeated merges terminate.
fn consolidate(held: &TokenCounts, denominations: &[Denomination], max: usize) -> Option<Choice> {
    let (denomination, n) = held.iter().max_by_key(|(_, n)| **n)?;
    let swap = TokenCounts::from([(*denomination, (*n).min(max))]);
    let into = split(sum(&swap).ok()?, denominations, max)?;
    (count(&into) < count(&swap)).then_some(Choice::SwapFirst { swap, into })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn a_hundred_pays_thirty_with_change() {
        let denominations = [10, 50, 100, 500, 1000].map(d);
        let choice = choose(amount(30), &of(&[(100, 1)]), &denominations, 128).unwrap();
        let Choice::SwapFirst { swap, into } = choice else { panic!("{choice:?}") };
        assert_eq!(swap, of(&[(100, 1)]));
        assert_eq!(into, of(&[(10, 5), (50, 1)]));
        assert_eq!(exact(amount(30), &into), Some(of(&[(10, 3)])));
    }

    #[test]
    fn denominations_that_do_not_divide_each_other_are_swapped_together() {
        let denominations = [20, 50].map(d);
        let choice = choose(amount(60), &of(&[(50, 2)]), &denominations, 128).unwrap();
        let Choice::SwapFirst { swap, into } = choice else { panic!("{choice:?}") };
        assert_eq!((swap, sum(&into)), (of(&[(50, 2)]), Ok(amount(100))));
        assert!(exact(amount(60), &into).is_some());
        assert_eq!(choose(amount(30), &of(&[(50, 2)]), &denominations, 128), None, "no tokens make 30");
    }

    #[test]
    fn many_small_tokens_are_merged_before_paying() {
        let denominations = [10, 50, 100, 500, 1000].map(d);
        let choice = choose(amount(1500), &of(&[(10, 200)]), &denominations, 128).unwrap();
        let Choice::SwapFirst { swap, into } = choice else { panic!("{choice:?}") };
        assert_eq!(swap, of(&[(10, 128)]));
        assert_eq!(into, of(&[(10, 3), (50, 1), (100, 2), (1000, 1)]));
    }

    proptest! {
        #[test]
        fn every_payable_amount_is_paid_exactly(
            counts in proptest::collection::vec(0..4_usize, 4),
            wanted in 1..400_u64,
        ) {
            let denominations = [10, 50, 100, 500].map(d);
            let available: TokenCounts = denominations.iter().copied().zip(counts).collect();
            let total = sum(&available).unwrap().minor();
            let wanted = wanted * 10;
            prop_assume!(wanted <= total);
            let mut available = available;
            for _ in 0..2 {
                match choose(amount(wanted), &available, &denominations, 128).unwrap() {
                    Choice::Exact(counts) => {
                        prop_assert_eq!(sum(&counts).unwrap().minor(), wanted);
                        prop_assert!(counts.iter().all(|(d, n)| available[d] >= *n));
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
            prop_assert!(false, "one swap must suffice");
        }
    }
}
