#!/usr/bin/env python3
"""Makes ecash_v1.json: fixed vectors for everything that protocol §§2-5 fix to the byte.

A separate implementation of the text, with only Python's standard library, so that the Rust
code is checked against a second implementation. Run: python3 make_vectors.py < keys.json > ecash_v1.json
where keys.json holds test keys as {"n", "d"} in hex. All keys here are public: never use them.
"""
import base64, hashlib, hmac, json, struct, sys

E = 65537


def b64(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def lp(b):
    return struct.pack(">H", len(b)) + b


def u64(n):
    return struct.pack(">Q", n)


def hkdf_sha512(ikm, info, length):
    prk = hmac.new(b"\0" * 64, ikm, hashlib.sha512).digest()
    okm, t, i = b"", b"", 1
    while len(okm) < length:
        t = hmac.new(prk, t + info + bytes([i]), hashlib.sha512).digest()
        okm, i = okm + t, i + 1
    return okm[:length]


# Ed25519 as RFC 8032 §5.1 writes it down: slow, and plain to read.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def edwards_add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def edwards_mul(n, point):
    total = (0, 1)
    while n:
        if n & 1:
            total = edwards_add(total, point)
        point, n = edwards_add(point, point), n >> 1
    return total


def base_point():
    y = 4 * pow(5, -1, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (P - x if x & 1 else x), y


def edwards_bytes(point):
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def ed25519_halves(seed):
    h = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, h[32:]


def ed25519_public(seed):
    return edwards_bytes(edwards_mul(ed25519_halves(seed)[0], base_point()))


def ed25519_sign(seed, message):
    scalar, prefix = ed25519_halves(seed)
    mod_l = lambda *parts: int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L
    r = mod_l(prefix, message)
    nonce = edwards_bytes(edwards_mul(r, base_point()))
    s = (r + mod_l(nonce, ed25519_public(seed), message) * scalar) % L
    return nonce + s.to_bytes(32, "little")


def refund_vector(seed, origin, institution, outputs):
    payment_id = "pay_" + b64(bytes(range(16)))
    secret = hkdf_sha512(seed, b"ecash/derive/v1\0\3" + lp(origin.encode()) + lp(institution.encode())
                         + lp(payment_id.encode()), 32)
    public = ed25519_public(secret)
    of_payment = lp(institution.encode()) + lp(payment_id.encode())
    refunds = [1, 64]
    claim = b"ecash/refund/claim/v2\0" + of_payment + bytes([len(refunds), *refunds]) + struct.pack(">H", len(outputs))
    for key_id, blinded_token in outputs:
        claim += key_id + sha256(blinded_token)
    shop, challenge = "https://shop.example", bytes(range(32))
    payer = b"ecash/payer/v1\0" + of_payment + lp(shop.encode()) + lp(challenge)
    return {
        "payment_id": payment_id, "secret": secret.hex(), "public_key": public.hex(),
        "commitment": sha256(b"ecash/refund/v2", public).hex(),
        "claim": {"refunds": refunds, "message": claim.hex(),
                  "signature": ed25519_sign(secret, claim).hex()},
        "payer": {"shop": shop, "challenge": challenge.hex(), "message": payer.hex(),
                  "signature": ed25519_sign(secret, payer).hex()},
    }


def receipt_vector(institution, currency, exponent, refund_commitment):
    seeds = bytes([1] * 32), bytes([2] * 32)
    publics = [ed25519_public(seed) for seed in seeds]
    ids = [sha256(b"ecash/receipt-key/v1", lp(institution.encode()), lp(currency.encode()), bytes([exponent]), public)
           for public in publics]
    by_previous = ed25519_sign(seeds[0], b"ecash/receipt-key/next/v1" + ids[1])
    receipt = {
        "ecash_receipt": 1, "kind": "payment", "mint": "https://mint.example", "institution_id": institution,
        "currency": {"code": currency, "exponent": exponent}, "payment_id": "pay_" + b64(bytes(range(16))),
        "transaction_id": "tx_1", "merchant_id": "merchant_demo", "merchant_name": "Bäckerei \"Süß\"",
        "merchant_origin": "https://shop.example", "amount": 1200, "tip": 100, "total": 1300,
        "description": "Zwei Brötchen", "refund_commitment": b64(refund_commitment),
        "paid_at": "2026-11-28T14:05:00Z", "receipt_key": b64(ids[1]),
    }
    # RFC 8785 for strings and integers: sorted keys, no white space, no needless escapes.
    canonical = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    receipt["signature"] = b64(ed25519_sign(seeds[1], b"ecash/receipt/v1\0" + canonical))
    return {
        "seeds": [seed.hex() for seed in seeds],
        "keys": [
            {"public_key": b64(publics[0]), "from": "2026-01-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"},
            {"public_key": b64(publics[1]), "from": "2026-11-01T00:00:00Z", "by_previous": b64(by_previous)},
        ],
        "receipt": receipt,
    }


def mgf1(seed, length):
    out = b"".join(hashlib.sha384(seed + struct.pack(">I", i)).digest() for i in range(length // 48 + 1))
    return out[:length]


def pss_encode(message, salt, k):
    h = hashlib.sha384(b"\0" * 8 + hashlib.sha384(message).digest() + salt).digest()
    db = b"\0" * (k - 48 - len(salt) - 2) + b"\1" + salt
    masked = bytearray(a ^ b for a, b in zip(db, mgf1(h, len(db))))
    masked[0] &= 0x7F
    return bytes(masked) + h + b"\xbc"


def cbor_head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    if n < 256:
        return bytes([major << 5 | 24, n])
    return bytes([major << 5 | 25]) + struct.pack(">H", n)


def cbor(value):
    if isinstance(value, int):
        return cbor_head(0, value)
    if isinstance(value, bytes):
        return cbor_head(2, len(value)) + value
    if isinstance(value, str):
        return cbor_head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return cbor_head(4, len(value)) + b"".join(map(cbor, value))
    return cbor_head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in sorted(value.items()))


def main():
    keys = json.load(sys.stdin)
    origin, institution, currency, exponent = "https://mint.example", "inst_primary", "DEMO", 0
    dates = [1767225600, 1769817600, 1777593600, 1840665600]
    words = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    seed = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048, 64)
    out = {
        "origin": origin, "institution_id": institution, "currency": currency, "exponent": exponent,
        "keyset_id": "key_001", "dates": dates, "words": words, "seed": seed.hex(), "keys": [],
    }
    bundle = []
    for denomination, key in zip((10, 50), keys):
        n, d = int(key["n"], 16), int(key["d"], 16)
        k = (n.bit_length() + 7) // 8
        to_k = lambda x: x.to_bytes(k, "big")
        key_id = sha256(b"ecash/key/v1", lp(institution.encode()), lp(currency.encode()), bytes([exponent]),
                        u64(denomination), to_k(n), struct.pack(">I", E), *map(u64, dates))
        proof = []
        for j in range(8):
            z = int.from_bytes(mgf1(b"ecash/keyproof/v1" + key_id + struct.pack(">I", j), k + 16), "big") % n
            proof.append(to_k(pow(z, d, n)).hex())
        outputs = []
        for chain, counter in (("withdraw", 0), ("withdraw", 1), ("swap", 0), ("refund", 258)):
            def derive(part, length, attempt=0):
                info = (b"ecash/derive/v1\0\1" + {"withdraw": b"w", "swap": b"s", "refund": b"r"}[chain] + key_id
                        + u64(counter) + bytes([part, attempt]))
                return hkdf_sha512(seed, info, length)
            serial, salt = derive(1, 32), derive(2, 48)
            r = int.from_bytes(derive(3, k + 16), "big") % n
            message = sha256(b"ecash/token/v1", b"\0\0", key_id, serial)
            encoded = int.from_bytes(pss_encode(message, salt, k), "big")
            blinded = encoded * pow(r, E, n) % n
            blind_signature = pow(blinded, d, n)
            signature = blind_signature * pow(r, -1, n) % n
            assert pow(signature, E, n) == encoded
            outputs.append({
                "chain": chain, "counter": counter, "serial": serial.hex(), "salt": salt.hex(),
                "token_message": message.hex(), "blinded_token": to_k(blinded).hex(),
                "blind_signature": to_k(blind_signature).hex(), "signature": to_k(signature).hex(),
            })
        bundle.append([key_id, [[0, bytes.fromhex(o["serial"]), bytes.fromhex(o["signature"])] for o in outputs[:2]]])
        out["keys"].append({"denomination": denomination, "n": key["n"], "d": key["d"], "key_id": key_id.hex(),
                            "proof": proof, "outputs": outputs})
    token = hkdf_sha512(seed, b"ecash/derive/v1\0\2" + lp(origin.encode()) + lp(institution.encode()), 32)
    out["account_token"] = b64(token)
    out["account_token_hash"] = sha256(token).hex()
    # A claim asks for the last output of each key, which is the one of the refund chain.
    claimed = [(bytes.fromhex(key["key_id"]), bytes.fromhex(key["outputs"][3]["blinded_token"])) for key in out["keys"]]
    out["refund"] = refund_vector(seed, origin, institution, claimed)
    out["receipts"] = receipt_vector(institution, currency, exponent, bytes.fromhex(out["refund"]["commitment"]))
    text = {0: origin, 1: institution, 2: currency, 4: bundle}
    ids = sorted(bytes.fromhex(key["key_id"]) for key in out["keys"])
    seen = sha256(b"ecash/keys-seen/v1", lp(b"key_001"), bytes([len(ids)]), *ids)[:24]
    out["keys_seen"] = {"at": "issuing and redeemable", "digest": b64(seen)}
    out["text"] = "ecash1" + b64(cbor(text))
    out["text_with_memo"] = "ecash1" + b64(cbor({**text, 3: "für den Kaffee"}))
    idem = b64(bytes(range(16)))
    out["claims"] = [
        {"route": route, "principal": principal, "key": idem,
         "claim": "idem:" + sha256(b"ecash/idem/v1", lp(route.encode()), lp(principal.encode()), lp(idem.encode())).hex()}
        for route, principal in (("withdraw", "acc_alice"), ("redeem", ""), ("swap", ""))
    ]
    canonical = '{"amount":100,"blinded_tokens":["QQ"],"denomination":50,"note":"€"}'
    out["digest"] = {"body": '{ "note": "\\u20ac", "denomination": 50, "amount": 1e2, "blinded_tokens": ["QQ"] }',
                     "canonical": canonical, "digest": sha256(canonical.encode()).hex()}
    json.dump(out, sys.stdout, indent=1)
    print()


main()
