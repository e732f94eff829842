// Loads the wallet. A file of its own, so that the page needs no inline script.
const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
try {
  const wallet = await import(js);
  await wallet.default({ module_or_path: wasm });
} catch (error) {
  document.querySelector("#boot p").textContent =
    "The wallet could not be loaded. Nothing happened to your money: reload the page, or update the browser.";
  throw error;
}
