import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { formatToken } from "../../sdk/wire/enroll.ts";
import { ConfigError } from "../config/load.ts";
import type { Status } from "../control/protocol.ts";
import { openControl } from "../control/server.ts";
import { IdentityError } from "../identity.ts";
import { openSpool } from "../spool/spool.ts";
import { AGENT, append, keyOf, ONE } from "../spool/test_spool.ts";
import { check } from "./check.ts";
import { type Command, EXIT, parseCall, UsageError } from "./command.ts";
import { enroll } from "./enroll.ts";
import { InputFileError } from "./input_file.ts";
import { read } from "./read.ts";
import { spool, SpoolLookError } from "./spool.ts";

async function run(command: Command, ...words: readonly string[]) {
  let out = "";
  let err = "";
  const code = await command.run({
    ...parseCall(command, words),
    signal: new AbortController().signal,
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: (line) => void (err += `${line}\n`),
  });
  return { code, out, err };
}

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "custos-commands-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const IIS_CASE = fileURLToPath(
  new URL("../../plugins/iis/cases/default_fields/input", import.meta.url),
);

/** A spool of three frames of which the hub has the first; the acknowledgement is not on the disk. */
async function fillSpool(folder: string) {
  await using filled = await openSpool({
    folder: join(folder, "spool"),
    files: nodeFiles(),
    agent: AGENT,
    now: () => 1000,
    schemaJson: () => "[]",
    onChange: () => {},
    limits: { floorBytes: 0 },
  });
  const stream = filled.stream(ONE);
  for (const n of [1, 2, 3]) await append(stream, ONE, [n]);
  return stream.chain().epoch;
}

