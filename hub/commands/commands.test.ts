import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SCOPES } from "../../sdk/api/scope.ts";
import { createFake, type Fake } from "../api/fakes.ts";
import { type PageServer, servePage } from "../api/serve.ts";
import { openControl } from "../control.ts";
import { CONTROL_FILE, saveListening } from "../listening.ts";
import { openAccess } from "./access_file.ts";
import { type Command, EXIT, parseCall, UsageError } from "./command.ts";
import { agent } from "./agent.ts";
import { alert } from "./alert.ts";
import { key } from "./key.ts";
import { login } from "./login.ts";
import { filterOf, query } from "./query.ts";
import { tableText } from "./table_text.ts";
import { rules } from "./rules.ts";
import { serve } from "./serve.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(command: Command, ...words: readonly string[]): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await command.run({
    ...parseCall(command, words),
    signal: new AbortController().signal,
    now: () => Date.parse("2026-08-01T12:00:00Z"),
    variable: () => undefined,
    out: (text) => out += text,
    err: (line) => err += `${line}\n`,
  });
  return { code, out, err };
}

/** A data folder of a hub that has listened, removed at the end. */
async function folder(): Promise<Disposable & { readonly path: string }> {
  const path = mkdtempSync(join(tmpdir(), "custos-hub-"));
  await using control = openControl(join(path, CONTROL_FILE));
  saveListening(control, { page: "http://127.0.0.1:1", link: "wss://127.0.0.1:2" });
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("key create prints a key that works, once; key remove ends it", async () => {
  using data = await folder();
  const made = await run(key, "create", "--scopes", "events:read,status:read", "--data", data.path);
  assert.match(made.out, /^custos_[a-z2-7]{52}\n$/);
  const { out } = await run(key, "list", "--output", "json", "--data", data.path);
  assert.match(out, /"scopes":\["events:read","status:read"\]/);
  const [, id = ""] = /"id":"([0-9a-f]{8})"/.exec(out) ?? [];
  assert.equal((await run(key, "remove", id, "--data", data.path)).code, EXIT.ok);
  assert.equal((await run(key, "list", "--data", data.path)).out, "");
  assert.equal((await run(key, "remove", id, "--data", data.path)).code, EXIT.failed);
});

test("key and login refuse wrong words with what would be right", async () => {
  using data = await folder();
  const wrong = [
    [key, "create", "--scopes", "events:all"],
    [key, "create"],
    [key, "destroy"],
    [key],
    [key, "remove"],
    [key, "list", "all", "of", "them"],
    [login, "kim"],
    [key, "create", "--scopes", "all", "--days", "0"],
    [login, "--data", join(data.path, "nowhere")],
  ] as const;
  for (const [command, ...words] of wrong) {
    const data_ = words.some((word) => word === "--data") ? [] : ["--data", data.path];
    await assert.rejects(run(command, ...words, ...data_), UsageError);
  }
  await assert.rejects(run(key, "create", "--scope", "all"), UsageError);
});

test("login prints a link whose code opens a session with every scope", async () => {
  using data = await folder();
  const { out } = await run(login, "--data", data.path, "--name", "kim");
  const [, code] = /^http:\/\/127\.0\.0\.1:1\/#login=(login_[a-z2-7]{52})\n$/.exec(out) ?? [];
  await using access = openAccess(data.path, () => Date.parse("2026-08-01T12:01:00Z"));
  const opened = access.sessions.exchange(code ?? "");
  assert.equal(opened?.caller.name, "kim");
  assert.deepEqual([...opened.caller.scopes], [...SCOPES]);
});

function serveFake(): { readonly server: PageServer; readonly fake: Fake } {
  let fake: Fake;
  const server = servePage({ host: "127.0.0.1", port: 0 }, (hosts) => {
    fake = createFake((parts) => ({ ...parts, guard: { ...parts.guard, hosts: () => hosts } }));
    return fake.app;
  });
  return { server, fake: fake! };
}

test("alert verdict says what an alert was and why; rules ls shows how right rules are", async () => {
  const { server, fake } = serveFake();
  await using _ = server;
  const hub = ["--hub", server.url, "--key", fake.key()];
  const words = ["verdict", "a1", "false_positive", "--why", "a scanner of ours"];
  const judged = await run(alert, ...words, "--output", "json", ...hub);
  assert.match(judged.out, /"reason":"a scanner of ours"/);
  assert.match((await run(alert, "ls", ...hub)).out, /^id +state +rule .*\na1 +open /);
  assert.equal((await run(alert, ...words.with(1, "b2"), ...hub)).code, EXIT.usage);
  const listed = await run(rules, "ls", "--output", "json", ...hub);
  assert.match(listed.out, /"precision":0\.25/);
  for (const wrong of [["verdict", "a1", "wrong", "--why", "x"], words.slice(0, 3), ["judge"]]) {
    await assert.rejects(async () => run(alert, ...wrong, ...hub), UsageError);
  }
  await assert.rejects(async () => run(alert, "ls", "--state", "gone", ...hub), UsageError);
});

test("query asks the hub what was said and prints rows as a table, json or ndjson", async () => {
  const { server, fake } = serveFake();
  await using _ = server;
  const words = [
    "--hub",
    server.url,
    "--key",
    fake.key(),
    "--table",
    "Syslog",
    "--from",
    "15m",
    "--where",
    "Facility == auth",
    "--where",
    "HostIP isnull",
    "--limit",
    "7",
    "--why",
    "ticket 7",
  ];
  const { code, out } = await run(query, ...words);
  assert.equal(code, EXIT.ok);
  assert.equal(out, "Facility\nauth\ncron\n");
  const { from, where, limit, why } = fake.queries[0]!;
  assert.deepEqual({ from, where, limit, why }, {
    from: "2026-08-01T11:45:00.000Z",
    where: [{ column: "Facility", op: "==", value: "auth" }, { column: "HostIP", op: "isnull" }],
    limit: 7,
    why: "ticket 7",
  });
  assert.equal(
    (await run(query, ...words, "--output", "ndjson")).out,
    '{"Facility":"auth"}\n{"Facility":"cron"}\n',
  );
  assert.match(
    (await run(query, ...words, "--output", "json")).out,
    /^\{"columns":.*"more":false\}\n$/,
  );
});

test("query in KQL prints a table, JSON, NDJSON and CSV, and says what is wrong where", async () => {
  const { server, fake } = serveFake();
  await using _ = server;
  const hub = ["--hub", server.url, "--key", fake.key()];
  const ask = (...words: readonly string[]) => run(query, "Syslog | take 2", ...hub, ...words);
  const table = await ask("--why", "ticket 7");
  assert.match(table.out, /^TimeGenerated +Facility\n2026-08-01T11:20:00Z +auth\n +cron\n$/);
  assert.equal(fake.records[0]?.why, "ticket 7");
  assert.match((await ask("--limit", "1")).err, /more rows: see --limit/);
  assert.match((await ask("--output", "json")).out, /^\{"tables":.*"more":false\}\n$/);
  const line = '{"TimeGenerated":null,"HostIP":"","Facility":"cron"}\n';
  assert.ok((await ask("--output", "ndjson")).out.endsWith(line));
  assert.ok((await ask("--output", "csv")).out.startsWith("TimeGenerated,HostIP,Facility\r\n"));
  const wrong = await run(query, "Nothing | take 2", ...hub);
  assert.equal(wrong.code, EXIT.usage);
  assert.match(wrong.err, /Cannot query:1:1: SEM0100/);
  await assert.rejects(ask("--table", "Syslog"), UsageError);
});

test("agent ls shows who has enrolled, agent revoke shuts one out and says whom", async () => {
  const { server, fake } = serveFake();
  await using _ = server;
  const words = ["--hub", server.url, "--key", fake.key("agents:write")];
  const id = "00112233445566778899aabbccddeeff";
  const { out } = await run(agent, "ls", ...words);
  assert.match(out, /^agent +host +state +link +certificate +clock\n/);
  assert.match(out, /web-1 +active +open since 2026-08-01\S+ +until 2026-08-08\S+ +-12 ms ± 3\n/);
  const json = await run(agent, "ls", ...words, "--output", "json");
  assert.match(json.out, /"notAfter":"2026-08-08T10:00:00.000Z"/);
  const revoked = await run(agent, "revoke", id, "--why", "stolen", ...words);
  assert.deepEqual([revoked.code, revoked.out], [EXIT.ok, `Agent ${id} is revoked\n`]);
  const unknown = await run(agent, "revoke", "f".repeat(32), "--why", "stolen", ...words);
  assert.equal(unknown.code, EXIT.usage);
  assert.match(unknown.err, /none with this id has enrolled/);
  for (const wrong of [[], ["kill", id], ["revoke"], ["revoke", "x"], ["revoke", id]]) {
    await assert.rejects(async () => await run(agent, ...wrong, ...words), UsageError);
  }
});

test("query tells a wrong question from a hub that refuses", async () => {
  const { server, fake } = serveFake();
  await using _ = server;
  const ask = (key_: string, table: string) =>
    run(query, "--hub", server.url, "--key", key_, "--table", table);
  const unknown = await ask(fake.key(), "Nothing");
  assert.equal(unknown.code, EXIT.usage);
  assert.match(unknown.err, /there is no table Nothing, must be one of .*Syslog/);
  const wrong = await ask("custos_wrong", "Syslog");
  assert.equal(wrong.code, EXIT.failed);
  assert.match(wrong.err, /custos-hub key create/);
  assert.match((await ask(fake.key("status:read"), "Syslog")).err, /needs scope events:read/);
  await assert.rejects(run(query, "--table", "Syslog"), UsageError);
});

test("query says what would be right where hub, key or time is wrong, and where nobody is", async () => {
  const words = ["--hub", "http://127.0.0.1:1", "--table", "T", "--key", "k"];
  const { code, err } = await run(query, ...words);
  assert.equal(code, EXIT.failed);
  assert.equal(
    err,
    "Cannot reach the hub at http://127.0.0.1:1: start it with custos-hub serve, " +
      "or name its page with --hub URL\n",
  );
  await assert.rejects(run(query, ...words, "--hub", "here"), { message: /such as http:/ });
  for (const key_ of ["", "two words", "ö"]) {
    await assert.rejects(run(query, ...words, "--key", key_), { message: /key create/ });
  }
  for (const time of ["yesterday", "2026-08-01", "15"]) {
    await assert.rejects(run(query, ...words, "--from", time), {
      message: /^--from is ".*", must be a time with its offset such as 2026-/,
    });
  }
  await assert.rejects(run(query, ...words, "--nope"), { message: "there is no option --nope" });
});

test("serve refuses a data folder or a config that is none, with what would be right", async () => {
  using data = await folder();
  const file = join(data.path, CONTROL_FILE);
  await assert.rejects(run(serve, "--data", file), { message: /^--data is .*, must be a folder/ });
  const none = join(data.path, "none.yaml");
  await assert.rejects(run(serve, "--data", data.path, "-c", none), {
    message: `Cannot read ${none}: there is no such file, name another with -c FILE`,
  });
});

const FILTERS = [
  ["Level >= 3", { column: "Level", op: ">=", value: 3 }],
  ["Level>=3", { column: "Level", op: ">=", value: 3 }],
  ["Name == '3'", { column: "Name", op: "==", value: "3" }],
  ["Message contains failed password == x", {
    column: "Message",
    op: "contains",
    value: "failed password == x",
  }],
  ["On == true", { column: "On", op: "==", value: true }],
  ["Name isnotnull", { column: "Name", op: "isnotnull" }],
] as const;

for (const [words, filter] of FILTERS) {
  test(`filterOf() reads ${words}`, () => assert.deepEqual(filterOf(words), filter));
}

for (const words of ["", "Name", "Name ==", "Name like x", "a b == c", "Name isnull x"]) {
  test(`filterOf() refuses ${JSON.stringify(words)}`, () => {
    assert.throws(() => filterOf(words), UsageError);
  });
}

test("tableText() shows control characters as dots", () => {
  assert.equal(tableText(["A"], [{ A: "\u001b[2Jx\ny" }]), "A\n·[2Jx·y\n");
});
