/** An error response of the mint, or an invalid call. */
export class EcashError extends Error {
  /**
   * Stable code: a code of the mint, `unreachable`, `misconfigured`, `not_minor_units`, `malformed_details`, `receipt_…`,
   * `payer_not_proved` or `webhook_…`.
   */
  readonly code: string;
  readonly status?: number;
  readonly detail?: string;
  /** After so many seconds the same request may succeed. */
  readonly retry_after_s?: number;
  /** The payment that was paid instead, with `payment_order_paid`. */
  readonly payment_id?: string;
}

export interface Currency {
  code: string;
  exponent: number;
}

/** A payment as its merchant sees it. Amounts are in minor units. */
export interface Payment {
  payment_id: string;
  checkout_url: string;
  state: "open" | "paid" | "cancelled" | "expired";
  version: number;
  amount: number;
  tip_max: number;
  tip: number;
  currency: Currency;
  description: string;
  order_ref?: string;
  split: boolean;
  return_url?: string;
  metadata?: unknown;
  created_at: string;
  expires_at: string;
  ended_at?: string;
  transaction_id?: string;
  refunds?: Refund[];
  /** Whether an open payment of the same order was returned instead of a new one. */
  reused?: boolean;
}

export interface Refund {
  refund_id: string;
  payment_id: string;
  /** Counts the refunds of the payment from 1. */
  number: number;
  amount: number;
  reason?: string;
  state: "open" | "claimed" | "returned";
  created_at: string;
  /** At this time an unclaimed refund returns to the merchant. */
  claim_until: string;
  ended_at?: string;
}

export interface Event {
  /** Stable across repeated deliveries: skip an id that was already handled. */
  id: string;
  /** Counts the merchant's events from 1, without gaps. */
  number: number;
  type: string;
  timestamp: string;
  data: { payment?: Payment; payout?: unknown; key?: unknown; endpoint?: unknown; domain?: unknown };
}

export interface Merchant {
  merchant_id: string;
  /** The name that is shown to payers. */
  name: string;
  /** Address of the mint. */
  mint: string;
  balance: number;
  currency: Currency;
  domains: { origin: string; verified: boolean }[];
  held_for_refunds: number;
  open_payments: number;
  /** The scopes of the API key. */
  scopes: string[];
}

export interface Payout {
  payout_id: string;
  amount: number;
  reference?: string;
  state: "requested" | "settled" | "rejected";
  requested_at: string;
  ended_at?: string;
  /** The operator's reference of the external payment, or the reason of a rejection. */
  external_reference?: string;
}

/** An address of the shop's server. The mint posts events to it. */
export interface Endpoint {
  endpoint_id: string;
  url: string;
  /** Types of events; empty for all types. */
  kinds: string[];
  state: "enabled" | "paused" | "disabled";
  failing_since?: string;
  old_secret_until?: string;
  created_at: string;
}

export interface Delivery {
  number: number;
  type: string;
  payment_id?: string;
  state: "pending" | "delivered" | "given_up";
  attempts: number;
  next_at?: string;
  attempted_at?: string;
  http_status?: number;
  latency_ms?: number;
  error?: string;
}

export interface ReceiptKey {
  public_key: string;
  from: string;
  until?: string;
  by_previous?: string;
}

/** The statement of a payment's receipt. */
export interface Receipt {
  mint: string;
  institution_id: string;
  payment_id: string;
  transaction_id: string;
  merchant_id: string;
  merchant_name: string;
  merchant_origin?: string;
  amount: number;
  tip: number;
  total: number;
  currency: Currency;
  description: string;
  details_hash?: string;
  /** The payer's commitment to the key that claims refunds. */
  refund_commitment?: string;
  paid_at: string;
  receipt_key: string;
}

/**
 * The details of an order, for the payer only: the mint stores them sealed. Each text is one line of plain
 * text. At most 3 KiB as JSON.
 */
export interface Details {
  /** The lines of the bill. If present, they must sum to the amount of the payment. */
  lines?: DetailsLine[];
  note?: string;
  /** Name and address of the seller, as required on a bill. */
  seller?: string;
}

export interface DetailsLine {
  text: string;
  /** Defaults to 1. */
  quantity?: number;
  /** The total price of the line, in minor units. */
  amount: number;
  /** The included tax as text, such as "19 %". */
  tax?: string;
}

export interface PaymentOrder {
  /** In minor units: 1250 is 12.50 EUR. */
  amount: number;
  tipMax?: number;
  /** One line, shown to the payer. The mint can read it: do not include names or addresses. */
  description: string;
  /** The details of the order. Only the link carries their key; the mint never sees it. */
  details?: Details;
  /** The shop's order number: at most one payment of an order can be paid. */
  orderRef?: string;
  /** Allows several payments for one order. */
  split?: boolean;
  /** Time until the payment expires, in seconds. */
  expiresIn?: number;
  /** A URL on a domain that the mint has verified. `{payment_id}` is replaced with the id. */
  returnUrl?: string;
  metadata?: unknown;
}

