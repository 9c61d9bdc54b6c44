import { expect, test } from "vitest";
import { runInOwnProcess } from "../core/own-process.cases.js";

test("where there is no private file system it says so, and keeps no process alive", () => {
  const contents = `
    import { OpfsEnv } from "./opfs-env.js";
    try {
      new OpfsEnv();
    } catch (error) {
      console.log(error.reason);
    }
  `;
  expect(runInOwnProcess(contents, import.meta.dirname)).toEqual([0, "INVALID_CONFIGURATION\n"]);
});
