// Encodings of the protocol's messages.

/** Encodes a text or bytes with the length as a prefix of two bytes, big-endian. */
export const prefixed = (text) => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
