import { expect, test } from "vitest";
import { stateFolderError } from "../../src/flow/disk-trouble.ts";
import { TidemarkError } from "../../src/model/errors.ts";

const system = (code: string): Error => Object.assign(new Error(`${code}: told to, write`), { code, syscall: "write" });

// Bug that mattered (verify, disk-full): a start on a full disk ended as a misuse of the command line, with exit 2, after which a
// supervisor does not try again when there is room.
test.each(["ENOSPC", "EDQUOT", "EIO", "EROFS"])("%s is the disk's fault: exit 1, and the hint says to free space", (code) => {
  const error = stateFolderError("The state folder /x cannot be locked", system(code));
  expect(error).toMatchObject({ code: "DISK_FAILED", exit: 1, message: `The state folder /x cannot be locked: ${code}: told to, write.` });
});

test.each(["EACCES", "ENOTDIR"])("%s is a folder that was named wrongly: exit 2", (code) => {
  expect(stateFolderError("The state folder /x cannot be used", system(code))).toMatchObject({ code: "FILE_UNREADABLE", exit: 2 });
});

test("what is an error of ours already stays it", () => {
  const locked = new TidemarkError("STATE_LOCKED", "somebody is there");
  expect(stateFolderError("x", locked)).toBe(locked);
});
