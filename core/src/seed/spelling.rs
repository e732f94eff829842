//! Spelling help for typing a recovery phrase: finds the word that is not in the list, and suggests
//! replacements.

use bip39::Language;
use std::fmt;

/// Maximum number of suggestions.
const MAX_SUGGESTIONS: usize = 4;
/// Minimum number of letters of an unfinished word for which completions are suggested.
const MIN_PREFIX: usize = 2;

/// The result of [`check_spelling`]. Secret, like the phrase.
#[derive(Clone, PartialEq, Eq)]
pub struct Spelling {
    /// Number of typed words that are in the list.
    pub words: usize,
    /// Position, counted from 1, of the first word that is not in the list. `None` if every word is in the
    /// list, and the last one is or may become such a word.
    pub unknown: Option<usize>,
    /// Suggested replacements of the unknown word, or completions of the word that is being typed.
    pub suggestions: Vec<&'static str>,
    /// The text after applying each suggestion, in the same order.
    pub completed: Vec<String>,
}

impl fmt::Debug for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spelling(secret)")
    }
}

/// Checks a phrase that is being typed, in any case and with any white space.
#[must_use]
pub fn check_spelling(text: &str) -> Spelling {
    // 1. Split the text. The last word is still being typed unless white space follows it.
    let typed: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let is_word = |word: &String| beginning_with(word).any(|listed| listed == word);
    let last_is_open = !text.ends_with(char::is_whitespace);
    let is_being_typed = |index: usize, word: &str| {
        last_is_open && index + 1 == typed.len() && beginning_with(word).next().is_some()
    };
    // 2. Find the first word that is not in the list, unless it is the last one and may still become a listed
    //    word.
    let unknown = typed.iter().position(|word| !is_word(word));
    let unknown = unknown.filter(|index| !typed.get(*index).is_some_and(|word| is_being_typed(*index, word)));
    // 3. If no word is wrong, complete the last one.
    let index = unknown.or_else(|| typed.len().checked_sub(1).filter(|_| last_is_open));
    // 4. Suggest replacements for the word at `index`, and apply each to the text.
    let suggestions =
        index.and_then(|index| typed.get(index)).map(|word| suggestions(word)).unwrap_or_default();
    let completed = suggestions.iter().map(|word| put(&typed, index, word)).collect();
    Spelling {
        words: typed.iter().filter(|word| is_word(word)).count(),
        unknown: unknown.map(|index| index + 1),
        suggestions,
        completed,
    }
}

/// Returns the words of the list that begin with these letters.
fn beginning_with(letters: &str) -> impl Iterator<Item = &'static str> {
    Language::English.words_by_prefix_iter(letters)
}

/// Returns the words of the list that begin with `word`, or else those that differ from it in one place.
fn suggestions(word: &str) -> Vec<&'static str> {
    if word.chars().count() < MIN_PREFIX || beginning_with(word).eq([word]) {
        return Vec::new();
    }
    let alike = || Language::English.word_list().iter().filter(|other| differ_once(word, other)).copied();
    let found: Vec<_> = beginning_with(word).filter(|other| *other != word).take(MAX_SUGGESTIONS).collect();
    if found.is_empty() { alike().take(MAX_SUGGESTIONS).collect() } else { found }
}

/// Returns whether the words differ by one inserted, deleted or changed letter, or by two adjacent letters
/// swapped.
fn differ_once(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let tail = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (long, short) = (one.len().max(other.len()), one.len().min(other.len()));
    // The letters between the common head and tail are those that differ.
    let between = |len: usize| len.checked_sub(head + tail);
    match long - short {
        0 if between(long) == Some(2) => {
            one.get(head) == other.get(head + 1) && one.get(head + 1) == other.get(head)
        }
        0 => between(long) == Some(1),
        1 => head + tail >= short,
        _ => false,
    }
}

/// Returns the text with `word` at index `place`, and a trailing space, so that the user can type the next
/// word.
fn put(typed: &[String], place: Option<usize>, word: &str) -> String {
    let words = typed.iter().enumerate().map(
        |(index, typed)| {
            if Some(index) == place { word } else { typed.as_str() }
        },
    );
    let mut text = words.collect::<Vec<_>>().join(" ");
    text.push(' ');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_words_are_completed_and_not_reported() {
        let spelling = check_spelling("legal  WINN");
        assert_eq!((spelling.words, spelling.unknown), (1, None));
        assert_eq!(spelling.suggestions, ["winner"]);
        assert_eq!(spelling.completed[0], "legal winner ");
        assert_eq!(
            check_spelling("legal w").suggestions,
            Vec::<&str>::new(),
            "one letter has too many completions"
        );
        assert_eq!(check_spelling("legal ").suggestions, Vec::<&str>::new());
        assert_eq!(
            check_spelling(""),
            Spelling { words: 0, unknown: None, suggestions: vec![], completed: vec![] }
        );
        // A complete word can also be the beginning of others.
        assert_eq!((check_spelling("act").words, check_spelling("act ").unknown), (1, None));
        assert_eq!(check_spelling("act").suggestions, ["action", "actor", "actress", "actual"]);
    }

    #[test]
    fn wrong_words_are_reported_with_suggestions() {
        for (typed, meant) in [("thunk", "thank"), ("thnak", "thank"), ("than", "thank"), ("thankk", "thank")]
        {
            let spelling = check_spelling(&format!("legal {typed} year"));
            assert_eq!(spelling.unknown, Some(2), "{typed}");
            assert!(spelling.suggestions.contains(&meant), "{typed}: {:?}", spelling.suggestions);
            let index = spelling.suggestions.iter().position(|word| *word == meant).unwrap();
            assert_eq!(spelling.completed[index], "legal thank year ");
        }
        let nothing = check_spelling("legal xyzzy year");
        assert_eq!((nothing.unknown, nothing.suggestions), (Some(2), vec![]));
        assert_eq!(check_spelling("ünïcödé x").unknown, Some(1), "non-ASCII letters must not panic");
    }
}
