import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Gap } from "../plugin.ts";
import { NativeError, openLibrary } from "../runtime/ffi.ts";
import { memoryIo } from "../testkit/memory_io.ts";
import { EventApiError, openEventApi } from "./event_api.ts";
import { CHANNELS_START, type ChannelsCursor, followChannels } from "./event_channels.ts";

/**
 * A library with the Event Log API's interface. A channel's name says what it holds: `10-15` are its
 * records; `!CODE` fails to open, `~CODE` fails once after the first events, `+` has long events. A
 * query `*[N]` asks for the records whose number is a multiple of N.
 */
const STAND_IN = String.raw`
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
typedef uint16_t wchar;
typedef struct { int kind; uint64_t id; int isLong; } object;
typedef struct { int kind; uint64_t next, last, step; int fails, isLong, reads; } subscription;
static uint32_t error;
static int opened;
static char *narrow(const wchar *text, char *out, int size) {
  int i = 0;
  for (; text[i] && i < size - 1; i++) out[i] = (char)text[i];
  out[i] = 0;
  return out;
}
uint32_t GetLastError(void) { return error; }
uint64_t CreateEventW(uint64_t a, int32_t manual, int32_t state, const wchar *name) { opened++; return 77; }
int32_t CloseHandle(uint64_t handle) { opened--; return handle == 77; }
uint32_t StandInOpened(void) { return opened; }
uint64_t EvtCreateBookmark(const wchar *xml) {
  char text[512];
  char *at = strstr(narrow(xml, text, sizeof text), "RecordId='");
  if (!at) { error = 87; return 0; }
  object *bookmark = calloc(1, sizeof(object));
  bookmark->kind = 1; bookmark->id = strtoull(at + 10, 0, 10); opened++;
  return (uint64_t)bookmark;
}
static int failed;
uint64_t EvtSubscribe(uint64_t session, uint64_t signal, const wchar *path, const wchar *query,
    object *bookmark, uint64_t context, uint64_t callback, uint32_t flags) {
  char name[256];
  narrow(path, name, sizeof name);
  char asked[64];
  narrow(query, asked, sizeof asked);
  uint64_t step = asked[1] ? strtoull(asked + 2, 0, 10) : 1;
  if (session || signal != 77 || asked[0] != '*' || context || callback) { error = 87; return 0; }
  if (!step) { error = 15001; return 0; }
  char *wrong = strchr(name, '!');
  if (wrong) { error = atoi(wrong + 1); return 0; }
  subscription *s = calloc(1, sizeof(subscription));
  char *dash = strchr(name, '-');
  s->next = strtoull(name, 0, 10); s->last = dash ? strtoull(dash + 1, 0, 10) : s->next;
  char *later = strchr(name, '~');
  s->fails = later && failed != atoi(later + 1) ? atoi(later + 1) : 0;
  s->isLong = strchr(name, '+') != 0;
  s->step = step;
  if ((flags & 3) == 3) {
    if (!(flags & 0x10000) || !bookmark) { error = 87; free(s); return 0; }
    if (bookmark->id < s->next || bookmark->id > s->last) { error = 1168; free(s); return 0; }
    s->next = bookmark->id + 1;
  }
  opened++;
  return (uint64_t)s;
}
int32_t EvtNext(subscription *s, uint32_t size, uint64_t *out, uint32_t timeout, uint32_t flags, uint32_t *count) {
  if (s->fails && s->reads++ > 0) { failed = error = s->fails; return 0; }
  while (s->next <= s->last && s->next % s->step) s->next++;
  if (s->next > s->last) { error = 259; return 0; }
  if (s->fails && size > 2) size = 2;
  uint32_t n = 0;
  for (; n < size && s->next <= s->last; n++, s->next += s->step - 1) {
    object *event = calloc(1, sizeof(object));
    event->kind = 2; event->id = s->next++; event->isLong = s->isLong; opened++;
    out[n] = (uint64_t)event;
  }
  *count = n;
  return 1;
}
int32_t EvtRender(uint64_t context, object *event, uint32_t flags, uint32_t size, wchar *out, uint32_t *used, uint32_t *properties) {
  if (context || flags != 1) { error = 87; return 0; }
  char text[128] = "<Event><System><EventRecordID>", digits[24];
  int d = 23; digits[d] = 0;
  for (uint64_t id = event->id; id; id /= 10) digits[--d] = '0' + id % 10;
  strcat(strcat(text, digits + d), "</EventRecordID></System><UserData>");
  uint32_t pad = event->isLong ? 20000 : 1, n = strlen(text), end = strlen("</UserData></Event>");
  *used = (n + pad + end + 1) * 2;
  if (*used > size) { error = 122; return 0; }
  for (uint32_t i = 0; i < n; i++) *out++ = text[i];
  for (uint32_t i = 0; i < pad; i++) *out++ = 0xe4;
  for (uint32_t i = 0; i <= end; i++) *out++ = "</UserData></Event>"[i];
  *properties = 0;
  return 1;
}
int32_t EvtClose(void *object) { opened--; free(object); return 1; }
`;

