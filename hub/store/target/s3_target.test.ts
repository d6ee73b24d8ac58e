import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after as afterAll, beforeEach, test } from "node:test";
import { type ColdTarget, type LocalFile, type TargetCode, TargetError } from "./cold_target.ts";
import { BUCKET, type Fault, openTestBucket } from "./test_bucket.ts";

const signal = new AbortController().signal;
const bucket = await openTestBucket();
const folder = mkdtempSync(join(tmpdir(), "custos-target-"));
const target = bucket.open();
const NAME = "cold/2-1-0-T.parquet";
const MIB = 1024 * 1024;

afterAll(async () => {
  await bucket[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  bucket.fault = () => undefined;
});

function fileOf(bytes: number): LocalFile {
  const path = join(folder, `from-${bytes}`);
  const content = Buffer.alloc(bytes, "custos and its cold files. ");
  writeFileSync(path, content);
  return { path, bytes, sha256: createHash("sha256").update(content).digest("hex") };
}

function to(file: LocalFile): LocalFile {
  return { ...file, path: join(folder, "back") };
}

/** Fails the first `times` requests that match. */
function failing(fault: Fault, matches: RegExp, times = Infinity): void {
  let left = times;
  bucket.fault = (request) => matches.test(request) && left-- > 0 ? fault : undefined;
}

function fails(work: Promise<unknown>, code: TargetCode, words = /./): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(error instanceof TargetError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  });
}

async function roundTrip(bytes: number): Promise<void> {
  const file = fileOf(bytes);
  await target.put(NAME, file, signal);
  await target.get(NAME, to(file), signal);
  assert.ok(readFileSync(to(file).path).equals(readFileSync(file.path)));
}

test("what is put to S3 can be got, listed and removed", async () => {
  const file = fileOf(100_000);
  await target.put(NAME, file, signal);
  await target.get(NAME, to(file), signal);
  assert.ok(readFileSync(to(file).path).equals(readFileSync(file.path)));
  assert.deepEqual(await target.list(signal), [{ name: NAME, bytes: 100_000 }]);
  await target.remove(NAME, signal);
  assert.deepEqual(await target.list(signal), []);
  await target.remove(NAME, signal);
  await fails(target.get(NAME, to(file), signal), "missing", /2-1-0-T\.parquet is not there/);
});

test("a file of over 16 MiB goes in parts, each once", async () => {
  bucket.requests.length = 0;
  await roundTrip(17 * MIB);
  const puts = bucket.requests.filter((request) => request.startsWith("PUT"));
  assert.equal(puts.length, 3);
});

for (const fault of ["500", "slow down", "reset", "lost", "hang"] as const) {
  test(`a ${fault} is passed over`, async () => {
    for (const step of [/^PUT/, /^GET/, /^DELETE/]) {
      failing(fault, step, 2);
      await roundTrip(1000);
      await target.remove(NAME, signal);
    }
  });
}

for (const fault of ["500", "lost"] as const) {
  test(`a ${fault} is passed over in each step of a file in parts`, async () => {
    for (const step of [/^PUT/, /^POST/]) {
      failing(fault, step, 2);
      await roundTrip(17 * MIB);
    }
  });
}

test("an answer that was cut is asked for again, and one that stays cut leaves no file", async () => {
  const file = fileOf(3 * MIB);
  await target.put(NAME, file, signal);
  failing("cut", /^GET/, 1);
  await target.get(NAME, to(file), signal);
  rmSync(to(file).path);
  failing("cut", /^GET/);
  await fails(target.get(NAME, to(file), signal), "unreachable");
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("back")), []);
});

test("a body shorter than its head promises was cut, whatever the runtime makes of it", async () => {
  const file = fileOf(1000);
  const whole = readFileSync(file.path);
  let asked = 0;
  const cutting = bucket.open({}, {
    fetch: () => {
      const body = asked++ === 0 ? whole.subarray(0, 500) : whole;
      return Promise.resolve(new Response(body, { headers: { "content-length": "1000" } }));
    },
  });
  await cutting.get(NAME, to(file), signal);
  assert.equal(asked, 2);
  rmSync(to(file).path);
});

test("bytes that are not those that were sealed are refused by name, and leave no file", async () => {
  const file = fileOf(50_000);
  await target.put(NAME, file, signal);
  failing("wrong bytes", /^GET/);
  await fails(target.get(NAME, to(file), signal), "tampered", /2-1-0-T\.parquet .*not those that/);
  bucket.fault = () => undefined;
  const object = bucket.fileOf(`custos/log/${NAME}`);
  for (const content of [Buffer.alloc(50_000), Buffer.alloc(49_999), Buffer.alloc(50_001)]) {
    writeFileSync(object, content);
    await fails(target.get(NAME, to(file), signal), "tampered");
  }
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("back")), []);
});

test("a file that has changed since it was sealed is not put", async () => {
  for (const bytes of [1000, 17 * MIB]) {
    const file = fileOf(bytes);
    await target.remove(NAME, signal);
    await fails(target.put(NAME, { ...file, sha256: "00".repeat(32) }, signal), "local");
    await fails(target.put(NAME, { ...file, bytes: bytes + 1 }, signal), "local");
    assert.deepEqual(await target.list(signal), []);
  }
});

