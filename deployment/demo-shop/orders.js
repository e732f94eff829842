// The shop's orders, in a SQLite file.
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { goods } from "./goods.js";

const MAX_EACH = 9;

export class Orders {
  currency = "";
  #db;

  constructor(path) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS orders (
        number INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, items TEXT NOT NULL, total INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting', payment_id TEXT) STRICT;
      CREATE TABLE IF NOT EXISTS feed (one INTEGER PRIMARY KEY CHECK (one = 1), last_event INTEGER NOT NULL) STRICT;
      INSERT OR IGNORE INTO feed VALUES (1, 0);`);
  }

  /** Creates an order from the form: the number of each thing. Returns nothing for an empty cart. */
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
    return row && { ...row, items: JSON.parse(row.items), currency: this.currency };
  }

  lastEvent() {
    return this.#db.prepare("SELECT last_event FROM feed").get().last_event;
  }

  /** Stores that an event was handled, together with what it changed, so that neither happens without the other. */
  handled(number, paid_order, payment_id) {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      if (paid_order) this.#db.prepare("UPDATE orders SET state = 'paid', payment_id = ? WHERE number = ?").run(payment_id, Number(paid_order));
      this.#db.prepare("UPDATE feed SET last_event = ?").run(number);
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}
