import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { normalise, tokenMaker, tokenText } from "../../sdk/scrub/token.ts";
import { EXIT, parseCall, UsageError } from "./command.ts";
import { scrub } from "./scrub.ts";

async function run(...words: readonly string[]) {
  let out = "";
  let err = "";
  const code = await scrub.run({
    ...parseCall(scrub, words),
    signal: new AbortController().signal,
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: (line) => void (err += `${line}\n`),
  });
  return { code, out, err };
}

/** What a line of `--output json` may have. */
interface Told {
  readonly text: string;
  readonly source: string;
  readonly column: string;
  readonly treatment: string;
  readonly why: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly found: readonly Readonly<Record<string, unknown>>[];
  readonly dropped: readonly unknown[];
  readonly line: number;
  readonly error: { readonly code: string; readonly message: string };
}

function toldIn(out: string): readonly Told[] {
  return out.trim().split("\n").map((line) => JSON.parse(line) as Told);
}

const KEY = "07".repeat(32);
const KEY_BYTES = new Uint8Array(Buffer.from(KEY, "hex"));
const tokenOf = (kind: string, value: string): string =>
  tokenText(
    kind,
    1,
    tokenMaker({ epoch: 1, bytes: KEY_BYTES }, kind)(normalise(kind, Buffer.from(value))),
  );

