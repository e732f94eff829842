// Builds the element: dist/ecash-checkout.js and its types for npm, and dist/site/ for mints to serve. Also
// builds dist/receipt/, the page that verifies receipts.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

/** Maximum transfer size of the module, so that it does not delay shops' pages. */
const MAX_BROTLI_BYTES = 9 * 1024;

const here = new URL(".", import.meta.url);
const at = (path) => new URL(path, here).pathname;
const { version } = JSON.parse(readFileSync(at("package.json"), "utf8"));

rmSync(at("dist"), { recursive: true, force: true });
execFileSync("tsc", ["--project", here.pathname], { stdio: "inherit" });
await build({
  entryPoints: [at("src/element.ts")],
  outfile: at("dist/ecash-checkout.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
});

const module = readFileSync(at("dist/ecash-checkout.js"));
const bytes = brotliCompressSync(module).length;
console.log(`  the checkout element as transferred: ${bytes} bytes (brotli)`);
if (bytes > MAX_BROTLI_BYTES) throw new Error(`the checkout element has ${bytes} bytes (brotli); the limit is ${MAX_BROTLI_BYTES}`);

const hash = createHash("sha256").update(module).digest("hex").slice(0, 16);
const integrity = `sha384-${createHash("sha384").update(module).digest("base64")}`;
const file = `ecash-checkout-${version}-${hash}.js`;
const major = version.split(".")[0];
mkdirSync(at(`dist/site/${major}`), { recursive: true });
// Shops pin a module by its name and integrity, so released modules are served indefinitely. A changed module
// needs a new version.
const released = existsSync(at("released")) ? readdirSync(at("released")) : [];
for (const name of released) {
  if (name.startsWith(`ecash-checkout-${version}-`) && name !== file) throw new Error(`${name} is already released with other content; increase the version`);
  copyFileSync(at(`released/${name}`), at(`dist/site/${name}`));
}
// Serve the module under a permanent name, which pages can pin by its integrity, and under the major version,
// which gets fixes.
writeFileSync(at(`dist/site/${file}`), module);
writeFileSync(at(`dist/site/${major}/ecash-checkout.js`), module);
writeFileSync(at("dist/site/integrity.json"), `${JSON.stringify({ version, file, integrity }, null, 2)}\n`);

await build({ entryPoints: [at("receipt/receipt.js")], outfile: at("dist/receipt/receipt.js"), bundle: true, format: "esm", target: "es2022" });
for (const name of ["index.html", "receipt.css"]) copyFileSync(at(`receipt/${name}`), at(`dist/receipt/${name}`));
