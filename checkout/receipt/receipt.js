// The page that verifies receipts. Receipts never leave the page.
import { major } from "../server/receipt_form.js";
import { Refused, verify } from "./verify.js";

const WHY = {
  unknown: "This is not a receipt of a payment or refund, or it is of a newer version.",
  "other-mint": "The key that this receipt names is not a key of this mint.",
  changed: "This receipt was changed, or the mint never signed it.",
  "wrong-time": "The key of this receipt was not in use at the stated time.",
  "old-browser": "This browser cannot verify Ed25519 signatures. Use a current browser.",
  "not-paid": "The mint has no such receipt: the payment is not paid, or the refund does not exist.",
  "no-response": "The mint does not respond. Connect to the network and reload the page.",
  "no-keys": "The mint's keys cannot be loaded. Connect to the network and reload the page.",
};

const $ = (id) => document.getElementById(id);
const embedded = $("keys").textContent.trim();
let keys;

/** Returns the mint's keys: those in the saved page, or the published ones. */
async function published() {
  if (embedded) return JSON.parse(embedded);
  try {
    const answer = await fetch("/api/v1/keys", { credentials: "omit", cache: "no-store" });
    const { institution_id, receipt_keys } = await answer.json();
    return { institution_id, receipt_keys };
  } catch {
    throw new Refused("no-keys");
  }
}

async function judge(file) {
  // Hide the verdict on the previous receipt.
  $("verdict").hidden = true;
  try {
    keys ??= await published();
    let receipt;
    try {
      receipt = JSON.parse(file);
    } catch {
      throw new Refused("unknown");
    }
    genuine(await verify(receipt, keys.receipt_keys));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    show("This proves nothing", WHY[error.message], [], false);
  }
}

function genuine(body) {
  const money = (minor) => `${major(minor, body.currency.exponent)} ${body.currency.code}`;
  const is_payment = body.kind === "payment";
  const facts = [
    [is_payment ? "Paid to" : "Refunded by", `${body.merchant_name} (${body.merchant_origin ?? body.merchant_id})`],
    ["For", body.description],
    ["When", `${new Date(is_payment ? body.paid_at : body.refunded_at).toLocaleString()}`],
    ["Payment", body.payment_id],
    ["Mint", `${body.institution_id}, ${body.mint}`],
  ];
  if (is_payment && body.tip > 0) facts.splice(2, 0, ["Including tip", money(body.tip)]);
  if (!is_payment) facts.splice(2, 0, ["Refund", `number ${body.refund_number}${body.reason ? `: ${body.reason}` : ""}`], ["Claim until", new Date(body.claim_until).toLocaleDateString()]);
  const what = is_payment
    ? "The mint signed that this was paid. The receipt does not state who paid, nor whether it was refunded later."
    : "The mint signed that this was set aside for the payer. The receipt does not state whether it was claimed.";
  show(`Genuine: ${money(is_payment ? body.total : body.refund_amount)}`, what, facts, true);
}

function show(title, text, facts, is_genuine) {
  const verdict = $("verdict");
  verdict.className = is_genuine ? "card genuine" : "card refused";
  $("title").textContent = title;
  $("text").textContent = text;
  $("facts").replaceChildren(...facts.map(([name, value]) => {
    const row = document.createElement("div");
    const [term, detail] = ["dt", "dd"].map((tag) => document.createElement(tag));
    term.textContent = name;
    detail.textContent = value;
    row.append(term, detail);
    return row;
  }));
  verdict.hidden = false;
  $("title").focus();
}

$("file").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  // A receipt is smaller than 2 KiB.
  if (file) await judge(file.size > 65_536 ? "" : await file.text());
});
$("pasted").addEventListener("submit", async (event) => {
  event.preventDefault();
  await judge($("receipt").value);
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file) await judge(file.size > 65_536 ? "" : await file.text());
});

/** Shows the receipt of the payment that the address names: `#pay_…`, or `#pay_….2` for its second refund. */
async function showNamed() {
  const named = /^#(pay_[A-Za-z0-9_-]{22})(?:\.(\d+))?$/.exec(location.hash);
  if (!named || embedded) return;
  const path = `/api/v1/payments/${named[1]}/receipt${named[2] ? `?refund=${named[2]}` : ""}`;
  $("keep").hidden = true;
  try {
    const response = await fetch(path, { credentials: "omit", cache: "no-store" });
    if (response.status === 404) return show("No receipt", WHY["not-paid"], [], false);
    if (!response.ok) throw new Error(response.status);
    await judge(await response.text());
    $("keep").href = path;
    $("keep").hidden = false;
  } catch {
    show("No receipt", WHY["no-response"], [], false);
  }
}
addEventListener("hashchange", showNamed);
void showNamed();

// Saves the page as one file with the mint's keys, which works offline.
if (embedded) {
  $("save").hidden = true;
  // The saved page is not at the mint, so it has no wallet to link to.
  document.querySelector("header a").removeAttribute("href");
}
$("save").addEventListener("click", async () => {
  try {
    keys ??= await published();
    const [page, script, style] = await Promise.all(["", "receipt.js", "receipt.css"].map(async (name) => (await fetch(`/receipt/${name}`)).text()));
    const safe = (code) => code.replaceAll("</script", "<\\/script");
    const saved = page
      .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
      .replace(/<link rel="icon"[^>]*>/, "")
      .replace(/(<script type="application\/json" id="keys">)/, (tag) => tag + safe(JSON.stringify(keys)))
      .replace(/<script type="module"[^>]*><\/script>/, () => `<script type="module">${safe(script)}</script>`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([saved], { type: "text/html" }));
    link.download = `receipts-of-${keys.institution_id}.html`;
    link.click();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    show("Not saved", WHY[error.message], [], false);
  }
});
