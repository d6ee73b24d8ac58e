import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { toolCommand } from "../../compile/tool.mjs";

const ROOT = dirname(dirname(import.meta.dirname));
/** The field at fault is named in so many characters: the types after it may be long. */
const READ_CHARS = 80;

interface Mistake {
  readonly name: string;
  /** A line of {@link PLUGIN} and what stands there instead. */
  readonly line: string;
  readonly wrong: string;
  /** What the message must say: the field at fault. */
  readonly says: RegExp;
  readonly plugin?: string;
  /** The line that the error is told at, if it is another. */
  readonly toldAt?: string;
}

const HEAD = `import { column, definePlugin, type StandardSchema, table } from "@custos/sdk";

declare const config: StandardSchema<{ readonly paths: readonly string[] }>;
const Call = table({
  doc: "A call",
  time: "At",
  columns: {
    At: column.time({ class: "public" }),
    Caller: column.string({ class: "personal" }),
    Seconds: column.int({ class: "public", optional: true }),
  },
});
const about = { name: "calls", version: "1.0.0", summary: "Calls", config, needs: {} };
const tables = { Call };
`;

const STREAM = `${HEAD}
export const plugin = definePlugin.stream({
  ...about,
  tables,
  start: () => 0,
  async *stream({ emit, write, config }, cursor) {
    emit.Call({ At: 0, Caller: "a" });
    write.Call.columns.At.set(0);
    write.Call.columns.Caller.set(config.paths[0] ?? "");
    write.Call.endRow();
    yield await Promise.resolve(cursor);
  },
});
`;

const LISTEN = `${HEAD}
export const plugin = definePlugin.listen({
  ...about,
  tables,
  lossy: true,
  listen: async ({ emit }) => await Promise.resolve(emit.Call({ At: 0, Caller: "a" })),
});
`;

const mistakes: readonly Mistake[] = [
  {
    name: "a column without class",
    line: `    Caller: column.string({ class: "personal" }),`,
    wrong: `    Caller: column.string({}),`,
    says: /class/,
  },
  {
    name: "a class that there is not",
    line: `    Caller: column.string({ class: "personal" }),`,
    wrong: `    Caller: column.string({ class: "private" }),`,
    says: /"private"/,
  },
  {
    name: "a time that names no column",
    line: `  time: "At",`,
    wrong: `  time: "When",`,
    says: /"When"/,
  },
  {
    name: "a time that names another kind of column",
    line: `  time: "At",`,
    wrong: `  time: "Caller",`,
    says: /"Caller"/,
  },
  {
    name: "a value of another type",
    line: `    emit.Call({ At: 0, Caller: "a" });`,
    wrong: `    emit.Call({ At: 0, Caller: 5 });`,
    says: /number.*string/,
  },
  {
    name: "a column that was forgotten",
    line: `    emit.Call({ At: 0, Caller: "a" });`,
    wrong: `    emit.Call({ At: 0 });`,
    says: /Caller/,
  },
  {
    name: "a column that there is not",
    line: `    emit.Call({ At: 0, Caller: "a" });`,
    wrong: `    emit.Call({ At: 0, Caller: "a", Callee: "b" });`,
    says: /Callee/,
  },
  {
    name: "a table that there is not",
    line: `    emit.Call({ At: 0, Caller: "a" });`,
    wrong: `    emit.Calls({ At: 0, Caller: "a" });`,
    says: /Calls/,
  },
  {
    name: "a time column that is given text",
    line: `    write.Call.columns.At.set(0);`,
    wrong: `    write.Call.columns.At.set("0");`,
    says: /string.*number/,
  },
  {
    name: "a string column that is given a number",
    line: `    write.Call.columns.Caller.set(config.paths[0] ?? "");`,
    wrong: `    write.Call.columns.Caller.set(0);`,
    says: /number.*string/,
  },
  {
    name: "a setting that there is not",
    line: `    write.Call.columns.Caller.set(config.paths[0] ?? "");`,
    wrong: `    write.Call.columns.Caller.set(config.path);`,
    says: /path/,
  },
  {
    name: "a first cursor that is no JSON",
    line: `  start: () => 0,`,
    wrong: `  start: () => new Map<string, number>(),`,
    says: /Map/,
  },
  {
    name: "a cursor that is no JSON",
    line: `    yield await Promise.resolve(cursor);`,
    wrong: `    yield await Promise.resolve(() => cursor);`,
    toldAt: "  async *stream(",
    says: /=> number/,
  },
  {
    name: "a cursor of another type than the first",
    line: `    yield await Promise.resolve(cursor);`,
    wrong: `    yield await Promise.resolve("1");`,
    toldAt: "  async *stream(",
    says: /string.*number/,
  },
  {
    name: "a listener that is not lossy",
    plugin: LISTEN,
    toldAt: "export const plugin",
    line: `  lossy: true,`,
    wrong: ``,
    says: /lossy/,
  },
];

const folder = mkdtempSync(join(tmpdir(), "custos-types-"));
after(() => rmSync(folder, { recursive: true }));

/** An error and the lines that explain it, each closer to the cause. */
const ERROR = /^(\S.*)\((\d+),\d+\): error TS\d+: (.*\n(?: .*\n)*)/gm;

interface Told {
  readonly line: number;
  /** The last line. */
  readonly text: string;
}

/** What the compiler says of each file, by name. */
function compile(files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly Told[]> {
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const options = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      paths: { "@custos/sdk": [join(ROOT, "sdk/mod.ts")] },
      typeRoots: [join(ROOT, "node_modules"), join(ROOT, "node_modules/@types")],
    },
    include: [join(folder, "*.ts")],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  const [program = "", ...args] = toolCommand("typescript");
  // The compiler's launcher is a program for Node: under Bun it runs in Bun.
  const { stdout } = spawnSync(program, [...args, "-p", folder, "--pretty", "false"], {
    encoding: "utf8",
    env: process.env,
  });
  const told = new Map<string, Told[]>([...files.keys()].map((name) => [name, []]));
  for (const [, path, line, text] of stdout.matchAll(ERROR)) {
    const name = path!.split("/").at(-1)!;
    const known = told.get(name);
    assert.ok(known !== undefined, `error in ${path}: ${text}`);
    known.push({ line: Number(line), text: text!.trimEnd().split("\n").at(-1)!.trim() });
  }
  return told;
}

const files = new Map([["stream.ts", STREAM], ["listen.ts", LISTEN]]);
for (const [i, { line, wrong, plugin = STREAM }] of mistakes.entries()) {
  const found = plugin.split(`${line}\n`);
  assert.equal(found.length, 2, line);
  files.set(`mistake${i}.ts`, found.join(`${wrong}\n`));
}
const told = compile(files);

test("a plugin without mistake compiles", () => {
  assert.deepEqual([told.get("stream.ts"), told.get("listen.ts")], [[], []]);
});

for (const [i, mistake] of mistakes.entries()) {
  const { name, line, says, plugin = STREAM, toldAt = line } = mistake;
  test(`a plugin with ${name} gives one readable error at its place`, () => {
    const errors = told.get(`mistake${i}.ts`) ?? [];
    const place = plugin.slice(0, plugin.indexOf(toldAt)).split("\n").length;
    assert.deepEqual(errors.map((error) => error.line), [place], JSON.stringify(errors));
    assert.match(errors[0]!.text.slice(0, READ_CHARS), says);
  });
}
