// Refunds: a shop refunds a part of a payment, and the payer's wallet claims it, also after the wallet was
// lost and restored.
import { expect, test, type Page } from "@playwright/test";
import { Ecash, payerChallenge, verifyPayer, type EcashError } from "../../checkout/server/index.js";
import { expectBalance, makeWallet, withdraw, words } from "./wallet";

const shopOf = (mint: string) => new Ecash({ mint, key: process.env.ECASH_API_KEY! });

async function paid(page: Page, shop: Ecash) {
  const payment = await shop.createPayment({ amount: 100, description: "Two loaves", orderRef: `order ${crypto.randomUUID()}` });
  await page.goto(payment.checkout_url);
  await page.getByRole("button", { name: "Pay 100 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  return payment.payment_id;
}

test("a refund is claimed once, at the shop's link", async ({ page, baseURL }) => {
  const shop = shopOf(baseURL!);
  await makeWallet(page);
  await withdraw(page, 100);
  const payment_id = await paid(page, shop);
  const refund = await shop.refund(payment_id, { amount: 50, reason: "One was stale" });
  expect(refund).toMatchObject({ number: 1, amount: 50, state: "open", refund_url: `${baseURL}/#refund=${payment_id}` });
  await page.goto(refund.refund_url);
  await expect(page.getByRole("heading", { name: "The Bakery" })).toBeVisible();
  expect(page.url()).not.toContain(payment_id);
  await expect(page.getByText("One was stale")).toBeVisible();
  await expect(page.getByText("Waiting for you")).toBeVisible();
  await page.getByRole("button", { name: "Claim 50 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Refunded" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 50);
  await expect(page.getByRole("button", { name: /Refunded/ })).toContainText("+50");
  expect((await shop.payment(payment_id)).refunds).toMatchObject([{ number: 1, state: "claimed" }]);

  // Opened again, there is nothing to claim.
  await page.goto(refund.refund_url);
  await expect(page.getByText("Claimed", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: /Claim/ })).toHaveCount(0);
});

test("the details of a payment show its refunds with one request to the mint", async ({ page, baseURL }) => {
  const shop = shopOf(baseURL!);
  await makeWallet(page);
  await withdraw(page, 100);
  const payment_id = await paid(page, shop);
  await page.getByRole("button", { name: "Done" }).click();
  await shop.refund(payment_id, { amount: 10 });
  await shop.refund(payment_id, { amount: 20 });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes(payment_id)) asked.push(request.url());
  });
  await page.getByRole("button", { name: /Payment to The Bakery/ }).click();
  await expect(page.getByText("Waiting for you")).toHaveCount(2);
  expect(asked).toHaveLength(1);
  await page.getByRole("button", { name: "Claim the refund" }).click();
  await page.getByRole("button", { name: "Claim 30 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Refunded" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 30);
});

test("a restored wallet can claim a refund, and another wallet cannot", async ({ page, browser, baseURL }) => {
  const shop = shopOf(baseURL!);
  await makeWallet(page);
  const phrase = await words(page);
  await page.goto("/");
  await withdraw(page, 100);
  const payment_id = await paid(page, shop);
  const { refund_url } = await shop.refund(payment_id);

  const stranger = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(stranger);
  await stranger.goto(refund_url);
  await stranger.getByRole("button", { name: "Claim 100 DEMO" }).click();
  await expect(stranger.getByRole("alert")).toContainText("This refund belongs to the wallet that paid.");
  await stranger.context().close();

  // The device is lost. The link waits until the wallet is restored from its recovery phrase.
  const phone = await (await browser.newContext({ baseURL })).newPage();
  await phone.goto(refund_url);
  await expect(phone.getByText("A refund is waiting for you. Restore the wallet that paid to claim it.")).toBeVisible();
  await phone.getByRole("button", { name: "Restore a wallet" }).click();
  await phone.getByLabel("Recovery phrase").fill(phrase);
  await phone.getByRole("button", { name: "Restore", exact: true }).click();
  await phone.getByRole("button", { name: /Use this empty wallet|Done/ }).click();
  await phone.getByRole("button", { name: "Claim 100 DEMO" }).click();
  await expect(phone.getByRole("heading", { name: "Refunded" })).toBeVisible();
  await phone.getByRole("button", { name: "Done" }).click();
  await expectBalance(phone, 100);
  await phone.context().close();
});

