// The public view of a payment, and the parsing of the element's attributes.

/** The public view of a payment: `GET /api/v1/payments/{payment_id}`. Amounts are in minor units. */
export interface PaymentDetails {
  payment_id: string;
  state: "open" | "paid" | "cancelled" | "expired";
  /** Increases with each change. */
  version: number;
  amount: number;
  tip_max: number;
  currency: { code: string; exponent: number };
  description: string;
  merchant: { merchant_id: string; name: string; origin?: string; verified: boolean };
  created_at: string;
  expires_at: string;
  demo: boolean;
  server_time: string;
}

/** The error of an element that cannot show its payment. */
export interface CheckoutError {
  /** `malformed`, `wrong_mint`, `payment_unknown`, or a code of the mint. */
  code: string;
  title: string;
}

/** A payment and the URL at which it is paid. */
export interface Target {
  mint: string;
  id: string;
  /** The link to the wallet. */
  href: string;
}

const ID = /^pay_[A-Za-z0-9_-]{22}$/;
const LINK = /^#pay=(pay_[A-Za-z0-9_-]{22})(\.[A-Za-z0-9_-]*){0,2}$/;

/**
 * Parses the attributes `payment`, an id or a checkout URL, and `mint`. The mint of an id is the attribute
 * `mint`, or the origin that served this module.
 */
export function targetOf(payment: string, mint: string | null, served_by: string): Target | CheckoutError {
  try {
    const own = mint ? new URL(mint).origin : null;
    if (ID.test(payment)) {
      const at = own ?? served_by;
      return { mint: at, id: payment, href: `${at}/#pay=${payment}..` };
    }
    const url = new URL(payment);
    const id = LINK.exec(url.hash)?.[1];
    const is_web = url.protocol === "https:" || url.protocol === "http:";
    if (!id || !is_web) return malformed;
    // A page that names its mint accepts no other one.
    if (own && own !== url.origin) return { code: "wrong_mint", title: "The payment belongs to another mint" };
    return { mint: url.origin, id, href: url.href };
  } catch {
    return malformed;
  }
}

const malformed: CheckoutError = { code: "malformed", title: "The attribute payment must be a payment's id or a checkout URL" };

/** Formats minor units in the page's language. Exact, because it never uses floating point. */
export function money(minor: number, currency: PaymentDetails["currency"], lang: string): string {
  const { code, exponent } = currency;
  const digits = String(minor).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const exact = (exponent ? `${whole}.${digits.slice(-exponent)}` : whole) as Intl.StringNumericLiteral;
  const fraction = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  try {
    return new Intl.NumberFormat(lang, { style: "currency", currency: code, ...fraction }).format(exact);
  } catch {
    // Not an ISO 4217 code, such as DEMO.
    return `${new Intl.NumberFormat(lang, fraction).format(exact)} ${code}`;
  }
}
