// Starts the page's WebAssembly. A separate file, because the Content-Security-Policy forbids inline scripts.
const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
try {
  const page = await import(js);
  await page.default({ module_or_path: wasm });
} catch (error) {
  const boot = document.getElementById("boot");
  boot.querySelector("p").textContent = boot.dataset.failed;
  throw error;
}
