// The packs that ship, as files.

import { join } from "node:path";
import { projectRoot } from "./bench.ts";

export const SHIPPED_PACKS: readonly string[] = ["b2b-funnel.yaml", "ecommerce-rfm.yaml"].map((name) => join(projectRoot, "rules", name));
