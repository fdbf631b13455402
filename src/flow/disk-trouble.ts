// What to call it when the state folder cannot be used. A disk that is full, broken or read-only is DISK_FAILED: the folder is the
// right one, and a start succeeds when the disk is well again. Everything else (a path that is a file, no permission) is a
// mistake of whoever named the folder: FILE_UNREADABLE. Errors that are ours already pass through.

import { TidemarkError } from "../model/errors.ts";

const OF_THE_DISK: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS"]);

/** `what`: the beginning of the sentence, as `The state folder /x cannot be locked`. */
export function stateFolderError(what: string, error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  const code = error instanceof Error && "code" in error && OF_THE_DISK.has(error.code) ? "DISK_FAILED" : "FILE_UNREADABLE";
  return new TidemarkError(code, `${what}: ${error instanceof Error ? error.message : error}.`, { cause: error });
}
