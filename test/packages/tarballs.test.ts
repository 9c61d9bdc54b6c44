import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PACKAGES, Project, REPOSITORY } from "./project.js";

/** Found in what is published, each would say where it was built, or be of use to nobody. */
const UNWANTED_NAMES = /\.(test|cases)\.|(^|\/)testing\/|\.map$|\.tsbuildinfo$|(^|\/)src\//;
const TOOLS = join(REPOSITORY, "node_modules/.bin");

describe.each(PACKAGES)("the tarball of packages/%s", (name) => {
  const project = new Project();
  let tarball: string;
  let files: string[];

  beforeAll(async () => {
    tarball = await project.pack(name);
    execFileSync("tar", ["-xzf", tarball], { cwd: project.folder });
    const root = project.path("package");
    files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  });
  afterAll(() => project.remove());

  const read = (file: string) => readFileSync(project.path(`package/${file}`), "utf8");

  it("has its license and its page, and no test", () => {
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    expect(files.filter((file) => UNWANTED_NAMES.test(file))).toEqual([]);
  });

  it("does not say where it was built", () => {
    const places = [REPOSITORY, homedir()].filter((place) => place !== "/");
    expect(files.filter((file) => places.some((place) => read(file).includes(`${place}/`)))).toEqual([]);
  });

  it("runs no script when it is installed, and needs no compiler", () => {
    const { scripts = {}, dependencies = {} } = JSON.parse(read("package.json"));
    expect(Object.keys(scripts).filter((script) => /install|prepare/.test(script))).toEqual([]);
    expect(Object.keys(dependencies).filter((each) => /assemblyscript|typescript|esbuild|gyp/.test(each))).toEqual([]);
  });

  it("is what publint wants", () => {
    const report = execFileSync(join(TOOLS, "publint"), ["--strict", tarball], { encoding: "utf8" });
    expect(report).toContain("All good!");
  });

  it("has types where they are looked for", () => {
    // ESM alone: a require finds it by Node 20.19's own loading of modules.
    const args = [tarball, "--profile", "esm-only", "--format", "json", "--exclude-entrypoints", "./proto/*"];
    const report = JSON.parse(execFileSync(join(TOOLS, "attw"), args, { encoding: "utf8" }));
    const ignored = new Set(["NoResolution:node10", "CJSResolvesToESM:node16-cjs"]);
    const problems = (report.analysis.problems as { kind: string; resolutionKind: string }[]).filter(
      ({ kind, resolutionKind }) => !ignored.has(`${kind}:${resolutionKind}`),
    );
    expect(problems).toEqual([]);
  });
});

it("the client's tarball has the schema", async () => {
  const project = new Project();
  const listing = execFileSync("tar", ["-tzf", await project.pack("client-js")], { encoding: "utf8" });
  const schema = readdirSync(join(REPOSITORY, "proto/vecstore/v1"));
  expect(listing.split("\n")).toEqual(
    expect.arrayContaining(schema.map((file) => `package/dist/proto/vecstore/v1/${file}`)),
  );
  project.remove();
});