test("an object whose ETag is no MD5 is read again, and refused where it has other bytes", async () => {
  const file = fileOf(10_000);
  const encrypted = (wrong: boolean): ColdTarget =>
    bucket.open({}, {
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        if (init.method === "GET" && wrong) return new Response(new Uint8Array(10_000));
        const headers = new Headers(answer.headers);
        headers.set("etag", '"0123456789abcdef0123456789abcdef"');
        return new Response(answer.body, { status: answer.status, headers });
      },
    });
  await encrypted(false).put(NAME, file, signal);
  await fails(encrypted(true).put(NAME, file, signal), "busy", /has kept others/);
});

test("what is wrong is said with what would be right, and without the secret", async () => {
  const secret = "S3RVER-SECRET";
  const refused = (more: Parameters<typeof bucket.open>[0]): Promise<unknown> =>
    bucket.open(more).list(signal);
  await fails(refused({ credentials: () => ({ keyId: "S3RVER", secret }) }), "key", /credentials/);
  await fails(refused({ credentials: () => ({ keyId: "nobody", secret }) }), "key");
  await fails(refused({ bucket: "nobodys" }), "bucket", /no bucket "nobodys"/);
  await fails(refused({ endpoint: new URL("http://127.0.0.1:1") }), "unreachable", /is it up/);
  await fails(refused({ endpoint: new URL("https://127.0.0.1:1") }), "unreachable");
  const answers: readonly [number, string, TargetCode, RegExp][] = [
    [403, "RequestTimeTooSkewed", "clock", /differs from the target's by -?\d+ s/],
    [403, "AccessDenied", "denied", /must have GetObject/],
    [403, "ExpiredToken", "key", /expired/],
    [301, "PermanentRedirect", "region", /must be "eu-north-1"/],
    [418, "Teapot", "answer", /one of S3/],
  ];
  for (const [status, code, expected, words] of answers) {
    const headers = { date: "Sun, 06 Nov 1994 08:49:37 GMT", "x-amz-bucket-region": "eu-north-1" };
    const body = `<Error><Code>${code}</Code><Secret>${secret}</Secret></Error>`;
    const answering = bucket.open({}, {
      fetch: () => Promise.resolve(new Response(body, { status, headers })),
    });
    await fails(answering.list(signal), expected, words);
    await assert.rejects(answering.list(signal), (error) => !String(error).includes(secret));
  }
});

test("a page of HTML is no list", async () => {
  const answering = bucket.open({}, {
    fetch: () => Promise.resolve(new Response("<html></html>")),
  });
  await fails(answering.list(signal), "answer");
});

test("a list of over a thousand goes on from page to page", async () => {
  const pages = ["a", "b"].map((key, i) =>
    `<ListBucketResult><IsTruncated>${i === 0}</IsTruncated><Contents><Key>custos/log/cold/${key}` +
    `</Key><Size>7</Size></Contents>${
      i === 0 ? "<NextContinuationToken>n&amp;x</NextContinuationToken>" : ""
    }` +
    "</ListBucketResult>"
  );
  const asked: string[] = [];
  const answering = bucket.open({}, {
    fetch: (url) => {
      asked.push(url.searchParams.get("continuation-token") ?? "");
      return Promise.resolve(new Response(pages[asked.length - 1]));
    },
  });
  const entries = await answering.list(signal);
  assert.deepEqual(entries.map(({ name }) => name), ["cold/a", "cold/b"]);
  assert.deepEqual(asked, ["", "n&x"]);
});

test("halves of uploads are ended where the server tells of them", async () => {
  const ended: string[] = [];
  const xml = "<R><Upload><Key>custos/log/cold/a</Key><UploadId>1</UploadId></Upload>" +
    "<Upload><Key>custos/other/cold/a</Key><UploadId>2</UploadId></Upload></R>";
  const answering = bucket.open({}, {
    fetch: (url, { method }) => {
      if (method === "DELETE") ended.push(`${url.pathname}${url.search}`);
      return Promise.resolve(new Response(xml));
    },
  });
  await answering.removeHalves(signal);
  assert.deepEqual(ended, [`/${BUCKET}/custos/log/cold/a?uploadId=1`]);
  // This one does not.
  assert.equal(await target.removeHalves(signal), undefined);
});

test("a target that never answers is given up when its caller is", async () => {
  bucket.fault = () => "hang";
  const stop = new AbortController();
  const asked = target.list(stop.signal);
  stop.abort();
  await fails(asked, "aborted");
});

test("Bun's own client reads what was put, and what it writes can be got", async () => {
  const file = fileOf(2000);
  await target.put(NAME, file, signal);
  const { S3Client } = Bun;
  const url = new S3Client({
    endpoint: bucket.endpoint.href,
    bucket: BUCKET,
    accessKeyId: "S3RVER",
    secretAccessKey: "S3RVER",
  }).presign(`custos/log/${NAME}`, { method: "GET" });
  const answer = await fetch(url);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(file.path)));
});
