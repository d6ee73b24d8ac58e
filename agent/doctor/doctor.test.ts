/**
 * `custos doctor` before each fault: what it says, and that each line has its fix.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { selfSigned } from "../../sdk/testkit/certificate.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { fips } from "../commands/doctor.ts";
import { loadConfig } from "../config/load.ts";
import type { Finding } from "./finding.ts";
import type { Host, Reached, Rights } from "./host.ts";
import { thisHost } from "./host.ts";
import { checkHost } from "./host_checks.ts";
import { checkHub } from "./hub_checks.ts";

const DAY_MS = 86_400_000;
const END = Math.floor(Date.now() / 1000) * 1000 + DAY_MS;
const NOW = END - 6 * DAY_MS;
const ME = 1000;

/** Everything that can be wrong; absent: it is in order. */
interface Wrong {
  readonly folder?: Rights | "missing";
  readonly key?: Rights;
  readonly keyTrouble?: string;
  readonly freeBytes?: number;
  readonly disk?: "open" | "write" | "sync" | "sync-folder" | "short" | "read" | "flip";
  readonly matches?: readonly string[];
  readonly unreadable?: string;
  readonly enrolment?: "missing" | "damaged";
  readonly reach?: Partial<Reached> | string;
  readonly pem?: "missing" | "damaged";
  readonly now?: number;
  readonly hubOff?: number | "silent" | "old";
  readonly user?: "none";
}

