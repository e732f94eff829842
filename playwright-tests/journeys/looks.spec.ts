// Writes screenshots of every screen, light and dark, to playwright-tests/looks/ for manual review. Also
// checks that each screen fits its width and passes the accessibility checks.
import { expect, test, type Page } from "@playwright/test";
import { Ecash, payerChallenge } from "../../checkout/server/index.js";
import { look } from "./look";
import { askForPayment, openLinkFrom } from "./shop";
import { backUp, makeWallet, pay, withdraw } from "./wallet";

const OTHER_WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow";

// Compares the home screen with the pictures in the README. After an intended change, review the screen and
// update the pictures with --update-snapshots.
async function compareWithReadme(page: Page) {
  if (test.info().project.name !== "phone") return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // Tolerate small differences: fonts and the mint's port differ between machines.
    await expect(page).toHaveScreenshot(`wallet-${colorScheme}.png`, { maxDiffPixelRatio: 0.05, scale: "css" });
  }
}

test("every screen, light and dark", async ({ page }) => {
  // Each screen takes two screenshots and two accessibility checks.
  test.setTimeout(240_000);
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Create a wallet" })).toBeVisible();
  await look(page, "1-welcome");
  await page.getByRole("button", { name: "Restore a wallet" }).click();
  await look(page, "2-restore");
  await makeWallet(page);
  await look(page, "3-home-empty");
  await withdraw(page, 660);
  await look(page, "3a-home-not-backed-up");
  await backUp(page, (step) => look(page, `3b-backup-${step}`));
  await pay(page, 30);
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await look(page, "4-paid");
  await page.getByRole("button", { name: "Done" }).click();
  await pay(page, 10, "merchant_unknown");
  await expect(page.getByRole("alert").filter({ hasText: "does not know" })).toBeVisible();
  await look(page, "5-pay-refused");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await look(page, "6-home");
  await compareWithReadme(page);
  await page.getByRole("button", { name: /Payment to merchant_demo/ }).click();
  await look(page, "7-activity");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await expect(page.getByText("Your account holds")).toBeVisible();
  await look(page, "8-withdraw");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await page.getByLabel("Cash as text").fill("hello");
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "ecash1" })).toBeVisible();
  await look(page, "9-receive");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.getByRole("button", { name: "Give", exact: true }).click();
  await page.getByLabel("Amount").fill("50");
  await look(page, "9a-give");
  await page.getByRole("button", { name: /^Give \d/ }).click();
  await expect(page.getByRole("img", { name: /Code worth/ })).toBeVisible();
  await look(page, "9b-given");
  const text = await page.getByLabel("Cash as text").inputValue();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await page.getByLabel("Cash as text").fill(text);
  await look(page, "9c-receive-preview");
  await page.getByRole("button", { name: "Ask for an amount" }).click();
  await page.getByLabel("Amount").fill("12");
  await page.getByLabel("What it is for").fill("Two coffees");
  await look(page, "9d-ask");
  await page.getByRole("button", { name: "Ask for 12 DEMO" }).click();
  await look(page, "9e-asking");
  await page.goto("/#ask=12.DEMO.0.VHdvIGNvZmZlZXM");
  await expect(page.getByRole("heading", { name: "You are asked for 12 DEMO" })).toBeVisible();
  await look(page, "9f-asked");
  await page.getByRole("button", { name: "Do not give" }).click();
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await page.getByLabel("Cash as text").fill(text);
  await page.getByRole("button", { name: "Receive", exact: true }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Show the phrase" }).click();
  await look(page, "10-settings");
  await page.getByRole("button", { name: "Use another recovery phrase" }).click();
  await page.getByLabel("Recovery phrase").fill(OTHER_WORDS);
  await page.getByRole("button", { name: "Restore", exact: true }).click();
  await page.getByRole("button", { name: "Show its recovery phrase" }).click();
  await look(page, "11-other-wallet");
  await page.getByRole("button", { name: "Keep this wallet" }).click();
  await page.route("**/api/v1/{redeem,cancel}", (route) => route.abort());
  await pay(page, 50);
  await expect(page.getByRole("heading", { name: "Not paid yet" })).toBeVisible();
  await look(page, "12-not-paid-yet");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.evaluate(() => (location.hash = "#receive=ecash1AAAA"));
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await look(page, "13-home-waiting");
});