const folder = mkdtempSync(join(tmpdir(), "custos-events-"));
after(() => rmSync(folder, { recursive: true }));
const library = join(folder, "libevents.so");
writeFileSync(join(folder, "events.c"), STAND_IN);
const compiled = spawnSync("cc", [
  "-shared",
  "-fPIC",
  "-w",
  "-o",
  library,
  join(folder, "events.c"),
]);
const skip = compiled.status === 0 ? false : "no C compiler (cc) on this host";
const LIBRARIES = { events: library, kernel: library };

interface Run {
  readonly ids: readonly string[];
  readonly gaps: readonly Gap[];
  readonly cursor: ChannelsCursor;
  readonly texts: readonly string[];
}

/** Follows channels until they have had nothing for some time. */
async function follow(
  channels: readonly string[],
  from: Record<string, string> = {},
  query?: string,
): Promise<Run> {
  const api = await openEventApi(LIBRARIES);
  const standIn = await openLibrary(library, { StandInOpened: { args: [], returns: "u32" } });
  const stop = new AbortController();
  const run = { ids: [] as string[], gaps: [] as Gap[], texts: [] as string[] };
  let now = 0;
  const say = (): void => {};
  const reader = {
    api,
    query,
    signal: stop.signal,
    clock: {
      now: () => now,
      sleep: (ms: number) => {
        now += ms;
        if (now > 130_000) stop.abort();
        return Promise.resolve();
      },
    },
    context: {
      io: memoryIo(new Map()),
      gap: (gap: Gap) => void run.gaps.push(gap),
      reject: ({ why }: { readonly why: string }) => void run.ids.push(why),
      log: { debug: say, info: say, warn: say, error: say },
    },
    take: (
      { recordId, data }: { readonly recordId: string | undefined; readonly data: unknown },
    ) => {
      run.ids.push(recordId ?? "");
      run.texts.push(String(data));
    },
  };
  let cursor: ChannelsCursor = CHANNELS_START;
  for await (const next of followChannels(reader, channels, { channels: from })) cursor = next;
  // Each handle that was opened is closed.
  assert.equal(Number(standIn.call.StandInOpened()), 0);
  standIn.close();
  api.close();
  return { ...run, cursor };
}

const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

test("channels are read from their oldest record, in batches, to the end", { skip }, async () => {
  const { ids, gaps, cursor } = await follow(["10-600", "7"]);
  assert.deepEqual(ids.filter((id) => id !== "7"), numbers(10, 600));
  assert.equal(ids.filter((id) => id === "7").length, 1);
  assert.deepEqual(gaps, []);
  assert.deepEqual(cursor, { channels: { "10-600": "600", "7": "7" } });
});

test("a channel goes on strictly behind the record of its cursor", { skip }, async () => {
  const { ids, gaps } = await follow(["10-15"], { "10-15": "12" });
  assert.deepEqual(ids, numbers(13, 15));
  assert.deepEqual(gaps, []);
});

