// A file of ours as text: not too large, UTF-8, or one problem that says so. What stands in it is not here.

import { readFileSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { TidemarkError } from "../model/errors.ts";
import type { Problem } from "./definition.ts";
import { MAX_PACK_BYTES } from "./yaml-source.ts";

export type SourceFile = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problems: readonly Problem[] };

/** `what` it is: "pack". Throws FILE_UNREADABLE. */
export function readSourceFile(path: string, what: string): SourceFile {
  const bytes = readBytes(path, what);
  if (bytes.length > MAX_PACK_BYTES)
    return refused(path, "too-large", "the file is larger than 1 MB", `a ${what} is a few hundred lines: is this the right file?`);
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA")
      return refused(path, "not-text", "the file is not UTF-8 text", "save it as UTF-8");
    throw error;
  }
}

function readBytes(path: string, what: string): Uint8Array {
  try {
    if (statSync(path).isDirectory()) throw new Error("it is a folder");
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // Paths start at the working directory, and whoever started in another one must see where that led.
    const meant = code === "ENOENT" && !isAbsolute(path) ? `, which is ${resolve(path)} here` : "";
    throw new TidemarkError("FILE_UNREADABLE", `cannot read the ${what} ${path}${meant}${code === undefined ? `: ${message}` : ` (${code})`}`, { cause });
  }
}

function refused(file: string, code: string, message: string, hint: string): SourceFile {
  return { ok: false, problems: [{ file, line: 1, column: 1, code, message, hint }] };
}