test("screens without a wallet, light and dark", async ({ page }) => {
  await page.goto("/#receive=ecash1AAAA");
  await expect(page.getByText("Cash is waiting for you.")).toBeVisible();
  await look(page, "14-welcome-with-cash");
  await page.getByRole("button", { name: "Restore a wallet" }).click();
  await page.getByLabel("Recovery phrase").fill(OTHER_WORDS);
  await page.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Nothing was found" })).toBeVisible();
  await look(page, "15-nothing-found");
});

test("paying a shop, light and dark", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto("/#pay=pay_x..");
  await expect(page.getByText("Create or restore a wallet to pay it.")).toBeVisible();
  await look(page, "16-welcome-with-payment");
  await makeWallet(page, "This link is damaged");
  await look(page, "17-damaged-link");
  await page.getByRole("button", { name: "Done" }).click();
  const payment = await askForPayment(page, { amount: 200, tip_max: 40 });
  await openLinkFrom(page, "https://shop.example", payment.checkout_url);
  await expect(page.getByText("less than the 200 DEMO")).toBeVisible();
  await look(page, "18-too-little");
  await page.getByRole("button", { name: "Withdraw more first" }).click();
  await page.getByLabel("Amount").fill("300");
  await page.getByRole("button", { name: /^Withdraw \d/ }).click();
  await expect(page.getByText("A payment is waiting for you.")).toBeVisible();
  await look(page, "19-withdrawn-with-payment");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "5 %: 10" }).click();
  await expect(page.getByRole("button", { name: "Pay 210 DEMO" })).toBeEnabled();
  await look(page, "20-checkout");
  await page.getByRole("button", { name: "Pay 210 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await look(page, "21-checkout-paid");
  await page.getByRole("button", { name: "Done" }).click();
  const other = await askForPayment(page, { amount: 10 });
  await openLinkFrom(page, "https://elsewhere.example", other.checkout_url);
  await expect(page.getByText("which is not https://shop.example")).toBeVisible();
  await look(page, "22-from-elsewhere");
});

test("a refund and a proof of payment, light and dark", async ({ page, baseURL }) => {
  test.setTimeout(120_000);
  const shop = new Ecash({ mint: baseURL!, key: process.env.ECASH_API_KEY! });
  const payment = await shop.createPayment({ amount: 100, description: "Two loaves", orderRef: `order ${crypto.randomUUID()}` });
  await page.goto(`/#refund=${payment.payment_id}`);
  await expect(page.getByText("A refund is waiting for you.")).toBeVisible();
  await look(page, "23-welcome-with-refund");
  await makeWallet(page, "Refund");
  await expect(page.getByText("The shop has not refunded this payment.")).toBeVisible();
  await look(page, "24-no-refund");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await withdraw(page, 100);
  await page.goto(payment.checkout_url);
  await page.getByRole("button", { name: "Pay 100 DEMO" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  const { refund_url } = await shop.refund(payment.payment_id, { amount: 50, reason: "One was stale" });
  await page.getByRole("button", { name: /Payment to The Bakery/ }).click();
  await expect(page.getByText("Waiting for you")).toBeVisible();
  await page.getByRole("button", { name: "Prove that you paid" }).click();
  await page.getByLabel("The shop's question").fill(payerChallenge());
  await page.getByRole("button", { name: "Create the answer" }).click();
  await expect(page.getByLabel("Your answer for the shop")).toBeVisible();
  await look(page, "25-payment-with-refund-and-proof");
  await page.goto(refund_url);
  await expect(page.getByRole("button", { name: "Claim 50 DEMO" })).toBeVisible();
  await look(page, "26-refund");
  await page.getByRole("button", { name: "Claim 50 DEMO" }).click();
  await expect(page.getByRole("heading", { name: "Refunded" })).toBeVisible();
  await look(page, "27-refunded");
});
