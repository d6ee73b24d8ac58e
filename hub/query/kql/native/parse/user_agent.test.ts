import assert from "node:assert/strict";
import { test } from "node:test";
import { NativeError } from "../native_error.ts";
import { callNative } from "../test_call.ts";

/** Of the documentation of Azure Data Explorer, with what it says of them. */
const AIR = "Mozilla/5.0 (Windows; U; en-US) AppleWebKit/531.9 (KHTML, like Gecko) AdobeAIR/2.5.1";
const NOKIA = "Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN81-3/10.0.032 " +
  "Profile/MIDP-2.0 Configuration/CLDC-1.1 ) AppleWebKit/413 (KHTML, like Gecko) Safari/4";

function parsed(text: string, wanted: string | readonly string[]): unknown {
  const result = callNative("parse_user_agent", text, JSON.stringify(wanted));
  return JSON.parse(String(result));
}

test("parse_user_agent() gives what the documentation shows", () => {
  assert.deepEqual(parsed(AIR, "browser"), {
    Browser: { Family: "AdobeAIR", MajorVersion: "2", MinorVersion: "5", Patch: "1" },
  });
  assert.deepEqual(parsed(NOKIA, ["browser", "os", "device"]), {
    Browser: { Family: "Nokia OSS Browser", MajorVersion: "3", MinorVersion: "1", Patch: "" },
    OperatingSystem: {
      ...{ Family: "Symbian OS", MajorVersion: "9", MinorVersion: "2" },
      ...{ Patch: "", PatchMinor: "" },
    },
    Device: { Family: "Nokia N81", Brand: "Nokia", Model: "N81-3" },
  });
});

test("parse_user_agent() says Other of what no pattern knows, and the same when asked again", () => {
  const other = { Device: { Family: "Other", Brand: "", Model: "" } };
  assert.deepEqual(parsed("", "device"), other);
  assert.deepEqual(parsed("curl/7.68.0", "Device"), other);
  assert.deepEqual(parsed("curl/7.68.0", "device"), other);
});

test("parse_user_agent() looks for nothing that is not a browser, a system or a device", () => {
  for (const wanted of ["engine", ["browser", "engine"], ""]) {
    assert.throws(() => parsed(AIR, wanted), NativeError);
  }
  assert.throws(() => callNative("parse_user_agent", AIR, null), NativeError);
  assert.throws(() => callNative("parse_user_agent", AIR, '{"browser": 1}'), NativeError);
});
