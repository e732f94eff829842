// The errors of this library.

/** A refusal by the mint, or a mistake of the caller. `code` is stable: see the mint's docs/errors.md. */
export class EcashError extends Error {
  constructor(code, message, details = {}) {
    super(message);
    this.name = "EcashError";
    this.code = code;
    Object.assign(this, details);
  }
}
