// Writes screenshots of a screen, light and dark, to playwright-tests/looks/ for manual review. Also checks
// that the screen fits its width and passes the accessibility checks.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

export async function look(page: Page, name: string) {
  const project = test.info().project.name;
  // On a phone, the window grows with a page that is too wide, but the screen does not.
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth > Math.min(window.innerWidth, window.screen.width),
  );
  expect(wide, `${name} scrolls sideways`).toBe(false);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
    await page.screenshot({ path: `looks/${project}-${colorScheme}-${name}.png`, fullPage: true });
  }
}
