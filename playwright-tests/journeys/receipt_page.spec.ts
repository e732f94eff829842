// The page that verifies receipts: served by the mint, and saved as one file that works offline.
import { writeFile } from "node:fs/promises";
import { expect, test, type Page } from "@playwright/test";
import { Ecash, verifyReceipt, verifyRefundReceipt } from "../../checkout/server/index.js";
import { look } from "./look";
import { makeWallet, withdraw } from "./wallet";

async function paste(page: Page, receipt: unknown) {
  await page.getByLabel("Text of the receipt").fill(typeof receipt === "string" ? receipt : JSON.stringify(receipt));
  await page.getByRole("button", { name: "Check" }).click();
}

test("genuine receipts are accepted and changed ones rejected, also by a saved page offline", async ({ page, browser, baseURL }) => {
  const shop = new Ecash({ mint: baseURL!, key: process.env.ECASH_API_KEY! });
  const payment = await shop.createPayment({ amount: 100, description: "Two <b>loaves</b>" });
  await makeWallet(page);
  await withdraw(page, 100);
  await page.goto(payment.checkout_url);
  await page.getByRole("button", { name: "Pay 100 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await shop.refund(payment.payment_id, { amount: 50, reason: "Stale" });
  const read = async (query = "") => (await page.request.get(`/api/v1/payments/${payment.payment_id}/receipt${query}`)).json();
  const [receipt, refund] = [await read(), await read("?refund=1")];
  const { receipt_keys } = await (await page.request.get("/api/v1/keys")).json();
  expect(verifyRefundReceipt(refund, receipt_keys)).toMatchObject({ refund_amount: 50, reason: "Stale" });
  expect(() => verifyReceipt(refund, receipt_keys)).toThrow("not a receipt of a payment");
  expect(() => verifyRefundReceipt(receipt, receipt_keys)).toThrow("not a receipt of a refund");

  await page.goto("/receipt");
  const file = test.info().outputPath("receipt.json");
  await writeFile(file, JSON.stringify(receipt));
  await page.getByLabel("Receipt (a .json file)").setInputFiles(file);
  await expect(page.getByRole("heading", { name: "Genuine: 100 DEMO" })).toBeFocused();
  await expect(page.getByText("Two <b>loaves</b>")).toBeVisible();
  await page.getByText("Paste it as text").click();
  await look(page, "28-receipt-page");
  await paste(page, { ...receipt, total: 1000, amount: 1000 });
  await expect(page.getByRole("heading", { name: "This proves nothing" })).toBeVisible();
  await expect(page.getByText("This receipt was changed")).toBeVisible();
  await look(page, "29-receipt-refused");
  await paste(page, refund);
  await expect(page.getByRole("heading", { name: "Genuine: 50 DEMO" })).toBeVisible();
  await paste(page, "{}");
  await expect(page.getByText("This is not a receipt")).toBeVisible();
  await paste(page, receipt);
  await expect(page.getByRole("heading", { name: "Genuine: 100 DEMO" })).toBeVisible();
  await paste(page, { ecash_receipt: 1, kind: "payment", signature: "x" });
  await expect(page.getByRole("heading", { name: "This proves nothing" })).toBeVisible();
  expect(() => verifyReceipt({ ecash_receipt: 1, kind: "payment", signature: "x" }, receipt_keys)).toThrow("not a receipt of a payment");
  await paste(page, { ...receipt, institution_id: "inst_other" });
  await expect(page.getByText("not a key of this mint")).toBeVisible();

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save this page" }).click();
  const saved = test.info().outputPath("receipts.html");
  await (await downloading).saveAs(saved);
  const context = await browser.newContext({ offline: true });
  const alone = await context.newPage();
  await alone.goto(`file://${saved}`);
  await alone.getByText("Paste it as text").click();
  await paste(alone, receipt);
  await expect(alone.getByRole("heading", { name: "Genuine: 100 DEMO" })).toBeVisible();
  await paste(alone, { ...receipt, description: "Three loaves" });
  await expect(alone.getByRole("heading", { name: "This proves nothing" })).toBeVisible();
  await context.close();
});
