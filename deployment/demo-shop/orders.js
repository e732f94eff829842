// The shop's orders, in a SQLite file.
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { goods } from "./goods.js";

const MAX_EACH = 9;

export class Orders {
  #db;

  constructor(path) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS orders (
        number INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, items TEXT NOT NULL, total INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting', payment_id TEXT, return_key TEXT) STRICT;
      CREATE TABLE IF NOT EXISTS feed (one INTEGER PRIMARY KEY CHECK (one = 1), last_event INTEGER NOT NULL) STRICT;
      INSERT OR IGNORE INTO feed VALUES (1, 0);
      CREATE TABLE IF NOT EXISTS webhook (one INTEGER PRIMARY KEY CHECK (one = 1), secret TEXT NOT NULL) STRICT;`);
  }

  /**
   * Creates an order from the form, which has the count of each item. Returns `undefined` for an empty cart.
   */
  create(form) {
    const items = goods
      .map(({ id, name, price }) => ({ name, price, count: Math.min(MAX_EACH, Math.max(0, Math.trunc(Number(form.get(id))) || 0)) }))
      .filter(({ count }) => count > 0);
    const total = items.reduce((sum, { price, count }) => sum + price * count, 0);
    if (total === 0) return undefined;
    const token = randomBytes(16).toString("base64url");
    this.#db.prepare("INSERT INTO orders (token, items, total) VALUES (?, ?, ?)").run(token, JSON.stringify(items), total);
    return this.byToken(token);
  }

  byToken(token) {
    const row = this.#db.prepare("SELECT * FROM orders WHERE token = ?").get(token);
    return row && { ...row, items: JSON.parse(row.items) };
  }

  lastEvent() {
    return this.#db.prepare("SELECT last_event FROM feed").get().last_event;
  }

  /** Stores the number of the last handled event. */
  handled(number) {
    this.#db.prepare("UPDATE feed SET last_event = ?").run(number);
  }

  /** Marks an order as paid. Returns `false` if it was already paid. */
  pay(number, payment_id) {
    const paid = this.#db.prepare("UPDATE orders SET state = 'paid', payment_id = ? WHERE number = ? AND state <> 'paid'");
    return paid.run(payment_id, Number(number)).changes > 0;
  }

  /**
   * Returns the idempotency key for refunding this order's return. It is stored, so that repeated clicks
   * refund once.
   */
  returnKey(token) {
    const key = randomBytes(18).toString("base64url");
    return this.#db.prepare("UPDATE orders SET return_key = coalesce(return_key, ?) WHERE token = ? RETURNING return_key").get(key, token).return_key;
  }

  webhookSecret() {
    return this.#db.prepare("SELECT secret FROM webhook").get()?.secret;
  }

  keepWebhookSecret(secret) {
    this.#db.prepare("INSERT INTO webhook VALUES (1, ?)").run(secret);
  }
}