export class Ecash {
  /**
   * `detailsSecret`: at least 32 random bytes, known only to the shop. Required for details with an
   * `orderRef`: an order is always sealed with the same key, so that a repeated request returns the same
   * payment. `timeoutMs` (15,000) limits one attempt, `attempts` (5) their number: a page that is rendered with a
   * payment waits for so long at most.
   */
  constructor(options: { mint: string; key: string; detailsSecret?: string | Uint8Array; timeoutMs?: number; attempts?: number; fetch?: typeof globalThis.fetch });
  readonly mint: string;
  createPayment(order: PaymentOrder): Promise<Payment>;
  payment(id: string): Promise<Payment>;

  /** The merchant: its name, balance and domains, and the scopes of the API key. */
  merchant(): Promise<Merchant>;
  /** Requests a payout. Two calls request two payouts, unless they have the same `idempotencyKey`. */
  payout(order: { amount: number; reference?: string; idempotencyKey?: string }): Promise<Payout>;
  /**
   * At a mint of play money: ends a payment without a wallet. The payment, its receipt and its events are
   * real.
   */
  readonly test: {
    /** `refundCommitment`: 32 bytes in base64url; without it the payment cannot be refunded. */
    pay(id: string, options?: { tip?: number; refundCommitment?: string }): Promise<Payment>;
    expire(id: string): Promise<Payment>;
  };
  payments(filter?: { state?: Payment["state"]; orderRef?: string; from?: Date | string; to?: Date | string; q?: string }): AsyncGenerator<Payment>;
  cancel(id: string): Promise<Payment>;
  /** Refunds an amount, or everything that is left. The payer's wallet claims it at the `refund_url`. */
  refund(id: string, refund?: { amount?: number; reason?: string; idempotencyKey?: string }): Promise<Refund & { refund_url: string }>;
  newestEvent(): Promise<number>;
  events(after?: number): AsyncGenerator<Event>;
  reconcile(after: number, handle: (event: Event) => Promise<void> | void): Promise<number>;
  readonly endpoints: {
    create(endpoint: { url: string; kinds?: string[] }): Promise<Endpoint & { secret: string }>;
    list(): Promise<Endpoint[]>;
    update(id: string, change: { url?: string; kinds?: string[]; state?: "enabled" | "paused"; sendMissed?: boolean }): Promise<Endpoint>;
    remove(id: string): Promise<void>;
    rotate(id: string): Promise<Endpoint & { secret: string }>;
    test(id: string): Promise<void>;
    /** The newest 100, or those before the number of an event. */
    deliveries(id: string, page?: { before?: number; limit?: number }): Promise<Delivery[]>;
    redeliver(id: string, first: number, last?: number): Promise<void>;
  };
  follow(after: number, handle: (event: Event) => Promise<void> | void, options?: { signal?: AbortSignal; pauseMs?: number }): Promise<void>;
  keys(): Promise<{
    institution_id: string;
    currency: Currency;
    denominations: number[];
    keysets: { keyset_id: string; valid_from: string; redeem_until: string; keys: { key_id: string }[] }[];
    receipt_keys?: ReceiptKey[];
  }>;
  currency(): Promise<Currency>;
  format(amount: number): Promise<string>;
  /** Returns a function that formats minor units, for many amounts at once. */
  formatter(): Promise<(amount: number) => string>;
  roundToPayable(amount: number, direction?: "up" | "down" | "nearest"): Promise<number>;
  verifyReceipt(receipt: unknown, pinned?: ReceiptKey[]): Promise<Receipt>;
  /** Verifies that `proof` is the answer to `challenge` by the payer of this payment. Throws otherwise. */
  verifyPayer(id: string, challenge: string, proof: string, pinned?: ReceiptKey[]): Promise<Receipt>;
}

/**
 * The part of a checkout URL that identifies the mint's keys. Needed only by shops that do not use
 * `createPayment`.
 */
export function keysSeen(keysets: { keyset_id: string; valid_from: string; redeem_until: string; keys: { key_id: string }[] }[], at: string): string;
/** Generates a random question for a payer. Use it for one answer only. */
export function payerChallenge(): string;
/** Verifies a payer's answer offline. `merchantId` is the caller's own. */
export function verifyPayer(receipt: unknown, keys: ReceiptKey[], asked: { merchantId: string; challenge: string; proof: string }): Receipt;
export function verifyReceipt(receipt: unknown, keys: ReceiptKey[]): Receipt;

/**
 * Verifies a delivery and returns its event. Throws with a code `webhook_…`. `body` is the raw body of the
 * request.
 */
export function webhook(
  body: string | Uint8Array,
  headers: Headers | Record<string, string | string[] | undefined>,
  secrets: string | string[],
  options?: { now?: number },
): Event;

/** Seals details like `createPayment`. */
export function sealDetails(
  details: Details,
  order: { amount: number; orderRef?: string; detailsSecret?: string | Uint8Array },
): { key: string; details_box: string; details_hash: string };

/** The statement of a refund's receipt. It does not state whether the refund was claimed. */
export interface RefundReceipt {
  payment_id: string;
  merchant_id: string;
  merchant_name: string;
  description: string;
  refund_id: string;
  /** Counts the refunds of the payment from 1. */
  refund_number: number;
  refund_amount: number;
  reason?: string;
  refund_commitment: string;
  refunded_at: string;
  claim_until: string;
}

/** Verifies the receipt of a refund, `GET /api/v1/payments/{payment_id}/receipt?refund=1`, offline. */
export function verifyRefundReceipt(receipt: unknown, keys: ReceiptKey[]): RefundReceipt;