/** Flips a byte in the middle of the spool's last segment. */
function damage(folder: string): void {
  const segments = readdirSync(join(folder, "spool")).filter((name) => name.endsWith(".seg"));
  const path = join(folder, "spool", segments.toSorted().at(-1)!);
  const bytes = readFileSync(path);
  const at = bytes.lastIndexOf(Buffer.from(ONE.id)) + 40;
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

for (const words of [["ls"], ["verify"], ["export", "--to", "x"], ["export", "--events"]]) {
  test(`spool ${words.join(" ")} refuses a folder without a spool, and makes nothing`, async () => {
    using data = temporary();
    await assert.rejects(run(spool, ...words, "--data-dir", data.path), (error) => {
      assert.ok(error instanceof SpoolLookError);
      assert.ok(error.message.includes(join(data.path, "spool")), error.message);
      assert.match(error.message, /--data-dir/);
      return true;
    });
    assert.deepEqual(readdirSync(data.path), []);
  });
}

test("spool verify makes no key where there is none", async () => {
  using data = temporary();
  mkdirSync(join(data.path, "spool"));
  await assert.rejects(run(spool, "verify", "--data-dir", data.path), IdentityError);
  assert.deepEqual(readdirSync(data.path), ["spool"]);
});

test("spool export says that its file cannot be written", async () => {
  using data = temporary();
  await fillSpool(data.path);
  const target = join(data.path, "nowhere", "x");
  await assert.rejects(run(spool, "export", "--to", target, "--data-dir", data.path), {
    name: "SpoolLookError",
    code: "target",
    message: `Cannot write ${target}: there is no such file or folder, name one that is there`,
  });
});

test("spool export copies all frames; damage is told and exits with 5", async () => {
  using data = temporary();
  await fillSpool(data.path);
  const words = ["export", "--to", join(data.path, "x"), "--data-dir", data.path];
  const whole = await run(spool, ...words);
  assert.deepEqual(whole, { code: EXIT.ok, out: "", err: "3 frames\n" });
  damage(data.path);
  const { code, err } = await run(spool, ...words);
  assert.equal(code, EXIT.integrity);
  assert.match(err, /^Damaged: .* at byte \d+: crc\n2 frames\n$/);
});

test("spool ls tells what the running agent knows to be acknowledged", async () => {
  using data = temporary();
  const epoch = await fillSpool(data.path);
  const words = ["ls", "--data-dir", data.path];
  const alone = await run(spool, ...words);
  assert.equal(alone.out.match(/ waiting\n/g)?.length, 3);
  assert.match(alone.err, /as of the last state record/);
  const held = { stream: keyOf(ONE), epochs: [{ epoch, first: 2 }] };
  const status = { spool: { streams: [held] } } as unknown as Status;
  await using _ = await openControl(data.path, {
    status: () => status,
    reload: () => Promise.reject(new Error("Cannot reload here")),
  });
  const beside = await run(spool, ...words);
  assert.deepEqual(beside.out.match(/(waiting|acknowledged)\n/g), [
    "acknowledged\n",
    "acknowledged\n",
    "waiting\n",
  ]);
  assert.equal(beside.err, "");
});

test("read refuses what is no plain file, each with what would be right", async () => {
  using data = temporary();
  const gzip = join(data.path, "old.log.1");
  writeFileSync(gzip, gzipSync("a\n"));
  const wrong = [
    [join(data.path, "nope"), "missing", /no such file/],
    [join(data.path, "*.nope"), "missing", /no such file/],
    [data.path, "folder", /\*\.log/],
    [gzip, "compressed", /name it .*old\.log\.1\.gz/],
  ] as const;
  for (const [file, code, fix] of wrong) {
    await assert.rejects(run(read, "iis", file), (error) => {
      assert.ok(error instanceof InputFileError);
      assert.equal(error.code, code);
      assert.match(error.message, fix);
      return true;
    });
  }
});

test("read gives the same events of a compressed file, whatever reader its plugin has", async () => {
  using data = temporary();
  const cases = (path: string): string =>
    fileURLToPath(new URL(`../../plugins/${path}`, import.meta.url));
  const inputs = [
    ["iis", IIS_CASE, []],
    ["event_log", cases("event_log/cases/evtx_damaged/input"), []],
    ["call_detail", cases("call_detail/cases/asterisk/input"), []],
  ] as const;
  for (const [plugin, path] of inputs) {
    const plain = await run(read, plugin, path, "--output", "json");
    assert.ok(plain.out.length > 0);
    for (const [ending, pack] of [["gz", gzipSync], ["zst", zstdCompressSync]] as const) {
      const packed = join(data.path, `${basename(path)}.${ending}`);
      writeFileSync(packed, pack(readFileSync(path)));
      const { code, out } = await run(read, plugin, packed, "--output", "json");
      assert.deepEqual([code, out], [plain.code, plain.out]);
      writeFileSync(packed, pack(readFileSync(path)).subarray(0, -12));
      const cut = await run(read, plugin, packed, "--output", "json");
      assert.equal(cut.code, EXIT.degraded);
      assert.match(cut.err, /is cut off at byte \d+ of its content/);
    }
  }
});

test("read uses a token key that is there and makes none", async () => {
  using data = temporary();
  const key = join(data.path, "token.key");
  const words = ["iis", IIS_CASE, "--at", "scrubbed", "--token-key", key, "--output", "json"];
  await assert.rejects(run(read, ...words), { code: "key" });
  assert.equal(existsSync(key), false);
  writeFileSync(key, "00".repeat(32));
  const [first, second] = [await run(read, ...words), await run(read, ...words)];
  assert.equal(first.code, EXIT.ok);
  assert.equal(first.out, second.out);
});

test("read tells a wrong setting in plain words", async () => {
  await assert.rejects(run(read, "iis", IIS_CASE, "--set", "startAt=[1]"), {
    message: /^startAt is a list, must be /,
  });
  await assert.rejects(run(read, "iis", IIS_CASE, "--set", "startAt"), { message: /KEY=VALUE/ });
});

const WRONG_WORDS = [
  [["--nope"], "there is no option --nope"],
  [["-x"], "there is no option -x"],
  [["--to"], "--to needs a value, such as --to=VALUE"],
  [["--to", "--events"], "--to needs a value, such as --to=VALUE"],
  [["--events=1"], "--events takes no value"],
] as const;

for (const [words, message] of WRONG_WORDS) {
  test(`parseCall() says what is wrong with ${words.join(" ")}`, () => {
    assert.throws(() => parseCall(spool, words), { name: "UsageError", message });
  });
}

test("check says that there is no such config, without a line", async () => {
  using data = temporary();
  const file = join(data.path, "custos.yaml");
  await assert.rejects(run(check, "-c", file), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.ok(error.message.startsWith(`Cannot read config ${file}: there is no such file`));
    assert.match(error.message, /-c FILE/);
    return true;
  });
});

test("enroll goes to --hub, else to the hub of the config, else says what is missing", async () => {
  using data = temporary();
  const file = join(data.path, "custos.yaml");
  const tokenFile = join(data.path, "token");
  const words = ["-c", file, "--token-file", tokenFile];
  const base = "version: 1\nagent: {data_dir: data}\nsources: {perf_counters: {}}\n";
  writeFileSync(file, base);
  await assert.rejects(run(enroll, ...words), { message: /^--hub is missing/ });
  await assert.rejects(run(enroll, ...words, "--hub", "hub:1"), { message: /wss:\/\// });
  writeFileSync(file, `${base}hub: {url: "wss://127.0.0.1:1"}\n`);
  await assert.rejects(run(enroll, ...words), UsageError, "the token file is missing");
  writeFileSync(tokenFile, formatToken({ secret: "a".repeat(52), fingerprint: "0".repeat(64) }));
  await assert.rejects(run(enroll, ...words), {
    code: "unreachable",
    message: "Cannot reach hub 127.0.0.1:1: the hub refuses the connection (ECONNREFUSED)",
  });
});
