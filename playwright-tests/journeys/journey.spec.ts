// Withdraws 100, pays 30, and still holds 70 after a reload. The mint rejects the spent tokens.
import { expect, test } from "@playwright/test";
import { expectBalance, makeWallet, pay, withdraw } from "./wallet";

test("withdraw, pay exactly, get change, reload", async ({ page }) => {
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  let redeem = "";
  page.on("request", (request) => {
    if (request.url().endsWith("/api/v1/redeem")) redeem = request.postData() ?? "";
  });

  await makeWallet(page);
  await withdraw(page, 100);
  await expectBalance(page, 100);
  await pay(page, 30);
  await expect(page.getByRole("heading", { name: "Paid" })).toBeVisible();
  await expect(page.getByText("70 DEMO")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 70);
  await page.reload();
  await expectBalance(page, 70);
  await expect(page.getByText("Payment to merchant_demo")).toBeVisible();

  const again = await page.request.post("/api/v1/redeem", {
    headers: { "content-type": "application/json" },
    data: JSON.parse(redeem),
  });
  expect(again.status()).toBe(409);
  expect((await again.json()).code).toBe("token_already_spent");
  // The console shows no errors, which include violations of the Content-Security-Policy.
  expect(problems).toEqual([]);
});
