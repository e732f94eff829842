// The wallet in the browser's language, and in a chosen language.
import { expect, test, type Browser } from "@playwright/test";
import { look } from "./look";
import { makeWallet, withdraw } from "./wallet";

async function speaking(browser: Browser, locale: string) {
  return (await browser.newContext({ locale })).newPage();
}

for (const [locale, create, dir] of [
  ["de-AT", "Wallet anlegen", "ltr"],
  ["es-MX", "Crear un monedero", "ltr"],
  ["ar-EG", "أنشئ محفظة", "rtl"],
  ["fr-FR", "Create a wallet", "ltr"],
]) {
  test(`the first screen is shown for ${locale}`, async ({ browser }) => {
    const page = await speaking(browser, locale);
    await page.goto("/");
    await expect(page.getByRole("button", { name: create })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("dir", dir);
  });
}

test("a chosen language is kept, and one that cannot be loaded falls back to English", async ({ page }) => {
  await makeWallet(page);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("combobox", { name: "Language" }).selectOption("Deutsch");
  await expect(page.getByRole("heading", { name: "Einstellungen" })).toBeVisible();
  await page.getByRole("button", { name: "Zurück" }).click();
  await page.reload();
  await expect(page.getByRole("button", { name: "Abheben" })).toBeVisible();
  await page.route("**/text/de.ftl", (route) => route.abort());
  await page.reload();
  await expect(page.getByRole("button", { name: "Withdraw", exact: true })).toBeVisible();
});

test("every screen from right to left, light and dark", async ({ page }) => {
  test.setTimeout(180_000);
  await makeWallet(page);
  await withdraw(page, 660);
  await page.evaluate(() => localStorage.setItem("language", "ar"));
  await page.reload();
  await expect(page.getByText("غير مؤمَّن").or(page.getByText("أمّن مالك"))).toBeVisible();
  await look(page, "rtl-1-home");
  await page.getByRole("button", { name: "أعطِ" }).click();
  await page.getByLabel("المبلغ").fill("50");
  await page.getByRole("button", { name: /^أعطِ .*50/ }).click();
  await expect(page.getByRole("heading", { name: "أُعطي" })).toBeVisible();
  await look(page, "rtl-2-given");
  await page.getByRole("button", { name: "رجوع" }).click();
  await page.getByRole("button", { name: "الإعدادات" }).click();
  await look(page, "rtl-3-settings");
});
