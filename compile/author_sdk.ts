/**
 * What a plugin's author is given to work outside a checkout: `@custos/sdk` and its test kit as ESM
 * files with their types, by name of file. It is in every program, and `custos plugin new` writes it.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toolCommand } from "./tool.mjs";

const ENTRIES = { mod: "mod.ts", testkit: "testkit/mod.ts" } as const;

/** Makes it of the checkout at `root`. @throws {Error} If its types cannot be put into one file. */
export async function authorSdk(root: string): Promise<Readonly<Record<string, string>>> {
  const types = typesOf(root);
  const code = await codeOf(root);
  return { ...code, ...types };
}

/** One file each, and what both share. */
async function codeOf(root: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [name, path] of Object.entries(ENTRIES)) {
    const { outputs } = await Bun.build({
      entrypoints: [join(root, "sdk", path)],
      target: "node",
      format: "esm",
      define: { "process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED": '"true"' },
    });
    files[`${name}.js`] = `// @ts-self-types="./${name}.d.ts"\n${await outputs[0]?.text() ?? ""}`;
  }
  return files;
}

function typesOf(root: string): Record<string, string> {
  mkdirSync(join(root, ".custos"), { recursive: true });
  const out = mkdtempSync(join(root, ".custos", "types-"));
  try {
    const config = join(out, "tsconfig.json");
    writeFileSync(config, JSON.stringify(tsconfig(root, out)));
    const [program = "", ...words] = toolCommand("typescript");
    execFileSync(program, [...words, "-p", config], { stdio: ["ignore", "inherit", "inherit"] });
    const of = (path: string): string => join(out, path.replace(/\.ts$/, ".d.ts"));
    const sdk = modulesOf(of(ENTRIES.mod), new Map());
    const kit = modulesOf(of(ENTRIES.testkit), sdk);
    // The same declarations, not the like of them: a plugin is one to both.
    const shared = sharedBy(kit, sdk);
    const from = `import type { ${[...shared].join(", ")} } from "./mod.d.ts";\n`;
    return {
      "mod.d.ts": oneFile(sdk, of(ENTRIES.mod), shared),
      "testkit.d.ts": from + oneFile(kit, of(ENTRIES.testkit), new Set()),
    };
  } finally {
    rmSync(out, { recursive: true });
  }
}

function tsconfig(root: string, outDir: string): object {
  return {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      ...{ noEmit: false, declaration: true, emitDeclarationOnly: true },
      ...{ outDir, rootDir: join(root, "sdk"), typeRoots: [join(root, "node_modules")] },
    },
    files: Object.values(ENTRIES).map((path) => join(root, "sdk", path)),
    include: [],
  };
}

const IMPORT = /^import (?:type )?\{([^}]*)\} from "([^"]+)";\n/gm;
const EXPORT_FROM = /^export (type )?\{([^}]*)\} from "([^"]+)";\n/gm;
const DECLARED =
  /^(?:export )?(?:declare )?(?:abstract )?(?:const|function|class|interface|type|let) (\w+)/gm;

/** Texts of modules by path. */
type Modules = ReadonlyMap<string, string>;

/** Those that `entry` leads to and `others` have not. */
function modulesOf(entry: string, others: Modules): Modules {
  const modules = new Map<string, string>();
  const add = (path: string): void => {
    if (modules.has(path) || others.has(path)) return;
    const text = readFileSync(path, "utf8");
    modules.set(path, text);
    for (const one of importsOf(path, text)) add(one.path);
  };
  add(entry);
  return modules;
}

function importsOf(path: string, text: string) {
  const imports = [...text.matchAll(IMPORT)].map(([, names = "", from = ""]) => ({ names, from }));
  const exports = [...text.matchAll(EXPORT_FROM)].map(([, , names = "", from = ""]) => ({
    names,
    from,
  }));
  return [...imports, ...exports].map(({ names, from }) => {
    if (!from.startsWith(".")) {
      throw new Error(`Cannot put types into one file: ${path} needs those of ${from}`);
    }
    return { names: listed(names), path: join(dirname(path), from.replace(/\.ts$/, ".d.ts")) };
  });
}

function listed(names: string): readonly string[] {
  return names.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** Names that `modules` take from `others`. */
function sharedBy(modules: Modules, others: Modules): ReadonlySet<string> {
  const taken = [...modules].flatMap(([path, text]) => importsOf(path, text))
    .filter((one) => others.has(one.path));
  return new Set(taken.flatMap(({ names }) => names).map((name) => name.replace(/^type /, "")));
}

/**
 * The declarations of `modules`, one after the other, and what `entry` exports of them, `more`
 * besides. Names stay: two modules that declare the same one cannot be in one file.
 */
function oneFile(modules: Modules, entry: string, more: ReadonlySet<string>): string {
  const owners = new Map<string, string>();
  const texts = [...modules].map(([path, text]) => {
    for (const name of new Set([...text.matchAll(DECLARED)].map(([, one = ""]) => one))) {
      const other = owners.get(name);
      if (other !== undefined) {
        throw new Error(`Cannot put types into one file: ${name} is in ${other} and in ${path}`);
      }
      owners.set(name, path);
    }
    return text.replaceAll(IMPORT, "").replaceAll(EXPORT_FROM, "").replaceAll("export {};\n", "")
      .replaceAll(/^export (?=declare|interface|type|abstract)/gm, "")
      .replaceAll(/^(?=const|function|class|let|abstract)/gm, "declare ");
  });
  const own = [...(modules.get(entry) ?? "").matchAll(EXPORT_FROM)].flatMap((
    [, type = "", names = ""],
  ) => listed(names).map((name) => name.startsWith("type ") ? name : `${type}${name}`));
  const bare = new Set(own.map((name) => name.replace(/^type /, "")));
  const all = [
    ...own,
    ...[...more].filter((name) => !bare.has(name)).map((name) => `type ${name}`),
  ];
  return `${texts.join("")}export { ${all.join(", ")} };\n`;
}
