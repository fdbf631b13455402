// A process of its own that takes the lock on the folder it is given, says so, and holds it until it is told to let go.
// With "busy" it holds it without ever getting back to its event loop.

import { lockStateFolder } from "../../src/flow/state-lock.ts";

const [folder = "", mode] = process.argv.slice(2);
try {
  const lock = await lockStateFolder(folder);
  process.stdout.write("locked\n");
  if (mode === "busy") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  process.stdin.once("data", async () => {
    await lock.release();
    process.stdin.destroy();
  });
} catch (error) {
  process.stdout.write(`${(error as { code?: string }).code}: ${(error as Error).message}\n`);
}
