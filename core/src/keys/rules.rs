//! Rules that a mint's list of keysets must meet before a wallet uses any of them.
//!
//! A mint that shows one person separate keys can recognize every token signed with them. The key proof does
//! not prevent that: it shows that a key can sign, not that other people see the same key. With these rules,
//! a mint cannot show a second keyset beside the one that all wallets use, and it cannot change a keyset that
//! a wallet has seen. The remaining attack is to show one person different keys from the first contact on.
//! Shops serve as witnesses against it (see the module `seen`).

use super::{Dates, KeysetInfo, Phase};
use crate::{KeysetId, Timestamp};
use std::collections::BTreeSet;

/// Minimum time that a keyset issues, in days. The shorter the time, the fewer people share the keys.
pub const MIN_ISSUE_DAYS: u64 = 1;
/// Time in seconds within which every mint of a ledger lists a replacement.
const REPLACEMENT_KNOWN_S: u64 = 3600;

/// Rules that a list of keysets can break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleBroken {
    /// A keyset has other dates or keys than before.
    #[error("keyset {0} has other keys or dates than this wallet saw before")]
    Changed(KeysetId),
    /// A known keyset that has started to issue and has not ended is not listed.
    #[error("keyset {0}, which has not ended, is no longer listed")]
    Missing(KeysetId),
    /// Two keysets have the same name.
    #[error("keyset {0} is listed twice")]
    Twice(KeysetId),
    /// A keyset does not start when the one before it stops issuing. Two keysets, or no keyset, would issue
    /// at some time.
    #[error("keyset {0} does not start when the one before it stops issuing")]
    NotNext(KeysetId),
    /// A keyset issues for too short a time.
    #[error("keyset {0} issues for less than {MIN_ISSUE_DAYS} day")]
    TooShort(KeysetId),
    /// A keyset names a keyset that it does not validly replace, or that another one replaces already.
    #[error("keyset {0} does not properly replace a stopped one")]
    NoReplacement(KeysetId),
}

impl Dates {
    /// Returns whether a keyset with these dates issues for at least [`MIN_ISSUE_DAYS`].
    #[must_use]
    pub fn issue_long_enough(&self) -> bool {
        self.issue_until >= self.valid_from.plus_days(MIN_ISSUE_DAYS)
    }

    /// Returns whether a keyset with these dates may follow one with the dates `last`: it issues from the
    /// moment at which that one stops issuing, and long enough.
    #[must_use]
    pub fn follow(&self, last: &Self) -> bool {
        self.valid_from == last.issue_until && self.issue_long_enough()
    }

    /// Returns whether a keyset with these dates may replace a stopped one: it is valid no earlier, and stops
    /// issuing at the same time.
    #[must_use]
    pub fn replace(&self, stopped: &Self) -> bool {
        self.valid_from >= stopped.valid_from && self.issue_until == stopped.issue_until
    }
}

/// Checks a mint's list against the rules, and against the keysets that the wallet saw before.
///
/// # Errors
/// The first rule that the list breaks.
pub fn check_list(known: &[KeysetInfo], listed: &[KeysetInfo], now: Timestamp) -> Result<(), RuleBroken> {
    check_succession(listed)?;
    check_replacements(listed)?;
    known.iter().try_for_each(|seen| check_seen(seen, listed, now))
}

/// Checks that exactly one keyset issues at any time, and for at least [`MIN_ISSUE_DAYS`]. Ignores
/// replacements, which [`check_replacements`] checks.
fn check_succession(listed: &[KeysetInfo]) -> Result<(), RuleBroken> {
    let mut names = BTreeSet::new();
    if let Some(twice) = listed.iter().find(|keyset| !names.insert(&keyset.keyset_id)) {
        return Err(RuleBroken::Twice(twice.keyset_id.clone()));
    }
    let mut by_start: Vec<_> = listed.iter().filter(|keyset| keyset.replaces.is_none()).collect();
    by_start.sort_by_key(|keyset| keyset.dates.valid_from);
    if let Some(short) = by_start.iter().find(|keyset| !keyset.dates.issue_long_enough()) {
        return Err(RuleBroken::TooShort(short.keyset_id.clone()));
    }
    let mut successions = by_start.iter().zip(by_start.iter().skip(1));
    match successions.find(|(last, next)| !next.dates.follow(&last.dates)) {
        Some((_, next)) => Err(RuleBroken::NotNext(next.keyset_id.clone())),
        None => Ok(()),
    }
}

