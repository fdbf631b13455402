import { expect, test } from "vitest";
import { configurationPage } from "../../src/cli/config-page.ts";

test("docs/configuration.md is what the schema says (vitest -u writes it)", async () => {
  await expect(configurationPage()).toMatchFileSnapshot("../../docs/configuration.md");
});
