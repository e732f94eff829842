// The hash of the mint's keys that a shop sees, for its checkout URLs.
import { createHash } from "node:crypto";
import { prefixed } from "./bytes.js";

/** Returns the first 24 bytes of the hash of all keysets that are valid at that time, in base64url. */
export function keysSeen(keysets, at) {
  const time = Date.parse(at);
  const used = keysets.filter(({ valid_from, redeem_until }) => Date.parse(valid_from) <= time && time < Date.parse(redeem_until));
  used.sort((a, b) => Date.parse(a.valid_from) - Date.parse(b.valid_from));
  const parts = used.flatMap(({ keyset_id, keys }) => {
    const ids = keys.map(({ key_id }) => Buffer.from(key_id, "base64url")).sort(Buffer.compare);
    return [prefixed(keyset_id), Buffer.from([ids.length]), ...ids];
  });
  return createHash("sha256").update(Buffer.concat([Buffer.from("ecash/keys-seen/v1"), ...parts])).digest().subarray(0, 24).toString("base64url");
}
