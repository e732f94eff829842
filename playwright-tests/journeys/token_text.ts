// Encodes the tokens of a captured request as text (protocol §4), independently of the wallet's encoder.
type WireToken = { key_id: string; kind: number; serial: string; signature: string };

const bytes = (base64url: string) => Buffer.from(base64url, "base64url");

function head(major: number, n: number): Buffer {
  if (n < 24) return Buffer.from([(major << 5) | n]);
  if (n < 256) return Buffer.from([(major << 5) | 24, n]);
  return Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
}

function cbor(value: unknown): Buffer {
  if (typeof value === "number") return head(0, value);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  const items = value as unknown[];
  return Buffer.concat([head(4, items.length), ...items.map(cbor)]);
}

export function tokenText(origin: string, institution: string, currency: string, tokens: WireToken[]): string {
  const groups = tokens.map((t) => [bytes(t.key_id), [[t.kind, bytes(t.serial), bytes(t.signature)]]]);
  const fields = [0, origin, 1, institution, 2, currency, 4, groups].map(cbor);
  return "ecash1" + Buffer.concat([head(5, 4), ...fields]).toString("base64url");
}
