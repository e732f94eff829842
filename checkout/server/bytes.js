// Bytes that several messages of the protocol are made of.

/** A text, or bytes, with its length before it: two bytes, big-endian. */
export const prefixed = (text) => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