async function examine(wrong: Wrong = {}): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "custos-doctor-"));
  try {
    prepare(folder, wrong);
    const text = JSON.stringify({
      version: 1,
      agent: { data_dir: folder },
      sources: { web: { plugin: "iis", config: { files: ["/logs/*.log"] } } },
    });
    const loaded = await loadConfig("custos.yaml", text, builtinPlugins);
    const host = hostOf(folder, wrong);
    return [...await checkHost(loaded, host), ...await checkHub(loaded, host), fips()];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function prepare(folder: string, wrong: Wrong): void {
  const { cert, key } = selfSigned("agent", END - DAY_MS);
  if (wrong.pem !== "missing") {
    writeFileSync(join(folder, "link.pem"), wrong.pem === "damaged" ? "x" : `${key}${cert}`);
  }
  const [hubPublicKey, logId] = ["00".repeat(32), "00".repeat(8)];
  const told = JSON.stringify({ url: "wss://hub.example:4311", hubPublicKey, logId, ca: cert });
  if (wrong.enrolment !== "missing") {
    writeFileSync(join(folder, "hub.json"), wrong.enrolment === "damaged" ? "{" : told);
  }
}

function hostOf(folder: string, wrong: Wrong): Host {
  const files = faultyFiles();
  files.makeFolder(folder);
  files.plan = ({ op, path }) => {
    if (op === "read" && wrong.disk === "flip") files.flip(path, 9);
    return op === wrong.disk
      ? "fail"
      : op === "write" && wrong.disk === "short"
      ? "full"
      : undefined;
  };
  const now = wrong.now ?? NOW;
  const { folder: folderRights, key = { mode: 0o600, owner: ME }, hubOff = 0, reach = {} } = wrong;
  return {
    files: Object.assign(files, { freeBytes: () => wrong.freeBytes ?? 1e12 }),
    user: wrong.user === "none" ? undefined : ME,
    now: () => now,
    rightsOf: (path) => {
      if (path !== folder) return path.endsWith("agent.key") ? key : undefined;
      return folderRights === "missing" ? undefined : folderRights ?? { mode: 0o700, owner: ME };
    },
    matches: () => wrong.matches ?? ["/logs/a.log", "/logs/b.log"],
    readTrouble: (path) => {
      if (path.endsWith("agent.key")) return wrong.keyTrouble;
      return path === wrong.unreadable ? "this user may not use it" : undefined;
    },
    reach: () => {
      if (typeof reach === "string") {
        return Promise.reject(Object.assign(new Error("no"), { code: reach }));
      }
      const notAfter = now + 60 * DAY_MS;
      const suite = "TLS_AES_128_GCM_SHA256";
      return Promise.resolve({ version: "TLSv1.3", suite, notAfter, ...reach });
    },
    hubTime: () => {
      if (hubOff === "silent") return Promise.reject(new Error("no"));
      return Promise.resolve(hubOff === "old" ? undefined : now - hubOff);
    },
  };
}

/** `state check` of what is not in order. */
function bad(findings: readonly Finding[]): readonly string[] {
  return findings.filter(({ state }) => state === "warn" || state === "fail")
    .map(({ state, check }) => `${state} ${check}`);
}

test("where all is in order, each check says so, and FIPS is told honestly", async () => {
  const findings = await examine();
  assert.deepEqual(bad(findings), []);
  assert.deepEqual([...new Set(findings.map(({ check }) => check))], [
    ...["folder", "keys", "disk", "sync", "source web"],
    ...["enrolment", "tls", "certificate", "clock", "fips"],
  ]);
  const last = findings.at(-1);
  assert.equal(last?.state, "note");
  assert.match(last.what, /no validated module/);
});

const FAULTS: readonly (readonly [string, Wrong, string, RegExp])[] = [
  ["no data folder", { folder: "missing" }, "fail folder", /custos enroll/],
  ["a folder for all", { folder: { mode: 0o755, owner: ME } }, "fail folder", /chmod 700/],
  ["another's folder", { folder: { mode: 0o700, owner: 0 } }, "fail folder", /owner/],
  ["a key for the group", { key: { mode: 0o640, owner: ME } }, "fail keys", /chmod 600/],
  ["a key that cannot be read", { keyTrouble: "denied" }, "fail keys", /agent's user/],
  ["a full disk", { freeBytes: 1e6 }, "fail disk", /make room/],
  ["a disk that is nearly full", { freeBytes: 1e9 }, "warn disk", /spool.max_bytes/],
  ["a file that cannot be made", { disk: "open" }, "fail sync", /fsync/],
  ["a write that fails", { disk: "write" }, "fail sync", /fsync/],
  ["a write without room", { disk: "short" }, "fail sync", /fsync/],
  ["a sync that fails", { disk: "sync" }, "fail sync", /fsync/],
  ["a folder that cannot be synced", { disk: "sync-folder" }, "fail sync", /fsync/],
  ["a file that cannot be read back", { disk: "read" }, "fail sync", /fsync/],
  ["a disk that gives other bytes", { disk: "flip" }, "fail sync", /replace the disk/],
  ["no file to read", { matches: [] }, "warn source web", /paths/],
  ["a file that may not be read", { unreadable: "/logs/b.log" }, "fail source web", /right/],
  ["an agent that has not enrolled", { enrolment: "missing" }, "fail enrolment", /token/],
  ["a damaged enrolment", { enrolment: "damaged" }, "fail enrolment", /token/],
  ["a hub that is away", { reach: "ECONNREFUSED" }, "fail hub", /start the hub/],
  ["another authority", { reach: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }, "fail hub", /enrol again/],
  [
    "a suite that is not approved",
    {
      reach: { suite: "TLS_CHACHA20_POLY1305_SHA256" },
    },
    "fail tls",
    /TLS/,
  ],
  ["a hub's certificate near its end", { reach: { notAfter: NOW + DAY_MS } }, "warn tls", /hub/],
  ["no certificate", { pem: "missing" }, "warn certificate", /custos run/],
  ["a damaged certificate", { pem: "damaged" }, "warn certificate", /custos run/],
  ["a certificate that was not renewed", { now: END - DAY_MS }, "warn certificate", /custos run/],
  ["a certificate that is over", { now: END }, "fail certificate", /custos run/],
  ["a clock that is ahead", { hubOff: 1001 }, "fail clock", /NTP/],
  ["a clock that is behind", { hubOff: -1001 }, "fail clock", /NTP/],
  ["a hub that does not answer about time", { hubOff: "silent" }, "warn clock", /hub/],
  ["a hub of 0.1.0", { hubOff: "old" }, "warn clock", /update/],
];
for (const [what, wrong, expected, fix] of FAULTS) {
  test(`${what}: ${expected}`, async () => {
    const findings = await examine(wrong);
    assert.deepEqual(bad(findings), [expected]);
    assert.match(findings.find(({ fix: has }) => has !== "" && fix.test(has))?.fix ?? "", fix);
    assert.ok(findings.every(({ state, fix: has }) => (state === "ok") === (has === "")));
  });
}

test("where the system knows no such rights, they are not judged", async () => {
  const wrong = { user: "none", folder: { mode: 0o777, owner: 0 }, key: { mode: 0o777, owner: 0 } };
  assert.deepEqual(bad(await examine(wrong as Wrong)), []);
});

test("this machine answers what it is asked", async () => {
  const folder = mkdtempSync(join(tmpdir(), "custos-doctor-"));
  const file = join(folder, "a.log");
  writeFileSync(file, "", { mode: 0o600 });
  const host = thisHost();
  assert.deepEqual(host.rightsOf(file), { mode: 0o600, owner: host.user });
  assert.equal(host.rightsOf(join(folder, "b")), undefined);
  // As what this user may not know of: root may know of all else.
  symlinkSync("loop", join(folder, "loop"));
  assert.equal(host.rightsOf(join(folder, "loop")), undefined);
  assert.deepEqual(host.matches(join(folder, "*.log")), [file]);
  assert.equal(host.readTrouble(file), undefined);
  assert.match(host.readTrouble(join(folder, "b")) ?? "", /no such file/);
  rmSync(folder, { recursive: true });
});
