//! Attacks on blind signatures, and what stops them here.
//!
//! - **Short messages combine into forgeries.** RSA is multiplicative. If `H(s)` is a short number
//!   it is often smooth, and signatures on smooth numbers multiply into signatures that nobody
//!   paid for. Stopped by full-width EMSA-PSS, checked on finalize and on redemption.
//!   Test: `textbook_signatures_multiply_into_a_forgery`.
//! - **A 10 redeemed as 1000.** With one key for all values nothing in a signature says how much
//!   it is worth. Stopped by a key for each denomination.
//!   Test: `a_signature_of_another_denomination_is_refused`.
//! - **Tagging through a bad key.** If e divides p − 1, `r^e` is always an e-th power residue
//!   modulo p, so the blinded token keeps the message's residue class, which the mint recognizes
//!   when the token comes back. Stopped by the key proof.
//!   Test: `a_key_with_e_dividing_p_minus_1_tags_users_and_has_no_proof`.
//! - **A modulus with small factors.** If a message shares a factor with n, so does its blinded form, whatever r is, and
//!   the mint recognizes the token by that factor. Primes just above 2^16 pass the screening and the key proof.
//!   Stopped by RFC 9474's check that message and modulus are coprime, which refuses the key.
//!   Test: `m3_a_modulus_of_many_small_primes_is_refused_when_it_blinds`.
//! - **Batch verification by products.** A product of signatures verifies for the product of
//!   messages; with blind signatures one signature becomes two accepted tokens: s·x and s/x.
//!   Every signature is verified on its own.
//!   Test: `verifying_a_product_accepts_two_tokens_for_one_signature`.
//! - **Degenerate blinded tokens.** 0, 1 and n − 1 have known roots, and longer or shorter inputs
//!   are treated differently by different devices. Stopped by the type
//!   [`BlindedToken`](crate::rsabssa::BlindedToken). Test: `degenerate_blinded_tokens_are_refused`.
//! - **A faulty private operation leaks the key** (Boneh, DeMillo, Lipton 1997): a wrong result
//!   computed by the Chinese remainder theorem factors n. Every result is checked against the
//!   public key before it leaves. Test: `a_faulty_signer_is_caught`.
//! - **Invalid results fed back.** A failed finalize is never retried with the same message and
//!   never spent: the mint may have chosen the failure to recognize the retry.
