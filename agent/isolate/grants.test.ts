import assert from "node:assert/strict";
import { test } from "node:test";
import { grantsFor } from "./grants.ts";

test("grantsFor() grants the folder of a log, files of the system's trees alone, and ports", () => {
  const read = ["/var/log/app/*.log", "/var/log/app/a.log", "/srv/*/logs/x*.log", "/proc/stat"];
  assert.deepEqual(grantsFor({ read, listen: ["udp:514", "tcp:127.0.0.1:601"] }, 7), {
    files: ["/proc/stat"],
    folders: ["/var/log/app", "/srv"],
    tcpPorts: [601],
    udp: true,
    memoryBytes: 7,
  });
});

test("grantsFor() grants nothing to who needs nothing", () => {
  const nothing = { files: [], folders: [], tcpPorts: [], udp: false, memoryBytes: 0 };
  assert.deepEqual(grantsFor({}, 0), nothing);
});

test("grantsFor() refuses the whole file system, and what is no port", () => {
  for (const read of ["/*", "/*/secret", "/x"]) {
    assert.throws(() => grantsFor({ read: [read] }, 0), { code: "root" });
  }
  for (const listen of ["udp", "udp:70000", "raw:1", "tcp:abc"]) {
    assert.throws(() => grantsFor({ listen: [listen] }, 0), { code: "listen" });
  }
});

test("grantsFor() is not led out of a folder by dots", () => {
  assert.deepEqual(grantsFor({ read: ["/var/log/app/../../lib/*"] }, 0).folders, ["/var/lib"]);
});