test("a payer proves the payment anonymously", async ({ page, browser, baseURL }) => {
  const shop = shopOf(baseURL!);
  await makeWallet(page);
  await withdraw(page, 100);
  const payment_id = await paid(page, shop);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: /Payment to The Bakery/ }).click();
  const open = page.getByRole("button", { name: "Prove that you paid" });
  await open.click();
  await expect(open).toHaveAttribute("aria-expanded", "true");
  await expect(page.getByText("proves to https://shop.example that you paid")).toBeVisible();
  await page.getByLabel("The shop's question").fill("Who are you?");
  await page.getByRole("button", { name: "Create the answer" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "This is not a shop's question" })).toBeVisible();
  const challenge = payerChallenge();
  await page.getByLabel("The shop's question").fill(challenge);
  await page.keyboard.press("Enter");
  const answer = page.getByLabel("Your answer for the shop");
  await expect(answer).toHaveValue(/^[\w-]{128}$/);
  await expect(page.getByRole("alert").filter({ hasText: "This is not" })).toHaveCount(0);
  const proof = await answer.inputValue();

  expect(await shop.verifyPayer(payment_id, challenge, proof)).toMatchObject({ payment_id, total: 100 });
  const refused = async (id: string, challenge: string, proof: string) => {
    const error = await shop.verifyPayer(id, challenge, proof).then(() => undefined, (error: EcashError) => error);
    return error?.code;
  };
  expect(await refused(payment_id, payerChallenge(), proof)).toBe("payer_not_proved");
  expect(await refused(payment_id, challenge, proof.slice(0, -4))).toBe("payer_not_proved");
  // Reject the answer for another payment, and the other payer's answer for this one.
  const other = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(other);
  await withdraw(other, 100);
  const others_id = await paid(other, shop);
  await other.getByRole("button", { name: "Done" }).click();
  await other.getByRole("button", { name: /Payment to The Bakery/ }).click();
  await other.getByRole("button", { name: "Prove that you paid" }).click();
  await other.getByLabel("The shop's question").fill(challenge);
  await other.keyboard.press("Enter");
  const others_proof = await other.getByLabel("Your answer for the shop").inputValue();
  await other.context().close();
  expect(await refused(others_id, challenge, others_proof)).toBeUndefined();
  expect(await refused(others_id, challenge, proof)).toBe("payer_not_proved");
  expect(await refused(payment_id, challenge, others_proof)).toBe("payer_not_proved");

  // Offline: accepted for this merchant only, and never with a challenge that can be guessed.
  const receipt = await (await fetch(`${baseURL}/api/v1/payments/${payment_id}/receipt`)).json();
  const { receipt_keys } = await shop.keys();
  const offline = (asked: { merchantId: string; challenge: string; proof: string }) => {
    try {
      return verifyPayer(receipt, receipt_keys!, asked).payment_id;
    } catch (error) {
      return (error as EcashError).code;
    }
  };
  expect(offline({ merchantId: "merchant_bakery", challenge, proof })).toBe(payment_id);
  expect(offline({ merchantId: "merchant_demo", challenge, proof })).toBe("payer_not_proved");
  for (const bad of ["", "???", challenge.slice(1), `${challenge}=`, "A".repeat(88), undefined as unknown as string]) {
    expect(offline({ merchantId: "merchant_bakery", challenge: bad, proof })).toBe("payer_not_proved");
  }
});

test("the wallet finds a refund automatically, and asks about one payment only", async ({ page, baseURL }) => {
  test.setTimeout(120_000);
  const shop = shopOf(baseURL!);
  await page.clock.install();
  await makeWallet(page);
  await withdraw(page, 100);
  const payment_id = await paid(page, shop);
  await page.getByRole("button", { name: "Done" }).click();
  await shop.refund(payment_id, { amount: 40 });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/payments/pay_")) asked.push(request.url());
  });
  await page.goto("/");
  await expectBalance(page, 0);
  // Advance the clock in steps shorter than the wallet's request timeout, so that the response arrives in
  // time.
  await expect(async () => {
    await page.clock.runFor("00:05");
    await expect(page.getByText("A shop has sent you a refund.")).toBeVisible({ timeout: 200 });
  }).toPass({ intervals: [50] });
  expect(new Set(asked).size).toBe(1);
  await page.getByRole("button", { name: "Claim the refund" }).click();
  await page.getByRole("button", { name: "Claim 40 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Refunded" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 40);
});