test(
  "records that are gone before they were read are a gap with their number",
  { skip },
  async () => {
    const { ids, gaps } = await follow(["20-22"], { "20-22": "12" });
    assert.deepEqual(ids, numbers(20, 22));
    assert.deepEqual(gaps, [
      { reason: "rotated-away", count: 7, from: "13", to: "19", detail: "channel 20-22" },
    ]);
  },
);

test("a channel that begins anew was cleared", { skip }, async () => {
  const { ids, gaps } = await follow(["1-3"], { "1-3": "900" });
  assert.deepEqual(ids, numbers(1, 3));
  assert.deepEqual(gaps, [{ reason: "log-cleared", from: "901", detail: "channel 1-3" }]);
});

test("numbers that a query leaves out are no loss", { skip }, async () => {
  const { ids, gaps, cursor } = await follow(["1-20"], {}, "*[6]");
  assert.deepEqual(ids, ["6", "12", "18"]);
  assert.deepEqual(gaps, []);
  const next = await follow(["1-20"], { "1-20": "12" }, "*[6]");
  assert.deepEqual([next.ids, next.gaps], [["18"], []]);
  assert.deepEqual(cursor, { channels: { "1-20": "18" } });
});

test(
  "under a query a record that is gone is a gap that cannot say how many went",
  { skip },
  async () => {
    const { ids, gaps } = await follow(["20-30"], { "20-30": "12" }, "*[6]");
    assert.deepEqual(ids, ["24", "30"]);
    const [from, to, detail] = ["13", "23", "channel 20-30"];
    assert.deepEqual(gaps, [{ reason: "rotated-away", from, to, detail }]);
    const cleared = await follow(["1-7"], { "1-7": "600" }, "*[6]");
    assert.deepEqual(cleared.gaps.map(({ reason }) => reason), ["log-cleared"]);
  },
);

test("a query that is none is told once, and harms no other", { skip }, async () => {
  const { ids, gaps } = await follow(["1-2"], {}, "*[x]");
  assert.deepEqual(ids, []);
  const detail = "channel 1-2: the system takes the query for none";
  assert.deepEqual(gaps, [{ reason: "other", detail }]);
});

const TROUBLES: readonly (readonly [channel: string, reason: Gap["reason"], detail: RegExp])[] = [
  ["x!15007", "other", /there is no such channel/],
  ["x!5", "access-denied", /failed with 5$/],
  ["x!1500", "other", /EvtSubscribe failed with 1500/],
];
for (const [channel, reason, detail] of TROUBLES) {
  test(
    `${channel} is told once, however often it is tried, and harms no other`,
    { skip },
    async () => {
      const { ids, gaps } = await follow([channel, "1-2"]);
      assert.deepEqual(ids, ["1", "2"]);
      assert.equal(gaps.length, 1);
      assert.equal(gaps[0]?.reason, reason);
      assert.match(gaps[0].detail ?? "", detail);
    },
  );
}

for (const code of [15_011, 15_012, 1734]) {
  test(
    `a subscription that ends with ${code} is opened again without loss or repetition`,
    { skip },
    async () => {
      const name = `1-9~${code}`;
      const { ids, gaps } = await follow([name]);
      assert.deepEqual(ids, numbers(1, 9));
      assert.deepEqual(gaps, []);
    },
  );
}

test("an event that is longer than the first buffer is read whole", { skip }, async () => {
  const { texts } = await follow(["3+"]);
  assert.deepEqual(texts, ["ä".repeat(20_000)]);
});

test("openEventApi() says that there is no such library", async () => {
  await assert.rejects(openEventApi({ events: "/none.so", kernel: "/none.so" }), NativeError);
});

test("subscribe() gives the system's code", { skip }, async () => {
  const api = await openEventApi(LIBRARIES);
  assert.throws(
    () => api.subscribe("x!15007", "*", undefined),
    (error) => error instanceof EventApiError && error.status === 15_007,
  );
  api.close();
});
