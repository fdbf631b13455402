import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { contactHash, contactProbe } from "../../src/model/contact-hash.ts";

describe("a contact's hashes", () => {
  it("are what docs/privacy.md says, for ever: they stand in logs", () => {
    const expected = createHash("sha256").update("tidemark contact\nuser\nc_42\n").digest("hex").slice(0, 32);
    expect(contactHash({ kind: "user", id: "c_42" })).toBe(expected);
    expect(contactHash({ kind: "user", id: "c_42" })).toBe("b2491711fc01609aa7dab31d5b70eadc");
    expect([contactProbe({ kind: "user", id: "c_42" }), contactProbe({ kind: "anonymous", id: "Ünï-😀" })]).toEqual([3205540657, 837684860]);
  });

  it("tell the kinds apart", () => {
    expect(contactHash({ kind: "anonymous", id: "42" })).not.toBe(contactHash({ kind: "user", id: "42" }));
    expect(contactProbe({ kind: "anonymous", id: "42" })).not.toBe(contactProbe({ kind: "user", id: "42" }));
  });
});
