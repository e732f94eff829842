// One tab owns the wallet at a time: the visible one.
import { expect, test, type Page } from "@playwright/test";
import { askForPayment, openLinkFrom } from "./shop";
import { expectBalance, makeWallet, withdraw } from "./wallet";

const elsewhere = (page: Page) => page.getByRole("heading", { name: "The wallet is open in another tab" });
const takeOver = (page: Page) => page.getByRole("button", { name: "Use the wallet here" }).click();

test("r24: the visible tab gets the wallet, and the other tab can take it back", async ({ context, page }) => {
  await makeWallet(page);
  await withdraw(page, 10);
  const second = await context.newPage();
  await second.goto("/");
  await expectBalance(second, 10);
  await expect(elsewhere(page)).toBeVisible();
  await takeOver(page);
  await expectBalance(page, 10);
  await expect(elsewhere(second)).toBeVisible();
  // A third tab is next, not the one that has waited longer.
  const third = await context.newPage();
  await third.goto("/");
  await expectBalance(third, 10);
  await expect(elsewhere(page)).toBeVisible();
  await expect(elsewhere(second)).toBeVisible();
  await third.close();
  const waiting = async () => (await elsewhere(page).count()) + (await elsewhere(second).count());
  await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
});

test("r24: a shop's link is paid although the wallet is open in another tab", async ({ context, page }) => {
  await makeWallet(page);
  await withdraw(page, 100);
  const payment = await askForPayment(page, { amount: 50 });
  const shop = await context.newPage();
  await openLinkFrom(shop, "https://shop.example", payment.checkout_url);
  await shop.getByRole("button", { name: "Pay 50 DEMO" }).click();
  await expect(shop.getByRole("heading", { name: "Paid" })).toBeVisible();
  await takeOver(page);
  await expectBalance(page, 50);
});

test("r24: a busy tab finishes first", async ({ context, page }) => {
  await makeWallet(page);
  await withdraw(page, 50);
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/api/v1/withdraw", async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await page.getByLabel("Amount").fill("100");
  await page.getByRole("button", { name: "Withdraw 100" }).click();
  const second = await context.newPage();
  await second.goto("/");
  await expect(elsewhere(second)).toBeVisible();
  await expect(second.getByText("Asking the other tab")).toBeVisible();
  answer();
  await expectBalance(second, 150);
  await expect(elsewhere(page)).toBeVisible();
});

test("r24: a suspended tab loses the wallet and can no longer write", async ({ context, page }) => {
  await makeWallet(page);
  await withdraw(page, 50);
  const suspended = await context.newCDPSession(page);
  await suspended.send("Page.setWebLifecycleState", { state: "frozen" });
  const second = await context.newPage();
  await second.goto("/");
  await expectBalance(second, 50);
  await withdraw(second, 50);
  await suspended.send("Page.setWebLifecycleState", { state: "active" });
  await expect(elsewhere(page)).toBeVisible();
  await takeOver(page);
  await expectBalance(page, 100);
});

test("r24: the wallet waits for a tab of an earlier version, which cannot hand over", async ({ context, page }) => {
  await page.goto("/favicon.svg");
  await page.evaluate(() => void navigator.locks.request("ecash-wallet", () => new Promise(() => {})));
  const second = await context.newPage();
  await second.goto("/");
  await expect(second.getByText("The other tab runs an earlier version")).toBeVisible();
  await expect(second.getByRole("button", { name: "Use the wallet here" })).toBeDisabled();
  await page.close();
  await expect(second.getByRole("button", { name: "Create a wallet" })).toBeVisible();
});
