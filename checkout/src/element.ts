// <ecash-checkout payment="…">: shows a payment, links to the wallet, and updates when the payment is paid.
import { money, targetOf, type CheckoutError, type PaymentDetails, type Target } from "./payment";
import { qrCode } from "./qr";
import { css } from "./style";
import { textsOf } from "./text";
import { Watch, type Environment } from "./watch";

export type { CheckoutError, PaymentDetails };

/** `waiting` is `open` after the link was followed: the wallet may be paying now. */
export type CheckoutState = "loading" | "open" | "waiting" | "paid" | "cancelled" | "expired" | "error";

const page: Environment = {
  // With a timeout, because a connection that died while the phone slept would hang for minutes.
  fetch: (url) => fetch(url, { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(10_000) }),
  listen: (url) => new EventSource(url),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  isHidden: () => document.hidden,
};

type Tags = HTMLElementTagNameMap;
/** `part` exposes an element to the shop's style sheet. */
type Properties<K extends keyof Tags> = Partial<Omit<Tags[K], "part">> & { part?: string };

function make<K extends keyof Tags>(tag: K, properties?: Properties<K>, ...children: (Node | string)[]): Tags[K] {
  const { part, ...plain } = properties ?? ({} as Properties<K>);
  const element = Object.assign(document.createElement(tag), plain);
  if (part) element.setAttribute("part", part);
  element.append(...children);
  return element;
}

const slot = (name: string) => make("slot", { name });

const Base = typeof HTMLElement === "undefined" ? (class {} as typeof HTMLElement) : HTMLElement;

export class EcashCheckout extends Base {
  static readonly formAssociated = true;
  static readonly observedAttributes = ["payment", "mint", "lang", "open", "qr", "required", "disabled"];

  #state: CheckoutState = "loading";
  #details: PaymentDetails | null = null;
  #receipt: unknown = null;
  #error: CheckoutError | null = null;
  #target: Target | null = null;
  #watch: Watch | null = null;
  #opened = false;
  /** A read failed before the first response. */
  #silent = false;
  /** The mint's clock minus this page's clock, in milliseconds. */
  #ahead_ms = 0;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #onVisible: (() => void) | null = null;
  readonly #internals = this.attachInternals();
  readonly #root = this.attachShadow({ mode: "open", delegatesFocus: true });

