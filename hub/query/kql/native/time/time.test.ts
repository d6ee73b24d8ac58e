import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textOfDatetime, ticksOfDatetime, ticksOfTimespan } from "../../time_text.ts";
import { callNative } from "../test_call.ts";

const DATETIMES: readonly (readonly [string, string, string])[] = [
  ["2017-01-29 09:00:05", "yy-MM-dd [HH:mm:ss]", "17-01-29 [09:00:05]"],
  ["2017-01-29 09:00:05", "yyyy-M-dd [H:mm:ss]", "2017-1-29 [9:00:05]"],
  ["2017-01-29 09:00:05", "yy-MM-dd [hh:mm:ss tt]", "17-01-29 [09:00:05 AM]"],
  ["2020-06-15 13:45:09.1234567", "yyyy-MM-dd HH:mm:ss.fffffff", "2020-06-15 13:45:09.1234567"],
  ["2020-06-15 13:45:09.12", "FFFFFFF", "12"],
  ["2020-01-05 00:30", "dddd ddd MMMM MMM y", "0505 055 0101 011 20"],
  ["2007-03-09 00:30:00", "hh:mm tt", "12:30 AM"],
  ["1950-06-15 13:45:00.5", "yyyy-MM-dd h.f tt", "1950-06-15 1.5 PM"],
];

for (const [time, format, expected] of DATETIMES) {
  test(`format_datetime(${time}, ${format}) gives ${expected}`, () => {
    assert.equal(callNative("format_datetime", ticksOfDatetime(time)!, format), expected);
  });
}

const TIMESPANS: readonly (readonly [string, string, string])[] = [
  ["29.09:00:05.12345", "dd.hh:mm:ss:FF", "29.09:00:05:12"],
  ["29.09:00:05.12345", "ddd.h:mm:ss [fffffff]", "029.9:00:05 [1234500]"],
  ["-1.02:30:00", "d.hh:mm:ss", "-1.02:30:00"],
  ["-02:30:00", "hh:mm", "-02:30"],
  ["1d", "dddd", "0001"],
  ["1.02:01:00", "h:m", "2:1"],
];

for (const [time, format, expected] of TIMESPANS) {
  test(`format_timespan(${time}, ${format}) gives ${expected}`, () => {
    assert.equal(callNative("format_timespan", ticksOfTimespan(time)!, format), expected);
  });
}

test("a format with what is neither specifier nor delimiter is refused", () => {
  for (const format of ["yyyy-MM-ddTHH:mm", "zzz", "K", "%d", "t"]) {
    assert.throws(() => callNative("format_datetime", 0n, format), { code: "value" }, format);
  }
  assert.throws(() => callNative("format_timespan", 0n, "%d"), { code: "value" });
  assert.equal(callNative("format_datetime", null, "K"), "");
});

const ZONES: readonly (readonly [string, string, string])[] = [
  ["2020-02-02 20:02:20", "US/Pacific", "2020-02-03T04:02:20.0000000Z"],
  ["2020-02-02 20:02:20", "Europe/Paris", "2020-02-02T19:02:20.0000000Z"],
  ["2022-03-27 01:00", "Europe/Brussels", "2022-03-27T00:00:00.0000000Z"],
  ["2022-03-27 02:00", "Europe/Brussels", "2022-03-27T00:00:00.0000000Z"],
  ["2022-03-27 03:00", "Europe/Brussels", "2022-03-27T01:00:00.0000000Z"],
  ["2022-10-30 02:30", "Europe/Brussels", "2022-10-30T01:30:00.0000000Z"],
];

for (const [local, zone, utc] of ZONES) {
  test(`${local} in ${zone} is ${utc}`, () => {
    const ticks = callNative("datetime_local_to_utc", ticksOfDatetime(local)!, zone);
    assert.equal(textOfDatetime(ticks as bigint), utc);
  });
}

test("each time survives its zone, but for those that the clocks skip or repeat", () => {
  const times = fc.bigInt({ min: 0n, max: 2n * 10n ** 9n }).map((seconds) => seconds * 10_000_000n);
  const zones = fc.constantFrom("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC");
  fc.assert(fc.property(times, zones, (utc, zone) => {
    const local = callNative("datetime_utc_to_local", utc, zone);
    const back = callNative("datetime_local_to_utc", local, zone) as bigint;
    assert.equal(callNative("datetime_utc_to_local", back, zone), local);
    assert.ok(back === utc || back - utc <= 36_000_000_000n);
  }));
});

test("a name of no zone is refused, and those that are taken are listed", () => {
  assert.throws(() => callNative("datetime_utc_to_local", 0n, "Mars/Olympus"), { code: "value" });
  assert.match(String(callNative("datetime_list_timezones")), /"Europe\/Paris"/);
});
