//! Attacks on blind signatures, and the defence against each.
//!
//! - **Short messages combine into forgeries.** RSA is multiplicative. If `H(s)` is a short number, it is
//!   often smooth, and signatures on smooth numbers multiply into signatures that were never paid for.
//!   Defence: full-width EMSA-PSS, checked on finalize and on redemption. Test:
//!   `textbook_signatures_multiply_into_a_forgery`.
//! - **A 10 redeemed as 1000.** With one key for all denominations, nothing in a signature shows its value.
//!   Defence: one key for each denomination. Test: `a_signature_of_another_denomination_is_rejected`.
//! - **Tagging through a bad key.** If e divides p − 1, `r^e` is always an e-th power residue modulo p, so
//!   the blinded token keeps the message's residue class, by which the mint recognizes the token when it is
//!   spent. Defence: the key proof. Test: `a_key_with_e_dividing_p_minus_1_tags_users_and_has_no_proof`.
//! - **A modulus with small factors.** If a message shares a factor with n, so does its blinded form for
//!   every r, and the mint recognizes the token by that factor. Primes just above 2^16 pass the screening and
//!   the key proof. Defence: the check of RFC 9474 that message and modulus are coprime, which rejects the
//!   key. Test: `m3_a_modulus_of_many_small_primes_is_rejected_when_blinding`.
//! - **Batch verification by products.** A product of signatures verifies for the product of messages, so one
//!   blind signature becomes two accepted tokens: s·x and s/x. Defence: every signature is verified
//!   separately. Test: `verifying_a_product_accepts_two_tokens_for_one_signature`.
//! - **Degenerate blinded tokens.** 0, 1 and n − 1 have known roots, and devices differ in how they treat
//!   longer or shorter inputs. Defence: the type [`BlindedToken`](crate::rsabssa::BlindedToken). Test:
//!   `degenerate_blinded_tokens_are_rejected`.
//! - **A faulty private operation leaks the key** (Boneh, DeMillo, Lipton 1997): a wrong result computed by
//!   the Chinese remainder theorem factors n. Defence: every result is checked with the public key before it
//!   is returned. Test: `a_faulty_signer_is_caught`.
//! - **Invalid results fed back.** A mint may cause a failure in order to recognize the retry. Defence: after
//!   a failed finalize, a wallet never blinds the same message again and never spends its token.
