// Creates cash as text with a temporary wallet.
import { expect, type Browser } from "@playwright/test";
import { tokenText } from "./token_text";
import { makeWallet, pay, withdraw } from "./wallet";

/** Returns a cash text of this value. */
export async function cash(browser: Browser, baseURL: string, amount = 60): Promise<string> {
  const page = await (await browser.newContext({ baseURL })).newPage();
  await makeWallet(page);
  await withdraw(page, amount);
  let tokens: any[] = [];
  await page.route("**/api/v1/redeem", (route) => {
    tokens = route.request().postDataJSON().tokens;
    return route.abort();
  });
  await pay(page, amount);
  await expect(page.getByRole("heading", { name: "Not paid yet" })).toBeVisible();
  await page.context().close();
  return tokenText(baseURL, "inst_primary", "DEMO", tokens);
}
