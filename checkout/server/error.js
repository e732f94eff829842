// The errors of this library.

/** An error response of the mint, or an invalid call. `code` is stable: see the mint's docs/errors.md. */
export class EcashError extends Error {
  constructor(code, message, details = {}) {
    super(message);
    this.name = "EcashError";
    this.code = code;
    Object.assign(this, details);
  }
}
