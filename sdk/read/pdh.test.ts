import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { NativeError, openLibrary } from "../runtime/ffi.ts";
import { openCounterQuery, PdhError } from "./pdh.ts";

/** A library with PDH's interface whose counters are known: it holds us to the ABI, not to Windows. */
const STAND_IN = String.raw`
#include <stdint.h>
#include <string.h>
#include <stdlib.h>
typedef uint16_t wchar;
typedef struct { wchar *name; uint32_t status; double value; } item;
typedef struct { int looks; int closed; } query;
typedef struct { query *of; int kind; } counter;
static int has(const wchar *path, const char *word) {
  size_t n = strlen(word);
  for (; *path; path++) {
    size_t i = 0;
    while (i < n && path[i] == (wchar)word[i]) i++;
    if (i == n) return 1;
  }
  return 0;
}
uint32_t PdhOpenQueryW(const wchar *source, uint64_t user, void **out) {
  if (source != 0 || user != 0) return 0xc0000bbd;
  *out = calloc(1, sizeof(query));
  return 0;
}
uint32_t PdhAddEnglishCounterW(query *q, const wchar *path, uint64_t user, void **out) {
  if (has(path, "Nothing")) return 0xc0000bb8;
  counter *c = calloc(1, sizeof(counter));
  c->of = q;
  c->kind = has(path, "(*)") ? 2 : has(path, "Broken") ? 3 : has(path, "Foreign") ? 4 : 1;
  *out = c;
  return 0;
}
uint32_t PdhCollectQueryData(query *q) { return ++q->looks > 9 ? 0xc0000bbc : 0; }
static const char *NAMES[] = { "0", "1", "_Total" };
uint32_t PdhGetFormattedCounterArrayW(counter *c, uint32_t format, uint32_t *size, uint32_t *count, item *items) {
  if (format != 0x8200) return 0xc0000bbd;
  if (c->kind == 3) return 0xc0000bbd;
  if (c->kind == 2 && c->of->looks < 2) return 0xc0000bc6;
  uint32_t n = c->kind == 2 ? 3 : 1;
  uint32_t need = n * sizeof(item) + n * 8 * sizeof(wchar);
  if (*size < need) { *size = need; return 0x800007d2; }
  wchar *text = (wchar *)(items + n);
  for (uint32_t i = 0; i < n; i++) {
    const char *name = c->kind == 2 ? NAMES[i] : "Object";
    items[i].name = c->kind == 4 ? (wchar *)8 : text;
    items[i].status = c->kind == 2 && i == 1 ? 0xc0000bba : 0;
    items[i].value = c->of->looks * 10 + i + 0.5;
    while (*name) *text++ = (wchar)*name++;
    *text++ = 0;
  }
  *size = need; *count = n;
  return 0;
}
uint32_t PdhCloseQuery(query *q) { free(q); return 0; }
`;

const folder = mkdtempSync(join(tmpdir(), "custos-pdh-"));
after(() => rmSync(folder, { recursive: true }));
const library = join(folder, "libpdh.so");
writeFileSync(join(folder, "pdh.c"), STAND_IN);
const compiled = spawnSync("cc", ["-shared", "-fPIC", "-o", library, join(folder, "pdh.c")]);
const skip = compiled.status === 0 ? false : "no C compiler (cc) on this host";

test("openCounterQuery() reads counters by PDH's own interface", { skip }, async () => {
  const many = String.raw`\Processor(*)\% Processor Time`;
  const one = String.raw`\Memory\Available MBytes`;
  const query = await openCounterQuery([many, one, String.raw`\Nothing\Here`], library);
  assert.deepEqual(query.missing, [{ path: String.raw`\Nothing\Here`, status: 0xc0000bb8 }]);
  // A rate needs two looks: at the first it is absent, not 0.
  assert.deepEqual(query.collect(), {
    values: [{ path: one, instance: "", value: 10.5 }],
    troubles: [],
  });
  assert.deepEqual(query.collect(), {
    values: [
      { path: many, instance: "0", value: 20.5 },
      { path: many, instance: "_Total", value: 22.5 },
      { path: one, instance: "", value: 20.5 },
    ],
    troubles: [],
  });
  query.close();
});

test(
  "openCounterQuery() tells of a counter that fails, and reads the others",
  { skip },
  async () => {
    const broken = String.raw`\Broken\Counter`;
    const query = await openCounterQuery([broken, String.raw`\Memory\Pages`], library);
    const { values, troubles } = query.collect();
    assert.equal(values.length, 1);
    assert.deepEqual(troubles, [{ path: broken, status: 0xc0000bbd }]);
    query.close();
  },
);

test("openCounterQuery() follows no address out of the buffer", { skip }, async () => {
  const query = await openCounterQuery([String.raw`\Foreign\Name`], library);
  assert.deepEqual(query.collect(), { values: [], troubles: [] });
  query.close();
});

test("a look that fails as a whole is a PdhError with its status", { skip }, async () => {
  const query = await openCounterQuery([String.raw`\Memory\Pages`], library);
  for (let looks = 0; looks < 9; looks++) query.collect();
  assert.throws(() => query.collect(), (error) => {
    assert.ok(error instanceof PdhError);
    assert.equal(error.status, 0xc0000bbc);
    assert.match(error.message, /^Cannot collect counters: PDH gave the status 0xc0000bbc$/);
    return true;
  });
  query.close();
});

test(
  "openLibrary() tells of a library and of a function that are not there",
  { skip },
  async () => {
    const signature = { args: [], returns: "u32" } as const;
    await assert.rejects(openLibrary(join(folder, "no.so"), { f: signature }), NativeError);
    await assert.rejects(openLibrary(library, { noSuchFunction: signature }), NativeError);
  },
);
