// Handles one request of the wallet's page (web-wallet/src/browser/stretch.rs), which then terminates this worker to free
// its memory. Every failure, such as too little memory, returns `undefined`: an exception would not reach the page.
import init, { stretch } from "./ecash_passphrase_worker.js";

onmessage = async ({ data }) => {
  let key;
  try {
    await init();
    key = stretch(data.passphrase, data.salt, data.memory_kib, data.passes, data.lanes);
  } catch {
    key = undefined;
  }
  postMessage(key);
};
