// Memory of typed arrays, by difference. What growth has left behind is collected first, or it would count too.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that all typed arrays of this process hold. */
export function arrayBytes(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}
