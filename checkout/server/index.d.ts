/** A refusal by the mint, or a mistake of the caller. */
export class EcashError extends Error {
  /** Stable: a code of the mint, `unreachable`, `misconfigured`, `not_minor_units`, `receipt_…`, `payer_not_proved` or `webhook_…`. */
  readonly code: string;
  readonly status?: number;
  readonly detail?: string;
  /** The payment that was paid instead, with `payment_order_paid`. */
  readonly payment_id?: string;
}

export interface Currency {
  code: string;
  exponent: number;
}

/** A payment as its merchant reads it. Amounts are whole minor units. */
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
  /** From then on an unclaimed refund goes back to the merchant. */
  claim_until: string;
  ended_at?: string;
}

export interface Event {
  /** The same for ever: an id that was handled before is a repeat. */
  id: string;
  /** Counts the merchant's events from 1, without gaps. */
  number: number;
  type: string;
  timestamp: string;
  data: { payment?: Payment; payout?: unknown; key?: unknown; endpoint?: unknown; domain?: unknown };
}

export interface Merchant {
  merchant_id: string;
  /** Name that payers see. */
  name: string;
  /** Address of the mint. */
  mint: string;
  balance: number;
  currency: Currency;
  domains: { origin: string; verified: boolean }[];
  held_for_refunds: number;
  open_payments: number;
  /** What the key may do. */
  scopes: string[];
}

export interface Payout {
  payout_id: string;
  amount: number;
  reference?: string;
  state: "requested" | "settled" | "rejected";
  requested_at: string;
  ended_at?: string;
  /** The operator's reference of the payment outside, or why it was rejected. */
  external_reference?: string;
}

/** An address of the shop's server to which the mint posts events. */
export interface Endpoint {
  endpoint_id: string;
  url: string;
  /** Names of events; empty: all that are sent. */
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

/** What a receipt states. */
export interface Receipt {
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
  /** The payer's commitment to the key that takes refunds. */
  refund_commitment?: string;
  paid_at: string;
  receipt_key: string;
}

/** What is bought, for the payer's eyes: the mint stores it sealed. Texts are one line of plain text each. At most 3 KiB as JSON. */
export interface Details {
  /** The lines of the bill. If there are any, they sum to the amount of the payment. */
  lines?: DetailsLine[];
  note?: string;
  /** Who sells, as a bill must say it: name and address. */
  seller?: string;
}

export interface DetailsLine {
  text: string;
  /** Absent: 1. */
  quantity?: number;
  /** What all of them cost together, in minor units. */
  amount: number;
  /** The tax in it, in the shop's words, such as "19 %". */
  tax?: string;
}

export interface PaymentOrder {
  /** Whole minor units: 1250 is 12.50 EUR. */
  amount: number;
  tipMax?: number;
  /** One line for the payer. The mint reads it: no names, no addresses. */
  description: string;
  /** What is bought. The link carries the key that opens it; the mint never sees it. */
  details?: Details;
  /** The shop's name of the order: at most one payment of it is paid. */
  orderRef?: string;
  /** Allows several payments of one order. */
  split?: boolean;
  /** Seconds. */
  expiresIn?: number;
  /** On a domain that the mint has verified; `{payment_id}` is filled in. */
  returnUrl?: string;
  metadata?: unknown;
}

export class Ecash {
  /**
   * `detailsSecret`: 32 random bytes or more of the shop's own, needed for the details of payments with an `orderRef`: the same order is
   * sealed alike, so that asking again names the same payment.
   */
  constructor(options: { mint: string; key: string; detailsSecret?: string | Uint8Array; fetch?: typeof globalThis.fetch });
  readonly mint: string;
  createPayment(order: PaymentOrder): Promise<Payment>;
  payment(id: string): Promise<Payment>;

  /** The merchant: its name, balance, domains, and what the key may do. */
  merchant(): Promise<Merchant>;
  /** Sets takings aside to be paid out. Two calls do it twice, unless they have the same `idempotencyKey`. */
  payout(order: { amount: number; reference?: string; idempotencyKey?: string }): Promise<Payout>;
  /** At a mint of play money: ends a payment without a wallet. The payment, its receipt and its events are real. */
  readonly test: {
    /** `refundCommitment`: 32 bytes in base64url; without it the payment cannot be refunded. */
    pay(id: string, options?: { tip?: number; refundCommitment?: string }): Promise<Payment>;
    expire(id: string): Promise<Payment>;
  };
  payments(filter?: { state?: Payment["state"]; orderRef?: string; from?: Date | string; to?: Date | string; q?: string }): AsyncGenerator<Payment>;
  cancel(id: string): Promise<Payment>;
  /** Refunds an amount, or all that is left. The payer's wallet takes it at the `refund_url`. */
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
    deliveries(id: string): Promise<Delivery[]>;
    redeliver(id: string, first: number, last?: number): Promise<void>;
  };
  follow(after: number, handle: (event: Event) => Promise<void> | void, options?: { signal?: AbortSignal; pauseMs?: number }): Promise<void>;
  keys(): Promise<{ institution_id: string; currency: Currency; denominations: number[]; receipt_keys?: ReceiptKey[] }>;
  currency(): Promise<Currency>;
  format(amount: number): Promise<string>;
  roundToPayable(amount: number, direction?: "up" | "down" | "nearest"): Promise<number>;
  verifyReceipt(receipt: unknown, pinned?: ReceiptKey[]): Promise<Receipt>;
  /** Whether the payer of one of this shop's payments answered `challenge`. */
  verifyPayer(id: string, challenge: string, proof: string, pinned?: ReceiptKey[]): Promise<Receipt>;
}

/** What a link says about the mint's keys. Needed only by shops that do not use `createPayment`. */
export function keysSeen(keysets: { keyset_id: string; valid_from: string; redeem_until: string; keys: { key_id: string }[] }[], at: string): string;
/** A question for a payer: fresh each time, answered once. */
export function payerChallenge(): string;
/** Verifies a payer's answer offline. `merchantId` is the caller's own. */
export function verifyPayer(receipt: unknown, keys: ReceiptKey[], asked: { merchantId: string; challenge: string; proof: string }): Receipt;
export function verifyReceipt(receipt: unknown, keys: ReceiptKey[]): Receipt;

/** Returns the event of a delivery, or throws with a code `webhook_…`. `body` is the request's body as it came. */
export function webhook(
  body: string | Uint8Array,
  headers: Headers | Record<string, string | string[] | undefined>,
  secrets: string | string[],
  options?: { now?: number },
): Event;

/** Seals details, as `createPayment` does. */
export function sealDetails(
  details: Details,
  order: { amount: number; orderRef?: string; detailsSecret?: string | Uint8Array },
): { key: string; details_box: string; details_hash: string };

/** What the receipt of a refund states. Whether it was claimed, only the mint knows. */
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
