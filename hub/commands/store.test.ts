import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after as afterAll, test } from "node:test";
import { BUCKET, openTestBucket } from "../store/target/test_bucket.ts";
import type { Call } from "./command.ts";
import { store } from "./store.ts";

const bucket = await openTestBucket();
const folder = mkdtempSync(join(tmpdir(), "custos-store-"));
afterAll(async () => {
  await bucket[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `store target check` with a config that has `cold`. */
async function check(cold: object, values: Call["values"] = {}): Promise<Said> {
  const config = join(folder, "hub.yaml");
  writeFileSync(config, JSON.stringify({ store: { cold } }));
  const said = { out: "", err: "" };
  const code = await store.run({
    values: { config, ...values },
    positionals: ["target", "check"],
    signal: new AbortController().signal,
    now: () => Date.now(),
    variable: (name) => name.startsWith("AWS_") ? "S3RVER" : undefined,
    out: (text) => void (said.out += text),
    err: (line) => void (said.err += `${line}\n`),
  });
  return { code, ...said };
}

const s3 = { kind: "s3", endpoint: bucket.endpoint.href, bucket: BUCKET };

test("store target check writes, reads, lists and removes a probe", async () => {
  const { code, out } = await check(s3);
  assert.equal(code, 0);
  assert.match(out, /^written\nread\nlisted\nremoved\n[^]*Cold target http.* works\n$/);
  assert.ok(bucket.requests.some((request) => request.startsWith("PUT /audit/check-")));
  assert.ok(bucket.requests.some((request) => request.startsWith("DELETE /audit/check-")));
});

test("store target check says in JSON what fails, by its code", async () => {
  const { code, out } = await check({ ...s3, bucket: "nobodys" }, { output: "json" });
  assert.equal(code, 1);
  const { event, code: why } = JSON.parse(out) as { event: string; code: string };
  assert.deepEqual([event, why], ["failed", "bucket"]);
});

test("store target check takes the key from a file of AWS's tools, and refuses one without", async () => {
  const file = join(folder, "credentials");
  writeFileSync(
    file,
    "[default]\naws_access_key_id = nobody\n[hub]\naws_access_key_id=S3RVER\n" +
      "aws_secret_access_key = S3RVER\n",
  );
  const from = (profile: string) => ({ ...s3, credentials: { from: "file", file, profile } });
  assert.equal((await check(from("hub"))).code, 0);
  assert.match((await check(from("default"))).err, /has no usable AWS_SECRET_ACCESS_KEY/);
  assert.match((await check(from("other"))).err, /has no profile \[other\]/);
});

test("store target check works for a folder, and tells one that is not mounted", async () => {
  const path = join(folder, "archive");
  assert.equal((await check({ kind: "folder", path })).code, 0);
  const away = await check({ kind: "folder", path: join(folder, "mnt", "archive") });
  assert.match(away.err, /is it mounted/);
  assert.equal(away.code, 1);
  await assert.rejects(check({ kind: "folder" }), /names no target/);
});

test("a config of a target that cannot be right is refused with its place", async () => {
  const wrong: readonly [object, RegExp][] = [
    [{ ...s3, endpoint: "http://s3.example" }, /store\.cold\.endpoint.*must be https/],
    [
      { ...s3, endpoint: "https://me:pass@s3.example" },
      /endpoint is a URL with a name or password, must be without/,
    ],
    [{ ...s3, prefix: "../other/" }, /prefix.*end with a slash/],
    [{ ...s3, cache: "much" }, /cache.*such as "8GiB"/],
    [{ ...s3, secret: "x" }, /secret/],
    [{ kind: "ftp" }, /kind/],
    [{ ...s3, ca_file: "/nowhere/ca.pem" }, /Cannot read \/nowhere\/ca\.pem/],
  ];
  for (const [cold, words] of wrong) {
    await assert.rejects(check(cold), (error) => {
      assert.match(String(error), words);
      return !String(error).includes("pass@");
    });
  }
});
