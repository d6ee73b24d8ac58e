/**
 * What fields of the systemd journal are (systemd.journal-fields(7)).
 *
 * @module
 */
import type { Leaf } from "../../../sdk/table.ts";

const user: Leaf = { class: "personal", kind: "user" };
const device: Leaf = { class: "personal", kind: "device" };
const address: Leaf = { class: "network" };
const system: Leaf = { class: "system" };

/** Fields that are of another class than free text. Numbers of users and sessions name a host's own. */
export const JOURNAL_LEAVES: Readonly<Record<string, Leaf>> = {
  // Of logind, sudo, su, PAM and others that name who it is about.
  USER_NAME: user,
  USER_ID: user,
  USER: user,
  USERNAME: user,
  SUDO_USER: user,
  LOGNAME: user,
  COREDUMP_USER: user,
  COREDUMP_HOSTNAME: device,
  REMOTE_ADDR: address,
  REMOTE_HOST: device,
  __CURSOR: system,
  __SEQNUM_ID: system,
  _BOOT_ID: system,
  _MACHINE_ID: system,
  _STREAM_ID: system,
  _SYSTEMD_INVOCATION_ID: system,
  _SYSTEMD_SESSION: system,
  _SYSTEMD_OWNER_UID: system,
  _AUDIT_SESSION: system,
  _AUDIT_LOGINUID: system,
  _UID: system,
  _GID: system,
  _CAP_EFFECTIVE: system,
  INVOCATION_ID: system,
  USER_INVOCATION_ID: system,
  SESSION_ID: system,
  MESSAGE_ID: system,
  BOOT_ID: system,
  MACHINE_ID: system,
  __REALTIME_TIMESTAMP: system,
  __MONOTONIC_TIMESTAMP: system,
  _SOURCE_REALTIME_TIMESTAMP: system,
  _SOURCE_MONOTONIC_TIMESTAMP: system,
  _SOURCE_BOOTTIME_TIMESTAMP: system,
};
