/**
 * The rules that every hub starts with. A file in the hub's `rules` folder whose rule has the same
 * id takes the place of one.
 *
 * @module
 */

/** As a rule file. */
export const DEFAULT_RULES = `
- id: iis-password-guessing
  title: Many refused logins from one address on IIS
  severity: high
  detector: threshold
  table: W3CIISLog
  where:
    - { column: scStatus, op: eq, value: 401 }
  entity: [cIP]
  count: 10
  within: 60s
  show: [cIP_Category, csMethod, csUriStem, csUserName, sSiteName]

- id: ssh-password-guessing
  title: Many wrong SSH passwords on one host
  severity: high
  detector: threshold
  table: Syslog
  where:
    - { column: ProcessName, op: startswith, value: sshd }
    - { column: SyslogMessage, op: startswith, value: Failed password }
  entity: [HostName]
  count: 8
  within: 60s

- id: new-user-agent
  title: A user agent that IIS has never seen
  severity: low
  detector: first_seen
  table: W3CIISLog
  entity: [csUserAgent]
  learn: { events: 5000, for: 1h }
  show: [cIP, csUriStem]

- id: new-process
  title: A process that has never written to syslog
  severity: low
  detector: first_seen
  table: Syslog
  entity: [ProcessName]
  learn: { events: 5000, for: 1h }
  show: [HostName, Facility]

- id: counter-anomaly
  title: A performance counter is unusual for its host
  severity: low
  detector: anomaly
  sensitivity: low
  where:
    - column: ObjectName
      op: in
      value: [Processor, Memory, System, LogicalDisk, Logical Disk, PhysicalDisk, Physical Disk, Network, Network Interface, Network Adapter]
  show: [CounterPath]

- id: silent-source
  title: A source has fallen silent
  severity: medium
  detector: absence
  for: 5m
`;