/** A config of syslog and IIS; the agent has run if there is a `key`. */
function place(columns: Readonly<Record<string, string>>, key?: string) {
  const path = mkdtempSync(join(tmpdir(), "custos-scrub-"));
  const file = join(path, "custos.yaml");
  const config = {
    version: 1,
    agent: { data_dir: "data", host: "web1" },
    scrub: { columns },
    sources: {
      syslog: { config: { listen: ["udp:127.0.0.1:5514"] } },
      web: { plugin: "iis", config: { files: [join(path, "*.log")] } },
    },
  };
  writeFileSync(file, JSON.stringify(config, null, 2));
  mkdirSync(join(path, "data"));
  if (key !== undefined) writeFileSync(join(path, "data", "token.key"), key);
  return { path, file, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("try shows a text as it would leave, with the agent's own tokens and places", async () => {
  using at = place({}, KEY);
  const token = tokenOf("user", "anna@example.com");
  const words = ["try", "é by anna@example.com now", "-c", at.file];
  const text = await run(...words);
  assert.deepEqual(text, {
    code: EXIT.ok,
    out: `é by «${token}» now\n  user 6..22 ${token}\n`,
    err: "",
  });
  const json = await run(...words, "--output", "json");
  assert.deepEqual(toldIn(json.out)[0], {
    text: `é by ${token} now`,
    found: [{ kind: "user", start: 6, end: 22, token }],
  });
});

test("try prints values in clear only when it is asked to", async () => {
  using at = place({}, KEY);
  const event = JSON.stringify({ HostName: "a", SyslogMessage: "by anna@example.com" });
  for (const form of ["json", "text"]) {
    for (const what of [["anna@example.com"], [event, "--table", "Syslog"]]) {
      const words = ["try", ...what, "-c", at.file, "--output", form];
      assert.doesNotMatch((await run(...words)).out, /anna/);
      assert.match((await run(...words, "--plain")).out, /anna@example\.com/);
    }
  }
});

test("try asks for the table of an event whose source has several", async () => {
  using at = place({}, KEY);
  const row = { HostName: "a", SyslogMessage: "by anna@example.com" };
  const words = ["-c", at.file, "--source", "syslog"];
  const unnamed = await run("try", JSON.stringify(row), ...words);
  assert.deepEqual([unnamed.code, unnamed.out], [EXIT.failed, ""]);
  assert.match(
    unnamed.err,
    /^Line 1: .* must be of Syslog or CommonSecurityLog: name it by --table/,
  );
  assert.doesNotMatch(unnamed.err, /anna/);
  for (
    const named of [
      [JSON.stringify(row), "--table", "Syslog"],
      [JSON.stringify({ table: "Syslog", row })],
    ]
  ) {
    const { code, out } = await run("try", ...named, ...words);
    assert.equal(code, EXIT.ok);
    assert.match(out, /^syslog: Syslog\n {2}HostName = a\n/m);
  }
});

test("try says that its key is thrown away, and makes none", async () => {
  using at = place({});
  const { err, out } = await run("try", "anna@example.com", "-c", at.file);
  assert.match(err, /^No agent's token key is here/);
  assert.notEqual(out, (await run("try", "anna@example.com", "-c", at.file)).out);
  assert.deepEqual(readdirSync(join(at.path, "data")), []);
});

test("try makes no keys of an agent that waits for its key holder", async () => {
  using at = place({});
  writeFileSync(join(at.path, "data", "agent.key"), KEY);
  const config = readFileSync(at.file, "utf8");
  writeFileSync(at.file, config.replace('"scrub": {', `"scrub": { "holder": "${KEY}",`));
  assert.match((await run("try", "x", "-c", at.file)).err, /^No agent's token key is here/);
  assert.deepEqual(readdirSync(join(at.path, "data")), ["agent.key"]);
});

test("try refuses a damaged token key and does not go on with another", async () => {
  using at = place({}, "nothing");
  await assert.rejects(run("try", "x", "-c", at.file), { name: "IdentityError", code: "key" });
});

test("try scrubs an event by class, policy and carry-over", async () => {
  using at = place({ "W3CIISLog.csUriStem": "drop" }, KEY);
  const event = {
    TimeGenerated: "2026-11-29T01:02:03Z",
    cIP: "203.0.113.7",
    csUserName: "CONTOSO\\annalisa",
    csUriStem: "/x",
    csUriQuery: "who=annalisa",
    Nobody: "declares this",
  };
  const { out } = await run(
    ...["try", JSON.stringify(event), "-c", at.file, "--source", "web", "--output", "json"],
  );
  const told = toldIn(out)[0]!;
  assert.equal(told.row["TimeGenerated"], "2026-11-29T01:02:03Z");
  assert.equal(told.row["csUserName"], tokenOf("user", "CONTOSO\\annalisa"));
  assert.equal(told.row["csUriQuery"], `who=${tokenOf("user", "annalisa")}`);
  assert.equal(told.row["cIP_Category"], "documentation");
  const finds = told.found.map(({ column, kind, start, end }) =>
    [column, kind, start, end].join(" ")
  );
  assert.deepEqual(finds.toSorted(), [
    "cIP ip 0 11",
    "csUriQuery user 4 12",
    "csUserName user 0 16",
  ]);
  assert.deepEqual(told.dropped, [
    { column: "csUriStem", why: "policy" },
    { column: "Nobody", why: "its table does not declare it" },
  ]);
});

test("try tells of each event that is none, and goes on", async () => {
  using at = place({}, KEY);
  const wrong = [
    ["{anna", "json", /must be a JSON object/],
    ["[1]", "json", /must be a JSON object/],
    ['{"sPort":"anna"}', "value", /"sPort" must be a /],
    ['{"TimeGenerated":"anna"}', "value", /"TimeGenerated" must be a datetime/],
    ['{"table":"anna","row":{}}', "table", /must be of W3CIISLog/],
  ] as const;
  const words = ["-c", at.file, "--source", "web", "--output", "json"];
  const { code, out } = await run(
    "try",
    ...wrong.map(([line]) => line),
    '{"csMethod":"GET"}',
    ...words,
  );
  assert.equal(code, EXIT.failed);
  const lines = toldIn(out);
  for (const [i, [, errorCode, message]] of wrong.entries()) {
    const { line, error } = lines[i]!;
    assert.equal(line, i + 1);
    assert.equal(error.code, errorCode);
    assert.match(error.message, message);
  }
  assert.doesNotMatch(out, /anna/);
  assert.equal(lines.at(-1)?.row["csMethod"], "GET");
});

test("explain says of each column what is done with it and why", async () => {
  using at = place({ "W3CIISLog.csUriStem": "token", "W3CIISLog.csUserName": "token" });
  const { out, code } = await run("explain", "-c", at.file, "--output", "json");
  assert.equal(code, EXIT.ok);
  const lines = toldIn(out);
  const told = (column: string) => {
    const { treatment, why } = lines.find((line) =>
      line.source === "web" && line.column === column
    )!;
    return [treatment, why];
  };
  assert.deepEqual(told("TimeGenerated"), ["keep", "class public"]);
  assert.deepEqual(told("cIP"), ["prefix", "class network"]);
  assert.deepEqual(told("_Raw"), ["scan", "class content"]);
  assert.deepEqual(told("csCookie"), ["drop", "class secret"]);
  assert.deepEqual(told("csUriStem"), ["token", `policy ${at.file}:9`]);
  assert.deepEqual(told("csUserName"), [
    "token",
    `class personal, its floor; ${at.file}:10 asks no more`,
  ]);
  const syslog = await run("explain", "-c", at.file, "--source", "syslog");
  assert.match(syslog.out, /^syslog: Syslog\n/);
  assert.doesNotMatch(syslog.out, /W3CIISLog/);
});

test("scrub says what is wrong with its words", async () => {
  using at = place({});
  const wrong = [
    [[], /no action is named, must be try, explain, canary/],
    [["shred"], /"shred" is no action/],
    [["try"], /there is no text/],
    [["explain", "x"], /one word too many/],
    [["explain", "--source", "x"], /--source is "x", must be one of syslog, web/],
    [["try", "{}", "--table", "x"], /--table is "x", must be one of Syslog/],
  ] as const;
  for (const [words, message] of wrong) {
    await assert.rejects(run(...words, "-c", at.file), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});