  readonly #title = make("strong", { part: "merchant" });
  readonly #origin = make("p", { className: "muted" });
  readonly #demo = make("span", { className: "tag" });
  // Isolated, so that text in another writing direction does not reorder its surroundings.
  readonly #price = make("bdi");
  readonly #amount = make("p", { className: "amount", part: "amount" }, this.#price);
  readonly #descriptionText = make("bdi");
  readonly #description = make("p", { part: "description" }, this.#descriptionText);
  readonly #link = make("a", { className: "button", part: "button", rel: "noopener", referrerPolicy: "origin" });
  readonly #code = make("div", { className: "qr", part: "qr" });
  readonly #showCodeButton = make("button", { type: "button", hidden: true });
  readonly #timer = make("p", { className: "muted", part: "timer" });
  readonly #status = make("p", { part: "status" });
  readonly #receiptLink = make("a", { className: "button plain", part: "receipt", hidden: true });
  readonly #paidSlot = make("div", { hidden: true }, slot("paid"));
  readonly #failed = make("div", { hidden: true }, slot("failed"));
  readonly #card: HTMLDivElement = make(
    "div",
    { className: "card", part: "card", tabIndex: -1 },
    slot("before"),
    make("div", { className: "head" }, make("bdi", {}, this.#title), this.#demo),
    this.#origin,
    this.#amount,
    this.#description,
    this.#link,
    this.#showCodeButton,
    this.#code,
    this.#timer,
    this.#status,
    this.#receiptLink,
    this.#paidSlot,
    this.#failed,
  );

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.#root.adoptedStyleSheets = [sheet];
    this.#status.setAttribute("role", "status");
    this.#timer.setAttribute("role", "timer");
    this.#root.append(this.#card);
    this.#link.addEventListener("click", () => {
      this.#opened = true;
      this.#emit("ecash-open");
      this.#update();
    });
    this.#showCodeButton.addEventListener("click", () => {
      this.#draw();
      this.#showCodeButton.hidden = true;
      this.#code.hidden = false;
    });
  }

  /** The state that is shown. */
  get state(): CheckoutState {
    return this.#state;
  }

  /** The public view of the payment; `null` until it was read. */
  get details(): PaymentDetails | null {
    return this.#details;
  }

  /** The mint's receipt, once the payment is paid. */
  get receipt(): unknown {
    return this.#receipt;
  }

  /** The error in the state `error`. */
  get error(): CheckoutError | null {
    return this.#error;
  }

  get name(): string {
    return this.getAttribute("name") ?? "";
  }

  set name(name: string) {
    this.setAttribute("name", name);
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  get validity(): ValidityState {
    return this.#internals.validity;
  }

  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }

  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  /** Reads the payment again. */
  refresh(): void {
    void this.#watch?.start();
  }

  connectedCallback(): void {
    // Events may have been missed while the page was hidden, suspended or offline.
    this.#onVisible = () => {
      if (!document.hidden) this.refresh();
    };
    document.addEventListener("visibilitychange", this.#onVisible);
    window.addEventListener("pageshow", this.#onVisible);
    window.addEventListener("online", this.#onVisible);
    this.#ticking = setInterval(() => this.#tick(), 1000);
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#watch?.stop();
    clearInterval(this.#ticking);
    if (!this.#onVisible) return;
    document.removeEventListener("visibilitychange", this.#onVisible);
    window.removeEventListener("pageshow", this.#onVisible);
    window.removeEventListener("online", this.#onVisible);
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.isConnected) return;
    if (name === "payment" || name === "mint") this.#begin();
    else this.#update();
  }

  /** Shows the payment of the current attributes. */
  #begin(): void {
    this.#watch?.stop();
    this.#details = this.#receipt = this.#error = this.#target = null;
    this.#opened = this.#silent = false;
    this.#code.replaceChildren();
    const target = targetOf(this.getAttribute("payment") ?? "", this.getAttribute("mint"), new URL(import.meta.url).origin);
    if ("code" in target) return this.#fail(target);
    this.#target = target;
    this.#update();
    const listener = {
      changed: (details: PaymentDetails) => {
        this.#details = details;
        this.#silent = false;
        this.#ahead_ms = Date.parse(details.server_time) - Date.now();
        this.#update();
      },
      failed: (error: CheckoutError) => this.#fail(error),
      unreachable: () => this.#showUnreachable(),
    };
    this.#watch = new Watch(target, listener, page);
    void this.#watch.start();
  }

  #fail(error: CheckoutError): void {
    this.#error = error;
    this.#update();
  }

  /** Shows the link to the wallet, which may have a connection where the page has none. */
  #showUnreachable(): void {
    if (this.#details || this.#silent) return;
    this.#silent = true;
    this.#update();
    this.#emit("ecash-error", { code: "unreachable" });
  }

  #emit(type: string, detail: unknown = {}): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  #currentState(): CheckoutState {
    if (this.#error) return "error";
    if (!this.#details) return "loading";
    if (this.#details.state !== "open") return this.#details.state;
    return this.#opened ? "waiting" : "open";
  }

  /** Renders the current state, and dispatches events if it has changed. */
  #update(): void {
    const before = this.#state;
    this.#state = this.#currentState();
    this.#render();
    if (before === this.#state) return;
    this.#mark(before, this.#state);
    this.#emit("ecash-state", { state: this.#state, details: this.#details });
    if (this.#state === "paid") void this.#fetchReceipt();
    else if (this.#state === "error") this.#emit("ecash-error", { code: this.#error?.code });
    else if (this.#state === "cancelled" || this.#state === "expired") this.#emit(`ecash-${this.#state}`);
  }

  /** Exposes the state to the shop's style sheet as a custom state, where the browser supports it. */
  #mark(before: CheckoutState, now: CheckoutState): void {
    try {
      this.#internals.states.delete(before);
      this.#internals.states.add(now);
    } catch {
      // Older browsers do not support custom states, or require other names.
    }
  }

  /**
   * Fetches the receipt, then dispatches `ecash-paid`: a hint for the page. The shop's server must verify the
   * payment itself.
   */
  async #fetchReceipt(): Promise<void> {
    const target = this.#target;
    if (!target) return;
    let receipt: unknown = null;
    try {
      const answer = await page.fetch(`${target.mint}/api/v1/payments/${target.id}/receipt`);
      if (answer.ok) receipt = await answer.json();
    } catch {
      // Ignore errors: the receipt can be read later from the same address.
    }
    // Discard the receipt if the element shows another payment now.
    if (this.#target !== target) return;
    this.#receipt = receipt;
    this.#render();
    this.#emit("ecash-paid", { payment_id: target.id, receipt });
  }

  #render(): void {
    const { text, dir } = textsOf(this.#language());
    const details = this.#details;
    const state = this.#state;
    const is_open = (state === "open" || state === "waiting" || this.#silent) && this.#left_s() > 0;
    this.#card.dir = dir;
    if (details) {
      const { merchant } = details;
      this.#title.textContent = merchant.name;
      const verified = merchant.verified && merchant.origin;
      this.#origin.textContent = verified ? `${merchant.origin?.replace("https://", "")} · ${text.verified}` : text.notVerified;
      const paid = this.#receipt as { total?: number } | null;
      this.#price.textContent = money(paid?.total ?? details.amount, details.currency, this.#language());
      this.#descriptionText.textContent = details.description;
      this.#demo.textContent = text.demo;
    }
    this.#demo.hidden = !details?.demo;
    this.#origin.hidden = this.#amount.hidden = this.#description.hidden = !details;
    this.#link.textContent = text.pay;
    this.#link.href = this.#target?.href ?? "";
    this.#link.target = this.#opensTab() ? "_blank" : "_self";
    this.#keepFocus(() => {
      this.#link.hidden = !is_open || this.hasAttribute("disabled");
      this.#renderCode(is_open && !this.hasAttribute("disabled"), text);
    });
    this.#receiptLink.hidden = state !== "paid";
    this.#receiptLink.textContent = text.receipt;
    this.#receiptLink.href = this.#target ? `${this.#target.mint}/receipt#${this.#target.id}` : "";
    this.#paidSlot.hidden = state !== "paid";
    this.#failed.hidden = !["cancelled", "expired", "error"].includes(state);
    this.#tick();
    this.#setForm(text.open);
  }

  /**
   * Shows the QR code for a wallet on another device. `qr=auto`: at once if the page is used with a mouse;
   * `qr=button`: behind a button; otherwise never.
   */
  #renderCode(is_open: boolean, text: { scan: string; showCode: string }): void {
    const wanted = this.getAttribute("qr") ?? "auto";
    const on_demand = wanted === "button";
    const at_once = wanted === "auto" && matchMedia("(pointer: fine)").matches;
    const is_drawn = this.#code.childElementCount > 0;
    if (is_open && at_once && !is_drawn) this.#draw();
    this.#showCodeButton.textContent = text.showCode;
    this.#showCodeButton.hidden = !is_open || !on_demand || is_drawn;
    this.#code.hidden = !is_open || this.#code.childElementCount === 0;
    const caption = this.#code.querySelector("p");
    if (caption) caption.textContent = text.scan;
    this.#code.querySelector("svg")?.setAttribute("aria-label", text.scan);
  }

  #draw(): void {
    if (!this.#target) return;
    const code = qrCode(this.#target.href);
    code.setAttribute("role", "img");
    this.#code.replaceChildren(code, make("p", { className: "muted" }));
    const { text } = textsOf(this.#language());
    this.#renderCode(true, text);
  }

  /** Runs `change`. If it hides the focused element, moves the focus to the card. */
  #keepFocus(change: () => void): void {
    const focused = this.#root.activeElement as HTMLElement | null;
    change();
    if (focused?.hidden) this.#card.focus();
  }

  /** The page's language in canonical form. Accepts the common but invalid form `en_US`. */
  #language(): string {
    const lang = this.closest("[lang]")?.getAttribute("lang") || document.documentElement.lang || "en";
    try {
      return Intl.getCanonicalLocales(lang.replaceAll("_", "-"))[0] ?? "en";
    } catch {
      return "en";
    }
  }

  #opensTab(): boolean {
    const open = this.getAttribute("open") ?? "auto";
    return open === "tab" || (open === "auto" && matchMedia("(pointer: fine)").matches);
  }

  #left_s(): number {
    if (!this.#details) return Infinity;
    return Math.floor((Date.parse(this.#details.expires_at) - Date.now() - this.#ahead_ms) / 1000);
  }

  /** Updates the status text and the countdown, which follows the mint's clock. */
  #tick(): void {
    const { text } = textsOf(this.#language());
    const left_s = this.#left_s();
    const is_open = this.#state === "open" || this.#state === "waiting";
    // Set the text only when it changes, because screen readers announce each assignment.
    const status = is_open && left_s <= 0 ? text.checking : this.#silent ? text.silent : text[this.#state];
    if (this.#status.textContent !== status) this.#status.textContent = status;
    this.#status.className = this.#state === "paid" ? "done" : "muted";
    // Hide the link when the time is up. The mint decides whether the payment has expired.
    if (is_open && left_s <= 0 && !this.#link.hidden) this.#render();
    this.#timer.hidden = !is_open || left_s <= 0 || left_s > 86_400;
    if (this.#timer.hidden) return;
    const two = (n: number) => String(n).padStart(2, "0");
    const hours = Math.floor(left_s / 3600);
    const clock = `${hours ? `${hours}:` : ""}${two(Math.floor(left_s / 60) % 60)}:${two(left_s % 60)}`;
    this.#timer.textContent = `${text.left} ${clock}`;
  }

  /**
   * In a form, the value is the payment's id once it is paid; until then a `required` element is not valid.
   */
  #setForm(message: string): void {
    const is_paid = this.#state === "paid";
    this.#internals.setFormValue(is_paid ? (this.#target?.id ?? null) : null);
    const is_missing = this.hasAttribute("required") && !is_paid;
    this.#internals.setValidity(is_missing ? { valueMissing: true } : {}, is_missing ? message : "", this.#card);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "ecash-checkout": EcashCheckout;
  }
  interface HTMLElementEventMap {
    "ecash-state": CustomEvent<{ state: CheckoutState; details: PaymentDetails | null }>;
    "ecash-open": CustomEvent<Record<string, never>>;
    "ecash-paid": CustomEvent<{ payment_id: string; receipt: unknown }>;
    "ecash-cancelled": CustomEvent<Record<string, never>>;
    "ecash-expired": CustomEvent<Record<string, never>>;
    "ecash-error": CustomEvent<{ code: string }>;
  }
}

if (typeof customElements !== "undefined" && !customElements.get("ecash-checkout")) {
  customElements.define("ecash-checkout", EcashCheckout);
}
