/**
 * Canaries on a host of files: its users, processes, sockets and watched files, which change.
 *
 * @module
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Hidden, Planted } from "./planted.ts";

const OWNER = "zqHostUser1Gv";
/** As the kernel writes 10.231.33.61: in the order of its own bytes. */
const BOUND = { text: "10.231.33.61", hex: "3D21E70A" };

const canaries = {
  "ASimFileEventLogs.TargetFileOwner": OWNER,
  "ASimFileEventLogs.PreviousFileOwner": OWNER,
  "ASimProcessEventLogs.TargetUsername": OWNER,
  "VMBoundPort.Ip": BOUND.text,
  "VMBoundPort.Username": OWNER,
};

const home = (name: string): Hidden => ({ value: `/home/zq${name}/x`, word: `zq${name}` });
const mail = (name: string): Hidden => ({ value: `zq${name}@example.test`, word: `zq${name}` });

const content = {
  "ASimFileEventLogs.TargetFilePath": home("Path2Hw"),
  "ASimFileEventLogs.TargetFileLink": home("Link3Ix"),
  "ASimFileEventLogs.PreviousFileLink": home("Link3Ix"),
  "ASimProcessEventLogs.TargetProcessName": home("Exe4Jy"),
  "ASimProcessEventLogs.TargetProcessComm": mail("Comm5Kz"),
  "ASimProcessEventLogs.TargetProcessCommandLine": mail("Line6La"),
  "ASimProcessEventLogs.TargetProcessCurrentDirectory": home("Cwd7Mb"),
  "ASimProcessEventLogs.ActingProcessName": home("Parent8Nc"),
  "VMBoundPort.ProcessName": home("Exe4Jy"),
};

const controls = {
  "ASimFileEventLogs.PersistenceKind": "systemd",
  "ASimProcessEventLogs.EventType": "ProcessCreated",
  "VMBoundPort.EventType": "PortOpened",
};

/** How often the host changes, in ms. */
const CHANGE_MS = 400;

/** A host below `root`, which changes until it is taken away. */
function plantHost(root: string): void {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const link = (path: string, target: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    rmSync(join(root, path), { force: true });
    symlinkSync(target, join(root, path));
  };
  const begin = (pid: number, started: number): void => {
    const rest = Array.from({ length: 17 }, () => "0").join(" ");
    const comm = content["ASimProcessEventLogs.TargetProcessComm"].value;
    put(`proc/${pid}/stat`, `${pid} (${comm}) S 1 ${rest} ${started} 1 1\n`);
    put(`proc/${pid}/status`, "Uid:\t0\t0\t0\t0\n");
    put(
      `proc/${pid}/cmdline`,
      `mail\0${content["ASimProcessEventLogs.TargetProcessCommandLine"].value}`,
    );
    link(`proc/${pid}/cwd`, content["ASimProcessEventLogs.TargetProcessCurrentDirectory"].value);
    link(`proc/${pid}/exe`, content["ASimProcessEventLogs.TargetProcessName"].value);
    link(`proc/${pid}/fd/3`, `socket:[${pid}]`);
  };
  put(
    "etc/passwd",
    `${OWNER}:x:${process.getuid?.() ?? 0}:0::/:/bin/sh\n${OWNER}:x:0:0::/:/bin/sh\n`,
  );
  put("proc/stat", "btime 1780000000\n");
  put("proc/1/stat", `1 (init) S 0 ${Array.from({ length: 17 }, () => "0").join(" ")} 1 1 1\n`);
  link("proc/1/exe", content["ASimProcessEventLogs.ActingProcessName"].value);
  let turn = 0;
  const change = (): void => {
    turn++;
    const unit = content["ASimFileEventLogs.TargetFilePath"].value;
    put(`etc/systemd/system${unit}`, String(turn));
    const { value } = content["ASimFileEventLogs.TargetFileLink"];
    link("etc/systemd/system/link", value + (turn % 2));
    begin(1000 + turn, 1000 + turn);
    const line = `0: ${BOUND.hex}:${
      (5000 + turn).toString(16).padStart(4, "0")
    } 00000000:0000 0A 0:0 0:0 0`;
    put("proc/net/tcp", `head\n ${line} 0 0 ${1000 + turn} 1\n`);
  };
  change();
  const timer = setInterval(() => {
    try {
      change();
    } catch {
      clearInterval(timer);
    }
  }, CHANGE_MS);
  timer.unref();
}

export const plantedIntegrity: Planted = {
  canaries,
  content,
  controls,
  sources(folder) {
    const root = join(folder, "host");
    plantHost(root);
    const every = "1s";
    const config = { root, files: { every }, processes: { every }, ports: { every } };
    return { integrity: { plugin: "integrity", config } };
  },
};