/// Checks that each replacement replaces a stopped keyset and issues until the same time, and that no keyset
/// is replaced twice.
///
/// One attack remains: a mint can pretend to one person that it has stopped a keyset, and show that person a
/// separate replacement. It can do so once for each keyset. The wallet therefore notifies its user of every
/// replacement, and the hash of keys in a shop's checkout URL does not match the false one.
fn check_replacements(listed: &[KeysetInfo]) -> Result<(), RuleBroken> {
    let mut replaced = BTreeSet::new();
    for keyset in listed {
        let Some(name) = &keyset.replaces else { continue };
        let takes_place = |stopped: &KeysetInfo| {
            stopped.keyset_id == *name
                && stopped.replaces.is_none()
                && !stopped.status.is_live()
                && keyset.dates.replace(&stopped.dates)
        };
        if !replaced.insert(name) || !listed.iter().any(takes_place) {
            return Err(RuleBroken::NoReplacement(keyset.keyset_id.clone()));
        }
    }
    Ok(())
}

/// Checks that a keyset that the wallet has seen did not change, and did not disappear before it ended. Its
/// status may differ, because the mints of one ledger learn of a stop at different times. A wallet keeps the
/// highest status that it has seen.
fn check_seen(seen: &KeysetInfo, listed: &[KeysetInfo], now: Timestamp) -> Result<(), RuleBroken> {
    let Some(now_listed) = listed.iter().find(|keyset| keyset.keyset_id == seen.keyset_id) else {
        // Another mint of the same ledger may not know a newly announced keyset or replacement yet.
        let is_new = seen.replaces.is_some() && now < seen.dates.valid_from.plus_seconds(REPLACEMENT_KNOWN_S);
        if is_new || matches!(seen.dates.phase(now), Phase::Announced | Phase::Ended) {
            return Ok(());
        }
        return Err(RuleBroken::Missing(seen.keyset_id.clone()));
    };
    let ids = |keyset: &KeysetInfo| keyset.keys.iter().map(|key| key.key_id).collect::<BTreeSet<_>>();
    // The list has no keys of keysets whose tokens are no longer redeemable.
    let same_keys = now_listed.keys.is_empty() || ids(now_listed) == ids(seen);
    if now_listed.dates == seen.dates && now_listed.replaces == seen.replaces && same_keys {
        Ok(())
    } else {
        Err(RuleBroken::Changed(seen.keyset_id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Denomination;
    use crate::base64url::Base64Url;
    use crate::keys::KeyInfo;
    use crate::keys::{Dates, KeyId, KeysetStatus};

    const START: u64 = 1_800_000_000;

    fn keyset(name: &str, from_day: u64, days: u64, key: u8) -> KeysetInfo {
        let day = |day| Timestamp::from_unix_seconds(START).plus_days(day);
        let key = KeyInfo {
            key_id: KeyId::new([key; 32]),
            denomination: Denomination::new(10).unwrap(),
            n: Base64Url(Vec::new()),
            e: 65537,
            proof: Vec::new(),
        };
        KeysetInfo {
            keyset_id: KeysetId::new(name).unwrap(),
            dates: Dates::of_issuing_period(day(from_day), day(from_day + days), 90),
            keys: vec![key],
            status: KeysetStatus::Live,
            replaces: None,
        }
    }

    fn name(text: &str) -> KeysetId {
        KeysetId::new(text).unwrap()
    }

    #[test]
    fn h1_one_keyset_issues_at_any_time() {
        let now = Timestamp::from_unix_seconds(START);
        let (first, second) = (keyset("key_001", 0, 30, 1), keyset("key_002", 30, 30, 2));
        let check = |listed: &[&KeysetInfo]| {
            let listed: Vec<_> = listed.iter().map(|keyset| (*keyset).clone()).collect();
            check_list(&[], &listed, now)
        };
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&[&second, &first]), Ok(()));
        // A separate keyset for one person: beside the shared ones, after a gap, or for less than a day.
        for beside in
            [keyset("key_own", 0, 30, 9), keyset("key_own", 10, 20, 9), keyset("key_own", 61, 30, 9)]
        {
            assert!(matches!(check(&[&first, &second, &beside]), Err(RuleBroken::NotNext(_))), "{beside:?}");
        }
        let short = keyset("key_002", 30, 0, 2);
        assert_eq!(check(&[&first, &short]), Err(RuleBroken::TooShort(name("key_002"))));
        assert_eq!(check(&[&first, &first]), Err(RuleBroken::Twice(name("key_001"))));
    }

    #[test]
    fn h1_seen_keysets_do_not_change_or_disappear() {
        let day = |day| Timestamp::from_unix_seconds(START).plus_days(day);
        let (first, second) = (keyset("key_001", 0, 30, 1), keyset("key_002", 30, 30, 2));
        let known = [first.clone()];
        assert_eq!(check_list(&known, &[first.clone(), second.clone()], day(1)), Ok(()));
        // Old keysets are listed without keys.
        let old = KeysetInfo { keys: Vec::new(), ..first.clone() };
        assert_eq!(check_list(&known, &[old, second.clone()], day(200)), Ok(()));
        let changed = Err(RuleBroken::Changed(name("key_001")));
        assert_eq!(check_list(&known, &[keyset("key_001", 0, 30, 9), second.clone()], day(1)), changed);
        assert_eq!(check_list(&known, &[keyset("key_001", 1, 29, 1), second.clone()], day(1)), changed);
        let missing = Err(RuleBroken::Missing(name("key_001")));
        assert_eq!(check_list(&known, std::slice::from_ref(&second), day(31)), missing);
        // An announced keyset may be missing from a mint that does not know it yet.
        assert_eq!(
            check_list(&[first.clone(), second.clone()], std::slice::from_ref(&first), day(29)),
            Ok(())
        );
        assert!(check_list(&[first.clone(), second.clone()], &[first], day(30)).is_err());
        // An ended keyset may be missing.
        assert_eq!(check_list(&known, &[second], day(10_000)), Ok(()));
    }

    #[test]
    fn h3_only_a_stopped_keyset_is_replaced() {
        let day = |day| Timestamp::from_unix_seconds(START).plus_days(day);
        let (first, second) = (keyset("key_001", 0, 30, 1), keyset("key_002", 30, 30, 2));
        let stopped = KeysetInfo { status: KeysetStatus::Stopped, ..first.clone() };
        let replacement =
            |from, days| KeysetInfo { replaces: Some(name("key_001")), ..keyset("key_003", from, days, 3) };
        let check = |listed: &[&KeysetInfo]| {
            let listed: Vec<_> = listed.iter().map(|keyset| (*keyset).clone()).collect();
            check_list(std::slice::from_ref(&first), &listed, day(10))
        };
        // A replacement until the same time is valid, however short.
        assert_eq!(check(&[&stopped, &second, &replacement(10, 20)]), Ok(()));
        assert_eq!(check(&[&stopped, &second, &replacement(30, 0)]), Ok(()));
        let refused = Err(RuleBroken::NoReplacement(name("key_003")));
        // Invalid: the replaced keyset still issues, ends earlier, or is not listed.
        assert_eq!(check(&[&first, &second, &replacement(10, 20)]), refused);
        assert_eq!(check(&[&stopped, &second, &replacement(10, 21)]), refused);
        let of_none = KeysetInfo { replaces: Some(name("key_009")), ..keyset("key_003", 10, 20, 3) };
        assert_eq!(check(&[&stopped, &second, &of_none]), refused);
        // Two replacements of the same keyset.
        let another = KeysetInfo { keyset_id: name("key_004"), ..replacement(11, 19) };
        assert_eq!(
            check(&[&stopped, &second, &replacement(10, 20), &another]),
            Err(RuleBroken::NoReplacement(name("key_004")))
        );
        // Another mint of the ledger may list a replacement up to an hour later.
        let known = [stopped.clone(), replacement(10, 20)];
        assert_eq!(check_list(&known, &[first, second.clone()], day(10)), Ok(()));
        let missing = Err(RuleBroken::Missing(name("key_003")));
        assert_eq!(check_list(&known, &[stopped, second], day(11)), missing);
    }
}
