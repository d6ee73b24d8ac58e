/**
 * What is watched: files that an intruder changes to come back, or to stay unseen.
 *
 * @module
 */

/** Globs by what they are. In a folder's place `*` is one folder, `**` any number of them. */
export const PERSISTENCE: Readonly<Record<string, readonly string[]>> = {
  cron: [
    ...["/etc/crontab", "/etc/cron.*/*", "/etc/anacrontab", "/var/spool/cron/*"],
    ...[
      "/var/spool/cron/crontabs/*",
      "/var/spool/cron/atjobs/*",
      "/etc/at.allow",
      "/etc/cron.allow",
    ],
  ],
  systemd: [
    ...["/etc/systemd/system/**", "/etc/systemd/user/**", "/run/systemd/system/**"],
    ...["/lib/systemd/system-generators/*", "/usr/local/lib/systemd/system/**"],
    ...["/home/*/.config/systemd/user/**", "/root/.config/systemd/user/**"],
  ],
  "init-script": ["/etc/rc.local", "/etc/rc.d/rc.local", "/etc/init.d/*", "/etc/inittab"],
  preload: ["/etc/ld.so.preload", "/etc/ld.so.conf", "/etc/ld.so.conf.d/*", "/etc/environment"],
  "authorized-keys": [
    ...["/root/.ssh/authorized_keys*", "/home/*/.ssh/authorized_keys*"],
    ...["/root/.ssh/rc", "/home/*/.ssh/rc", "/etc/ssh/sshrc"],
  ],
  "shell-profile": [
    ...["/etc/profile", "/etc/profile.d/*", "/etc/bash.bashrc", "/etc/zsh/*", "/etc/bashrc"],
    ...["/root/.bashrc", "/root/.profile", "/root/.bash_profile", "/root/.zshrc"],
    ...["/home/*/.bashrc", "/home/*/.profile", "/home/*/.bash_profile", "/home/*/.zshrc"],
  ],
  "kernel-module": ["/etc/modules", "/etc/modules-load.d/*", "/etc/modprobe.d/*"],
  "udev-rule": ["/etc/udev/rules.d/*"],
  pam: ["/etc/pam.d/*", "/etc/security/*.conf"],
  motd: ["/etc/update-motd.d/*"],
  autostart: ["/etc/xdg/autostart/*", "/home/*/.config/autostart/*"],
};

/** Accounts, rights and trust. */
export const CONFIGURATION: readonly string[] = [
  ...[
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/sudoers.d/*",
  ],
  ...["/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/*", "/etc/hosts", "/etc/resolv.conf"],
  ...["/etc/nsswitch.conf", "/etc/audit/auditd.conf", "/etc/audit/rules.d/*", "/etc/fstab"],
];

/** A glob and what its files are. */
export interface Watched {
  readonly glob: string;
  readonly kind: string | undefined;
}

/** What a config watches: its own globs, and the ones above unless it says no. */
export function watchedBy(
  { paths, persistence, configuration }: {
    readonly paths: readonly string[];
    readonly persistence: boolean;
    readonly configuration: boolean;
  },
): readonly Watched[] {
  const known = Object.entries(PERSISTENCE).flatMap(([kind, globs]) =>
    globs.map((glob) => ({ glob, kind }))
  );
  const plain = [...configuration ? CONFIGURATION : [], ...paths];
  return [
    ...persistence ? known : [],
    ...plain.map((glob) => ({ glob, kind: undefined })),
  ];
}
